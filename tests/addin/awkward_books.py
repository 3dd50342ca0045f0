"""Books of ours that somebody has spoiled: the sheets are there, and something in them is not."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .awkward import FAR, Made, sheet_of, swap
from .books import DATA as HEAD
from .books import PRICES as PRICE_HEAD
from .books import TOY, definition_rows, toy_book
from .exports import months

BOOKS: dict[str, Made] = {}
#: Parts of the toy book.
DATA, PRICES, DEFINITION = (f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3))
WORKBOOK, STRINGS, CHAIN = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/calcChain.xml"
_END = b"</sheetData>"
Change = Callable[[bytes], bytes]
DAYS = months((2012, 1), 96)


def good_rows() -> dict[str, list[list[Any]]]:
    """Return the rows of a book of the toy model with enough months to be computed."""
    wave = [n % 7 + n % 5 for n in range(len(DAYS))]
    data = [[day, *(1.0 + w * k for k in (1, 2, 3, 4))] for day, w in zip(DAYS, wave, strict=True)]
    prices = [[day, 100.0 + w, 50.0 + w * 2] for day, w in zip(DAYS, wave, strict=True)]
    return {
        "data": [*HEAD[:3], *data],
        "prices": [*PRICE_HEAD[:3], *prices],
        "definition": definition_rows(TOY),
    }


def good_book(folder: Path) -> Path:
    """Write that book."""
    return toy_book(folder, **good_rows())


def spoiled(path: Path, changes: Mapping[str, Change], more: Mapping[str, bytes] = {}) -> None:
    """Write the toy book with some of its parts changed and others added."""
    good = good_book(path.parent)
    content = good.read_bytes()
    good.unlink()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, changes[name](part) if name in changes else part)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a name that is there twice
            for name, part in more.items():
                new.writestr(name, part)


def of(name: str, changes: Mapping[str, Callable[[], Change]], **more: Callable[[], bytes]) -> None:
    """Register a book; its parts are made when they are wanted."""

    def make(path: Path) -> None:
        spoiled(
            path,
            {part: change() for part, change in changes.items()},
            {part: content() for part, content in more.items()},
        )

    BOOKS[name] = make


def before_end(extra: Callable[[], bytes]) -> Callable[[], Change]:
    """Return what puts something at the end of a sheet's cells."""
    return lambda: swap(_END, extra() + _END)


def after(extra: Callable[[], bytes]) -> Callable[[], Change]:
    """Return what puts something behind a sheet's cells."""
    return lambda: swap(_END, _END + extra())


def _text(row: int, column: str, text: str) -> str:
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'


def _grid(rows: int, last: str, start: int = 100) -> str:
    """Return rows with a date-like number in A and another number in the last column."""
    return "".join(
        f'<row r="{r}"><c r="A{r}"><v>{r}</v></c><c r="{last}{r}"><v>2</v></c></row>'
        for r in range(start, start + rows)
    )


# -- larger than it looks
of("bomb_in_data.xlsx", {DATA: before_end(lambda: b" " * 600_000_000)})
of("large_data.xlsx", {DATA: before_end(lambda: b" " * 300_000_000)})
of("blown_data.xlsx", {DATA: before_end(lambda: b" " * 30_000_000)})
of("bomb_elsewhere.xlsx", {}, **{"xl/media/image1.bin": lambda: bytes(600_000_000)})
of("large_elsewhere.xlsx", {}, **{"xl/media/image1.bin": lambda: bytes(300_000_000)})
of("large_definition.xlsx", {DEFINITION: before_end(lambda: b" " * 300_000_000)})
of("long_string.xlsx", {STRINGS: lambda: swap(
    b"</sst>", b"<si><t>" + b"x" * 200_000_000 + b"</t></si></sst>")})  # fmt: skip
of("many_parts.xlsx", {}, **{f"xl/media/{n}.bin": bytes for n in range(12_000)})
# -- more cells than it looks
of("far_cell_in_data.xlsx", {DATA: before_end(lambda: FAR % b"><v>1</v></c>")})
of("near_limit_cells.xlsx", {
    DATA: before_end(lambda: b'<row r="9999"><c r="ZZ9999"><v>1</v></c></row>'),
    PRICES: before_end(lambda: b'<row r="9999"><c r="ZZ9999"><v>1</v></c></row>'),
    DEFINITION: before_end(lambda: b'<row r="9999"><c r="ZZ9999"><v>1</v></c></row>')})  # fmt: skip
