"""Results written into closed books: what changes, what must not, and what a kill leaves."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity.catalog import catalog, closure
from prosperity.errors import BookError
from prosperity.evaluation import Evaluation
from prosperity.simulation import SOURCE, simulate
from prosperity_excel.files.backups import FOLDER, copies
from prosperity_excel.files.saving import replace_file
from prosperity_excel.ooxml.chart_caches import area
from prosperity_excel.ooxml.grid import FIRST_ROW, KEY_ROW, Grid, GridBlock, GridColumn
from prosperity_excel.ooxml.identity import fresh_identity
from prosperity_excel.ooxml.looks import first_of_row, is_blank
from prosperity_excel.ooxml.package import Package
from prosperity_excel.results.refresh import Refreshed, refresh_book, write_results
from prosperity_excel.results.sheet_layout import (
    COMBINED_ITEMS_AT,
    CONTRIBUTIONS_AT,
    DAILY_AT,
    DIMENSIONS_AT,
    ITEM_ROWS,
    ITEMS_AT,
    MONTHLY,
)
from prosperity_excel.sheets.cells import PercentCell
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.template.template import write_template

from tests.addin.corpus import FEATURES, MINE, feature_book, members, sheet_part
from tests.addin.office import convert

INDUSTRY = "cement"
#: Parts that give a book its identity when it is edited first.
IDENTITY = {"docProps/custom.xml", "_rels/.rels", "[Content_Types].xml"}
#: Parts that make a new sheet known, besides the sheet itself.
REGISTRY = {
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
    "xl/styles.xml",
}
NOW = datetime(2024, 5, 6, 7, 8, 9)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a template filled with simulated data."""
    path = tmp_path_factory.mktemp("template") / "book.xlsx"
    panel = simulate([catalog()[INDUSTRY]], first="2005-01", last="2019-12")
    write_template([catalog()[INDUSTRY]], path, panel=panel, source_note=SOURCE)
    return path


def copied(source: Path, folder: Path) -> Path:
    path = folder / source.name
    path.write_bytes(source.read_bytes())
    return path


def cells(path: Path, sheet: str) -> list[list[object]]:
    """Return a sheet's cells, percentages as plain numbers."""
    rows = open_workbook(path).sheet(sheet).rows
    return [[c.value if isinstance(c, PercentCell) else c for c in row] for row in rows]


def column(rows: list[list[object]], at: int) -> list[object]:
    """Return a column of a sheet of results, down to its first blank cell."""
    found = [row[at] if at < len(row) else None for row in rows[FIRST_ROW:]]
    return found[: found.index(None)] if None in found else found


def check_numbers(path: Path, evaluation: Evaluation, sheet: str = "result") -> None:
    """Check that a sheet of results holds the evaluation's numbers."""
    (result,) = evaluation.industries.values()
    tested = result.backtest
    assert tested is not None
    rows = cells(path, sheet)
    months = [day.date() for day in result.months]
    assert [getattr(day, "date", lambda d=day: d)() for day in column(rows, 0)] == months
    shown = [row[list(MONTHLY).index("composite")] for row in rows[FIRST_ROW:][: len(months)]]
    assert [v for v in shown if v is not None] == pytest.approx(
        result.composite.dropna().tolist(), abs=1e-12
    )
    assert len(result.composite.dropna()) > 100
    assert column(rows, DAILY_AT + 2) == pytest.approx(tested.nav["strategy"].tolist(), abs=1e-8)
    assert column(rows, DAILY_AT + 1) == tested.position.tolist()
    total = rows[FIRST_ROW + ITEM_ROWS["strategy_return"]][ITEMS_AT + 3]
    assert total == pytest.approx(tested.statistics["strategy_return"])
    last = rows[FIRST_ROW + len(months) - 1]
    dimensions = result.dimensions.iloc[-1].tolist()
    assert last[DIMENSIONS_AT : DIMENSIONS_AT + len(dimensions)] == pytest.approx(dimensions)
    parts = [v for v in last[CONTRIBUTIONS_AT : CONTRIBUTIONS_AT + 40] if v is not None]
    assert sum(parts) == pytest.approx(result.composite.iloc[-1])


