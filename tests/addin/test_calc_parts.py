"""What serves Calc, part by part, without LibreOffice."""

from __future__ import annotations

import base64
import io
import json
import struct
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from prosperity_excel.calc import extension, install
from prosperity_excel.calc.addresses import Box, box_of, text_of
from prosperity_excel.calc.commands import MENU, TOOLBAR
from prosperity_excel.calc.grammar import from_calc, to_calc
from prosperity_excel.calc.install import CalcError, Office
from prosperity_excel.calc.office import frames
from prosperity_excel.calc.office.child import LATE, Child, ChildError, environment
from prosperity_excel.calc.open_document import Book
from prosperity_excel.calc.serving import encoded, refusal
from prosperity_excel.calc.type_library import idl, type_library
from prosperity_excel.cli import main
from prosperity_excel.excel.actions.table import ACTIONS
from prosperity_excel.formulas.cell_values import sentinel
from prosperity_excel.formulas.registry import FUNCTIONS
from prosperity_excel.ooxml.links import plain_formula, plain_links

#: What LibreOffice's own unoidl-write made of the interface below, and its banner.
INTERFACE = {
    "prosperity": [("document", "com.sun.star.beans.XPropertySet"), ("industry", "any")],
    "prosperitySeries": [
        ("document", "com.sun.star.beans.XPropertySet"), ("industry", "any"), ("finish", "any"),
    ],
    "none": [],
}  # fmt: skip
BANNER = b"\0** Created by LibreOffice 7.4.7.2 unoidl-write **\0"
MADE = base64.b64decode(
    "VU5PSURM/wBsAQAAAQAAAAAqKiBDcmVhdGVkIGJ5IExpYnJlT2ZmaWNlIDcuNC43LjIgdW5vaWRsLXdyaXRlICoq"
    "AAUBAAAAGwAAAGNvbS5zdW4uc3Rhci51bm8uWEludGVyZmFjZQAAAAAAAAAAAwAAAAoAAABwcm9zcGVyaXR5AwAA"
    "AGFueQIAAAAACAAAAGRvY3VtZW50HwAAAGNvbS5zdW4uc3Rhci5iZWFucy5YUHJvcGVydHlTZXQACAAAAGluZHVz"
    "dHJ5gQAAgAAAAAAQAAAAcHJvc3Blcml0eVNlcmllc4EAAIADAAAAAI0AAICZAACAAL0AAICBAACAAAYAAABmaW5p"
    "c2iBAACAAAAAAAQAAABub25lgQAAgAAAAAAAAAAAWEZ1bmN0aW9ucwAAAQAAACYBAABDAAAAY2FsYwAAAQAAAD4B"
    "AAAxAQAAcHJvc3Blcml0eQAAAQAAAFABAABDAQAAb3JnAGgBAABbAQAA"
)


def test_the_type_library_is_what_the_sdk_writes() -> None:
    assert type_library("org.prosperity.calc.XFunctions", INTERFACE, banner=BANNER) == MADE


def test_the_interface_can_be_read_in_the_language_of_the_sdk() -> None:
    told = idl("org.prosperity.calc.XFunctions", INTERFACE)
    assert (
        "any prosperity([in] com::sun::star::beans::XPropertySet document, [in] any industry);"
        in told
    )


def test_the_extension_is_whole_and_the_same_each_time() -> None:
    content = extension.build("/opt/python")
    assert content == extension.build("/opt/python")
    assert extension.config_of(content)["interpreter"] == "/opt/python"
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = file.namelist()
        for name in names:
            if name.endswith((".xcu", ".xml")):
                ElementTree.fromstring(file.read(name))
        manifest = file.read("META-INF/manifest.xml").decode()
        functions = file.read("CalcAddIns.xcu").decode()
    for name in names:
        if name.endswith((".xcu", ".rdb")):
            assert f'"{name}"' in manifest
    for function in FUNCTIONS:
        assert f'"{function.name}"' in functions
        assert all(text.replace("&", "&amp;") in functions for text in function.help)


def test_what_runs_in_libreoffice_imports_nothing_of_ours() -> None:
    with zipfile.ZipFile(io.BytesIO(extension.build("x"))) as file:
        sources = {n: file.read(n).decode() for n in file.namelist() if n.endswith(".py")}
    assert {"component.py", "pythonpath/prosperity_calc/functions.py"} <= set(sources)
    for text in sources.values():
        assert "import prosperity\n" not in text
        assert "from prosperity_excel" not in text
        assert "import prosperity_excel" not in text