of("too_many_cells.xlsx", {DATA: before_end(lambda: _grid(50_000, "GZ").encode())})
of("many_rows.xlsx", {DATA: before_end(lambda: _grid(300_000, "D").encode())})
of("many_bad_cells.xlsx", {DATA: before_end(lambda: "".join(
    f'<row r="{r}"><c r="A{r}"><v>{40000 + 31 * (r % 200)}</v></c>'
    + _text(r, "B", "bad") + _text(r, "C", "bad") + "</row>"
    for r in range(100, 60_000)).encode())})  # fmt: skip
of("many_error_cells.xlsx", {DATA: before_end(lambda: "".join(
    f'<row r="{r}"><c r="A{r}"><v>40000</v></c><c r="B{r}" t="e"><v>#N/A</v></c></row>'
    for r in range(100, 100_000)).encode())})  # fmt: skip
of("many_names.xlsx", {DATA: lambda: sheet_of('<row r="1">' + "".join(
    _text(1, c, f"name {n}") for n, c in enumerate(_columns(16_000))) + "</row>")})  # fmt: skip
of("long_names.xlsx", {DATA: lambda: sheet_of(
    '<row r="1">' + _text(1, "A", "id") + _text(1, "B", "x" * 5_000_000) + "</row>")})  # fmt: skip
of("many_definitions.xlsx", {DEFINITION: lambda: sheet_of("".join(
    f'<row r="{r}">' + _text(r, "A", f"[{r}]") + _text(r, "B", "x") + "</row>"
    for r in range(1, 50_000)))})  # fmt: skip


# -- text that looks like cells, to whoever looks for them without a parser
def open_tags(tag: bytes, count: int = 60_000) -> bytes:
    """Return a comment of many beginnings of tags."""
    return b"<!-- " + tag * count + b" -->"


#: Minutes for a pattern that has to give up at each of them.
of("open_errors.xlsx", {DATA: after(lambda: open_tags(b'<c t="e">'))})
of("many_elements.xlsx", {DATA: after(lambda: b"<!-- -->" + b"<x><y/></x>" * 4_000_000)})
of("open_values.xlsx", {DATA: after(lambda: b'<!-- <c t="e">' + b"<v>" * 200_000 + b"</c> -->")})
of("open_percents.xlsx", {DATA: after(lambda: open_tags(b'<c s="1" '))})
of("open_rows.xlsx", {DATA: after(lambda: open_tags(b"<row "))})
of("open_names.xlsx", {WORKBOOK: lambda: swap(
    b"<sheets>", open_tags(b"<sheet ") + b"<sheets>")})  # fmt: skip
of("many_defined_names.xlsx", {WORKBOOK: lambda: swap(
    b"</sheets>", b"</sheets><definedNames>" + b"".join(
        b'<definedName name="n%d">data!$A$%d</definedName>' % (n, n + 1) for n in range(100_000))
    + b"</definedNames>")})  # fmt: skip
of("many_formulas.xlsx", {PRICES: before_end(lambda: "".join(
    f'<row r="{r}"><c r="Z{r}"><f>data!A1+results!B{r}</f><v>1</v></c></row>'
    for r in range(100, 60_000)).encode())})  # fmt: skip
# -- broken
of("half_data.xlsx", {DATA: lambda: lambda c: c[: len(c) // 2]})
of("deep_data.xlsx", {DATA: after(lambda: b"<x>" * 100_000 + b"</x>" * 100_000)})
of("twice_data.xlsx", {}, **{DATA: lambda: b"<worksheet/>"})
of("binary_data.xlsx", {DATA: lambda: lambda _: bytes(range(256)) * 400})
of("utf16_data.xlsx", {DATA: lambda: lambda c: c.decode().replace("UTF-8", "UTF-16").encode(
    "utf-16")})  # fmt: skip
of("laughing_data.xlsx", {DATA: lambda: swap(b"<worksheet ", b"<!DOCTYPE z [" + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(8))
    + b"]><worksheet ")})  # fmt: skip


def _columns(count: int) -> list[str]:
    letters = [chr(65 + n) for n in range(26)]
    every = letters + [a + b for a in letters for b in letters]
    every += [a + b + c for a in letters for b in letters for c in letters]
    return every[:count]
