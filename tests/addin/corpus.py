"""Books with features that a spreadsheet library loses when it saves a book again.

XlsxWriter makes what it can; the rest is added to the package as hand-written parts.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from prosperity_excel.sheets.workbook import open_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MS = "http://schemas.microsoft.com/office"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MS_TYPE = "application/vnd.ms-excel"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
#: The user's own sheet, which carries the features.
MINE = "我的表"


@dataclass
class Parts:
    """A package that can be added to."""

    members: dict[str, bytes]
    packed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes) -> Parts:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return cls({name: archive.read(name) for name in archive.namelist()})

    @property
    def sheet(self) -> str:
        """The part of the user's own sheet, the first of the book."""
        return "xl/worksheets/sheet1.xml"

    def text(self, name: str) -> str:
        return self.members[name].decode()

    def add(self, name: str, content: str | bytes, type: str = "") -> None:
        self.members[name] = content.encode() if isinstance(content, str) else content
        if type:
            line = f'<Override PartName="/{name}" ContentType="{type}"/>'
            self.edit("[Content_Types].xml", "</Types>", line)

    def default(self, extension: str, type: str) -> None:
        line = f'<Default Extension="{extension}" ContentType="{type}"/>'
        if f'Extension="{extension}"' not in self.text("[Content_Types].xml"):
            self.edit("[Content_Types].xml", "<Override", line, first=True)

    def edit(self, name: str, before: str, new: str, *, first: bool = False) -> None:
        text = self.text(name)
        assert before in text, (name, before)
        place = text.index(before) if first else text.rindex(before)
        self.members[name] = (text[:place] + new + text[place:]).encode()

    def relate(self, source: str, target: str, type: str, *, external: bool = False) -> str:
        """Add a relation; return its id."""
        folder, _, file = source.rpartition("/")
        name = f"{folder}/_rels/{file}.rels".lstrip("/")
        if name not in self.members:
            self.add(name, f'{HEAD}<Relationships xmlns="{PACKAGE}"></Relationships>')
        id = f"rIdX{self.text(name).count('<Relationship ') + 1}"
        mode = ' TargetMode="External"' if external else ""
        line = f'<Relationship Id="{id}" Type="{type}" Target="{target}"{mode}/>'
        self.edit(name, "</Relationships>", line)
        return id

    def in_sheet(self, new: str, *before: str) -> None:
        """Add an element to the user's sheet, before the first of the tags that is there."""
        text = self.text(self.sheet)
        tag = next(t for t in (*before, "</worksheet>") if t in text)
        self.edit(self.sheet, tag, new, first=True)

    def extension(self, uri: str, inner: str) -> None:
        """Add an extension to the user's sheet."""
        x14 = f"{MS}/spreadsheetml/2009/9/main"
        xm = f"{MS}/excel/2006/main"
        line = f'<ext xmlns:x14="{x14}" uri="{uri}">{inner.replace("XM", xm)}</ext>'
        if "</extLst>" in self.text(self.sheet):
            self.edit(self.sheet, "</extLst>", line)
        else:
            self.edit(self.sheet, "</worksheet>", f"<extLst>{line}</extLst>")

    def bytes(self) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (name, content) in enumerate(self.members.items()):
                # Some parts stored, some packed hard, times of their own: as other programs write.
                entry = zipfile.ZipInfo(name, (2021, 3, 4, 5, 6, 2 * (number % 29)))
                entry.compress_type = (
                    zipfile.ZIP_STORED if number % 5 == 4 else zipfile.ZIP_DEFLATED
                )
                archive.writestr(entry, content, compresslevel=9 if number % 2 else 1)
        return file.getvalue()


def _plain(book: Any, sheet: Any) -> None:
    sheet.write_string(0, 0, "我的笔记")
    sheet.write_formula(1, 0, "=1+1", None, 2)


def _shapes(book: Any, sheet: Any) -> None:
    sheet.insert_textbox(3, 3, "形状 shape", {"width": 200, "height": 80})


def _pictures(book: Any, sheet: Any) -> None:
    sheet.insert_image(3, 3, "pixel.png", {"image_data": io.BytesIO(PIXEL), "x_scale": 40})


def _sparklines(book: Any, sheet: Any) -> None:
    sheet.write_row(3, 0, [1, 5, 2, 8])
    sheet.add_sparkline(3, 5, {"range": f"'{MINE}'!A4:D4", "type": "column"})


def _charts(book: Any, sheet: Any) -> None:
    sheet.write_column(3, 0, [1, 5, 2, 8])
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": [MINE, 3, 0, 6, 0]})
    sheet.insert_chart(8, 1, chart)


