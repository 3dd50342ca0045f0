"""The add-in file: container, project, VBA, ribbon, settings sheet; built the same every time."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import olefile
import pytest
import xlwings
from hypothesis import given
from hypothesis import strategies as st
from prosperity import __version__
from prosperity_excel.excel.buttons import BUTTONS, CELL_MENU, GROUPS, PICKS, SHOWN, SHOWN_SETTINGS
from prosperity_excel.excel.handshake import PROTOCOL, XLWINGS_VERSION
from prosperity_excel.excel.xlam import build, cfb, ovba
from prosperity_excel.excel.xlam.build import PATCHES, START, build_addin, shipped, with_interpreter
from prosperity_excel.excel.xlam.package import CONFIG_SHEET, VBA_PART, config, unzipped
from prosperity_excel.excel.xlam.project import CLASS, DIR, STANDARD, Project
from prosperity_excel.excel.xlam.ribbon_xml import NAMESPACE
from prosperity_excel.excel.xlam.vba import OPEN_FILTERS, UNREACHABLE, is_legal_name, modules
from prosperity_excel.formulas.cell_values import MARK
from prosperity_excel.formulas.registry import FUNCTIONS

with warnings.catch_warnings():
    # oletools uses names that its own dependency calls old.
    warnings.simplefilter("ignore")
    from oletools.olevba import VBA_Parser, decompress_stream

TEMPLATE = (Path(xlwings.__file__).parent / build.TEMPLATE).read_bytes()
TEMPLATE_VBA = unzipped(TEMPLATE)[VBA_PART]


@pytest.fixture(scope="module")
def addin() -> bytes:
    return build_addin()


@pytest.fixture(scope="module")
def sources(addin: bytes) -> dict[str, str]:
    """Give each module's source as olevba reads it."""
    parser = VBA_Parser("prosperity.xlam", data=addin)
    return {name.rpartition(".")[0]: code for _, _, name, code in parser.extract_macros()}


# -- the container and the compression -------------------------------------------------------


def test_an_unpatched_project_comes_back_identical() -> None:
    streams = cfb.read(TEMPLATE_VBA)
    again = cfb.read(cfb.write(Project.read(streams).packed()))
    assert set(again) == set(streams)
    for path, content in streams.items():
        if path == DIR:
            assert ovba.decompress(again[path]) == ovba.decompress(content)
        else:
            assert again[path] == content, path


def test_streams_are_those_that_olefile_reads() -> None:
    ole = olefile.OleFileIO(io.BytesIO(TEMPLATE_VBA))
    read = {"/".join(path): ole.openstream(path).read() for path in ole.listdir()}
    assert cfb.read(TEMPLATE_VBA) == read


@given(st.binary(max_size=9000) | st.text("ab c\r\n", max_size=9000).map(str.encode))
def test_compression_comes_back_and_others_read_it(content: bytes) -> None:
    packed = ovba.compress(content)
    whole = ovba.decompress(packed)
    assert whole[: len(content)] == content
    assert not whole[len(content) :].strip(b"\0")
    if content:
        assert bytes(decompress_stream(bytearray(packed))) == whole


def test_decompression_of_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="container"):
        ovba.decompress(b"\x02abc")
    with pytest.raises(ValueError, match="chunk"):
        ovba.decompress(b"\x01\x00\x00\x00")
    with pytest.raises(ValueError, match="compound"):
        cfb.read(b"PK")


@given(
    st.dictionaries(
        st.sampled_from([f"{a}{b}" for a in ("", "VBA/") for b in ("a", "bb", "ccc", "Dd", "e1")]),
        st.binary(max_size=6000),
        min_size=1,
    )
)
def test_any_streams_come_back_in_a_container_that_strict_olefile_takes(
    streams: dict[str, bytes],
) -> None:
    packed = cfb.write(streams)
    ole = olefile.OleFileIO(io.BytesIO(packed), raise_defects=olefile.DEFECT_INCORRECT)
    assert {"/".join(p): ole.openstream(p).read() for p in ole.listdir()} == streams
    assert cfb.read(packed) == streams
    assert cfb.write(dict(reversed(streams.items()))) == packed


# -- the built file --------------------------------------------------------------------------


def test_it_is_built_the_same_every_time_and_is_the_one_that_is_shipped(addin: bytes) -> None:
    assert build_addin() == addin
    assert shipped() == addin, "run: prosperity addin build (see docs/excel.md)"