def test_each_entry_of_the_menu_has_an_action() -> None:
    assert set(TOOLBAR) <= set(MENU)
    assert {id for id in MENU if id} <= set(ACTIONS)


@pytest.mark.parametrize(
    ("calc", "excel"),
    [
        ('=ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY("glass")', '=PROSPERITY("glass")'),
        (
            '=ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY("a;b";;;$data.A1:B5)',
            '=PROSPERITY("a;b",,,data!A1:B5)',
        ),
        (
            "=IFERROR(ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY_SIGNAL($'my; sheet'.$A$1);{1;2})",
            "=IFERROR(PROSPERITY_SIGNAL('my; sheet'!$A$1),{1;2})",
        ),
        ("=SUM(A1;B2)", "=SUM(A1;B2)"),
        ('="PROSPERITY("', '="PROSPERITY("'),
    ],
)
def test_formulas_between_calc_and_excel(calc: str, excel: str) -> None:
    assert from_calc(calc) == excel
    assert from_calc(to_calc(excel)) == excel


@given(st.text(alphabet="PROSPERITY_(\"),;!.$A1'{}x", max_size=40))
def test_a_formula_that_is_not_ours_is_never_changed(text: str) -> None:
    formula = f"={text}"
    if "PROSPERITY" not in formula:
        assert from_calc(formula) == to_calc(formula) == formula


@pytest.mark.parametrize("text", ["$A$1", "$B$2:$C$9", "$3:$5"])
def test_addresses_go_both_ways(text: str) -> None:
    assert text_of(box_of(text)) == text


def test_addresses_that_are_none() -> None:
    for text in ("", "A1:", "1A", "A1:B2:C3", "A1,B2"):
        with pytest.raises(ValueError, match=r".*"):
            box_of(text) if text != "A1:" else box_of("A1:!")


# --- frames


def test_frames_go_both_ways() -> None:
    pipe = io.BytesIO(frames.packed({"a": "景气度", "b": [1.5, None, "\ud800"]}))
    assert frames.receive(pipe) == {"a": "景气度", "b": [1.5, None, "\ud800"]}
    assert frames.receive(pipe) is None


@pytest.mark.parametrize(
    "raw",
    [b"\0\0", struct.pack(">I", 9) + b"{}", struct.pack(">I", 2**31), struct.pack(">I", 2) + b"[]",
     struct.pack(">I", 3) + b"{x}", struct.pack(">I", 2) + b"\xff\xff",
     struct.pack(">I", 200_000) + b"[" * 200_000],
)  # fmt: skip
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.receive(io.BytesIO(raw))


def test_a_frame_too_long_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LONGEST", 10)
    with pytest.raises(frames.FrameError):
        frames.packed({"text": "x" * 20})


# --- the child

INTERPRETER = """
import json, os, struct, sys, time
def send(message):
    data = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.flush()
def read():
    (length,) = struct.unpack(">I", sys.stdin.buffer.read(4))
    return json.loads(sys.stdin.buffer.read(length))
read()
send({"hello": %(protocol)s, "refused": %(refused)s})
while True:
    m, got = read(), {}
    what = m["what"]
    if what == "die": os._exit(3)
    if what == "garbage":
        sys.stdout.buffer.write(b"hello there")
        sys.stdout.flush()
        continue
    if what == "slow": time.sleep(0.4)
    if what == "ask":
        send({"ask": 7, "do": "x"})
        got = read()
    send({"id": m["id"], "answer": [os.getpid(), got.get("value"), got.get("failed")]})
"""


@pytest.fixture
def start() -> Iterator[Callable[..., Child]]:
    made: list[Child] = []

    def make(serve: Any = lambda message: 42, protocol: int = frames.PROTOCOL,
             refused: Any = None) -> Child:  # fmt: skip
        code = INTERPRETER % {"protocol": protocol, "refused": refused}
        child = Child([sys.executable, "-c", code], {"hello": 1}, serve, lambda text: None)
        made.append(child)
        return child

    yield make
    for child in made:
        child.stop()


def test_a_question_is_answered_and_asked_back(start: Callable[..., Child]) -> None:
    child = start()
    first = child.ask({"what": "ask"}, 20)
    assert first[1] == 42
    assert child.ask({"what": "x"}, 20)[0] == first[0]


