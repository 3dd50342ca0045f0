"""What a file is that is no workbook: so that a refusal can say what to do with that one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from prosperity.errors import BookError

_TEXT_HEAD = 4000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: First bytes of what is often named like a workbook, by kind.
_HEADS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
    (b"SQLite format 3", "database"),
)
#: Names of streams that only a workbook has, in an old compound file.
_BOOK_STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_WEB = re.compile(
    r"<\s*(!doctype\s+html|html|head|body|table|meta|style)\b|^mime-version:", re.IGNORECASE
)
_XML_BOOK = "urn:schemas-microsoft-com:office:spreadsheet"
_SAYS: Mapping[str, tuple[str, str]] = {
    "pdf": (
        "这是 PDF，不是 Excel 工作簿；请用原来的工作簿。",
        "This is a PDF and not an Excel workbook; use the workbook that it was made from.",
    ),
    "picture": (
        "这是图片，不是 Excel 工作簿；请用原来的工作簿。",
        "This is a picture and not an Excel workbook; use the workbook that it was made from.",
    ),
    "archive": (
        "这是压缩包，不是 Excel 工作簿；请先解压，再给出其中的工作簿。",
        "This is an archive and not an Excel workbook; unpack it and name the book in it.",
    ),
    "database": (
        "这是数据库文件（例如历史值文件），不是 Excel 工作簿；请给出工作簿本身。",
        "This is a database, such as a file of kept values, and not an Excel workbook; name the "
        "book itself.",
    ),
    "web_page": (
        "这是网页，只是取了 Excel 的扩展名（一些网站的导出就是如此）；请用 Excel 打开并另存为 "
        ".xlsx。",
        "This is a web page that is only named like a workbook, as some sites export it; open it "
        "in Excel and save it as .xlsx.",
    ),
    "xml_book": (
        "这是 XML 电子表格 2003，不是 .xlsx；请用 Excel 打开并另存为 .xlsx。",
        "This is an XML Spreadsheet 2003 and not an .xlsx; open it in Excel and save it as .xlsx.",
    ),
    "text": (
        "这是文本（如 CSV），不是工作簿。数据请导入工作簿：prosperity import 文件 --into 工作簿；"
        "工作簿用 prosperity template 生成。",
        "This is a text file such as a CSV and not a workbook. Import its data into a book: "
        "'prosperity import FILE --into BOOK'; 'prosperity template' makes the book.",
    ),
    "document": (
        "这是 Word、PowerPoint 等其他程序的文件，不是 Excel 工作簿；请给出工作簿。",
        "This is a file of Word, PowerPoint or another program and not an Excel workbook; name "
        "the workbook.",
    ),
    "binary_book": (
        "这是 .xlsb（二进制工作簿），可以作为导出文件导入，但不能作为工作簿使用；"
        "请在 Excel 中另存为 .xlsx。",
        "This is an .xlsb (binary workbook): it can be imported as an export but not used as a "
        "book; save it as .xlsx in Excel.",
    ),
    "open_document": (
        "这是 .ods（OpenDocument），可以作为导出文件导入，但不能作为工作簿使用；请另存为 .xlsx。",
        "This is an .ods (OpenDocument): it can be imported as an export but not used as a book; "
        "save it as .xlsx.",
    ),
    "other": (
        "这不是完整的 Excel 工作簿（可能已损坏、有密码、未下载完，或只是改了扩展名）；"
        "请用 Excel 打开并另存为 .xlsx。",
        "This is not a whole Excel workbook (damaged, protected, partly downloaded, or only "
        "named like one); open it in Excel and save it as .xlsx.",
    ),
}
#: Parts by which a package of another format is known.
_PARTS = {
    "xl/workbook.bin": "binary_book",
    "content.xml": "open_document",
    "word/document.xml": "document",
    "ppt/presentation.xml": "document",
}


def not_a_workbook(path: Path, content: bytes) -> BookError:
    """Return the error for a file whose content is no workbook, or no whole one."""
    return BookError("not_a_workbook", *_SAYS[_kind(content)], where=path.name)


def other_format(path: Path, parts: Collection[str]) -> BookError:
    """Return the error for a package that is not of Excel's own format, by its parts' names."""
    kind = next((kind for part, kind in _PARTS.items() if part in parts), "other")
    return BookError("other_format", *_SAYS[kind], where=path.name)


def _kind(content: bytes) -> str:
    known = next((kind for head, kind in _HEADS if content.startswith(head)), None)
    if known is not None:
        return known
    if content.startswith(_OLE):
        return "other" if any(name in content for name in _BOOK_STREAMS) else "document"
    text = _head(content)
    if text is None:
        return "other"
    if _XML_BOOK in text:
        return "xml_book"
    return "web_page" if _WEB.search(text.lstrip("\ufeff \t\r\n")) else "text"


def _head(content: bytes) -> str | None:
    """Return how a text begins; None when the content is no text."""
    head = content[:_TEXT_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="replace")
    if b"\0" in head or head.startswith(b"PK"):
        return None
    controls = sum(head.count(bytes([n])) for n in range(32) if n not in b"\t\n\r\f")
    return None if controls else head.decode("utf-8", errors="replace")
