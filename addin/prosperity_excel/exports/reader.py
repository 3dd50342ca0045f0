"""One sheet of an export taken apart, in the shape that its layout has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from prosperity_excel.exports.blocks import Block
from prosperity_excel.exports.export_numbers import Style, export_number, style_of
from prosperity_excel.exports.export_series import ExportSeries, Refusal
from prosperity_excel.exports.features import Features
from prosperity_excel.exports.header import Heading, read_header
from prosperity_excel.exports.header_words import CODE, VALUE_WORDS, empty, ids_like, label_of
from prosperity_excel.exports.layouts import Layout
from prosperity_excel.exports.notes import Notes, read_notes
from prosperity_excel.series.units import split_unit
from prosperity_excel.sheets.cells import Cell, Reading, day, explain, text
from prosperity_excel.sheets.findings import listed
from prosperity_excel.words.book_words import clean, fold

_FLAG_COLUMNS = frozenset({"jan_feb_combined"})
_Rows = list[tuple[int, date]]


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
        self.notes: Notes = {}

    def read(self) -> None:
        """Read the sheet in the layout's shape."""
        if self.layout.shape == "notes":
            self.notes, said = read_notes(self.features)
            self.remarks += said
            return
        blocks = self.features.blocks
        if any(b.release is not None for b in blocks) and self.layout.id != "wind_release":
            self.remarks.append(("公布日列也已读取。", "The column of release dates was read too."))
        for block in blocks:
            if block.doubt is not None:
                self._refuse_block(block)
            elif self.layout.shape == "long":
                self._read_long(block)
            else:
                self._read_block(block)
            if self.layout.shape == "long":
                break
        self._say_left()
        if "descending" in self.features.seen:
            self.remarks.append(("从新到旧排列，已倒转。", "Newest first; read in reverse."))

    def _refuse_block(self, block: Block) -> None:
        zh, en = block.doubt or ("", "")
        place = self.features.place(block.dates.first, block.dates.column)
        self._refusal(place, "two_date_columns", f"{zh}。", f"{en[:1].upper()}{en[1:]}.")

    def _refusal(self, place: str, code: str, zh: str, en: str) -> None:
        self.refused.append(Refusal(self.sheet.name, place, code, zh, en))

    def _say_left(self) -> None:
        """Say what stands to the left of the dates and is not read."""
        if not self.features.blocks or self.layout.id == "akshare_jin10":
            return
        if self.layout.shape == "long":
            return
        block = self.features.blocks[0]
        dates = block.dates
        for column in range(dates.column):
            if column in (dates.years, block.release, self._keys(block)):
                continue
            said = {label_of(self.sheet.cell(r, column)) for r in range(dates.first)}
            rows = range(dates.first, dates.last + 1)
            filled = [r for r in rows if not empty(self.sheet.cell(r, column))]
            if filled and "number" not in said:
                place = self.features.place(filled[0], column)
                self.remarks.append(
                    (f"日期左边从 {place} 起有 {len(filled)} 个单元格，未读取。",
                     f"{len(filled)} cells left of the dates, from {place}, were not read.")
                )  # fmt: skip

    # -- rows -------------------------------------------------------------------------------

    def _days(self, block: Block, columns: Iterable[int]) -> _Rows:
        """Return the dated rows of a block, and account for all others."""
        columns = list(columns)
        dates = block.dates
        known = dates.dates
        found: _Rows = []
        notes: list[str] = []
        undecided: list[int] = []
        for row in range(dates.first, block.bottom):
            when = known.days.get(row)
            if when is not None:
                found.append((row, when))
                self._count_kind(known.kinds.get(row, ""), row, dates.column)
                continue
            filled = [c for c in columns if not empty(self.sheet.cell(row, c))]
            cell = self.sheet.cell(row, dates.column)
            if not filled:
                if not empty(cell) and row not in known.headings:
                    notes.append(self.features.place(row, dates.column))
            elif row in known.undecided:
                undecided.append(row)
            else:
                self._refuse_row(row, dates.column, len(filled))
        self._say_undecided(block, undecided)
        if notes:
            where = listed(notes)
            self.remarks.append(
                (f"跳过 {len(notes)} 行说明文字（{where}）。",
                 f"{len(notes)} lines of notes were skipped ({where}).")
            )  # fmt: skip
        return found

    def _refuse_row(self, row: int, column: int, filled: int) -> None:
        """Refuse a row with values whose date cannot be read, or is not there."""
        cell = self.sheet.cell(row, column)
        place = self.features.place(row, column)
        reading = day(cell, date_1904=self.sheet.date_1904)
        if not empty(cell):
            self._refuse(row, column, reading.problem or "not_a_date")
            return
        self._refusal(
            place, "missing_date",
            f"这一行有 {filled} 个数据而没有日期，未读取；请补上日期。",
            f"This row has {filled} values and no date and was not read; add the date.",
        )  # fmt: skip

    def _say_undecided(self, block: Block, rows: Sequence[int]) -> None:
        """Refuse rows whose dates can be read in several ways: one sentence for all of them."""
        column = block.dates.column
        for doubt in dict.fromkeys(block.dates.dates.undecided[r] for r in rows):
            own = [r for r in rows if block.dates.dates.undecided[r] == doubt]
            first = text(self.sheet.cell(own[0], column))
            for row in own:
                self._refusal(
                    self.features.place(row, column), "ambiguous_date",
                    f"“{first}”等 {len(own)} 个日期可以有不止一种读法（{doubt[0]}），未读取；"
                    "请写成 2020-03-31。",
                    f'"{first}" and others ({len(own)} dates) can be read in more than one way '
                    f"({doubt[1]}) and were not read; write them as 2020-03-31.",
                )  # fmt: skip

    def _count_kind(self, kind: str, row: int, column: int) -> None:
        if kind:
            self.coerced[kind].append(self.features.place(row, column))

    def _refuse(self, row: int, column: int, problem: str) -> None:
        zh, en = explain(problem, self.sheet.cell(row, column))
        self._refusal(self.features.place(row, column), problem, zh, en)

    # -- columns ----------------------------------------------------------------------------

    def _read_block(self, block: Block) -> None:
        dates = block.dates
        quotes = self.layout.shape == "quotes"
        named = read_header(
            self.sheet, block, quotes=quotes, jin10=self.layout.id == "akshare_jin10"
        )
        keys = self._keys(block)
        columns = [c for c in block.columns if c != keys]
        rows = self._days(block, columns)
        if not rows:
            return
        if not any(named[c].name or named[c].source_id for c in columns) and keys is None:
            place = self.features.place(dates.first, dates.column)
            self.remarks.append(
                (
                    f"从 {place} 起的日期列右边没有有名称的数据。",
                    f"Right of the dates from {place} there are no named values.",
                )
            )
        released = {} if block.release is None else self._release_days(rows, block.release)
        for key, own in self._by_key(keys, rows).items():
            for column in columns:
                said = named[column]
                if key:
                    name = key if said.lent else said.name or key
                    said = replace(said, name=name, source_id=key, lent=False)
                if self._is_series(column, said, own):
                    self._add(block, column, said, own, released)
        if keys is None:
            self._say_lent(named)
        self._say_fields()

    def _add(
        self,
        block: Block,
        column: int,
        said: Heading,
        rows: _Rows,
        released: Mapping[date, date],
    ) -> None:
        header_unit = said.unit or split_unit(said.name)[1] or split_unit(said.bare)[1]
        values, style = self._values(column, rows, header_unit)
        head = max(block.dates.first - 1, 0)
        spans = [r for r, when in rows if r in block.dates.dates.to_date and when.month != 2]
        self.series.append(
            ExportSeries(
                name=said.name,
                source_id=said.source_id,
                unit=style.unit,
                frequency=said.frequency,
                source=said.source,
                book=self.sheet.book,
                sheet=self.sheet.name,
                place=self.features.place(head if said.row is None else said.row, column),
                values=values,
                releases={d: released[d] for d in values if d in released},
                field="" if self.layout.dates == "release" else said.field,
                released=self.layout.dates == "release",
                to_date=bool(spans),
                percent_shown=style.percent_shown,
            )
        )

    def _keys(self, block: Block) -> int | None:
        """Return the column of a table of quotes that says the security of each row."""
        if self.layout.shape != "quotes":
            return None
        head, first = block.dates.first - 1, block.dates.first
        for column in range(block.left, block.stop):
            cell = text(self.sheet.cell(first, column))
            if label_of(self.sheet.cell(head, column)) == "source_id" and (
                CODE.match(cell) or (cell.isdigit() and len(cell) == 6)
            ):
                return column
        return None

    def _by_key(self, keys: int | None, rows: _Rows) -> dict[str, _Rows]:
        if keys is None:
            return {"": rows}
        groups: dict[str, _Rows] = defaultdict(list)
        for row, when in rows:
            groups[clean(text(self.sheet.cell(row, keys)))].append((row, when))
        return groups

    def _is_series(self, column: int, said: Heading, rows: _Rows) -> bool:
        """Whether a column is a series; say so when it holds something and is not."""
        name = said.name or said.source_id
        if self.layout.id == "akshare_jin10" and fold(said.field) != fold("今值"):
            return False
        if fold(name) in _FLAG_COLUMNS:
            self._say_combined(column, rows)
            return False
        if name:
            return True
        filled = [r for r, _ in rows if not empty(self.sheet.cell(r, column))]
        if filled:
            place = self.features.place(filled[0], column)
            self.remarks.append(
                (f"从 {place} 起的一列有 {len(filled)} 个单元格而没有名称，未读取。",
                 f"The column from {place} has {len(filled)} cells and no name; it was not read.")
            )  # fmt: skip
        return False

    def _say_combined(self, column: int, rows: _Rows) -> None:
        yes = {"true", "1", "是", "yes"}
        flagged = [d for r, d in rows if fold(text(self.sheet.cell(r, column))) in yes]
        if flagged:
            shown = listed([f"{d:%Y-%m}" for d in flagged])
            self.remarks.append(
                (f"{len(flagged)} 个月是 1-2 月合并数（{shown}）。",
                 f"{len(flagged)} months are January and February together ({shown}).")
            )  # fmt: skip

    def _say_lent(self, named: Mapping[int, Heading]) -> None:
        lent = list(dict.fromkeys(h.name for h in named.values() if h.lent))
        if lent:
            shown = listed(lent)
            self.remarks.append(
                (f"表头没有名称，按标题、表名或文件名取名：{shown}。",
                 f"Named by title, sheet or file, as the header gives no name: {shown}.")
            )  # fmt: skip

    def _say_fields(self) -> None:
        """Say which fields of quotes are not used, and which closes have no code."""
        for closes in (s for s in self.series if s.field == "close" and not s.source_id):
            self.remarks.append(
                (f"“{closes.title}”是收盘价而没有代码；不是同名的指数时请加 "
                 f'--map "{closes.title}=ID"。',
                 f'"{closes.title}" are closes without a code; unless an index has that name, add '
                 f'--map "{closes.title}=ID".')
            )  # fmt: skip
        others = list(dict.fromkeys(s.field for s in self.series if s.field not in ("", "close")))
        if others:
            shown = listed(others, 12)
            self.remarks.append(
                (f"行情只用收盘价；未采用的字段：{shown}。",
                 f"Of quotes only closes are used; not these fields: {shown}.")
            )  # fmt: skip

    # -- values -----------------------------------------------------------------------------

    def _values(self, column: int, rows: _Rows, unit: str) -> tuple[dict[date, float], Style]:
        """Return a column's values by date, ascending, and how it writes them."""
        lines = self.sheet.rows
        cells = [
            (row, when, line[column])
            for row, when in rows
            if column < len(line := lines[row]) and line[column] is not None
        ]
        style = style_of((c for _, _, c in cells), unit, either_comma=self.sheet.either_comma)
        found: dict[date, tuple[float, int]] = {}
        clashes: dict[date, list[int]] = defaultdict(list)
        for row, when, cell in cells:
            reading = export_number(cell, style)
            if reading.problem:
                self._refuse(row, column, reading.problem)
                continue
            self._count_kind(reading.coercion, row, column)
            if reading.value is None:
                continue
            if when in found and found[when][0] != reading.value:
                clashes[when] = [found[when][1], *clashes[when][1:], row]
            found.setdefault(when, (reading.value, row))
        for when, places in clashes.items():
            del found[when]
            cells_said = listed([self.features.place(r, column) for r in places])
            self._refusal(
                self.features.place(places[-1], column), "duplicate_date",
                f"{when} 有不同的值（{cells_said}），都没有读取；请删去错的。",
                f"{when} has different values ({cells_said}); none was read. Delete the wrong "
                "ones.",
            )  # fmt: skip
        return {d: found[d][0] for d in sorted(found)}, style

    def _release_days(self, rows: _Rows, column: int) -> dict[date, date]:
        released: dict[date, date] = {}
        for row, when in rows:
            cell: Cell = self.sheet.cell(row, column)
            if empty(cell):
                continue
            reading: Reading[date] = day(cell, date_1904=self.sheet.date_1904)
            if reading.problem:
                self._refuse(row, column, reading.problem)
            elif reading.value is not None:
                self._count_kind(reading.coercion, row, column)
                released[when] = reading.value
        return released

    # -- long tables ------------------------------------------------------------------------

    def _read_long(self, block: Block) -> None:
        """Read rows of date, series and value."""
        head = block.dates.first - 1
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
        release = block.release if block.release is not None else roles.get("release")
        groups = self._long_groups(block, value, [roles.get("name"), roles.get("source_id")])
        for (name, id), members in groups.items():
            first = members[0][0]
            said = {
                label: "" if label not in roles
                else clean(text(self.sheet.cell(first, roles[label])))
                for label in ("unit", "frequency", "source")
            }  # fmt: skip
            heading = Heading(
                name=name,
                source_id=id or (name if ids_like([name]) else ""),
                row=first,
                **said,  # type: ignore[arg-type]
            )
            released = {} if release is None else self._release_days(members, release)
            self._add(block, value, heading, members, released)

    def _long_groups(
        self, block: Block, value: int, keys: Sequence[int | None]
    ) -> dict[tuple[str, str], _Rows]:
        groups: dict[tuple[str, str], _Rows] = defaultdict(list)
        for row, when in self._days(block, [value]):
            name, id = (("" if c is None else clean(text(self.sheet.cell(row, c)))) for c in keys)
            if name or id:
                groups[name, id].append((row, when))
            elif not empty(self.sheet.cell(row, value)):
                self._refusal(
                    self.features.place(row, value), "missing_name",
                    "这一行有数据而没有名称，未读取。",
                    "This row has a value and no name; it was not read.",
                )  # fmt: skip
        return groups