def test_what_the_host_cannot_do_is_told(start: Callable[..., Child]) -> None:
    def fail(message: Any) -> Any:
        raise LookupError("the document is closed")

    assert "the document is closed" in start(fail).ask({"what": "ask"}, 20)[2]


def test_a_slow_answer_comes_later(start: Callable[..., Child]) -> None:
    child, came, event = start(), [], threading.Event()
    child.ask({"what": "x"}, 20)

    def late(answer: Any) -> None:
        came.append(answer)
        event.set()

    assert child.ask({"what": "slow"}, 0.05, late) is LATE
    assert child.busy
    assert event.wait(20)
    assert isinstance(came[0], list)
    assert not child.busy
    with pytest.raises(ChildError, match="too long"):
        child.ask({"what": "slow"}, 0.05)


@pytest.mark.parametrize("how", ["die", "garbage"])
def test_an_interpreter_that_ends_is_started_again(start: Callable[..., Child], how: str) -> None:
    child = start()
    before = child.ask({"what": "x"}, 20)[0]
    with pytest.raises(ChildError, match="ended unexpectedly"):
        child.ask({"what": how}, 20)
    said, after = set(), before
    for _ in range(300):
        try:
            after = child.ask({"what": "x"}, 20)[0]
            break
        except ChildError as error:  # a pause, because it ended twice
            said.add(error.en.partition(";")[0])
            time.sleep(0.1)
    assert after != before
    assert said <= {"The interpreter ended unexpectedly"}


def test_a_killed_interpreter_s_questions_are_asked_once_more(start: Callable[..., Child]) -> None:
    child, came = start(), []
    before = child.ask({"what": "x"}, 20)[0]
    event = threading.Event()
    child.ask({"what": "slow"}, 0.05, lambda answer: (came.append(answer), event.set()))
    child.stop()
    assert event.wait(20)
    assert came[0][0] != before


def test_an_interpreter_that_does_not_fit_is_refused_in_words(start: Callable[..., Child]) -> None:
    with pytest.raises(ChildError, match="differ"):
        start(protocol=99).ask({"what": "x"}, 20)
    child = start(refused=["不配", "does not fit"])
    for _ in range(2):
        with pytest.raises(ChildError, match="does not fit"):
            child.ask({"what": "x"}, 20)


def test_a_missing_interpreter_is_told() -> None:
    child = Child(["/nowhere/python"], {}, lambda m: None, lambda t: None)
    with pytest.raises(ChildError, match="prosperity calc install"):
        child.ask({"what": "x"}, 1)


def test_the_interpreter_sees_nothing_of_libreoffice_s_python() -> None:
    kept = environment({"PYTHONHOME": "x", "LD_LIBRARY_PATH": "y", "UNO_PATH": "z", "HOME": "h"})
    assert "HOME" in kept
    assert not {"PYTHONHOME", "LD_LIBRARY_PATH", "UNO_PATH"} & set(kept)


# --- documents


class Document:
    """A document of one sheet in memory, which answers as LibreOffice would."""

    def __init__(self, rows: list[list[Any]], kinds: Any = ()) -> None:
        self.rows, self.kinds, self.done = rows, list(kinds), []

    def ask(self, do: str, **told: Any) -> Any:
        self.done.append((do, told))
        if do == "book":
            return {"sheets": ["data"], "null_date": [1899, 12, 30], "read_only": False}
        if do in ("values", "formulas"):
            _, top, left, bottom, right = told["box"]
            rows = [row[left : right + 1] for row in self.rows[top : bottom + 1]]
            if do == "formulas":
                return [[str(value) for value in row] for row in rows]
            return {"rows": rows, "kinds": self.kinds if told.get("kinds") else []}
        return None

    @property
    def book(self) -> Book:
        return Book(self.ask, {"uid": "1", "path": "/x/y.xlsx", "name": "y.xlsx"}, lambda t: None)


def test_values_are_dates_errors_and_blanks_as_excel_gives_them() -> None:
    document = Document([[45322.0, 0.5], ["", {"e": "#N/A"}]], [["date", 0, 0, 1, 0]])
    cells = document.book.sheets["data"].range("A1:B2")
    assert cells.value == [[datetime(2024, 1, 31), 0.5], [None, None]]
    assert cells.options(err_to_str=True).value[1][1] == "#N/A"
    assert cells.raw_value == [[45322.0, 0.5], [None, "#N/A"]]
    assert cells[:, 1].address == "$B$1:$B$2"
    assert document.book.sheets["data"].range((1, 1)).options(ndim=2).value == [
        [datetime(2024, 1, 31)]
    ]