def test_strict_olefile_takes_the_container(addin: bytes) -> None:
    vba = unzipped(addin)[VBA_PART]
    ole = olefile.OleFileIO(io.BytesIO(vba), raise_defects=olefile.DEFECT_INCORRECT)
    listed = {"/".join(path) for path in ole.listdir()}
    project = ole.openstream("PROJECT").read().decode("cp1252")
    assert "\r\nClass=ProsperityEvents\r\n" in project
    names = re.findall(r"^(?:Module|Class|Document)=([^/\r]+)", project, re.MULTILINE)
    assert {f"VBA/{name}" for name in names} | {
        "PROJECT", "PROJECTwm", "VBA/dir", "VBA/_VBA_PROJECT"} == listed  # fmt: skip
    assert 'Name="ProsperityAddin"' in project
    assert list(Project.read(cfb.read(vba)).modules) == names


def test_olevba_reads_every_module(sources: dict[str, str]) -> None:
    assert set(sources) == {
        "ThisWorkbook", "Dictionary", "Sheet2", "xlwings", *modules()}  # fmt: skip
    for name, source in modules().items():
        assert sources[name].replace("\r\n", "\n").strip() == source.strip()


def test_references_and_untouched_modules_are_the_templates(addin: bytes) -> None:
    before = Project.read(cfb.read(TEMPLATE_VBA))
    after = Project.read(cfb.read(unzipped(addin)[VBA_PART]))
    name = 0x04
    assert [r for r in after.header if r.id != name] == [r for r in before.header if r.id != name]
    for module in ("ThisWorkbook", "Dictionary", "Sheet2"):
        path = f"VBA/{module}"
        assert after.streams[path] == before.streams[path]
        assert after.modules[module] == before.modules[module]


def test_xlwings_module_keeps_its_licence_and_differs_only_in_the_patches(
    sources: dict[str, str],
) -> None:
    original = Project.read(cfb.read(TEMPLATE_VBA)).source("xlwings")
    ours = sources["xlwings"]
    assert "xlwings is distributed under a BSD 3-clause license." in ours
    assert "Copyright (C) 2014-present, Zoomer Analytics LLC." in ours
    undone = re.sub(r"' Changed for Prosperity in \d+ places; see NOTICE.\r?\n", "", ours)
    for old, new in PATCHES:
        assert undone.count(new) == 1
        undone = undone.replace(new, old)
    assert undone.replace("\r\n", "\n").strip() == original.replace("\r\n", "\n").strip()
    start = " ".join(("", *build.FLAGS, f'-c "{START}'))
    assert start in ours.replace('""', '"')
    # Every command processor is the system's own, by its full path.
    for line in ours.splitlines():
        if "cmd.exe " in line and "PYTHON_WIN =" in line:
            assert r'Environ$("SystemRoot") & "\System32\cmd.exe "' in line
            assert "/D /K" in line


def test_a_template_that_differs_is_refused() -> None:
    with pytest.raises(Exception, match="not as expected"):
        build.patched("Public Const PROJECT_NAME = 1")


def test_sizes(addin: bytes) -> None:
    assert 60_000 < len(addin) < 200_000
    with zipfile.ZipFile(io.BytesIO(addin)) as package:
        assert package.testzip() is None
        assert {i.compress_type for i in package.infolist()} == {zipfile.ZIP_STORED}


def test_the_settings_sheet_is_named_as_xlwings_looks_for_it(
    addin: bytes, sources: dict[str, str]
) -> None:
    parts = unzipped(addin)
    assert f'<sheet name="{CONFIG_SHEET}"' in parts["xl/workbook.xml"].decode()
    assert 'PROJECT_NAME As String = "prosperity"' in sources["xlwings"]
    assert "felix" not in parts["xl/workbook.xml"].decode()
    told = config(parts)
    assert told["PROSPERITY_VERSION"] == __version__
    assert told["XLWINGS_VERSION"] == XLWINGS_VERSION
    assert told["INTERPRETER_WIN"] == ""
    assert told["ADD_WORKBOOK_TO_PYTHONPATH"] == "0"
    assert f"xlwings64-{XLWINGS_VERSION}.dll" in sources["xlwings"]


