"""The catalog: that it says what the sources say, and that models are found and ordered."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.catalog import broken_links, catalog, closure, find, in_order, read_toml
from prosperity.definition import Indicator, Industry
from prosperity.errors import DefinitionError, ProsperityError, UnknownIndustryError
from prosperity.records import variant_of

from tests.model.helpers import industry_of

CATALOG = catalog()
INDICATORS = [(m, i) for m in CATALOG.values() for i in m.indicators]
every_model = pytest.mark.parametrize("model", CATALOG.values(), ids=CATALOG)

#: The report's own backtests: window, strategy, index, market (cumulative, percent). Section 5.1.
REPORT: dict[str, tuple[str, str, int | None, int | None, int | None]] = {
    "coal": ("2015-01", "2023-07", 304, 18, 42),
    "steel": ("2013-04", "2023-07", 403, 34, 127),
    "cement": ("2014-01", "2023-07", 312, 53, 117),
    "glass": ("2014-01", "2023-07", 452, 161, 117),
    "chem_fibre": ("2017-01", "2023-07", 69, 30, 18),
    "polyurethane": ("2015-01", "2023-07", 292, 325, 40),
    "chemicals_overall": ("2017-01", "2023-07", 72, 3, 18),
    "general_automation": ("2011-01", "2023-07", 217, 77, 86),
    "construction_machinery": ("2013-03", "2023-07", 255, 42, 115),
    "autos": ("2009-02", "2023-07", 543, 317, 214),
    "banks": ("2011-01", "2023-07", 234, 52, 86),
    "brokers": ("2011-01", "2023-07", 132, 19, 86),
    "home_appliances": ("2009-02", "2023-07", 782, 651, 214),
    "food_beverage": ("2011-01", "2023-07", 674, 296, 86),
    "agriculture": ("2009-02", "2023-07", 710, 130, 185),
    "communications_equipment": ("2014-01", "2023-07", 205, 88, 117),
    "semiconductors": ("2011-01", "2023-07", 489, 210, 89),
    "consumer_electronics": ("2015-07", "2023-07", 117, 2, -10),
    "photovoltaics": ("", "", None, None, None),
    "new_energy_vehicles": ("", "", None, None, None),
}
MODULES = {
    "money_injection",
    "liquidity_composite",
    "consumption_upgrade",
    "overseas_prosperity",
    "fx_basket",
}
#: Index codes whose buy-and-hold return matches the report's to the percent. Section 5.0.
VERIFIED_CODES = {
    "autos": "801880.SI",
    "home_appliances": "801110.SI",
    "banks": "801780.SI",
    "food_beverage": "801120.SI",
    "coal": "801950.SI",
    "steel": "801040.SI",
    "agriculture": "801010.SI",
}
#: Sector, grade, rule, how it is combined ("EW" is one of the two equal-weight methods), the
#: number of items that the sources count, and the anchor. Section 9.
CONFIGURATION = {
    "coal": ("cyclical", "A", "states", "STATE", None, ""),
    "steel": ("cyclical", "A", "states", "STATE", None, ""),
    "cement": ("cyclical", "A", "marginal_up", "EW", 5, ""),
    "glass": ("cyclical", "A", "marginal_up", "EW", 5, ""),
    "chem_fibre": ("cyclical", "A", "marginal_up", "EW", 8, ""),
    "polyurethane": ("cyclical", "B", "marginal_up", "EW", None, ""),
    "chemicals_overall": ("cyclical", "A", "marginal_up", "EW", 4, ""),
    "general_automation": ("cyclical", "B", "states", "STATE", None, ""),
    "construction_machinery": ("cyclical", "B", "states", "STATE", None, ""),
    "autos": ("cyclical", "B", "marginal_up", "PC1", None, "m2_yoy"),
    "banks": ("financial", "B", "marginal_up", "EW", None, ""),
    "brokers": ("financial", "B", "marginal_up", "EW", 1, ""),
    "home_appliances": ("consumption", "B", "marginal_up", "EW", None, ""),
    "food_beverage": ("consumption", "C", "marginal_up", "EW", None, ""),
    "agriculture": ("consumption", "C", "marginal_up", "PC1", None, "hog_grain_ratio"),
    "communications_equipment": ("technology", "A", "marginal_up", "EW", 10, ""),
    "semiconductors": ("technology", "B", "marginal_up", "PC1", None, "tsmc_revenue"),
    "consumer_electronics": ("technology", "A", "marginal_up", "EW", 13, ""),
    "photovoltaics": ("technology", "C", "marginal_up", "PC1", None, "module_exports"),
    "new_energy_vehicles": ("technology", "B", "marginal_up", "PC1", 11, "nev_sales"),
}
METHODS = {
    "EW": {"equal_weight", "dimensions"},
    "PC1": {"first_component"},
    "STATE": {"states"},
}


# --- what the sources say ---------------------------------------------------------------------


def test_one_model_a_file_named_after_it() -> None:
    folder = resources.files("prosperity") / "catalog"
    files = {f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")}
    assert files == set(CATALOG)


def test_the_catalog_is_the_industries_of_the_report_and_the_shared_modules() -> None:
    assert {m.id for m in CATALOG.values() if m.kind == "industry"} == set(REPORT)
    assert {m.id for m in CATALOG.values() if m.kind == "module"} == MODULES


@pytest.mark.parametrize("id", REPORT)
def test_the_reports_window_and_figures(id: str) -> None:
    start, end, strategy, index, benchmark = REPORT[id]
    model = CATALOG[id]
    assert (model.published.start, model.published.end) == (start, end)
    figures = (model.published.strategy, model.published.index, model.published.benchmark)
    assert figures == (strategy, index, benchmark)


@pytest.mark.parametrize("id", REPORT)
def test_the_sample_starts_with_the_reports_own(id: str) -> None:
    """Semiconductors' base is 2011-02-01, so the first month held is February (section 5.0)."""
    inferred = {
        "photovoltaics": "2017-01",
        "new_energy_vehicles": "2018-08",
        "semiconductors": "2011-02",
    }
    assert CATALOG[id].sample_start == inferred.get(id, REPORT[id][0])