def _formats(book: Any, sheet: Any) -> None:
    sheet.write_column(3, 0, [-1, 5, 2, 8])
    sheet.conditional_format(3, 0, 6, 0, {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format(3, 0, 6, 0, {"type": "icon_set", "icon_style": "3_flags"})


def _arrays(book: Any, sheet: Any) -> None:
    sheet.write_dynamic_array_formula(3, 3, 6, 3, "=_xlfn.SEQUENCE(4)", None, 1)


def _comments(book: Any, sheet: Any) -> None:
    sheet.write_comment(3, 3, "批注：请核对", {"author": "张三"})


def _controls(book: Any, sheet: Any) -> None:
    sheet.insert_button(3, 3, {"macro": "Mine", "caption": "运行"})


def _macros(parts: Parts) -> None:
    parts.add("xl/vbaProject.bin", bytes(range(256)) * 9, f"{MS_TYPE[:-6]}.ms-office.vbaProject")
    signature = "application/vnd.ms-office.vbaProjectSignature"
    parts.add("xl/vbaProjectSignature.bin", bytes(range(255, -1, -1)) * 5, signature)
    parts.relate("xl/workbook.xml", "vbaProject.bin", f"{MS}/2006/relationships/vbaProject")
    kind = f"{MS}/2006/relationships/vbaProjectSignature"
    parts.relate("xl/vbaProject.bin", "vbaProjectSignature.bin", kind)
    types = parts.text("[Content_Types].xml")
    plain, macro = f"{TYPE}.sheet.main+xml", f"{MS_TYPE}.sheet.macroEnabled.main+xml"
    parts.members["[Content_Types].xml"] = types.replace(plain, macro).encode()


def _custom_xml(parts: Parts) -> None:
    parts.add("customXml/item1.xml", "<?xml version='1.0'?><mine xmlns='urn:mine'>内部</mine>")
    properties = '<ds:datastoreItem ds:itemID="{0B6B8F3C-0000-4000-8000-000000000001}"'
    schema = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
    parts.add(
        "customXml/itemProps1.xml",
        f'{HEAD}{properties} xmlns:ds="{schema}"/>',
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
    )
    parts.relate("xl/workbook.xml", "../customXml/item1.xml", f"{OFFICE}/customXml")
    parts.relate("customXml/item1.xml", "itemProps1.xml", f"{OFFICE}/customXmlProps")


def _threaded(parts: Parts) -> None:
    """Comments of the new kind, beside the old ones that XlsxWriter has written."""
    space = f"{MS}/spreadsheetml/2018/threadedcomments"
    who = "{0B6B8F3C-0000-4000-8000-00000000000A}"
    parts.add(
        "xl/threadedComments/threadedComment1.xml",
        f'{HEAD}<ThreadedComments xmlns="{space}"><threadedComment ref="D4" '
        f'dT="2024-01-02T03:04:05.00" personId="{who}" id="{who}"><text>好的 😀</text>'
        "</threadedComment></ThreadedComments>",
        f"{MS_TYPE}.threadedcomments+xml",
    )
    parts.add(
        "xl/persons/person.xml",
        f'{HEAD}<personList xmlns="{space}"><person displayName="李四" id="{who}" '
        'userId="l4" providerId="None"/></personList>',
        f"{MS_TYPE}.person+xml",
    )
    kind = f"{MS}/2017/10/relationships"
    target = "../threadedComments/threadedComment1.xml"
    parts.relate(parts.sheet, target, f"{kind}/threadedComment")
    parts.relate("xl/workbook.xml", "persons/person.xml", f"{kind}/person")


def _validations(parts: Parts) -> None:
    parts.extension(
        "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}",
        '<x14:dataValidations xmlns:xm="XM" count="1"><x14:dataValidation type="list" '
        'allowBlank="1"><x14:formula1><xm:f>data!$A$1:$A$3</xm:f></x14:formula1>'
        "<xm:sqref>B9</xm:sqref></x14:dataValidation></x14:dataValidations>",
    )


def _pivot(parts: Parts) -> None:
    fields = '<cacheField name="k"><sharedItems count="1"><s v="a"/></sharedItems></cacheField>'
    fields += '<cacheField name="v"><sharedItems containsNumber="1" minValue="1" maxValue="1"/>'
    parts.add(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'{HEAD}<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}" r:id="rIdX1" '
        'recordCount="1"><cacheSource type="worksheet"><worksheetSource ref="H1:I2" '
        f'sheet="{MINE}"/></cacheSource><cacheFields count="2">{fields}</cacheField>'
        "</cacheFields></pivotCacheDefinition>",
        f"{TYPE}.pivotCacheDefinition+xml",
    )
    parts.add(
        "xl/pivotCache/pivotCacheRecords1.xml",
        f'{HEAD}<pivotCacheRecords xmlns="{MAIN}" count="1"><r><x v="0"/><n v="1"/></r>'
        "</pivotCacheRecords>",
        f"{TYPE}.pivotCacheRecords+xml",
    )
    parts.add(
        "xl/pivotTables/pivotTable1.xml",
        f'{HEAD}<pivotTableDefinition xmlns="{MAIN}" name="透视表1" cacheId="7" '
        'dataCaption="值"><location ref="K1:L3" firstHeaderRow="1" firstDataRow="1" '
        'firstDataCol="1"/><pivotFields count="2"><pivotField axis="axisRow"><items count="2">'
        '<item x="0"/><item t="default"/></items></pivotField><pivotField dataField="1"/>'
        '</pivotFields><rowFields count="1"><field x="0"/></rowFields><rowItems count="2"><i><x/>'
        '</i><i t="grand"><x/></i></rowItems><colItems count="1"><i/></colItems><dataFields '
        'count="1"><dataField name="求和" fld="1"/></dataFields></pivotTableDefinition>',
        f"{TYPE}.pivotTable+xml",
    )
    definition = "xl/pivotCache/pivotCacheDefinition1.xml"
    parts.relate(definition, "pivotCacheRecords1.xml", f"{OFFICE}/pivotCacheRecords")
    target = "../pivotCache/pivotCacheDefinition1.xml"
    parts.relate("xl/pivotTables/pivotTable1.xml", target, f"{OFFICE}/pivotCacheDefinition")
    parts.relate(parts.sheet, "../pivotTables/pivotTable1.xml", f"{OFFICE}/pivotTable")
    kind = f"{OFFICE}/pivotCacheDefinition"
    id = parts.relate("xl/workbook.xml", "pivotCache/pivotCacheDefinition1.xml", kind)
    line = f'<pivotCaches><pivotCache cacheId="7" r:id="{id}"/></pivotCaches>'
    parts.edit("xl/workbook.xml", "</workbook>", line)


def _slicers(parts: Parts) -> None:
    space = f"{MS}/spreadsheetml/2009/9/main"
    parts.add(
        "xl/slicerCaches/slicerCache1.xml",
        f'{HEAD}<slicerCacheDefinition xmlns="{space}" name="切片器_k" sourceName="k">'
        '<data><tabular pivotCacheId="7"><items count="1"><i x="0" s="1"/></items></tabular>'
        "</data></slicerCacheDefinition>",
        f"{MS_TYPE}.slicerCache+xml",
    )
    parts.add(
        "xl/slicers/slicer1.xml",
        f'{HEAD}<slicers xmlns="{space}"><slicer name="k" cache="切片器_k" caption="k" '
        'rowHeight="241300"/></slicers>',
        f"{MS_TYPE}.slicer+xml",
    )
    kind = f"{MS}/2007/relationships"
    sheet = parts.relate(parts.sheet, "../slicers/slicer1.xml", f"{kind}/slicer")
    uri = "{A8765BA9-456A-4dab-B4F3-ACF838C121DE}"
    parts.extension(uri, f'<x14:slicerList><x14:slicer r:id="{sheet}"/></x14:slicerList>')
    book = parts.relate("xl/workbook.xml", "slicerCaches/slicerCache1.xml", f"{kind}/slicerCache")
    caches = f'<x14:slicerCaches><x14:slicerCache r:id="{book}"/></x14:slicerCaches>'
    parts.edit(
        "xl/workbook.xml",
        "</workbook>",
        '<extLst><ext uri="{BBE1A952-AA13-448e-AADC-164F8A28A991}" '
        f'xmlns:x14="{space}">{caches}</ext></extLst>',
    )


def _ole(parts: Parts) -> None:
    parts.add("xl/embeddings/oleObject1.bin", b"\xd0\xcf\x11\xe0" + bytes(1020))
    parts.default("bin", f"{TYPE}.oleObject".replace("spreadsheetml.", ""))
    id = parts.relate(parts.sheet, "../embeddings/oleObject1.bin", f"{OFFICE}/oleObject")
    line = f'<oleObject progId="Package" shapeId="1025" r:id="{id}"/>'
    parts.in_sheet(f"<oleObjects>{line}</oleObjects>", "<tableParts", "<extLst")


def _printer(parts: Parts) -> None:
    parts.add("xl/printerSettings/printerSettings1.bin", bytes(range(200)))
    parts.default("bin", f"{TYPE}.printerSettings")
    target = "../printerSettings/printerSettings1.bin"
    parts.relate(parts.sheet, target, f"{OFFICE}/printerSettings")


def _links(parts: Parts) -> None:
    parts.add(
        "xl/externalLinks/externalLink1.xml",
        f'{HEAD}<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="rIdX1">'
        '<sheetNames><sheetName val="Sheet1"/></sheetNames></externalBook></externalLink>',
        f"{TYPE}.externalLink+xml",
    )
    kind = f"{OFFICE}/externalLinkPath"
    parts.relate("xl/externalLinks/externalLink1.xml", "other.xlsx", kind, external=True)
    id = parts.relate(
        "xl/workbook.xml", "externalLinks/externalLink1.xml", f"{OFFICE}/externalLink"
    )
    line = f'<externalReferences><externalReference r:id="{id}"/></externalReferences>'
    before = "<definedNames" if "<definedNames" in parts.text("xl/workbook.xml") else "<calcPr"
    parts.edit("xl/workbook.xml", before, line)


def _signed(parts: Parts) -> None:
    kind = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
    parts.add("_xmlsignatures/sig1.xml", f"{HEAD}<Signature/>", kind)


Draw = Callable[[Any, Any], None]
Add = Callable[[Parts], None]
#: Feature -> what XlsxWriter draws, and what is added by hand.
FEATURES: Mapping[str, tuple[tuple[Draw, ...], tuple[Add, ...]]] = {
    "plain": ((), ()),
    "shapes": ((_shapes,), ()),
    "pictures": ((_pictures,), ()),
    "sparklines": ((_sparklines,), ()),
    "charts": ((_charts,), ()),
    "formats": ((_formats,), ()),
    "dynamic_arrays": ((_arrays,), ()),
    "comments": ((_comments,), ()),
    "threaded_comments": ((_comments,), (_threaded,)),
    "form_controls": ((_controls,), ()),
    "validations": ((), (_validations,)),
    "pivot_table": ((), (_pivot,)),
    "slicers": ((), (_pivot, _slicers)),
    "custom_xml": ((), (_custom_xml,)),
    "ole": ((), (_ole,)),
    "printer": ((), (_printer,)),
    "external_links": ((), (_links,)),
    "signed": ((), (_signed,)),
    "macros": ((_controls,), (_macros,)),
    "everything": (
        (_shapes, _pictures, _sparklines, _charts, _formats, _arrays, _comments, _controls),
        (_threaded, _validations, _pivot, _slicers, _custom_xml, _ole, _links),
    ),
}


def feature_book(folder: Path, feature: str, source: Path, sheets: tuple[str, ...]) -> Path:
    """Write a book with a feature and the given sheets of ``source``; return its file."""
    draws, adds = FEATURES[feature]
    suffix = ".xlsm" if _macros in adds else ".xlsx"
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    mine = book.add_worksheet(MINE)
    _plain(book, mine)
    for draw in draws:
        draw(book, mine)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name in sheets:
        _copy(book.add_worksheet(name), open_workbook(source).sheet(name).rows, day)
    book.close()
    parts = Parts.of(file.getvalue())
    for add in adds:
        add(parts)
    path = folder / f"{feature}{suffix}"
    path.write_bytes(parts.bytes())
    return path


def _copy(sheet: Any, rows: Any, day: Any) -> None:
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            elif isinstance(value, int | float):
                sheet.write_number(row, column, value)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, day)


def members(path: Path) -> dict[str, tuple[bytes, Any]]:
    """Return each member's bytes as they lie in the file, and its time, in order."""
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = {}
        for entry in archive.infolist():
            start = entry.header_offset + 30
            name, extra = (
                int.from_bytes(
                    content[entry.header_offset + n : entry.header_offset + n + 2], "little"
                )
                for n in (26, 28)
            )
            start += name + extra
            raw = content[start : start + entry.compress_size]
            found[entry.filename] = raw, (entry.date_time, entry.compress_type, entry.external_attr)
        return found


def sheet_part(path: Path, name: str) -> str:
    """Return the part of a sheet."""
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml").decode()
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    found = re.search(rf'<sheet name="{name}"[^>]*r:id="([^"]+)"', book)
    assert found, name
    line = next(r for r in re.findall(r"<Relationship [^>]*>", relations) if f'"{found[1]}"' in r)
    target = re.search(r'Target="([^"]+)"', line)
    assert target
    return target[1].lstrip("/") if target[1].startswith("/") else f"xl/{target[1]}"
