"""The definition sheet: written and read without loss, wrong cells named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prosperity.catalog import catalog
from prosperity.definition import Industry
from prosperity.errors import DefinitionError, FormulaError
from prosperity.record_fields import choices
from prosperity.records import COLUMNS, build, records
from prosperity_excel.book.definitions import blocks, read_definitions
from prosperity_excel.sheets import workbook
from prosperity_excel.sheets.cells import ErrorCell, PercentCell
from prosperity_excel.sheets.workbook import Sheet, open_workbook
from prosperity_excel.template.template import write_template
from prosperity_excel.words.book_words import COLUMN_HELP, COLUMN_NAMES_ZH, TABLE_NAMES

from tests.addin.books import TOY, changed, definition_rows, model, save

CATALOG = list(catalog().values())


def read(rows: list[list[Any]]) -> dict[str, Industry]:
    return read_definitions(Sheet("book.xlsx", "definition", rows))


def refused(rows: list[list[Any]]) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        read(rows)
    return caught.value


def test_the_whole_catalog_survives_rows() -> None:
    assert read(definition_rows(*CATALOG)) == {m.id: m for m in CATALOG}


@pytest.mark.parametrize("reader", ["calamine", "openpyxl"])
def test_the_whole_catalog_survives_a_template(
    reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_template(CATALOG, tmp_path / "all.xlsx")
    if reader == "openpyxl":
        monkeypatch.delattr(workbook._Calamine, "__init__")
    sheet = open_workbook(tmp_path / "all.xlsx").sheet("definition")
    assert read_definitions(sheet) == {m.id: m for m in CATALOG}


@pytest.mark.parametrize("industry", CATALOG, ids=lambda m: m.id)
def test_each_model_survives_alone(industry: Industry) -> None:
    assert read(definition_rows(industry)) == {industry.id: industry}


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"),
    max_size=40,
) | st.sampled_from(
    ["=1+1", "-3", "+a", "@x", "'quoted", "<r>x</r>", "TRUE", "2020-01", "1e5", "#N/A",
     "[indicator]", "model", "中文，全角；：“”", "a; b; c", "a\nb\tc", " outer "]
)  # fmt: skip
NUMBER = st.floats(0, 1e6) | st.sampled_from([0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789])
IDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
CHAINS = st.sampled_from(["level", "yoy", "sum(96) | yoy", "ma(12) | diff(1)", "log | deseason"])


@st.composite
def industries(draw: st.DrawFn) -> Industry:
    """Any model that build() accepts, with awkward texts and numbers."""

    def free(*columns: str, of: st.SearchStrategy[Any] = TEXT) -> dict[str, Any]:
        return {column: draw(of) for column in columns}

    names = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    indicators = [
        {
            "id": name,
            **{"name_zh": f"名{draw(TEXT)}", "name_en": f"n{draw(TEXT)}"},
            "dimension": draw(st.sampled_from(["main", "main", ""])) if place else "main",
            "transform": draw(CHAINS),
            "weight": draw(NUMBER) if place else 1,
            "sign": draw(st.sampled_from([1, -1])),
            "denoise": draw(st.booleans()),
            "lag_days": draw(st.integers(0, 400)),
            "start": draw(st.sampled_from(["", "1999-12", "2015-01"])),
            "frequency": draw(st.sampled_from(choices("indicator", "frequency"))),
            **free("unit", "source", "note_zh", "note_en", "source_ids", "aliases"),
        }
        for place, name in enumerate(names)
    ]
    raw: dict[str, Any] = {
        "industry": [
            {
                "id": draw(IDS),
                **{"name_zh": f"名{draw(TEXT)}", "name_en": f"n{draw(TEXT)}"},
                **free("report_strategy", "report_index", of=st.none() | NUMBER),
                **free("logic_zh", "logic_en", "index_name_zh", "source", "index_code"),
            }
        ],
        "dimension": [{"id": "main", "name_zh": "主", "name_en": "Main", "weight": draw(NUMBER)}],
        "indicator": indicators,
    }
    return build(raw)


@given(industries())
def test_any_model_survives_rows(industry: Industry) -> None:
    assert read(definition_rows(industry)) == {industry.id: industry}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(industries())
def test_any_model_survives_a_file(tmp_path: Path, industry: Industry) -> None:
    path = tmp_path / "any.xlsx"
    write_template([industry], path)
    found = read_definitions(open_workbook(path).sheet("definition"))
    assert found == {industry.id: industry}


def test_blanks_take_the_default() -> None:
    rows = definition_rows(TOY)
    assert None in rows[2]
    assert "" not in [cell for row in rows for cell in row]


def test_a_number_that_cells_would_round_is_written_as_text() -> None:
    (weight,) = [
        row[block.columns.index("weight")]
        for block in blocks([model(a={"weight": 0.1 + 0.2})])
        if block.table == "indicator"
        for row in block.rows[:1]
    ]
    assert weight == "0.30000000000000004"


@pytest.mark.parametrize("text", ["长" * 32768, "𠮷" * 16384, "a\ufffeb", "a\x1bb", "a\r\nb"])
def test_what_no_cell_can_hold_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        blocks([model(industry={"logic_zh": text})])
    assert caught.value.code == "text_does_not_fit"


def test_every_column_and_table_has_a_chinese_name() -> None:
    columns = {"model", *(column for names in COLUMNS.values() for column in names)}
    assert set(COLUMN_NAMES_ZH) == columns
    assert set(COLUMN_HELP) <= columns
    assert set(TABLE_NAMES) == set(COLUMNS)


# --- what analysts type -----------------------------------------------------------------------

#: (row of the sheet, column name) -> a cell; the toy's rows: [industry] header 1, record 2;
#: [dimension] 4, 5, 6; [indicator] 8, 9, records 10 to 13; [variant] 15, 16.
COLUMN = {
    table: {name: place for place, name in enumerate(("model", *names))}
    for table, names in COLUMNS.items()
}


def typed(cells: Mapping[tuple[int, str, str], Any]) -> list[list[Any]]:
    places = {(row, COLUMN[table][name]): value for (row, table, name), value in cells.items()}  # type: ignore[index]
    return changed(definition_rows(TOY), places)


AS_MEANT: dict[str, tuple[tuple[int, str, str], Any, Any]] = {
    "a month that Excel made a date": (
        (2, "industry", "sample_start"), datetime(2015, 1, 1), "2015-01"),
    "a date in a month": ((2, "industry", "sample_start"), date(2015, 1, 31), "2015-01"),
    "a month in Chinese": ((2, "industry", "sample_start"), "2015年1月", "2015-01"),
    "a month as a number": ((2, "industry", "sample_start"), 201501.0, "2015-01"),
    "a code as a number": ((2, "industry", "index_code"), 801880.0, "801880"),
    "a name that looks like a number": ((2, "industry", "name_zh"), 2025.0, "2025"),
    "a truth value": ((10, "indicator", "denoise"), False, False),
    "a truth value in words": ((10, "indicator", "denoise"), "否", False),
    "a truth value as a number": ((10, "indicator", "denoise"), 0.0, False),
    "a weight as a percentage": ((10, "indicator", "weight"), PercentCell(0.5), 0.5),
    "a weight as text": ((10, "indicator", "weight"), " 0.5 ", 0.5),
    "a sign": ((10, "indicator", "sign"), -1.0, -1),
    "Chinese semicolons": ((10, "indicator", "aliases"), "甲；乙", ("甲", "乙")),
}  # fmt: skip


@pytest.mark.parametrize(("place", "cell", "value"), AS_MEANT.values(), ids=AS_MEANT)
def test_cells_are_read_as_meant(place: tuple[int, str, str], cell: Any, value: Any) -> None:
    toy = read(typed({place: cell}))["toy"]
    if place[1] == "industry":
        assert records(toy)["industry"][0][place[2]] == value
    else:
        assert getattr(toy.indicators[place[0] - 10], place[2]) == value


def test_rows_without_a_model_belong_to_the_only_one() -> None:
    rows = typed({(10, "indicator", "model"): None, (6, "dimension", "model"): ""})
    rows = changed(rows, {(2, 0): None})
    assert read(rows) == {"toy": TOY}


def test_blank_rows_other_columns_and_notes_do_no_harm() -> None:
    rows = definition_rows(TOY)
    header = rows.index(next(row for row in rows if row[:1] == ["[indicator]"]))
    rows.insert(header + 1, ["这一行给人看", "for people"])
    rows.insert(header + 4, [None, None, ""])
    rows.insert(0, ["模型定义"])
    for row in rows:
        if row[:1] == ["toy"]:
            row.extend([None] * (60 - len(row)))
            row[59] = "side note"
    assert read(rows) == {"toy": TOY}


def test_titles_and_headers_are_read_whatever_their_width_and_case() -> None:
    rows = definition_rows(TOY)
    rows = [["［Indicator］"] if row == ["[indicator]"] else row for row in rows]
    rows[1] = [str(name).upper() for name in rows[1]]
    assert read(rows) == {"toy": TOY}


def test_a_column_may_be_absent() -> None:
    rows = definition_rows(TOY)
    place = COLUMN["industry"]["logic_zh"]
    rows = [row[:place] if n in (1, 2) else row for n, row in enumerate(rows)]
    assert read(rows) == {"toy": TOY}


WRONG: dict[str, tuple[dict[tuple[int, str, str], Any], str, str]] = {
    "choice": ({(10, "indicator", "frequency"): "Y"}, "bad_choice", "indicator.frequency.11"),
    "number": ({(11, "indicator", "weight"): "heavy"}, "not_a_number", "indicator.weight.12"),
    "missing": ({(12, "indicator", "name_zh"): None}, "missing_field", "indicator.name_zh.13"),
    "id": ({(13, "indicator", "id"): "D 1"}, "bad_id", "indicator.id.14"),
    "dimension": (
        {(10, "indicator", "dimension"): "supply"}, "unknown_dimension", "indicator.dimension.11"),
    "transform": (
        {(10, "indicator", "transform"): "smooth"}, "unknown_transform", "indicator.transform.11"),
    "formula": ({(10, "indicator", "formula"): "b +"}, "bad_formula", "indicator.formula.11"),
    "month": ({(2, "industry", "sample_start"): "soon"}, "bad_month", "industry.sample_start.3"),
    "field": ({(9, "indicator", "weight"): "wieght"}, "unknown_column", "indicator.weight.11"),
    "model": ({(10, "indicator", "model"): "tyo"}, "unknown_model", "indicator.model.11"),
    "two ids": ({(2, "industry", "model"): "toy2"}, "two_ids", "industry.model.3"),
    "twice": ({(11, "indicator", "id"): "a"}, "id_twice", "indicator.id.12"),
    "column twice": (
        {(9, "indicator", "unit"): "weight"}, "duplicate_column", "indicator.weight.10"),
    "table": ({(8, "indicator", "model"): "[indicators]"}, "unknown_table", "indicator.model.9"),
    "header": ({(9, "indicator", "model"): "mdl"}, "missing_header", "indicator.model.9"),
    "Excel error": (
        {(10, "indicator", "formula"): ErrorCell("#NAME?")}, "error_cell", "indicator.formula.11"),
    "uncalculated": (
        {(10, "indicator", "formula"): ErrorCell("")}, "error_cell", "indicator.formula.11"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "code", "place"), WRONG.values(), ids=WRONG)
def test_a_wrong_cell_is_named(cells: dict[Any, Any], code: str, place: str) -> None:
    table, column, row = place.split(".")
    error = refused(typed(cells))
    letter = workbook.address(0, COLUMN[table][column])[:-1]  # type: ignore[index]
    # Several fields may follow from one wrong cell; then the cell is in the list.
    assert error.code == code
    assert f"{letter}{row}" in error.message()
    assert error.where.startswith("book.xlsx / definition")
    assert all(text.strip() for text in (error.zh, error.en))


def test_one_problem_keeps_its_class_and_its_cell() -> None:
    error = refused(typed({(10, "indicator", "formula"): "__import__('os')"}))
    assert isinstance(error, FormulaError)
    assert (
        error.where
        == f"book.xlsx / definition!{workbook.address(10, COLUMN['indicator']['formula'])}"
    )


def test_all_problems_come_together() -> None:
    rows = typed({(row, "indicator", "weight"): "x" for row in range(10, 14)})
    rows = changed(rows, {(2, COLUMN["industry"]["rule"]): "y", (6, 4): "z", (6, 5): "w"})
    error = refused(rows)
    assert error.where == "book.xlsx / definition"
    assert "7 处" in error.zh
    assert "7 cells" in error.en
    assert error.en.count("\n") == 6
    assert error.en.endswith("... and 2 more.")


def test_two_models_with_one_id() -> None:
    rows = definition_rows(TOY, model("other"))
    rows[3][0] = rows[3][1] = "toy"
    error = refused(rows)
    assert error.code == "id_twice"
    assert "B4" in error.message()
    assert "B3" in error.zh


@pytest.mark.parametrize("rows", [[], [["notes"]], [["[industry]"], ["model", "id"]]])
def test_a_sheet_without_models(rows: list[list[Any]]) -> None:
    assert refused(rows).code in ("missing_table", "no_models")


def test_a_model_without_indicators_is_named() -> None:
    rows = definition_rows(TOY)
    rows = [row for row in rows if row[1:2] not in (["a"], ["b"], ["c"], ["d"])]
    error = refused(rows)
    assert (error.code, error.where) == ("no_members", "book.xlsx / definition!B3")


def test_text_cells_of_a_real_sheet_are_not_formulas(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", {"definition": definition_rows(
        model(industry={"logic_zh": "=1+1", "logic_en": "-x"}))})  # fmt: skip
    toy = read_definitions(open_workbook(path).sheet("definition"))["toy"]
    assert (toy.logic_zh, toy.logic_en) == ("=1+1", "-x")