def changed_parts(before: dict[str, tuple[bytes, object]], path: Path) -> set[str]:
    """Return the parts that differ, were added or are gone; the others keep their order."""
    after = members(path)
    kept = [name for name in after if name in before]
    assert kept == [name for name in before if name in after]
    return {n for n in {**before, **after} if before.get(n) != after.get(n)}


# ---- one of each feature that a spreadsheet library loses

#: Features whose books, given their first sheet of results, LibreOffice opens.
ADDED = ("plain", "everything", "signed", "macros")


@pytest.fixture(scope="session")
def corpus(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, bool], tuple[Path, dict[str, tuple[bytes, object]], Refreshed]]:
    """Build each book, with and without a sheet of results, and refresh it."""
    folder = tmp_path_factory.mktemp("corpus")
    made = {}
    for feature in FEATURES:
        for has_result in (False, True):
            place = folder / str(has_result)
            place.mkdir(exist_ok=True)
            sheets = ("data", "prices", "definition", *(("result",) if has_result else ()))
            path = feature_book(place, feature, template, sheets)
            before = members(path)
            made[feature, has_result] = path, before, refresh_book(path, now=NOW)
    return made


@pytest.mark.parametrize("has_result", [False, True])
@pytest.mark.parametrize("feature", FEATURES)
def test_every_other_part_stays_byte_for_byte(corpus, feature: str, has_result: bool) -> None:
    path, before, done = corpus[feature, has_result]
    ours = {sheet_part(path, "result"), *IDENTITY}
    # A book without a date format in our sheet needs one in the style sheet; see the test below.
    ours |= {"xl/styles.xml"} if has_result else REGISTRY
    assert changed_parts(before, path) <= ours
    assert done.added == (() if has_result else ("result",))
    assert done.unsigned == (feature == "signed")
    check_numbers(path, done.evaluation)


def test_features_are_there(corpus) -> None:
    """What the corpus says that it holds is in the packages."""
    wanted = {
        "shapes": "xl/drawings/drawing1.xml",
        "pictures": "xl/media/image1.png",
        "charts": "xl/charts/chart1.xml",
        "dynamic_arrays": "xl/metadata.xml",
        "comments": "xl/comments1.xml",
        "threaded_comments": "xl/threadedComments/threadedComment1.xml",
        "form_controls": "xl/drawings/vmlDrawing1.vml",
        "pivot_table": "xl/pivotTables/pivotTable1.xml",
        "slicers": "xl/slicers/slicer1.xml",
        "custom_xml": "customXml/item1.xml",
        "ole": "xl/embeddings/oleObject1.bin",
        "printer": "xl/printerSettings/printerSettings1.bin",
        "external_links": "xl/externalLinks/externalLink1.xml",
        "macros": "xl/vbaProjectSignature.bin",
    }
    for feature, part in wanted.items():
        path, before, _ = corpus[feature, True]
        assert part in before, feature
        assert members(path)[part] == before[part]
    for feature, text in {
        "sparklines": b"x14:sparkline",
        "formats": b"x14:conditionalFormatting",
        "validations": b"x14:dataValidation",
    }.items():
        with zipfile.ZipFile(corpus[feature, True][0]) as archive:
            assert text in archive.read("xl/worksheets/sheet1.xml")


def test_libreoffice_opens_all_with_the_new_numbers(corpus, tmp_path: Path) -> None:
    # A sheet of results is added in the same way, whatever else the book holds.
    for has_result, features in ((False, ADDED), (True, tuple(FEATURES))):
        out = tmp_path / str(has_result)
        files = [corpus[feature, has_result][0] for feature in features]
        made = convert(files, "xlsx", out, tmp_path / "profile")
        for feature, path in zip(features, made, strict=True):
            check_numbers(path, corpus[feature, has_result][2].evaluation)
            assert open_workbook(path).sheet(MINE).cell(0, 0) == "我的笔记"


def test_macro_book_keeps_its_kind(corpus) -> None:
    path, _, done = corpus["macros", False]
    assert path.suffix == ".xlsm"
    assert done.backup is not None
    assert done.backup.name == "macros.20240506-070809.refresh.xlsm"
    with zipfile.ZipFile(path) as archive:
        assert b"macroEnabled.main+xml" in archive.read("[Content_Types].xml")


