"""What the header of a block says of each column: names over several rows, ids, units, fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from prosperity_excel.exports.blocks import Block
from prosperity_excel.exports.header_words import (
    CODE,
    JIN10,
    VALUE_WORDS,
    field_of,
    header_texts,
    ids_like,
    is_frequency,
    label_of,
    mostly_codes,
)
from prosperity_excel.series.names import parse_name
from prosperity_excel.series.units import is_unit
from prosperity_excel.sheets.cells import text
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.words.book_words import clean, fold

#: Texts that stand for a column's name when a program wrote none.
_NO_NAME = ("unnamed:", "nan", "none", "level_")
#: Words in titles, names of sheets and files that say of which field a table of quotes is.
_TITLE_FIELDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), field)
    for pattern, field in (
        (r"收盘|(?<![a-z])close", "close"),
        (r"市盈率|(?<![a-z])pe(?![a-z])", "pe"),
        (r"市净率|(?<![a-z])pb(?![a-z])", "pb"),
        (r"市销率", "ps"),
        (r"股息率|dividend", "dividend_yield"),
        (r"换手|turnover", "turn"),
        (r"成交量|volume", "volume"),
        (r"成交额|成交金额", "amt"),
        (r"涨跌幅|pct_?chg", "pct_chg"),
        (r"总市值|流通市值|market.?cap", "market_cap"),
    )
)
_FILE_CODE = re.compile(
    r"(?<![0-9A-Za-z])(\d{6})(?:[._-]?(SI|WI|SH|SZ|CSI|CNI|SW|BJ))?(?![0-9A-Za-z])", re.IGNORECASE
)
_MONTH_LIKE = re.compile(r"^(19|20)\d{2}(0[1-9]|1[0-2])$")
_NAME_NOISE = re.compile(
    r"[()（）\[\]]|\d{4,8}(?=\D|$)|日线|周线|行情|指数数据|历史数据|(?<![a-z])daily(?![a-z])|数据$",
    re.IGNORECASE,
)
_DEFAULT_SHEET = re.compile(r"^(sheet|工作表|table|表|data|数据|export)[ _]?\d*$", re.IGNORECASE)
_AT_HOME = frozenset(map(fold, ("中国", "全国", "China", "CN", "中国大陆")))
_LONGEST_LEVEL = 40
_COMMENT = re.compile(r"^(#|//|;|[注註][:：]|备注|说明|[数數][据據][来來]源)")
_NO_LEVEL = re.compile(
    r"^(#|注|数据来源|来源|单位|制表|更新|频率|同花顺|wind$)|[。；]", re.IGNORECASE
)


@dataclass(frozen=True)
class Heading:
    """What a header says of one column; empty where it does not.

    ``bare`` is the name without the levels above it; ``lent`` says that the name is the title's or
    the sheet's.
    """

    name: str = ""
    source_id: str = ""
    unit: str = ""
    frequency: str = ""
    source: str = ""
    field: str = ""
    bare: str = ""
    row: int | None = None
    lent: bool = False


_Rows = Mapping[str, int | None]


def read_header(
    sheet: Sheet, block: Block, *, quotes: bool = False, jin10: bool = False
) -> dict[int, Heading]:
    """Return what the header of a block says of each of its columns."""
    rows, rest = _header_rows(sheet, block, quotes=quotes, jin10=jin10)
    found = {c: _heading(sheet, c, rows) for c in block.columns}
    if jin10:
        return _named_by_item(sheet, block, found)
    found = _spread(found) if quotes else _with_levels(sheet, block, found, rows, rest)
    found = _with_titles(sheet, block, found)
    return {c: _with_field(sheet, block, h, rest, c, quotes) for c, h in found.items()}


def _header_rows(
    sheet: Sheet, block: Block, *, quotes: bool, jin10: bool
) -> tuple[dict[str, int | None], list[int]]:
    """Return the header row of each label, and the rows that no label or content explains."""
    labels = dict(block.labels)
    taken = set(labels.values())
    rest: list[int] = []
    rows: dict[str, int | None] = {
        key: labels.get(key)
        for key in ("name", "source_id", "unit", "frequency", "source", "country")
    }
    rows["field"] = None
    columns = block.columns
    for row in range(block.top, block.dates.first):
        words = [w for w in (clean(text(sheet.cell(row, c))) for c in columns) if w]
        if row in taken or not words or _is_comment(sheet, block, row):
            continue
        if rows["source_id"] is None and (ids_like(words) or mostly_codes(words)):
            rows["source_id"] = row
        elif rows["frequency"] is None and sum(map(is_frequency, words)) > len(words) / 2:
            rows["frequency"] = row
        elif rows["unit"] is None and sum(map(_is_unit_word, words)) > len(words) / 2:
            rows["unit"] = row
        elif sum(bool(field_of(w)) for w in words) > len(words) / 2:
            rows["field"] = row
        else:
            rest.append(row)
    if rows["name"] is None and rest:
        # Names stand above fields; else the row next to the values names them.
        rows["name"] = rest[0] if quotes else rest[-1]
    if rows["name"] is None:
        rows["name"] = rows["source_id"]
    if jin10:
        rows["field"] = block.dates.first - 1
    return rows, [r for r in rest if r != rows["name"]]


def _is_comment(sheet: Sheet, block: Block, row: int) -> bool:
    """Whether a row is a remark over the table, which separators in it may have parted."""
    first = next((w for w in header_texts(sheet, row, block.left, block.stop) if w), "")
    return bool(_COMMENT.match(first))


def _is_unit_word(word: str) -> bool:
    bare = re.sub(r"^\(?(?:单位[:：]?)?|\)?$", "", word)
    return bool(bare) and is_unit(bare)


def _heading(sheet: Sheet, column: int, rows: _Rows) -> Heading:
    said = {
        label: "" if row is None else clean(text(sheet.cell(row, column)))
        for label, row in rows.items()
    }
    country = said.pop("country")
    if said["name"].casefold().startswith(_NO_NAME):
        said["name"] = ""
    if (ids_like([said["name"]]) or CODE.match(said["name"])) and not said["source_id"]:
        said["source_id"] = said["name"]
    abroad = country and fold(country) not in _AT_HOME and fold(country) not in fold(said["name"])
    if abroad and said["name"] and said["name"] != said["source_id"]:
        said["name"] = f"{country}:{said['name']}"
    said["unit"] = re.sub(r"^\((.*)\)$", r"\1", said["unit"])
    named = rows["name"] if said["name"] else rows["source_id"]
    named = rows["field"] if named is None or not (said["name"] or said["source_id"]) else named
    return Heading(bare=said["name"], row=named, **said)  # type: ignore[arg-type]


def _spread(found: Mapping[int, Heading]) -> dict[int, Heading]:
    """Give each field of a quote the name and the code of the security to its left."""
    name = code = ""
    spread = {}
    for column, said in found.items():
        name, code = said.name or name, said.source_id or code
        spread[column] = replace(said, name=name, source_id=code)
    return spread


def _named_by_item(sheet: Sheet, block: Block, found: Mapping[int, Heading]) -> dict[int, Heading]:
    """Name jin10's values by the column 商品, or else by the sheet."""
    item = sheet.name
    for column in range(block.dates.column):
        cell = sheet.cell(block.dates.first, column)
        if isinstance(cell, str):
            item = clean(cell)
    return {
        c: replace(h, name=item if fold(h.field) in JIN10 else "", source_id="", bare=item)
        for c, h in found.items()
    }


