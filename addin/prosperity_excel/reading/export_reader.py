"""One sheet of an export taken apart, in the shape that its layout has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from prosperity_excel.layout import clean, fold
from prosperity_excel.reading.cells import (
    Cell,
    Reading,
    day,
    explain,
    number,
    text,
)
from prosperity_excel.reading.features import (
    CODE,
    JIN10,
    QUOTE_FIELDS,
    VALUE_WORDS,
    DateColumn,
    Features,
    HeaderLabel,
    empty,
    ids_like,
    is_frequency,
    label_of,
)
from prosperity_excel.reading.findings import listed
from prosperity_excel.reading.layouts import Layout
from prosperity_excel.reading.series import ExportSeries, Refusal
from prosperity_excel.reading.units import split_unit

#: Texts that stand for a column's name when a program wrote none.
_NO_NAME = ("unnamed:", "nan", "none")
_FLAG_COLUMNS = frozenset({"jan_feb_combined"})


class ExportReader:
    """Takes one sheet apart; what it finds is in its attributes after :meth:`read`.

    Parameters
    ----------
    features
        What the sheet shows.
    layout
        How it is to be read.
    """

    def __init__(self, features: Features, layout: Layout) -> None:
        self.features = features
        self.sheet = features.sheet
        self.layout = layout
        self.series: list[ExportSeries] = []
        self.refused: list[Refusal] = []
        self.coerced: dict[str, list[str]] = defaultdict(list)
        self.remarks: list[tuple[str, str]] = []
        self.notes: dict[str, dict[str, str]] = {}

    def read(self) -> None:
        """Read the sheet in the layout's shape."""
        if self.layout.shape == "notes":
            self._read_notes()
            return
        if self.features.releases and self.layout.id != "wind_release":
            self.remarks.append(("公布日列也已读取。", "The column of release dates was read too."))
        for at, dates in enumerate(self.features.dates):
            following = self.features.dates[at + 1 :]
            stop = following[0].column if following else self.sheet.width
            if self.layout.shape == "long":
                self._read_long(dates)
                return
            self._read_block(dates, stop)
        self._say_left()
        if "descending" in self.features.seen:
            self.remarks.append(("从新到旧排列，已倒转。", "Newest first; read in reverse."))

    def _say_left(self) -> None:
        """Say what stands to the left of the dates and is not read."""
        if not self.features.dates or self.layout.id == "akshare_jin10":
            return
        first = self.features.dates[0]
        for column in range(first.column):
            said = {label_of(self.sheet.cell(r, column)) for r in range(first.first)}
            rows = range(first.first, first.last + 1)
            filled = [r for r in rows if not empty(self.sheet.cell(r, column))]
            if filled and "number" not in said:
                place = self.features.place(filled[0], column)
                self.remarks.append(
                    (f"日期左边从 {place} 起有 {len(filled)} 个单元格，未读取。",
                     f"{len(filled)} cells left of the dates, from {place}, were not read.")
                )  # fmt: skip

    # -- rows -------------------------------------------------------------------------------

    def _days(self, dates: DateColumn, columns: Iterable[int]) -> list[tuple[int, date]]:
        """Return the dated rows of a block, and account for all others."""
        columns = list(columns)
        found: list[tuple[int, date]] = []
        notes: list[str] = []
        for row in range(dates.first, len(self.sheet.rows)):
            cell = self.sheet.cell(row, dates.column)
            reading = day(cell, date_1904=self.sheet.date_1904)
            filled = [c for c in columns if not empty(self.sheet.cell(row, c))]
            if reading.value is not None and (row <= dates.last or filled):
                found.append((row, reading.value))
                self._count(reading, row, dates.column)
            elif reading.value is not None:
                continue
            elif not filled:
                if not empty(cell):
                    notes.append(self.features.place(row, dates.column))
            elif reading.problem:
                self._refuse(row, dates.column, reading.problem)
            else:
                place = self.features.place(row, dates.column)
                self.refused.append(
                    Refusal(
                        self.sheet.name, place, "missing_date",
                        f"这一行有 {len(filled)} 个数据而没有日期，未读取；请补上日期。",
                        f"This row has {len(filled)} values and no date and was not read; add "
                        "the date.",
                    )
                )  # fmt: skip
        if notes:
            where = listed(notes)
            self.remarks.append(
                (f"跳过 {len(notes)} 行说明文字（{where}）。",
                 f"{len(notes)} lines of notes were skipped ({where}).")
            )  # fmt: skip
        return found

    def _count(self, reading: Reading[date] | Reading[float], row: int, column: int) -> None:
        if reading.coercion:
            self.coerced[reading.coercion].append(self.features.place(row, column))

    def _refuse(self, row: int, column: int, problem: str) -> None:
        zh, en = explain(problem, self.sheet.cell(row, column))
        place = self.features.place(row, column)
        self.refused.append(Refusal(self.sheet.name, place, problem, zh, en))

    # -- columns ----------------------------------------------------------------------------

    def _read_block(self, dates: DateColumn, stop: int) -> None:
        release = self.features.releases.get(dates.column)
        columns = [c for c in range(dates.column + 1, stop) if c != release]
        if release is not None and release >= stop:
            release = None
        named = self._header(dates, columns)
        rows = self._days(dates, columns)
        if not rows:
            return
        if not any(named[c]["name"] or named[c]["source_id"] for c in columns):
            place = self.features.place(dates.first, dates.column)
            self.remarks.append(
                (
                    f"从 {place} 起的日期列右边没有有名称的数据。",
                    f"Right of the dates from {place} there are no named values.",
                )
            )
        released = {} if release is None else self._release_days(rows, release)
        used = [c for c in columns if self._is_series(c, named[c], rows)]
        for column in used:
            said = named[column]
            unit = said["unit"] or split_unit(said["name"])[1] or self._percent_unit(column, rows)
            values, place = self._values(column, rows, unit)
            self.series.append(
                ExportSeries(
                    name=said["name"],
                    source_id=said["source_id"],
                    unit=unit,
                    frequency=said["frequency"],
                    source=said["source"],
                    book=self.sheet.book,
                    sheet=self.sheet.name,
                    place=place or self.features.place(max(dates.first - 1, 0), column),
                    values=values,
                    releases={d: released[d] for d in values if d in released},
                    field=said["field"] if self.layout.shape == "quotes" else "",
                    released=self.layout.dates == "release",
                )
            )

    def _is_series(
        self, column: int, said: Mapping[str, str], rows: list[tuple[int, date]]
    ) -> bool:
        """Whether a column is a series; say so when it holds something and is not."""
        filled = [r for r, _ in rows if not empty(self.sheet.cell(r, column))]
        name = said["name"] or said["source_id"]
        if self.layout.id == "akshare_jin10" and fold(said["field"]) != fold("今值"):
            return False
        if fold(name) in _FLAG_COLUMNS:
            self._say_combined(column, rows)
            return False
        if name:
            return True
        if filled:
            place = self.features.place(filled[0], column)
            self.remarks.append(
                (f"从 {place} 起的一列有 {len(filled)} 个单元格而没有名称，未读取。",
                 f"The column from {place} has {len(filled)} cells and no name; it was not read.")
            )  # fmt: skip
        return False

    def _say_combined(self, column: int, rows: list[tuple[int, date]]) -> None:
        yes = {"true", "1", "是", "yes"}
        flagged = [d for r, d in rows if fold(text(self.sheet.cell(r, column))) in yes]
        if flagged:
            shown = listed([f"{d:%Y-%m}" for d in flagged])
            self.remarks.append(
                (f"{len(flagged)} 个月是 1-2 月合并数（{shown}）。",
                 f"{len(flagged)} months are January and February together ({shown}).")
            )  # fmt: skip

    def _header(self, dates: DateColumn, columns: list[int]) -> dict[int, dict[str, str]]:
        """Return what the header says of each column."""
        rows = self._header_rows(dates, columns)
        found: dict[int, dict[str, str]] = {}
        for column in columns:
            said = {
                label: clean(text(self.sheet.cell(row, column))) if row is not None else ""
                for label, row in rows.items()
            }
            if said["name"].casefold().startswith(_NO_NAME):
                said["name"] = ""
            if ids_like([said["name"]]) and not said["source_id"]:
                said["source_id"] = said["name"]
            found[column] = said
        if self.layout.shape == "quotes":
            self._spread_names(found)
        if self.layout.id == "akshare_jin10":
            self._name_by_item(dates, found)
        return found

    def _header_rows(self, dates: DateColumn, columns: list[int]) -> dict[str, int | None]:
        """Return the header row of each label; rows without a label are told by their content."""
        labels: dict[HeaderLabel, int] = dict(self.features.labels)
        taken = set(labels.values())
        rest: list[int] = []
        rows: dict[str, int | None] = {
            key: labels.get(key) for key in ("name", "source_id", "unit", "frequency", "source")
        }
        rows["field"] = None
        for row in range(dates.first):
            words = [w for w in (clean(text(self.sheet.cell(row, c))) for c in columns) if w]
            if row in taken or not words:
                continue
            if rows["source_id"] is None and (ids_like(words) or _mostly_codes(words)):
                rows["source_id"] = row
            elif rows["frequency"] is None and sum(map(is_frequency, words)) > len(words) / 2:
                rows["frequency"] = row
            elif self.layout.shape == "quotes" and {w.casefold() for w in words} & QUOTE_FIELDS:
                rows["field"] = row
            else:
                rest.append(row)
        if rows["name"] is None and rest:
            # Names stand above fields; else the row next to the values names them.
            rows["name"] = rest[0] if self.layout.shape == "quotes" else rest[-1]
        if rows["name"] is None:
            rows["name"] = rows["source_id"]
        if self.layout.id == "akshare_jin10":
            rows["field"] = dates.first - 1
        return rows

    def _spread_names(self, found: dict[int, dict[str, str]]) -> None:
        """Give each field of a quote the name and the code of the security to its left."""
        name = code = ""
        for said in found.values():
            name, code = said["name"] or name, said["source_id"] or code
            said["name"], said["source_id"] = name, code
            said["field"] = said["field"].casefold()

    def _name_by_item(self, dates: DateColumn, found: dict[int, dict[str, str]]) -> None:
        """Name jin10's values by the column 商品, or else by the sheet."""
        item = self.sheet.name
        for column in range(dates.column):
            cell = self.sheet.cell(dates.first, column)
            if isinstance(cell, str):
                item = clean(cell)
        for said in found.values():
            said["name"] = item if fold(said["field"]) in JIN10 else ""
            said["source_id"] = ""

    # -- values -----------------------------------------------------------------------------

    def _percent_unit(self, column: int, rows: list[tuple[int, date]]) -> str:
        """Return % when every text with a number in the column carries that sign."""
        texts = [c for c in (self.sheet.cell(r, column) for r, _ in rows) if isinstance(c, str)]
        signed = [t for t in texts if clean(t).endswith("%")]
        return "%" if signed and all(number(t, "%").problem == "" for t in texts) else ""

    def _values(
        self, column: int, rows: list[tuple[int, date]], unit: str
    ) -> tuple[dict[date, float], str]:
        """Return a column's values by date, ascending, and its header's address."""
        found: dict[date, tuple[float, int]] = {}
        clashes: dict[date, list[int]] = defaultdict(list)
        for row, when in rows:
            cell: Cell = self.sheet.cell(row, column)
            if cell is None:
                continue
            reading = number(cell, unit)
            if reading.problem:
                self._refuse(row, column, reading.problem)
                continue
            self._count(reading, row, column)
            if reading.value is None:
                continue
            if when in found and found[when][0] != reading.value:
                clashes[when] = [found[when][1], *clashes[when][1:], row]
            found.setdefault(when, (reading.value, row))
        for when, places in clashes.items():
            del found[when]
            cells = listed([self.features.place(r, column) for r in places])
            self.refused.append(
                Refusal(
                    self.sheet.name, self.features.place(places[-1], column), "duplicate_date",
                    f"{when} 有不同的值（{cells}），都没有读取；请删去错的。",
                    f"{when} has different values ({cells}); none was read. Delete the wrong ones.",
                )
            )  # fmt: skip
        name_row = self._name_row(column)
        place = "" if name_row is None else self.features.place(name_row, column)
        return {d: found[d][0] for d in sorted(found)}, place

    def _name_row(self, column: int) -> int | None:
        head = self.features.labels.get("name")
        if head is not None:
            return head
        filled = [r for r in range(self.features.head()) if not empty(self.sheet.cell(r, column))]
        return filled[-1] if filled else None

    def _release_days(self, rows: list[tuple[int, date]], column: int) -> dict[date, date]:
        released: dict[date, date] = {}
        for row, when in rows:
            cell = self.sheet.cell(row, column)
            if empty(cell):
                continue
            reading = day(cell, date_1904=self.sheet.date_1904)
            if reading.problem:
                self._refuse(row, column, reading.problem)
            elif reading.value is not None:
                self._count(reading, row, column)
                released[when] = reading.value
        return released

    # -- other shapes -----------------------------------------------------------------------

    def _read_long(self, dates: DateColumn) -> None:
        """Read rows of date, series and value."""
        head = dates.first - 1
        roles = {label_of(self.sheet.cell(head, c)): c for c in range(self.sheet.width)}
        valued = [
            c for c in range(self.sheet.width)
            if fold(text(self.sheet.cell(head, c))) in VALUE_WORDS
        ]  # fmt: skip
        if not valued or not {"name", "source_id"} & set(roles):
            self.remarks.append(
                ("长表需要名称列和数值列（value）。", "A long table needs columns name and value.")
            )
            return
        value = valued[0]
        release = self.features.releases.get(dates.column, roles.get("release"))
        rows = self._days(dates, [value])
        groups: dict[tuple[str, str], list[tuple[int, date]]] = defaultdict(list)
        keys = [roles.get("name"), roles.get("source_id")]
        for row, when in rows:
            name, id = (("" if c is None else clean(text(self.sheet.cell(row, c)))) for c in keys)
            if name or id:
                groups[name, id].append((row, when))
            elif not empty(self.sheet.cell(row, value)):
                self.refused.append(
                    Refusal(
                        self.sheet.name, self.features.place(row, value), "missing_name",
                        "这一行有数据而没有名称，未读取。",
                        "This row has a value and no name; it was not read.",
                    )
                )  # fmt: skip
        for (name, id), members in groups.items():
            first = members[0][0]
            said = {
                label: "" if label not in roles
                else clean(text(self.sheet.cell(first, roles[label])))
                for label in ("unit", "frequency", "source")
            }  # fmt: skip
            unit = said["unit"] or split_unit(name)[1] or self._percent_unit(value, members)
            values, _ = self._values(value, members, unit)
            released = {} if release is None else self._release_days(members, release)
            self.series.append(
                ExportSeries(
                    name=name,
                    source_id=id or (name if ids_like([name]) else ""),
                    unit=unit,
                    frequency=said["frequency"],
                    source=said["source"],
                    book=self.sheet.book,
                    sheet=self.sheet.name,
                    place=self.features.place(first, value),
                    values=values,
                    releases={d: released[d] for d in values if d in released},
                )
            )

    def _read_notes(self) -> None:
        """Read a table that says of each series its unit, frequency, id and source."""
        rows = self.sheet.rows
        head = max(range(min(10, len(rows))), key=lambda r: sum(bool(label_of(c)) for c in rows[r]))
        roles = {label_of(c): at for at, c in enumerate(rows[head]) if label_of(c)}
        wanted: tuple[HeaderLabel, ...] = (
            "name", "source_id", "unit", "frequency", "source",
        )  # fmt: skip
        count = 0
        for row in range(head + 1, len(rows)):
            said: dict[str, str] = {
                key: clean(text(self.sheet.cell(row, roles[key]))) for key in wanted if key in roles
            }
            keys = [fold(said.get(k, "")) for k in ("source_id", "name")]
            count += any(keys)
            for key in keys:
                if key:
                    self.notes.setdefault(key, said)
        self.remarks.append(
            (f"{count} 个指标的说明，用来补全其他表的表头。",
             f"Notes on {count} series; they complete the headers of other sheets.")
        )  # fmt: skip


def _mostly_codes(words: list[str]) -> bool:
    return sum(bool(CODE.match(w)) for w in words) > len(words) / 2