# ---- the template's own book


def test_only_results_charts_and_dashboard_change(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    before = members(path)
    done = refresh_book(path)
    charts = {n for n in before if n.startswith("xl/charts/chart")}
    assert len(charts) == 4
    ours = charts | IDENTITY | {sheet_part(path, "result"), sheet_part(path, "dashboard")}
    assert changed_parts(before, path) == ours
    check_numbers(path, done.evaluation)


def test_second_refresh_leaves_the_file_byte_identical(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    refresh_book(path, now=NOW)
    content, stamp = path.read_bytes(), path.stat().st_mtime_ns
    # On the same day: the day itself stands on the sheet, as what is overdue hangs on it.
    done = refresh_book(path, today=NOW.date())
    assert not done.changed
    assert done.backup is None
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == stamp
    assert [c.path.name for c in copies(path)] == ["book.20240506-070809.refresh.xlsx"]
    assert {f.name for f in tmp_path.iterdir()} == {path.name, FOLDER}


def test_backup_is_the_old_file_and_the_one_before_stays(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    refresh_book(path, now=NOW)
    first = path.read_bytes()
    from prosperity.settings import Settings

    done = refresh_book(path, settings=Settings(cost_bps=10), now=NOW.replace(year=2025))
    assert done.backup is not None
    assert done.backup.read_bytes() == first
    assert copies(path)[0].path == done.backup
    assert len(copies(path)) == 2
    with pytest.raises(BookError, match="is_backup"):
        refresh_book(done.backup)


def test_charts_show_the_window_and_remember_the_numbers(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    done = refresh_book(path)
    (result,) = done.evaluation.industries.values()
    assert result.backtest is not None
    with zipfile.ZipFile(path) as archive:
        texts = [archive.read(f"xl/charts/chart{n}.xml").decode() for n in range(1, 5)]
    for text in texts:
        for formula in re.findall(r"<c:f>(.*?)</c:f>", text):
            found = area(formula)
            assert found is not None
            assert found.sheet == "dashboard"
    composite = re.findall(r"<c:numCache>.*?</c:numCache>", texts[0])
    remembered = re.findall(r'<c:pt idx="\d+"><c:v>(.*?)</c:v>', composite[1])
    expected = [v for v in result.composite.tolist()[-60:] if v == v]
    assert [float(v) for v in remembered][: len(expected)] == pytest.approx(expected)
    assert set(remembered[len(expected) :]) == {remembered[len(expected) - 1]}


def test_dashboard_shows_the_standing_without_recalculation(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    done = refresh_book(path)
    (result,) = done.evaluation.industries.values()
    month = result.latest
    shown = [cell for row in cells(path, "dashboard") for cell in row]
    assert result.composite[month] in [c for c in shown if isinstance(c, float)]
    with zipfile.ZipFile(path) as archive:
        text = archive.read(sheet_part(path, "dashboard")).decode()
    assert re.search(r'<f>IF\(result!A4="","",result!A4\)</f><v>【模拟数据[^<]*口径', text)


def test_a_book_that_libreoffice_saved_is_refreshed_alike(template: Path, tmp_path: Path) -> None:
    (path,) = convert([template], "xlsx", tmp_path / "saved", tmp_path / "profile")
    before = members(path)
    done = refresh_book(path)
    check_numbers(path, done.evaluation)
    charts = {n for n in before if n.startswith("xl/charts/chart")}
    ours = charts | {sheet_part(path, "result"), sheet_part(path, "dashboard")}
    assert changed_parts(before, path) == ours | {"docProps/custom.xml"}
    (result,) = done.evaluation.industries.values()
    shown = [cell for row in cells(path, "dashboard") for cell in row]
    assert result.composite[result.latest] in [c for c in shown if isinstance(c, float)]
    assert not refresh_book(path).changed


def test_results_grow_with_the_data(template: Path, tmp_path: Path) -> None:
    """A shorter run first, then the whole one: rows and remembered points grow."""
    from datetime import date

    from prosperity.settings import Settings

    path = copied(template, tmp_path)
    refresh_book(path, settings=Settings(as_of=date(2018, 6, 30)))
    short = column(cells(path, "result"), 0)
    done = refresh_book(path)
    check_numbers(path, done.evaluation)
    longer = column(cells(path, "result"), 0)
    assert longer[: len(short)] == short
    assert len(longer) > len(short) + 12
    refresh_book(path, settings=Settings(as_of=date(2018, 6, 30)))
    assert column(cells(path, "result"), 0) == short


def test_looks_of_the_results_sheet_stay(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    refresh_book(path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read(sheet_part(path, "result")).decode()
        styles = archive.read("xl/styles.xml").decode()
    with zipfile.ZipFile(template) as archive:
        assert archive.read("xl/styles.xml").decode() == styles
        old = archive.read(sheet_part(template, "result")).decode()
    outside = re.compile(r"<sheetData>.*</sheetData>|<dimension [^>]*>", re.DOTALL)
    assert outside.sub("", text) == outside.sub("", old)
    styled = re.findall(r'<c r="A(?:11|12|60)" s="(\d+)"', text)
    (column_style,) = set(styled)
    assert re.search(rf'<col min="1" max="\d" width="13.7109375" style="{column_style}"', text)


def test_several_industries(tmp_path: Path) -> None:
    chosen = [catalog()[id] for id in ("cement", "glass", "banks")]
    path = tmp_path / "several.xlsx"
    panel = simulate(closure(chosen, catalog()), first="2005-01", last="2019-12")
    write_template(chosen, path, panel=panel, source_note=SOURCE)
    done = refresh_book(path)
    assert done.added == ()
    combined = done.evaluation.combined
    assert combined is not None
    rows = cells(path, "result")
    assert column(rows, 0) == ["cement", "glass", "banks"]
    for id in ("cement", "glass", "banks"):
        result = done.evaluation.industries[id]
        own = cells(path, f"result_{id}")
        last = result.composite.dropna().iloc[-1]
        assert own[FIRST_ROW + ITEM_ROWS["composite"]][ITEMS_AT + 3] == pytest.approx(last)
    statistics = combined.backtest.statistics
    assert rows[FIRST_ROW + 2][COMBINED_ITEMS_AT + 3] == pytest.approx(
        statistics["strategy_return"]
    )
    assert not refresh_book(path).changed


# ---- refusals: nothing is written


@pytest.mark.parametrize("lock", ["~${}", ".~{}", ".~lock.{}#"])
def test_refused_while_open(template: Path, tmp_path: Path, lock: str) -> None:
    path = copied(template, tmp_path)
    (tmp_path / lock.format(path.name)).write_bytes(b"")
    content = path.read_bytes()
    with pytest.raises(BookError, match="book_open"):
        refresh_book(path)
    assert path.read_bytes() == content
    assert copies(path) == []


def test_refused_when_opened_during_the_run(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A book that is opened, or saved, while results are computed is left alone."""
    from prosperity_excel.results import refresh as refreshing

    original = refreshing.evaluate_books
    for code, act in (
        ("book_open", lambda p: p.with_name(f"~${p.name}").write_bytes(b"")),
        ("changed_meanwhile", lambda p: p.write_bytes(p.read_bytes() + b"\0")),
    ):
        folder = tmp_path / code
        folder.mkdir()
        path = copied(template, folder)

        def meddle(*args, path=path, act=act, **kwargs):  # type: ignore[no-untyped-def]
            act(path)
            return original(*args, **kwargs)

        monkeypatch.setattr(refreshing, "evaluate_books", meddle)
        with pytest.raises(BookError, match=code):
            refresh_book(path)
        assert copies(path) == []
        assert not list(folder.glob(".*tmp"))


def test_refused_when_read_only(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path)
    path.chmod(0o444)
    with pytest.raises(BookError, match="read_only"):
        refresh_book(path)


def test_refused_for_other_formats(template: Path, tmp_path: Path) -> None:
    path = copied(template, tmp_path).rename(tmp_path / "old.xls")
    with pytest.raises(BookError, match="not_writable_form"):
        refresh_book(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(BookError, match="not_a_workbook"):
        refresh_book(path)


def test_refused_when_the_results_sheet_holds_a_table(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("result").add_table("A1:B3")
    book.close()
    with pytest.raises(BookError, match="result_table"):
        write_results(Package(path.read_bytes()), [_grid("x")])


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no", b"not a zip at all" * 9])
def test_damaged_packages_are_refused(damage: bytes) -> None:
    with pytest.raises(BookError, match="damaged_archive"):
        Package(damage)


def test_disk_errors_leave_the_old_file(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(template, tmp_path)
    content = path.read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BookError, match="no_copy_kept"):
        refresh_book(path)
    assert path.read_bytes() == content
    assert {f.name for f in tmp_path.iterdir()} == {path.name}


# ---- odd packages


def _grid(text: str, sheet: str = "result") -> Grid:
    columns = (
        GridColumn("t", "文", "T", "text", (text,)),
        GridColumn("n", "数", "N", "number", (1.5, 2.5)),
    )
    return Grid(sheet, "标题", {}, (GridBlock("b", "块", "Block", 0, columns),))


def _book(path: Path, formulas: bool = True) -> Path:
    book = xlsxwriter.Workbook(str(path))
    mine = book.add_worksheet("mine")
    ours = book.add_worksheet("Result")
    ours.write_formula(0, 0, "=1+1", None, 2)
    ours.write_string(KEY_ROW, 0, "month")
    if formulas:
        mine.write_formula(0, 0, "=SUM(Result!B11:B12)", None, 0)
    book.close()
    return path


@pytest.mark.parametrize("at", [None, "month ", "Month", 3.0])
def test_a_sheet_of_the_users_own_is_not_replaced(at: object, tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx", formulas=False)
    book = openpyxl.load_workbook(path)
    book["Result"].cell(KEY_ROW + 1, 1).value = at
    book.save(path)
    package = Package(path.read_bytes(), path.name)
    with pytest.raises(BookError, match="not_our_sheet") as caught:
        write_results(package, [_grid("x")])
    assert caught.value.where == "book.xlsx"


def test_our_sheet_is_known_however_its_texts_are_kept(tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx", formulas=False)
    part = "xl/worksheets/sheet2.xml"
    shared = Package(path.read_bytes())
    assert first_of_row(shared, shared.tree(part), KEY_ROW + 1) == "month"
    assert first_of_row(shared, shared.tree(part), 1) == ""
    assert first_of_row(shared, shared.tree(part), 99) == ""
    for cell in ('<c t="inlineStr"><is><r><t>mon</t></r><r><t>th</t></r></is></c>',
                 '<c t="str"><f>B1</f><v>month</v></c>'):  # fmt: skip
        rows = f"<sheetData>{'<row/>' * KEY_ROW}<row>{cell}</row></sheetData>"
        _changed(path, part, lambda t, rows=rows: re.sub("<sheetData>.*</sheetData>", rows, t))
        package = Package(path.read_bytes())
        assert first_of_row(package, package.tree(part), KEY_ROW + 1) == "month"
        assert not is_blank(package.tree(part))
    _changed(path, part, lambda t: re.sub("<row>.*</row>", '<row><c r="A1" s="1"/></row>', t))
    assert is_blank(Package(path.read_bytes()).tree(part))


def _changed(path: Path, name: str, change) -> None:  # type: ignore[no-untyped-def]
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    parts[name] = change(parts.get(name, b"").decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for n, content in parts.items():
            archive.writestr(n, content)


def test_formulas_on_our_sheets_are_computed_when_the_book_opens(tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx")
    plain = '<calcPr calcId="191029"/>'
    _changed(path, "xl/workbook.xml", lambda t: re.sub("<calcPr[^>]*>", plain, t))
    package = Package(path.read_bytes())
    write_results(package, [_grid("x")])
    assert '<calcPr calcId="191029" fullCalcOnLoad="1"/>' in package.text("xl/workbook.xml")
    # A book in which nobody reads our sheets keeps its workbook part.
    path = _book(tmp_path / "other.xlsx", formulas=False)
    _changed(path, "xl/workbook.xml", lambda t: re.sub("<calcPr[^>]*>", plain, t))
    package = Package(path.read_bytes())
    write_results(package, [_grid("x")])
    assert "xl/workbook.xml" not in package.changed


def test_calculation_chain_forgets_only_our_cells(tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx")
    chain = '<calcChain xmlns="urn:x"><c r="A1" i="2"/><c r="B1"/><c r="A1" i="1"/></calcChain>'
    relation = (
        '<Relationship Id="rIdC" Type="http://x/relationships/calcChain" Target="calcChain.xml"/>'
    )
    _changed(path, "xl/calcChain.xml", lambda _: chain)
    _changed(
        path,
        "xl/_rels/workbook.xml.rels",
        lambda t: t.replace("</Relationships>", relation + "</Relationships>"),
    )
    package = Package(path.read_bytes())
    write_results(package, [_grid("x")])
    assert package.text("xl/calcChain.xml") == (
        '<calcChain xmlns="urn:x"><c r="A1" i="1"/></calcChain>'
    )
    _changed(path, "xl/calcChain.xml", lambda t: t.replace('<c r="A1" i="1"/>', ""))
    package = Package(path.read_bytes())
    write_results(package, [_grid("x")])
    assert "xl/calcChain.xml" not in package.names
    assert "calcChain" not in package.text("xl/_rels/workbook.xml.rels")


def test_prefixed_namespaces_and_chinese_names(tmp_path: Path) -> None:
    """Books written with prefixes, as some libraries do, and a sheet called 结果."""
    path = _book(tmp_path / "book.xlsx", formulas=False)

    def prefixed(text: str) -> str:
        text = re.sub(r"<(/?)(\w+)(?=[\s/>])", r"<\1x:\2", text)
        return text.replace("xmlns=", "xmlns:x=")

    _changed(path, "xl/worksheets/sheet2.xml", prefixed)
    _changed(path, "xl/workbook.xml", lambda t: prefixed(t).replace("Result", "结果"))
    package = Package(path.read_bytes())
    write_results(package, [_grid("文字"), _grid("more", "result_more")])
    new = tmp_path / "new.xlsx"
    new.write_bytes(package.bytes())
    rows = cells(new, "结果")
    assert rows[FIRST_ROW][:2] == ["文字", 1.5]
    assert cells(new, "result_more")[FIRST_ROW][:2] == ["more", 1.5]


def test_book_without_a_style_sheet_gets_the_smallest(tmp_path: Path) -> None:
    path = _book(tmp_path / "book.xlsx", formulas=False)
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n).decode() for n in archive.namelist()}
    del parts["xl/styles.xml"]
    for name, tag in (
        ("[Content_Types].xml", "Override"),
        ("xl/_rels/workbook.xml.rels", "Relationship"),
    ):
        parts[name] = re.sub(rf"<{tag} [^>]*styles[^>]*>", "", parts[name])
    parts["xl/worksheets/sheet1.xml"] = re.sub(r' s="\d+"', "", parts["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    package = Package(path.read_bytes())
    write_results(package, [_grid("x")])
    path.write_bytes(package.bytes())
    (made,) = convert([path], "pdf", tmp_path, tmp_path / "profile")
    assert cells(path, "Result")[FIRST_ROW][:2] == ["x", 1.5]
    assert made.stat().st_size > 1000


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("result!$A$1:$B$20", ("result", (0, 19), (0, 1))),
        ("'my ''own'' sheet'!C7", ("my 'own' sheet", (6, 6), (2, 2))),
        ("[0]!name", None),
        ("(result!A1,result!A3)", None),
        ("OFFSET(result!$A$1,0,0,5,1)", None),
    ],
)
def test_area(formula: str, expected: object) -> None:
    found = area(formula)
    assert (found and (found.sheet, found.rows, found.columns)) == expected


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "<r>&]]>", "_x0041_", "\x00\x1f\x7f",
         "😀👩‍👩‍👧", "é", "长" * 40_000, "'", '"><c r="A1"/>', "\ufffe\ud800", "  x  "]
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def plain_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _book(tmp_path_factory.mktemp("plain") / "book.xlsx")


@given(text=HOSTILE)
@settings(max_examples=80, deadline=None)
def test_hostile_texts_arrive_as_text(plain_book: Path, text: str) -> None:
    import io

    package = Package(plain_book.read_bytes())
    write_results(package, [_grid(text)])
    book = openpyxl.load_workbook(io.BytesIO(package.bytes()))
    cell = book["Result"].cell(FIRST_ROW + 1, 1)
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]", "",
                  text.replace("\r\n", "\n").replace("\r", "\n"))[:32_767]  # fmt: skip
    assert cell.data_type != "f"
    # openpyxl leaves to its user what Excel resolves: _x005F_ stands for an underscore.
    assert (cell.value or "").replace("_x005F_", "_") == kept.replace("_x005F_", "_")


# ---- killed at any moment

WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from prosperity_excel.files.saving import replace_file
path, *texts = map(Path, sys.argv[1:])
old, new = (t.read_bytes() for t in texts)
if path.read_bytes() == new:
    old, new = new, old
print("ready", flush=True)
while True:
    replace_file(path, old, new, datetime.now())
    old, new = new, old
"""


@pytest.mark.skipif(os.name != "posix", reason="a process is killed by SIGKILL")
def test_a_kill_leaves_the_old_file_or_the_new_one(template: Path, tmp_path: Path) -> None:
    """Kill a writer at random moments, many times: one of two whole files must be there."""
    chance = random.Random(20240506)
    old = template.read_bytes()
    done = copied(template, tmp_path)
    refresh_book(done)
    new = done.read_bytes()
    texts = [tmp_path / name for name in ("old.bin", "new.bin")]
    for file, content in zip(texts, (old, new), strict=True):
        file.write_bytes(content)
    place = tmp_path / "kill"
    place.mkdir()
    path = place / "book.xlsx"
    path.write_bytes(old)
    midway, seen = 0, set()
    for _ in range(30):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), *map(str, texts)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        content = path.read_bytes()
        assert content in (old, new)
        seen.add(content == new)
        midway += any(place.glob(".*.tmp"))
        for copy in copies(path):
            assert copy.path.read_bytes() in (old, new)
    # The kills hit the middle of writes, and both files were found.
    assert midway >= 3
    assert seen == {True, False}
    # What the killed writers left is cleared away by the next one.
    replace_file(path, path.read_bytes(), old if content == new else new, NOW)
    assert not list(place.glob(".*.tmp"))


@pytest.mark.skipif(os.name != "posix", reason="a process is killed by SIGKILL")
def test_a_killed_refresh_leaves_a_whole_book(tmp_path: Path) -> None:
    chance = random.Random(7)
    model = catalog()[INDUSTRY]
    done = tmp_path / "book.xlsx"
    # With an identity of its own; a refresh would give it one at random else.
    write_template(
        [model], done, panel=simulate([model]), source_note=SOURCE, identity=fresh_identity()
    )
    old = done.read_bytes()
    refresh_book(done)
    new = done.read_bytes()
    place = tmp_path / "kill"
    place.mkdir()
    path = place / "book.xlsx"
    code = "from prosperity_excel.cli import main; main()"
    for _ in range(6):
        path.write_bytes(old)
        run = subprocess.Popen(
            [sys.executable, "-c", code, "refresh", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        time.sleep(chance.uniform(0.4, 2.4))
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert path.read_bytes() in (old, new)


def test_only_the_daily_block_is_rounded() -> None:
    from prosperity.catalog import find
    from prosperity.engine import evaluate
    from prosperity.simulation import simulate
    from prosperity_excel.results.sheet_layout import _monthly, daily_columns

    model = find("banks")
    panel = simulate([model], first="2004-01", last="2012-12")
    result = evaluate(panel, [model]).results["banks"]
    assert result.backtest is not None
    monthly = {column.key: column.values for column in _monthly(result)}
    known = result.composite.dropna()
    assert [v for v in monthly["composite"] if v is not None] == known.tolist()
    daily = {column.key: column.values for column in daily_columns(result.backtest)}
    nav = daily["strategy"]
    assert list(nav) == [round(v, 8) for v in result.backtest.nav["strategy"]]
    assert list(nav) != result.backtest.nav["strategy"].tolist()
    highest = [max(nav[: n + 1]) for n in range(len(nav))]
    expected = [round(v / top - 1, 8) for v, top in zip(nav, highest, strict=True)]
    assert list(daily["drawdown"]) == pytest.approx(expected, abs=1e-12)