@pytest.mark.parametrize("id", VERIFIED_CODES)
def test_verified_index_codes(id: str) -> None:
    assert CATALOG[id].asset.code == VERIFIED_CODES[id]


def test_index_codes_look_like_codes_and_belong_to_one_industry() -> None:
    codes = [m.asset.code for m in CATALOG.values() if m.asset.code]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"\d{6}\.(SI|CSI|CNI|SZ|SH)", code) for code in codes)
    assert {m.asset.benchmark for m in CATALOG.values()} == {"881001.WI"}


@every_model
def test_an_industry_names_its_index_and_a_module_has_none(model: Industry) -> None:
    held = model.kind == "industry"
    assert bool(model.asset.name_zh) == bool(model.asset.name_en) == held
    if not held:
        assert (model.asset.code, model.sample_start, model.published.start) == ("", "", "")


@pytest.mark.parametrize("id", CONFIGURATION)
def test_the_configuration_of_the_specification(id: str) -> None:
    sector, grade, rule, method, items, anchor = CONFIGURATION[id]
    model = CATALOG[id]
    assert (model.sector, model.grade, model.rule, model.anchor) == (sector, grade, rule, anchor)
    assert model.method in METHODS[method]
    if items is not None:
        assert len(model.members) == items


def test_only_semiconductors_and_agriculture_trade_on_the_sixth() -> None:
    sixth = {m.id for m in CATALOG.values() if m.rebalance == "sixth"}
    assert sixth == {"semiconductors", "agriculture"}


def test_coal_and_steel_share_the_three_hold_states() -> None:
    shortage = {("demand", 1), ("supply", -1)}
    restocking = {("demand", 1), ("supply", 1), ("inventory", 1)}
    squeeze = {("demand", -1), ("supply", -1), ("inventory", -1), ("price", 1)}
    for id in ("coal", "steel"):
        states = [set(state) for state in CATALOG[id].hold_states]
        assert sorted(states, key=len) == [shortage, restocking, squeeze]