def test_the_interpreter_is_written_into_the_sheet(addin: bytes) -> None:
    path = r"C:\用户\A & B\python.exe"
    changed = with_interpreter(addin, path)
    assert config(unzipped(changed))["INTERPRETER_WIN"] == path
    assert unzipped(changed)[VBA_PART] == unzipped(addin)[VBA_PART]


def test_every_xml_part_is_well_formed_and_related(addin: bytes) -> None:
    parts = unzipped(addin)
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
    relations = parts["_rels/.rels"].decode()
    assert "customUI/customUI14.xml" in relations
    assert "2007/relationships/ui/extensibility" in relations
    assert "customUI/customUI.xml" not in parts


# -- VBA -------------------------------------------------------------------------------------


def test_every_name_is_legal_in_vba() -> None:
    assert is_legal_name("PROSPERITY")
    for bad in ("type", "until", "End", "_x", "date", "1a", "a-b", "x" * 256, "debug"):
        assert not is_legal_name(bad), bad
    for function in FUNCTIONS:
        assert is_legal_name(function.name)
        for argument in function.arguments:
            assert is_legal_name(argument.name), argument.name
    text = "\n".join(modules().values())
    declared = re.findall(r"\b(?:Dim|Function|Sub|Const|ByVal|ByRef|Optional)[ ]+(\w+)", text)
    declared += re.findall(r"[(,]\s*(\w+) As ", text)
    assert len(declared) > 60
    for name in set(declared):
        assert is_legal_name(name), name


def test_no_name_stands_for_two_things() -> None:
    """VBA refuses a project, module or procedure name that another one has, whatever its case."""
    text = "\n".join(modules().values())
    procedures = re.findall(r"^(?:Public|Private) (?:Function|Sub) (\w+)", text, re.MULTILINE)
    names = [name.casefold() for name in (*procedures, *modules(), build.PROJECT, "xlwings")]
    assert not [name for name, count in Counter(names).items() if count > 1]


def test_source_is_plain_and_lines_are_short() -> None:
    for source in modules().values():
        assert source.isascii()
        assert max(map(len, source.splitlines())) < 1023
        assert "@" not in source


def test_blocks_are_closed() -> None:
    for source in modules().values():
        lines = [line.split("'")[0] if line.lstrip().startswith("'") else line
                 for line in source.splitlines()]  # fmt: skip
        text = "\n".join(lines)
        for opener, closer in (
            (r"^(?:Public |Private )?Function \w", r"^End Function"),
            (r"^(?:Public |Private )?Sub \w", r"^End Sub"),
            (r"^\s*Select Case", r"^\s*End Select"),
            (r"^\s*With ", r"^\s*End With"),
            (r"^\s*For ", r"^\s*Next"),
            (r"^\s*Do\b", r"^\s*Loop"),
            (r"^\s*If .* Then\s*$", r"^\s*End If"),
        ):
            opened = len(re.findall(opener, text, re.MULTILINE))
            closed = len(re.findall(closer, text, re.MULTILINE))
            assert opened == closed, (opener, opened, closed)


def test_help_fits_and_is_attached() -> None:
    source = modules()["ProsperityFunctions"]
    for function in FUNCTIONS:
        assert len(function.description()) <= 255
        assert f"Attribute {function.name}.VB_Description" in source
        assert f"'!{function.name}\", Description:=t" in source
        for argument in function.arguments:
            assert len(" ".join(argument.help)) <= 255, (function.name, argument.name)


def test_texts_decode_to_what_was_meant() -> None:
    """The letters that VBA cannot store are escaped; decoding them gives the help texts."""
    source = modules()["ProsperityFunctions"] + modules()["ProsperityBridge"]
    decoded = []
    for line in source.splitlines():
        match = re.match(r"\s+(\w+(?:\(\d+\))?) = (\1 & )?ProsperityLetters\(\"(.*)\"\)$", line)
        if match:
            text = re.sub(r"\\u(....)", lambda m: chr(int(m[1], 16)), match[3].replace('""', '"'))
            decoded = [*decoded[:-1], decoded[-1] + text] if match[2] else [*decoded, text]
    for function in FUNCTIONS:
        assert function.description() in decoded
        for argument in function.arguments:
            assert " ".join(argument.help) in decoded
    assert "\n".join(UNREACHABLE) in decoded