# -- names over several rows ------------------------------------------------------------------


def _with_levels(
    sheet: Sheet, block: Block, found: Mapping[int, Heading], rows: _Rows, rest: Sequence[int]
) -> dict[int, Heading]:
    """Put what stands above names, merged or not, in front of them."""
    levels = [
        _filled_level(sheet, block, row)
        for row in rest
        if rows["name"] is not None and row < rows["name"] and rows["name"] != rows["source_id"]
    ]
    named = {}
    for column, said in found.items():
        above = [w for level in levels if (w := level.get(column, "")) and not field_of(w)]
        above = [w for w in dict.fromkeys(above) if fold(w) not in fold(said.name)]
        if said.name and above:
            said = replace(said, name=":".join([*above, said.name]))
        elif above:
            said = replace(said, name=":".join(above), bare=above[-1])
        named[column] = said
    return named


def _filled_level(sheet: Sheet, block: Block, row: int) -> dict[int, str]:
    """Return a row's words by column, each as far to the right as the next."""
    word = ""
    found = {}
    for column in block.columns:
        own = clean(text(sheet.cell(row, column)))
        if own and not own.casefold().startswith(_NO_NAME):
            word = "" if len(own) > _LONGEST_LEVEL or _NO_LEVEL.search(own) else own
        if word:
            found[column] = word
    return found