@pytest.mark.parametrize(
    ("id", "state"),
    [
        ("general_automation", {("demand", 1), ("inventory", 1)}),
        ("construction_machinery", {("demand", 1), ("park", -1)}),
    ],
)
def test_the_other_state_machines_have_one_state(id: str, state: set[tuple[str, int]]) -> None:
    assert [set(s) for s in CATALOG[id].hold_states] == [state]


@pytest.mark.parametrize(
    ("id", "dimensions"),
    [
        ("coal", ["demand", "supply", "inventory", "price"]),
        ("steel", ["demand", "supply", "inventory", "price"]),
    ],
)
def test_components_inside_the_dimensions_of_coal_and_steel(id: str, dimensions: list[str]) -> None:
    """A dimension of several series is a first component; one of a single series is its score."""
    model = CATALOG[id]
    assert [d.id for d in model.dimensions] == dimensions
    for dimension in model.dimensions:
        several = sum(m.dimension == dimension.id for m in model.members) > 1
        assert (dimension.method == "first_component") == several


def test_components_inside_transport_data_centres_and_weaving() -> None:
    components = {
        (m.id, d.id)
        for m in CATALOG.values()
        if m.method == "dimensions"
        for d in m.dimensions
        if d.method == "first_component"
    }
    assert components >= {
        ("communications_equipment", "transport"),
        ("communications_equipment", "data_centre"),
        ("chem_fibre", "looms"),
    }


@pytest.mark.parametrize(
    ("model", "indicator", "transform", "sign"),
    [
        ("cement", "clinker_storage_ratio", "ma(12)", -1),  # 9.1, item 2: raising it is bad
        ("construction_machinery", "excavator_park_8y", "sum(96) | yoy", 1),
        ("autos", "m2_yoy", "level", 1),
        ("brokers", "liquidity_composite", "level", 1),
        ("liquidity_composite", "cgb10y", "level", -1),
        ("liquidity_composite", "core_cpi", "level", -1),
        ("coal", "raw_coal_output", "yoy", 1),
        ("steel", "pmi_new_orders", "level", 1),
        ("glass", "real_estate_climate", "level", 1),
        ("agriculture", "hog_slaughter", "yoy", -1),
    ],
)
def test_forms_and_signs_that_the_sources_fix(
    model: str, indicator: str, transform: str, sign: int
) -> None:
    found = CATALOG[model].indicator(indicator)
    assert (found.transform, found.sign) == (transform, sign)


def test_chemicals_take_in_photovoltaics_and_vehicles_from_2020() -> None:
    starts = {i.composite: i.start for i in CATALOG["chemicals_overall"].members}
    assert starts == {
        "chem_fibre": "",
        "polyurethane": "",
        "photovoltaics": "2020-01",
        "new_energy_vehicles": "2020-01",
    }
    assert {i.weight for i in CATALOG["chemicals_overall"].members} == {1.0}