def test_a_class_is_stored_as_a_class(addin: bytes) -> None:
    project = Project.read(cfb.read(unzipped(addin)[VBA_PART]))
    kinds = {
        name: [r.id for r in records if r.id in (STANDARD, CLASS)]
        for name, records in project.modules.items()
    }
    classes = {"ThisWorkbook", "Dictionary", "Sheet2", "ProsperityEvents"}
    assert kinds == {name: [CLASS if name in classes else STANDARD] for name in kinds}
    assert [r.id for r in project.modules["ProsperityEvents"]] == [
        r.id for r in project.modules["Dictionary"]]  # fmt: skip


def test_the_dialog_for_files_opens_on_files_that_can_be_imported() -> None:
    """Excel parts a filter at commas into names and patterns, and shows the first pair."""
    parts = ",".join(map(",".join, OPEN_FILTERS)).split(",")
    names, patterns = parts[::2], parts[1::2]
    assert len(names) == len(patterns) == len(OPEN_FILTERS)
    assert not any("*" in name or ";" in name for name in names)
    first = patterns[0].split(";")
    assert all(re.fullmatch(r"\*\.\w+", pattern) for pattern in first)
    assert {"*.xlsx", "*.xls", "*.csv", "*.txt", "*.ods", "*.xlsb", "*.xlsm"} <= set(first)
    assert "GetOpenFilename(ProsperityOpenFilter()" in modules()["ProsperityRibbon"]


#: What an add-in file and the package agreed on, by the number of the protocol.
AGREED = {3: "b7ca485cc43bd54d"}


def test_the_protocol_changes_with_what_is_said() -> None:
    """An older add-in file must be told apart when functions, buttons or marks change."""
    said = repr(
        [
            [(f.name, [(a.name, a.optional) for a in f.arguments]) for f in FUNCTIONS],
            [(b.id, b.asks, b.needs_book) for b in BUTTONS.values()],
            SHOWN,
            MARK,
        ]
    )
    found = hashlib.sha256(said.encode()).hexdigest()[:16]
    assert AGREED.get(PROTOCOL) == found, (
        "what the add-in file and Python say to each other has changed: raise PROTOCOL in "
        f"handshake.py and record {found}"
    )


def test_the_bridge_carries_versions_and_the_mark() -> None:
    source = modules()["ProsperityBridge"]
    assert f"PROTOCOL As Long = {PROTOCOL}\n" in source
    assert f'ADDIN_VERSION As String = "{__version__}"' in source
    assert f'XLWINGS_PINNED As String = "{XLWINGS_VERSION}"' in source
    assert f'MARK As String = "{MARK}"' in source


def test_wrappers_call_as_xlwings_own_generator_does(tmp_path: Path) -> None:
    """The arguments handed over are those of xlwings' generated wrapper, in its order."""
    from types import SimpleNamespace

    from tests.addin.excel_com import server

    server()
    from prosperity_excel.excel import functions
    from xlwings.udfs import generate_vba_wrapper

    out = io.StringIO()
    generate_vba_wrapper(
        "prosperity_excel.excel.functions", functions, out, SimpleNamespace(Name="prosperity.xlam")
    )
    ours = modules()["ProsperityFunctions"]
    for function in FUNCTIONS:
        theirs = re.search(rf'"{function.name}", (Array\([^)]*\))', out.getvalue())
        assert theirs is not None
        assert f'ProsperityAnswer("{function.name}", {theirs[1]}' in ours


# -- the ribbon ------------------------------------------------------------------------------