def test_values_are_written_as_they_are_meant() -> None:
    document = Document([[""] * 3])
    document.book.sheets["data"].range("A1").value = [["'=1", datetime(2024, 1, 31), None]]
    put = next(told for do, told in document.done if do == "put")
    assert put["rows"] == [["=1", 45322.0, None]]
    assert put["box"] == ["data", 0, 0, 0, 2]
    shown = next(told for do, told in document.done if do == "put_format")
    assert (shown["code"], shown["box"]) == ("yyyy-mm-dd", ["data", 0, 1, 0, 1])


def test_answers_go_as_numbers_and_errors_by_name() -> None:
    book = Document([]).book
    assert encoded([[datetime(2024, 1, 31), sentinel("#N/A"), "text", 1.5]], book) == [
        [45322.0, {"e": "#N/A"}, "text", 1.5]
    ]


def test_an_older_extension_is_refused_in_both_languages() -> None:
    assert refusal({"hello": frames.PROTOCOL}) is None
    zh, en = refusal({"hello": 0, "version": "0.0"}) or ["", ""]
    assert "prosperity calc install" in zh
    assert "prosperity calc install" in en.replace("\n", " ")


# --- installing


def test_without_libreoffice_the_verbs_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "program_folder", lambda: None)
    done = CliRunner().invoke(main, ["calc", "install", "--profile", str(tmp_path)])
    assert done.exit_code != 0
    assert "LibreOffice" in done.output
    done = CliRunner().invoke(main, ["calc", "uninstall", "--profile", str(tmp_path)])
    assert done.exit_code == 0
    assert "Nothing was installed" in done.output


def test_a_libreoffice_without_python_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(CalcError, match="python3-uno"):
        install.install(Office(tmp_path, tmp_path / "profile", False))


def test_the_extension_file_is_built_by_the_verb(tmp_path: Path) -> None:
    out = tmp_path / "prosperity.oxt"
    assert CliRunner().invoke(main, ["calc", "build", "--out", str(out)]).exit_code == 0
    assert extension.config_of(out.read_bytes())["interpreter"]
    again = CliRunner().invoke(main, ["calc", "build", "--out", str(out)])
    assert again.exit_code != 0


def test_the_protocol_s_number_is_that_of_these_sources() -> None:
    """Raise PROTOCOL when what the two sides say to each other changes, and this table with it."""
    assert frames.PROTOCOL == 1
    config = json.loads(
        zipfile.ZipFile(io.BytesIO(extension.build("x"))).read("config.json").decode()
    )
    assert set(config) == {"interpreter", "version", "functions", "commands"}


# --- links


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        ("'C:\\a''b\\prosperity.xlam'!PROSPERITY(\"x\")", 'PROSPERITY("x")'),
        ("[1]!PROSPERITY_SYSTEM_SERIES(A1)", "PROSPERITY_SYSTEM_SERIES(A1)"),
        ("ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY_WHY(A1)", "PROSPERITY_WHY(A1)"),
        ("[1]!OTHER(A1)", "[1]!OTHER(A1)"),
        ('PROSPERITY("[1]!PROSPERITY(")', 'PROSPERITY("[1]!PROSPERITY(")'),
    ],
)
def test_what_stands_in_front_of_our_functions_goes(formula: str, plain: str) -> None:
    assert plain_formula(formula) == plain


def test_links_of_a_closed_book_are_put_right_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = '=ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY("a&b")'
    sheet["A2"] = "=SUM(1,2)"
    sheet["A3"] = "ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY("
    book.save(path)
    before = path.read_bytes()
    done = CliRunner().invoke(main, ["links", str(path)])
    assert done.exit_code == 0, done.output
    assert "1 formula put right" in done.output
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for (cell,) in sheet["A1:A3"]] == [
        '=PROSPERITY("a&b")', "=SUM(1,2)", "ORG.PROSPERITY.CALC.FUNCTIONS.PROSPERITY(",
    ]  # fmt: skip
    count, copy = plain_links(path)
    assert (count, copy) == (0, None)
    kept = list(tmp_path.rglob("book.*.links.xlsx"))
    assert [file.read_bytes() for file in kept] == [before]


def test_a_box_knows_whole_rows() -> None:
    assert box_of("3:5") == Box(2, 0, 4, 16383)
    assert box_of("3:5").whole == "rows"