#: Days from the end of the month to publication at the latest usual, see docs/method.md, section 1.
LAGS: dict[str, tuple[int | str, list[str]]] = {
    "PMI": ("1; 2017-03: 0; 02: 1", ["pmi", "pmi_new_orders", "pmi_construction"]),
    "prices": (
        "25; 2011-01: 18",
        ["cpi_yoy", "core_cpi", "cpi_appliances", "ppi_yoy", "ppi_producer_goods"],
    ),
    "money": (
        "24; 12: 21",
        [
            *["m1_yoy", "m2_yoy", "m2_level", "tsf_stock_yoy", "long_loans_yoy"],
            "treasury_deposits",
        ],
    ),
    "output": (
        25,
        [
            *["crude_steel_output", "pig_iron_output", "steel_products_output", "auto_output"],
            *["metal_cutting_machine_output", "industrial_value_added_yoy", "ac_output"],
            *["fridge_output", "phone_output", "switch_output", "li_battery_output", "cell_output"],
            *["base_station_output", "optoelectronic_output", "fibre_cable_output"],
        ],
    ),
    "raw coal": (31, ["raw_coal_output"]),
    "real estate": (
        30,
        [
            *["housing_new_starts", "housing_completions", "housing_sales_area"],
            *["re_domestic_loans", "real_estate_climate"],
        ],
    ),
    "investment": (
        25,
        ["infrastructure_investment", "enjoyment_fai_share", "construction_works_investment"],
    ),
    "retail": (25, ["apparel_retail", "furniture_retail"]),
    "inventories": (30, ["auto_inventory", "electronics_inventory", "metal_products_inventory"]),
    "confidence": (45, ["consumer_confidence"]),
    "iron ore": (29, ["iron_ore_imports"]),
    "customs detail": (25, ["module_exports", "fibre_export_value"]),
    "customs headline": (18, ["ic_import_value", "ic_export_value"]),
    "auto sales": (17, ["auto_sales", "nev_sales"]),
    "excavators": (12, ["excavator_sales"]),
    "batteries": (12, ["power_battery_installs"]),
    "charging piles": (15, ["charging_piles"]),
    "photovoltaic capacity": (25, ["pv_new_installs"]),
    "handsets": (40, ["smartphone_shipments"]),
    "hog slaughter": (30, ["hog_slaughter"]),
    "hogs": (25, ["hog_inventory", "sow_inventory"]),
    "Taiwan revenue": (10, [i.id for _, i in INDICATORS if i.id.endswith("_revenue")]),
    "global semiconductors": (38, ["wsts_sales"]),
    "Japanese equipment": (30, ["semi_equipment_billings"]),
    "leading indicators": (40, ["us_cli", "eu_cli", "jp_cli"]),
    "markets": (
        0,
        ["cgb10y", "usdcny", "glass_price", "dxi", "hog_price", "blast_furnace_rate"],
    ),
}


@pytest.mark.parametrize("family", LAGS)
def test_publication_lags(family: str) -> None:
    lag, ids = LAGS[family]
    assert {i.id: i.lag_days for _, i in INDICATORS if i.id in ids} == dict.fromkeys(ids, lag)


# --- what every definition must hold ----------------------------------------------------------


@every_model
def test_texts_stand_in_both_languages(model: Industry) -> None:
    assert model.source
    for item in (model, *model.dimensions, *model.indicators, *model.variants):
        assert item.name_zh
        assert item.name_en
        assert not re.search("[\u4e00-\u9fff]", item.name_en), item.id
    for text_zh, text_en in (
        (model.logic_zh, model.logic_en),
        (model.unknown_zh, model.unknown_en),
    ):
        assert re.search("[\u4e00-\u9fff]", text_zh)
        assert text_en
        assert not re.search("[\u4e00-\u9fff]", text_en)
    for indicator in model.indicators:
        assert bool(indicator.note_zh) == bool(indicator.note_en), indicator.id


@every_model
def test_every_indicator_says_where_it_comes_from(model: Industry) -> None:
    for indicator in model.indicators:
        assert indicator.provenance in ("report", "page", "inferred")
        assert indicator.source, indicator.id
        if indicator.source.startswith("our inference"):
            assert indicator.provenance == "inferred", indicator.id
        if indicator.provenance == "inferred":
            assert "infer" in indicator.source, f"{indicator.id}: {indicator.source}"


@every_model
def test_weights_and_anchors_are_sensible(model: Industry) -> None:
    assert model.members
    assert all(0 <= i.weight <= 1 for i in model.indicators)
    # An anchor is good news when it rises, or the component would point the wrong way.
    anchors = [a for a in (model.anchor, *(d.anchor for d in model.dimensions)) if a]
    members = {m.id: m for m in model.members}
    assert all(members[anchor].sign == 1 for anchor in anchors)
    assert all(d.anchor == "" for d in model.dimensions if d.method == "mean")
    if model.method == "states":
        named = {dimension for state in model.hold_states for dimension, _ in state}
        assert named <= {d.id for d in model.dimensions}
        assert sum(d.weight > 0 for d in model.dimensions) >= 1
    if model.method == "dimensions":
        assert all(d.weight > 0 for d in model.dimensions)