#: Elements of the 2009/07 schema that we use: allowed parents and attributes.
COMMON = {"id", "label", "screentip", "supertip", "keytip", "getEnabled"}
SCHEMA: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "customUI": (("",), {"onLoad"}),
    "ribbon": (("customUI",), set()),
    "tabs": (("ribbon",), set()),
    "tab": (("tabs",), {"id", "label", "keytip"}),
    "group": (("tab",), {"id", "label"}),
    "button": (("group", "contextMenu"), COMMON | {"size", "imageMso", "onAction"}),
    "editBox": (("group",), COMMON | {"sizeString", "getText", "onChange"}),
    "dropDown": (("group",), COMMON | {"sizeString", "onAction", "getSelectedItemID"}),
    "comboBox": (
        ("group",),
        COMMON | {"sizeString", "getItemCount", "getItemLabel", "getText", "onChange"},
    ),
    "item": (("dropDown",), {"id", "label"}),
    "contextMenus": (("customUI",), set()),
    "contextMenu": (("contextMenus",), {"idMso"}),
}
#: Attributes that the elements of a menu have not: CT_ButtonRegular knows no size.
NOT_IN_MENUS = {"size"}
#: The order of a customUI's parts; each may be left out.
PARTS = ("commands", "ribbon", "backstage", "contextMenus")
#: Names of pictures that we use, each of which a public list of control ids has for Office 2010 and
#: 2013 with the same spelling and case; the menu's, which such lists leave out, is the one that
#: public add-ins extend.
EXCEL_IDS = {
    "CalculateNow", "ChartInsert", "ContextMenuCell", "ControlProperties", "DataValidation",
    "EditLinks", "ErrorChecking", "FileNew", "FileOpen", "FileSaveAsPdfOrXps", "FillDown",
    "FormatAsTableGallery", "FormulaEvaluate", "FunctionWizard", "GetExternalDataFromText",
    "GetExternalDataFromWeb", "Help",
    "Paste", "RefreshAll", "RefreshStatus", "Undo", "WatchWindow",
}  # fmt: skip


@pytest.mark.parametrize("classic", [False, True])
def test_the_ribbon_keeps_the_rules_of_its_schema(classic: bool) -> None:
    parts = unzipped(build_addin(classic=classic))
    root = ElementTree.fromstring(parts["customUI/customUI14.xml"])
    parents = {child: parent for parent in root.iter() for child in parent}
    ids = []
    for element in root.iter():
        assert element.tag.startswith(f"{{{NAMESPACE}}}")
        name = element.tag.rpartition("}")[2]
        parent, attributes = SCHEMA[name]
        above = parents.get(element)
        inside = "" if above is None else above.tag.rpartition("}")[2]
        assert inside in parent
        assert set(element.attrib) <= attributes, (name, element.attrib)
        assert inside != "contextMenu" or not NOT_IN_MENUS & set(element.attrib)
        assert len(element.get("keytip", "A")) in (1, 2, 3)
        ids += [element.attrib["id"]] if "id" in element.attrib else []
        for text in ("label", "screentip", "supertip", "id"):
            assert len(element.get(text, "")) <= 1024
        assert len(element.get("label", "")) <= 40
        assert element.get("size") in (None, "large", "normal")
    parts_in_order = [PARTS.index(part.tag.rpartition("}")[2]) for part in root]
    assert parts_in_order == sorted(parts_in_order)
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[A-Za-z]\w*", id) for id in ids)


def test_pictures_and_menus_are_excels_own(addin: bytes) -> None:
    root = ElementTree.fromstring(unzipped(addin)["customUI/customUI14.xml"])
    used = {e.get(name) for e in root.iter() for name in ("imageMso", "idMso")} - {None}
    assert used == EXCEL_IDS
    for button in BUTTONS.values():
        assert bool(button.image) == (button.kind == "button")


def test_every_control_has_a_key_tip_and_none_hides_another() -> None:
    """Excel takes a tip once its letters are typed, so that a longer one behind it is lost."""
    tips = [b.keytip for group in GROUPS for b in group.buttons]
    assert all(re.fullmatch("[A-Z][A-Z0-9]{0,2}", tip) for tip in tips)
    assert len(tips) == len(set(tips))
    assert not [(a, b) for a in tips for b in tips if a != b and b.startswith(a)]


def test_every_callback_is_in_the_vba_with_its_signature(
    addin: bytes, sources: dict[str, str]
) -> None:
    signatures = {
        "onLoad": r"\(\w+ As IRibbonUI\)",
        "button onAction": r"\(control As IRibbonControl\)",
        "dropDown onAction": r"\(control As IRibbonControl, \w+ As String, \w+ As Integer\)",
        "onChange": r"\(control As IRibbonControl, \w+ As String\)",
        "getText": r"\(control As IRibbonControl, ByRef \w+ As Variant\)",
        "getSelectedItemID": r"\(control As IRibbonControl, ByRef \w+ As Variant\)",
        "getEnabled": r"\(control As IRibbonControl, ByRef \w+ As Variant\)",
        "getItemCount": r"\(control As IRibbonControl, ByRef \w+ As Variant\)",
        "getItemLabel": (r"\(control As IRibbonControl, \w+ As Integer, ByRef \w+ As Variant\)"),
    }
    root = ElementTree.fromstring(unzipped(addin)["customUI/customUI14.xml"])
    seen = set()
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if attribute.startswith(("on", "get")):
                kind = element.tag.rpartition("}")[2]
                key = f"{kind} {attribute}" if attribute == "onAction" else attribute
                pattern = rf"Public Sub {value}{signatures[key]}"
                assert re.search(pattern, sources["ProsperityRibbon"]), (key, value)
                seen.add(key)
    assert seen == set(signatures)


