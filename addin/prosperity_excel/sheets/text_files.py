"""Text files of separated values as a sheet: any usual encoding, line ends and separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import NoReturn

from prosperity.errors import BookError

from prosperity_excel.sheets.cells import Cell
from prosperity_excel.sheets.workbook import Sheet
from prosperity_excel.sheets.xlsx_facts import MOST_CELLS

SUFFIXES = (".csv", ".tsv", ".txt")
#: Largest text file in bytes, and longest line field in letters.
MOST_TEXT = 120_000_000
MOST_FIELD = 1_000_000
SEPARATORS = ",\t;|"
_SAMPLE_LINES = 60
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUMBER = re.compile(r"^-?(0|[1-9]\d{0,14})(\.\d+)?(e[+-]?\d{1,3})?$", re.ASCII | re.IGNORECASE)
#: A number with commas in it; one whose comma can only be a decimal one; one with a point.
_COMMA_NUMBER = re.compile(r"^[-+]?\d[\d.]*,\d[\d,]*$")
_DECIMAL_COMMA = re.compile(
    r"^[-+]?(?:\d+,(?:\d{1,2}|\d{4,})|0,\d+|\d{4,},\d+|\d{1,3}(?:\.\d{3})+,\d+)$"
)
_POINT_NUMBER = re.compile(r"^[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)\.(?:\d{1,2}|\d{4,})$")
#: Words of headers in Traditional and in Simplified Chinese.
_BIG5_WORDS, _GB_WORDS = (
    tuple(words.split())
    for words in (
        "指標 時間 單位 頻率 來源 數值 名稱 年月 製造 產量 銷量 貨幣 價格 日期 月份",
        "指标 时间 单位 频率 来源 数值 名称 年月 制造 产量 销量 货币 价格 日期 月份",
    )
)
_REFUSALS: Mapping[str, tuple[str, str]] = {
    "empty_text": ("文件是空的；请重新导出。", "The file is empty; export it again."),
    "text_too_large": (
        "文本过大；请分成几个文件再导入。",
        "There is too much text; split the file.",
    ),
    "web_page": (
        "这是网页，不是数据文件；请用 Excel 打开并另存为 .xlsx。",
        "This is a web page, not a data file; open it in Excel and save it as .xlsx.",
    ),
    "not_text": (
        "这不是文本文件，或编码无法识别；请另存为 UTF-8 的 CSV。",
        "This is no text file, or its encoding is unknown; save it as CSV in UTF-8.",
    ),
}


def read_text(path: Path, content: bytes) -> Sheet:
    """Read a file of separated values.

    UTF-8 with or without its mark, UTF-16, GB18030 (so GBK) and Big5 are told apart; lines may end
    in CR, LF or both; the separator is what a line ``sep=;`` says, else the one of comma, tab,
    semicolon and bar that gives the most regular table. Plain numbers become floats, everything
    else stays text: a code such as ``000001`` keeps its zeros. Where commas do not part fields and
    some number can only have a decimal comma, all have; where each may part thousands as well,
    ``either_comma`` says so.

    Raises
    ------
    BookError
        ``empty_text``, ``text_too_large``, ``web_page`` or ``not_text``.
    """
    if len(content) > MOST_TEXT:
        _refuse("text_too_large", path)
    text = _decoded(path, content)
    if not text.strip():
        _refuse("empty_text", path)
    if re.match(r"\s*<(!doctype|html|table|\?xml)", text[:500], re.IGNORECASE):
        _refuse("web_page", path)
    text, separator = _told(text) or (text, _separator(text))
    commas = "" if separator == "," else _commas(text, separator)
    rows: list[list[Cell]] = []
    cells = 0
    csv.field_size_limit(MOST_FIELD)
    try:
        for fields in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            cells += len(fields)
            if cells > MOST_CELLS:
                _refuse("text_too_large", path)
            if commas == "decimal":
                fields = [_pointed(field) for field in fields]
            rows.append([_cell(field) for field in fields])
    except csv.Error:
        _refuse("not_text", path)
    return Sheet(path.name, path.stem, rows, either_comma=commas == "either")


def _decoded(path: Path, content: bytes) -> str:
    encodings = [encoding for mark, encoding in _MARKS if content.startswith(mark)][:1]
    if not encodings:
        head = content[:4000]
        zeros = head[0::2].count(0), head[1::2].count(0)
        if max(zeros) > len(head) / 8:
            encodings = ["utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"]
        elif b"\0" in content:
            _refuse("not_text", path)
        else:
            encodings = ["utf-8", "big5", "gb18030"] if _is_big5(content) else ["utf-8", "gb18030"]
    texts = (t for e in encodings if (t := _tried(content, e)) is not None and _is_text(t))
    found = next(texts, None)
    if found is None:
        _refuse("not_text", path)
    return found


def _is_big5(content: bytes) -> bool:
    """Whether a text has words of headers in Big5, and none in GB18030, for which it passes too."""
    in_big5, in_gb = (
        sum(word.encode(encoding) in content for word in words)
        for encoding, words in (("big5", _BIG5_WORDS), ("gb18030", _GB_WORDS))
    )
    return in_big5 > in_gb


def _told(text: str) -> tuple[str, str] | None:
    """Return the text after a first line such as ``sep=;``, and that separator."""
    match = re.match(r"sep=(.)\r?\n?", text, re.IGNORECASE)
    return (text[match.end() :], match[1]) if match else None


def _commas(text: str, separator: str) -> str:
    """Return ``decimal`` or ``either`` for what commas in numbers are; empty for thousands."""
    fields = [
        f.strip().strip('"') for line in text[:400_000].splitlines() for f in line.split(separator)
    ]
    numbers = [f for f in fields if _COMMA_NUMBER.match(f)]
    if not numbers or any(_POINT_NUMBER.match(f) for f in fields):
        return ""
    return "decimal" if any(map(_DECIMAL_COMMA.match, numbers)) else "either"


def _pointed(field: str) -> str:
    """Return a number with a decimal comma as one with a point."""
    bare = field.strip()
    return bare.replace(".", "").replace(",", ".") if _COMMA_NUMBER.match(bare) else field


def _tried(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_text(text: str) -> bool:
    """Whether hardly any letter is a control sign."""
    controls = sum(text.count(chr(n)) for n in range(32) if chr(n) not in "\t\n\r\f")
    return controls <= len(text) / 1000


def _separator(text: str) -> str:
    """Return the separator under which most lines have the same number of fields."""

    def regular(separator: str) -> tuple[int, int]:
        lines = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=separator)
        try:
            widths = Counter(len(line) for line in islice(lines, _SAMPLE_LINES) if line)
        except csv.Error:
            return 0, 0
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        return (count, width) if width > 1 else (0, 0)

    return max(SEPARATORS, key=regular)


def _cell(field: str) -> Cell:
    if _NUMBER.match(field):
        value = float(field)
        return value if abs(value) < 1e300 else field
    return field if field.strip() else None


def _refuse(code: str, path: Path) -> NoReturn:
    raise BookError(code, *_REFUSALS[code], where=path.name)