@every_model
def test_an_indicator_is_used_or_says_for_which_variant_it_waits(model: Industry) -> None:
    ingredients = {n for i in model.indicators if i.parsed for n in i.parsed.names}
    for indicator in model.indicators:
        if indicator in model.members or indicator.id in ingredients:
            continue
        waits = any(f"indicator.{indicator.id}.weight = 1" in v.changes for v in model.variants)
        spare = model.id == "semiconductors"  # its two spares are described, without a variant
        assert waits or spare, indicator.id


@every_model
def test_shared_composites_are_not_smoothed_twice(model: Industry) -> None:
    assert all(not i.denoise for i in model.indicators if i.composite)


@every_model
def test_growth_is_not_taken_of_growth(model: Industry) -> None:
    for indicator in model.indicators:
        if indicator.own_column and "同比" in indicator.name_zh:
            assert indicator.unit == "%"
            assert "yoy" not in indicator.transform


@every_model
def test_high_frequency_series_become_months_as_their_kind_asks(model: Industry) -> None:
    """Mean for prices and rates, last value for stocks, sum for flows (section 1.2)."""
    for indicator in model.indicators:
        if indicator.frequency in ("D", "W"):
            stock = "库存" in indicator.name_zh or "库容" in indicator.name_zh
            flow = "吞吐量" in indicator.name_zh
            expected = "last" if stock else "sum" if flow else "mean"
            assert indicator.aggregate == expected, indicator.id
            assert indicator.lag.longest <= 7


@every_model
def test_columns_have_units_and_names_in_exports(model: Industry) -> None:
    for indicator in model.indicators:
        if indicator.own_column:
            assert indicator.unit, indicator.id
            assert indicator.aliases, indicator.id


# --- the same everywhere ----------------------------------------------------------------------


def test_the_same_id_is_the_same_series_everywhere() -> None:
    def series(indicator: Indicator) -> tuple[object, ...]:
        return (
            *(indicator.name_zh, indicator.name_en, indicator.unit, indicator.frequency),
            *(indicator.aggregate, indicator.lag_days, indicator.source_ids, indicator.aliases),
            *(indicator.alternatives, indicator.formula, indicator.composite),
        )

    seen: dict[str, tuple[object, ...]] = {}
    for model, indicator in INDICATORS:
        first = seen.setdefault(indicator.id, series(indicator))
        assert series(indicator) == first, f"{model.id}.{indicator.id}"
    shared = [i.id for _, i in INDICATORS]
    assert len(shared) - len(set(shared)) > 20  # series that several models use


def test_a_name_in_an_export_means_one_series() -> None:
    owner: dict[str, str] = {}
    for _, indicator in INDICATORS:
        if not indicator.own_column:
            continue
        names = (indicator.id, indicator.name_zh, indicator.name_en)
        for name in (*names, *indicator.aliases, *indicator.source_ids):
            assert owner.setdefault(name.casefold(), indicator.id) == indicator.id, name


def test_names_of_models_are_unambiguous() -> None:
    names = [
        n.casefold() for m in CATALOG.values() for n in {m.id, m.name_zh, m.name_en.casefold()}
    ]
    assert len(set(names)) == len(names)


# --- finding ----------------------------------------------------------------------------------


@every_model
def test_found_by_id_and_by_either_name_in_any_case(model: Industry) -> None:
    for name in (model.id, model.name_zh, model.name_en):
        for asked in (name, name.upper(), name.lower(), name.title(), f"  {name}\n"):
            assert find(asked) is model


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("glas", "glass"),
        ("semiconductor", "semiconductors"),
        ("Home aplliances", "Home appliances"),
        ("汽", "汽车"),
        ("煤", "煤炭"),
        ("玻璃行业", "玻璃"),
        ("photovoltaic", "photovoltaics"),
    ],
)
def test_a_miss_names_the_nearest(asked: str, near: str) -> None:
    with pytest.raises(UnknownIndustryError) as caught:
        find(asked)
    assert near.casefold() in [name.casefold() for name in caught.value.nearest]
    assert near.casefold() in caught.value.en.casefold()
    assert near.casefold() in caught.value.zh.casefold()