def test_the_ribbon_has_the_groups_and_buttons_that_it_should() -> None:
    assert [group.label[1] for group in GROUPS] == [
        "Data", "Model", "Systems", "Insert", "Report", "Tools", "Help"]  # fmt: skip
    assert set(BUTTONS) == {
        "new_template", "import_export", "update_data", "write_import", "check_data",
        "due", "library_folder",
        "refresh_industry",
        "refresh_all", "refresh_backtests", "as_of", "timing", "cost_bps", "write_report",
        "write_pdf", "log", "diagnose", "repair_links", "language", "settings", "help",
        "pick_industry", "pick_field", "pick_month", "insert_formula", "insert_table",
        "insert_chart", "enter_array", "undo", "explain",
        "refresh_system", "write_plan", "plan_report"}  # fmt: skip
    assert [button.id for button in CELL_MENU] == ["explain"]
    assert (*SHOWN_SETTINGS, *PICKS) == SHOWN
    assert SHOWN_SETTINGS == ("as_of", "timing", "cost_bps", "language")
    source = modules()["ProsperityRibbon"]
    for button in BUTTONS.values():
        if button.asks:
            assert f'Case "{button.id}": ProsperityQuestion = "{button.asks}"' in source
            assert button.asks == "industry" or f'Case "{button.asks}"' in source


def test_macros_that_are_run_by_name_are_there(sources: dict[str, str]) -> None:
    """Excel finds these when their time comes; the compiler does not look for them."""
    every = "\n".join(sources.values())
    named = re.findall(r'ProsperitySoon "(\w+)"', sources["ProsperityRibbon"])
    assert len(named) >= 6
    for name in named:
        assert re.search(rf"^Public Sub {name}\(\)", every, re.MULTILINE), name


def test_python_is_called_with_as_many_arguments_as_it_takes(sources: dict[str, str]) -> None:
    """The VBA hands over an array by position, and xlwings does not say when one is missing."""
    import inspect

    from prosperity_excel.excel import functions, ribbon

    calls = re.findall(
        r'ProsperityCall\(?\s?\(?"prosperity_excel\.excel\.(ribbon|functions)", "(\w+)",\s*_?\s*'
        r"Array\(([^)]*)\)",
        "\n".join(sources.values()),
    )
    assert {name for _, name, _ in calls} == {
        "press", "shown", "choices", "dress", "handshake", "recalculated"}  # fmt: skip
    for module, name, handed in calls:
        found = getattr(ribbon if module == "ribbon" else functions, name)
        count = len([a for a in handed.split(",") if a.strip()])
        assert count == len(inspect.signature(found).parameters), name


def test_esc_belongs_to_python_while_a_button_works(sources: dict[str, str]) -> None:
    source = sources["ProsperityRibbon"]
    body = source[source.index("Private Sub ProsperityCarryOut") :]
    assert body.index("Application.EnableCancelKey = 0") < body.index('"press"')


def test_the_fallback_leaves_our_functions_to_excel() -> None:
    parts = unzipped(build_addin(classic=True))
    project = Project.read(cfb.read(parts[VBA_PART]))
    assert set(project.modules) == {
        "ThisWorkbook", "Dictionary", "Sheet2", "xlwings", "ProsperityClassic"}  # fmt: skip
    assert "ProsperityImport" in project.source("ProsperityClassic")
    assert "ImportPythonUDFsToAddin" in project.source("xlwings")
    assert config(parts)["UDF MODULES"] == "prosperity_excel.excel.functions"


def test_building_needs_exactly_the_pinned_xlwings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "xlwings_version", lambda: "0.36.0")
    with pytest.raises(Exception, match=r"there is 0\.36\.0") as caught:
        build_addin()
    assert "pip install" in str(caught.value)