def _with_titles(sheet: Sheet, block: Block, found: Mapping[int, Heading]) -> dict[int, Heading]:
    """Name columns that only say in which form they are by the title above, or the sheet."""
    title = _title(sheet, block)
    named = {}
    for column, said in found.items():
        generic = fold(said.name) in VALUE_WORDS
        if said.name and (generic or parse_name(said.name).only_form) and title:
            name = title if generic else f"{title}:{said.name}"
            said = replace(said, name=name, lent=True)
        elif not any((said.name, said.source_id, said.field, len(block.columns) > 1)) and title:
            said = replace(said, name=title, lent=True, row=block.dates.first)
        named[column] = said
    return named


def _title(sheet: Sheet, block: Block) -> str:
    """Return the title of a block: over its dates; else the sheet's name, when it was given."""
    for row in range(block.dates.first - 1, block.top - 1, -1):
        for column in range(block.left, block.dates.column + 1):
            cell = sheet.cell(row, column)
            said = clean(text(cell)) if isinstance(cell, str) else ""
            if said and label_of(cell) is None and _is_title(said):
                return re.sub("数据$", "", said)
    name = clean(sheet.name)
    return "" if _DEFAULT_SHEET.match(name) else name


def _is_title(said: str) -> bool:
    return len(said) <= _LONGEST_LEVEL and not _NO_LEVEL.search(said)


# -- fields of quotes -------------------------------------------------------------------------


def _with_field(
    sheet: Sheet, block: Block, said: Heading, rest: Iterable[int], column: int, quotes: bool
) -> Heading:
    """Say which field of a quote a column is, where its code or its layout makes it a quote."""
    field = field_of(said.field) or field_of(said.bare)
    code = said.source_id if CODE.match(said.source_id) or said.source_id.isdigit() else ""
    own_name = "" if field_of(said.bare) else said.name
    lent = bool(field) and not code and not own_name
    if lent:
        code, own_name = code_in(sheet)
        own_name = own_name or ("" if code else _named_after(sheet))
    if not code and not quotes and not lent:
        return said if said.source_id or not field_of(said.field) else replace(said, field="")
    titles = [
        w for r in rest for c in (*range(block.left, column + 1),)
        if (w := clean(text(sheet.cell(r, c))))
    ]  # fmt: skip
    titles += [*_title_cells(sheet, block), sheet.name, sheet.book.rpartition(".")[0]]
    field = field or next((f for t in titles if (f := field_of(t) or _title_field(t))), "")
    id = code or said.source_id
    return replace(said, name=own_name or code, source_id=id, field=field, lent=said.lent or lent)


def _title_cells(sheet: Sheet, block: Block) -> list[str]:
    return [w for r in range(block.top, block.dates.first)
            for w in header_texts(sheet, r, block.left, block.dates.column + 1) if w]  # fmt: skip


def _title_field(title: str) -> str:
    return next((field for form, field in _TITLE_FIELDS if form.search(title)), "")


def _named_after(sheet: Sheet) -> str:
    """Return the name that a sheet has, or else its file."""
    name = clean(sheet.name)
    return clean(sheet.book.rpartition(".")[0]) if _DEFAULT_SHEET.match(name) else name


def code_in(sheet: Sheet) -> tuple[str, str]:
    """Return the code and the name of the security that a sheet or its file is named after.

    Empty where they name none, or several.
    """
    for title in (sheet.name, re.sub(r"\.(csv|tsv|txt|xlsx?|xlsm|xlsb|ods)$", "", sheet.book)):
        codes = {
            f"{number}.{suffix.upper()}" if suffix else number
            for number, suffix in _FILE_CODE.findall(title)
            if suffix or not _MONTH_LIKE.match(number)
        }
        if len(codes) == 1:
            rest = _NAME_NOISE.sub(" ", _FILE_CODE.sub(" ", title))
            name = re.sub(r"[\s_\-.]+", " ", rest).strip()
            return codes.pop(), name if re.search("[一-鿿]", name) else ""
        if codes:
            return "", ""
    return "", ""