@pytest.mark.parametrize("asked", ["", "   ", "xyzzy"])
def test_a_miss_without_anything_near(asked: str) -> None:
    with pytest.raises(UnknownIndustryError) as caught:
        find(asked)
    assert caught.value.nearest == ()


def test_found_among_given_models_only() -> None:
    toys = industry_of({"a": {}})
    assert find("TOYS", {"toys": toys}) is toys
    with pytest.raises(UnknownIndustryError):
        find("glass", {"toys": toys})


# --- order ------------------------------------------------------------------------------------


def needing(id: str, *needs: str) -> Industry:
    """A model called ``id`` that uses the composites of ``needs``."""
    own = {"a": {}} | {f"of_{need}": {"composite": need} for need in needs}
    return replace(industry_of(own), id=id)


def assert_in_order(models: list[Industry]) -> None:
    place = {m.id: n for n, m in enumerate(models)}
    assert len(place) == len(models)
    for model in models:
        assert all(place[need] < place[model.id] for need in model.needs if need in place)


def test_the_catalog_is_in_evaluation_order_and_complete() -> None:
    assert_in_order(list(CATALOG.values()))
    assert {need for m in CATALOG.values() for need in m.needs} <= set(CATALOG)


@pytest.mark.parametrize(
    ("id", "needs"),
    [
        ("glass", {"photovoltaics"}),
        ("home_appliances", {"consumption_upgrade"}),
        ("food_beverage", {"consumption_upgrade", "liquidity_composite"}),
        ("brokers", {"liquidity_composite"}),
        ("cement", {"liquidity_composite"}),
        ("construction_machinery", {"liquidity_composite"}),
        ("liquidity_composite", {"money_injection"}),
        ("polyurethane", {"overseas_prosperity"}),
        (
            "chemicals_overall",
            {"chem_fibre", "polyurethane", "photovoltaics", "new_energy_vehicles"},
        ),
        ("coal", set()),
    ],
)
def test_what_each_model_uses(id: str, needs: set[str]) -> None:
    """Section 2.7."""
    assert set(CATALOG[id].needs) == needs


def test_the_catalog_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOG["coal"] = CATALOG["glass"]  # type: ignore[index]


def test_closure_takes_in_what_is_used_and_nothing_else() -> None:
    found = closure([CATALOG["brokers"]], CATALOG)
    assert [m.id for m in found] == ["money_injection", "liquidity_composite", "brokers"]
    assert [m.id for m in closure([CATALOG["coal"]], CATALOG)] == ["coal"]
    assert closure([], CATALOG) == []


@pytest.mark.parametrize("ids", [["glass", "photovoltaics"], ["photovoltaics", "glass"]])
def test_closure_does_not_depend_on_the_order_asked(ids: list[str]) -> None:
    found = [m.id for m in closure([CATALOG[id] for id in ids], CATALOG)]
    assert found == ["photovoltaics", "glass"]


@pytest.mark.parametrize("ids", list(itertools.permutations(["photovoltaics", "glass"])))
def test_closure_keeps_the_definition_that_was_asked_for(ids: tuple[str, ...]) -> None:
    """A variant must not be replaced by the catalog's own because another model uses it."""
    variant = variant_of(CATALOG["photovoltaics"], "with_prices")
    asked = [variant if id == "photovoltaics" else CATALOG[id] for id in ids]
    assert variant in closure(asked, CATALOG)


def test_closure_refuses_what_is_not_known() -> None:
    a, b = needing("a", "b", "nowhere"), needing("b")
    with pytest.raises(DefinitionError) as caught:
        closure([a], {"b": b})
    assert caught.value.code == "unknown_composite"
    assert "nowhere" in caught.value.en


