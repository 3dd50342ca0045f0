"""Exports in every vendor's layout, made for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from .books import Percent, save
from .xlsb import Computed, Error

Rows = list[list[Any]]


def months(first: tuple[int, int], count: int) -> list[date]:
    """Return month ends."""
    found = []
    for n in range(count):
        number = first[0] * 12 + first[1] + n
        found.append(date.fromordinal(date(number // 12, number % 12 + 1, 1).toordinal() - 1))
    return found


def wind(
    names: Sequence[str],
    days: Sequence[date],
    values: Sequence[Sequence[Any]],
    *,
    ids: Sequence[str] = (),
    units: Sequence[str] = (),
    frequencies: Sequence[str] = (),
    newest_first: bool = False,
) -> Rows:
    """Return a Wind EDB sheet; without ids, units and frequencies its short header."""
    rows: Rows = []
    if ids:
        rows.append(["国家", *["中国"] * len(names)])
    rows.append(["指标名称", *names])
    if frequencies or ids:
        rows.append(["频率", *(frequencies or ["月"] * len(names))])
    if units or ids:
        rows.append(["单位", *(units or ["%"] * len(names))])
    if ids:
        rows.append(["指标ID", *ids])
        rows.append(["来源", *["国家统计局"] * len(names)])
        rows.append(["更新时间", *["'2023-01-17"] * len(names)])
    dated = [[day, *(column[n] for column in values)] for n, day in enumerate(days)]
    rows += dated[::-1] if newest_first else dated
    return [*rows, [], ["数据来源：Wind"]]


def turned(rows: Rows) -> Rows:
    """Return rows as columns."""
    width = max(map(len, rows))
    return [
        list(r) for r in zip(*([*row, *[None] * (width - len(row))] for row in rows), strict=True)
    ]


def export(folder: Path, rows: Rows | Mapping[str, Rows], name: str = "export.xlsx") -> Path:
    """Write rows as a workbook."""
    return save(folder / name, rows if isinstance(rows, Mapping) else {"Sheet1": rows})


def text_export(folder: Path, rows: Rows, name: str, encoding: str, end: str = "\n",
                separator: str = ",") -> Path:  # fmt: skip
    """Write rows as text."""
    lines = [separator.join("" if c is None else str(c) for c in row) for row in rows]
    path = folder / name
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


def ods(folder: Path, rows: Rows, name: str = "export.ods") -> Path:
    """Write rows as an OpenDocument spreadsheet."""

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, date):
            return (f'<table:table-cell office:value-type="date" office:date-value="{value}">'
                    f"<text:p>{value}</text:p></table:table-cell>")  # fmt: skip
        if isinstance(value, Percent):
            return ('<table:table-cell office:value-type="percentage" '
                    f'office:value="{value.value}"><text:p>{value.value:%}</text:p>'
                    "</table:table-cell>")  # fmt: skip
        if isinstance(value, Error):
            # A program that knows no type for errors stores some number.
            return (
                '<table:table-cell table:formula="of:=X" office:value-type="float" '
                f'office:value="0"><text:p>{value.text}</text:p></table:table-cell>'
            )
        if isinstance(value, Computed) and value.value == "":
            return '<table:table-cell table:formula="of:=X"/>'
        if isinstance(value, Computed):
            return (f'<table:table-cell table:formula="of:=X" office:value-type="float" '
                    f'office:value="{value.value}"><text:p>{value.value}</text:p>'
                    "</table:table-cell>")  # fmt: skip
        if isinstance(value, int | float):
            return (f'<table:table-cell office:value-type="float" office:value="{value}">'
                    f"<text:p>{value}</text:p></table:table-cell>")  # fmt: skip
        return (f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
                "</table:table-cell>")  # fmt: skip

    body = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows if row
    )
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}office:1.0" '
        f'xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Sheet1">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{names}manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("mimetype", kind)
        package.writestr("META-INF/manifest.xml", manifest)
        package.writestr("content.xml", content)
    path = folder / name
    path.write_bytes(buffer.getvalue())
    return path