@given(st.data())
def test_any_graph_without_a_circle_is_put_in_order(data: st.DataObject) -> None:
    ids = [f"m{n}" for n in range(data.draw(st.integers(1, 6)))]
    models = [
        needing(id, *data.draw(st.lists(st.sampled_from(ids[:n]), unique=True)) if n else ())
        for n, id in enumerate(ids)
    ]
    shuffled = data.draw(st.permutations(models))
    ordered = in_order(shuffled)
    assert_in_order(ordered)
    assert {m.id for m in ordered} == set(ids)
    (top, *_) = shuffled
    found = closure([top], {m.id: m for m in shuffled})
    assert_in_order(found)
    reached = {m.id for m in found}
    assert reached == {top.id}.union(*({n} for n in reached for m in models if n in m.needs))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_circle_is_named(size: int) -> None:
    """Section 9.1, item 4."""
    ids = [f"m{n}" for n in range(size)]
    circle = [needing(id, ids[(n + 1) % size]) for n, id in enumerate(ids)]
    outside = needing("outside", "m0")
    with pytest.raises(DefinitionError) as caught:
        in_order([outside, *circle])
    assert caught.value.code == "cycle"
    named = " → ".join([*ids, "m0"])
    assert named in caught.value.zh
    assert named in caught.value.en
    assert "outside" not in caught.value.en


def test_links_of_the_catalog_are_sound() -> None:
    assert broken_links(CATALOG.values(), CATALOG) == []


def test_a_link_to_an_unknown_model_is_broken_and_names_the_nearest() -> None:
    model = needing("a", "photovoltaic")
    ((found, row, error),) = broken_links([model], {**CATALOG, "a": model})
    assert found is model
    assert model.indicators[row].composite == "photovoltaic"
    assert error.code == "unknown_composite"
    for text in (error.zh, error.en):
        assert "photovoltaics" in text


def test_a_circle_is_said_at_each_model_that_takes_part() -> None:
    a, b, c = needing("a", "b"), needing("b", "c"), needing("c", "a")
    outside = needing("outside", "a")
    known = {m.id: m for m in (a, b, c, outside)}
    found = broken_links(known.values(), known)
    assert [model.id for model, _, _ in found] == ["a", "b", "c"]
    for (model, row, error), circle in zip(
        found, ["a → b → c → a", "b → c → a → b", "c → a → b → c"], strict=True
    ):
        assert error.code == "cycle"
        assert circle in error.zh
        assert circle in error.en
        assert model.indicators[row].composite in circle
    assert [m.id for m, _, _ in broken_links([b, outside], known)] == ["b"]


def test_two_models_with_one_id_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        in_order([needing("a"), needing("b"), needing("a")])
    assert caught.value.code == "industry_twice_in_catalog"


# --- reading a file ---------------------------------------------------------------------------

FILE = """
[industry]
id = "toys"
name_zh = "玩具"
name_en = "Toys"

[[dimension]]
id = "demand"
name_zh = "需求"
name_en = "Demand"

[[indicator]]
id = "orders"
name_zh = "订单"
name_en = "Orders"
dimension = "demand"
"""


def test_a_file_is_read() -> None:
    model = read_toml(FILE)
    assert (model.id, [i.id for i in model.members]) == ("toys", ["orders"])


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('id = "orders"', 'id = "orders"\nsign = 3', "toys.toml: indicator.orders.sign"),
        ('name_en = "Toys"', 'name_en = "Toys"\nrule = "x"', "toys.toml: industry.toys.rule"),
        ('id = "orders"\n', "", "toys.toml: indicator.0.id"),
    ],
)
def test_an_error_names_the_file_the_record_and_the_field(old: str, new: str, where: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_toml(FILE.replace(old, new), "toys.toml")
    assert caught.value.where == where


@pytest.mark.parametrize(
    "text",
    [
        FILE + "\n[[variants]]\nid = 'x'\n",
        FILE.replace("[[indicator]]", "[[indicators]]"),
        FILE + "[[",
        "not toml at all",
        'industry = "toys"',
        "indicator = [1, 2]\n" + FILE.replace("[[indicator]]", "[[variant]]"),
        "",
    ],
    ids=[
        "a misspelt section",
        "a misspelt section of indicators",
        "broken syntax",
        "no toml",
        "a section that is a text",
        "a section of numbers",
        "an empty file",
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_our_own_words(text: str) -> None:
    with pytest.raises(ProsperityError):
        read_toml(text, "toys.toml")
