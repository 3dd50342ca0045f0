"""Settings: described in both languages, checked, and shown as plain values."""

from __future__ import annotations

import math
import re
from dataclasses import FrozenInstanceError, fields, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prosperity.align import align
from prosperity.errors import SettingError
from prosperity.panel import observations
from prosperity.settings import Settings

from tests.model.helpers import NO_PRICES, industry_of, month_ends, wave

FIELDS = {f.name: f for f in fields(Settings)}
NUMBERS = {name: f for name, f in FIELDS.items() if f.metadata["low"] is not None}
WORDS = {name: f for name, f in FIELDS.items() if f.metadata["words"]}
WHOLE = {name: f for name, f in NUMBERS.items() if f.type in ("int", "int | None")}

#: The defaults of the specification: sections 1.3 to 1.6, 7.2 and 9.
DEFAULTS = {
    "timing": "released",
    "fit": "expanding",
    "denoise": "ma",
    "denoise_months": 3,
    "hp_lambda": 14400.0,
    "window": None,
    "min_obs": 36,
    "clip": 3.0,
    "component_min_obs": 36,
    "component_warn_share": 0.35,
    "lookback": 1,
    "dead_band": 0.0,
    "confirm": 1,
    "min_weight": 0.5,
    "cost_bps": 0.0,
    "cap": 0.25,
    "as_of": None,
    "start": None,
    "end": None,
}


def test_the_defaults_are_those_of_the_specification() -> None:
    settings = Settings()
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_is_described_in_both_languages(name: str) -> None:
    about = FIELDS[name].metadata
    assert re.search("[\u4e00-\u9fff]", about["zh"])
    assert about["en"]
    assert not re.search("[\u4e00-\u9fff]", about["en"])
    for word in about["words"]:
        assert word in about["zh"]
        assert word in about["en"]


def refused(**values: Any) -> SettingError:
    with pytest.raises(SettingError) as caught:
        Settings(**values)
    assert caught.value.code in ("bad_setting", "start_after_end")
    return caught.value


@pytest.mark.parametrize("name", NUMBERS)
def test_the_range_of_every_number(name: str) -> None:
    about = NUMBERS[name].metadata
    low, high = about["low"], about["high"]
    for edge in (low, high):
        assert getattr(Settings(**{name: edge}), name) == edge
    step = 1 if name in WHOLE else max(abs(low), 1e-9)
    for outside in (low - step, high + step, math.inf, -math.inf, math.nan):
        error = refused(**{name: outside})
        for text in (error.zh, error.en):
            assert name in text
            assert str(low) in text
            assert str(high) in text


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["3", "", [3], True, date(2020, 1, 1), 3j])
def test_a_number_must_be_a_number(name: str, value: object) -> None:
    refused(**{name: value})


@pytest.mark.parametrize("name", WHOLE)
def test_a_number_of_months_is_whole(name: str) -> None:
    low = WHOLE[name].metadata["low"]
    error = refused(**{name: low + 0.5})
    assert "整数" in error.zh
    assert "whole number" in error.en


def accepted(name: str, value: object) -> bool:
    try:
        Settings(**{name: value})  # type: ignore[arg-type]
    except SettingError:
        return False
    return True


def test_only_the_window_may_be_empty() -> None:
    assert Settings(window=None).window is None
    assert [name for name in NUMBERS if name != "window" and accepted(name, None)] == []


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("value", ["", "Released", "MA", "none ", None, 1, True])
def test_a_word_must_be_one_of_its_choices(name: str, value: object) -> None:
    words = WORDS[name].metadata["words"]
    error = refused(**{name: value})
    for text in (error.zh, error.en):
        assert name in text
        assert all(word in text for word in words)
    for word in words:
        assert getattr(Settings(**{name: word}), name) == word


@pytest.mark.parametrize("value", ["2020-01-31", "2020-13", 43861, 2020.0, True, pd.NaT])
def test_a_date_must_be_a_date(value: object) -> None:
    assert [name for name in ("as_of", "start", "end") if accepted(name, value)] == []


def test_a_moment_becomes_its_day() -> None:
    for moment in (datetime(2020, 1, 31, 15), pd.Timestamp("2020-01-31 15:00")):
        settings = Settings(as_of=moment)
        assert type(settings.as_of) is date
        assert settings.as_dict()["as_of"] == "2020-01-31"


def test_the_backtest_ends_after_it_starts() -> None:
    day = date(2020, 1, 31)
    assert Settings(start=day, end=day).end == day
    error = refused(start=date(2020, 2, 1), end=day)
    assert "晚于" in error.zh
    assert "after" in error.en


def test_whole_numbers_from_a_cell_work_like_whole_numbers() -> None:
    """Excel knows only floats: 3.0 months must be refused or work, not break a filter."""
    cells: dict[str, Any] = {"denoise_months": 2.0, "min_obs": 4.0, "window": 8.0, "lookback": 2.0}
    try:
        given_floats = Settings(**cells)
    except SettingError:
        return
    given_ints = Settings(**{name: int(value) for name, value in cells.items()})
    months = month_ends(20)
    observed = observations("a", wave(20), calendar=NO_PRICES)
    indicator = industry_of({"a": {}}).indicators[0]
    one, other = (align(observed, indicator, months, months, s) for s in (given_floats, given_ints))
    np.testing.assert_array_equal(one.score, other.score)
    np.testing.assert_array_equal(one.previous, other.previous)


def test_values_have_the_type_of_their_setting() -> None:
    settings = Settings(clip=2, lookback=3.0, hp_lambda=np.float64(100))  # type: ignore[arg-type]
    assert [type(v) for v in (settings.clip, settings.lookback, settings.hp_lambda)] == [
        *(float, int, float)
    ]


def test_a_number_of_numpy_is_a_number() -> None:
    """A value read off an array is as good as one typed in."""
    assert Settings(clip=np.float64(2.5)).clip == 2.5
    assert Settings(min_obs=np.int64(24)).min_obs == 24  # type: ignore[arg-type]


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError):
        Settings(denoise_month=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Settings("released")  # type: ignore[misc]


def test_settings_do_not_change_and_are_checked_when_replaced() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.clip = 2.0  # type: ignore[misc]
    with pytest.raises(SettingError):
        replace(settings, clip=-1)


@pytest.mark.parametrize(
    ("values", "sees"),
    [
        ({}, False),
        ({"timing": "period"}, True),
        ({"fit": "full"}, True),
        ({"timing": "period", "fit": "full"}, True),
        ({"window": 60, "denoise": "hp", "extra_lag_months": 1, "cost_bps": 10.0}, False),
    ],
)
def test_what_sees_the_future(values: dict[str, Any], sees: bool) -> None:
    assert Settings(**values).sees_future is sees


def test_nothing_has_changed_at_first() -> None:
    assert Settings().changed() == {}


def test_as_dict_gives_every_setting_as_a_plain_value_in_order() -> None:
    values = Settings(as_of=date(2023, 7, 31), start=date(2015, 1, 1)).as_dict()
    assert list(values) == list(FIELDS)
    assert values["as_of"] == "2023-07-31"
    assert values["start"] == "2015-01-01"
    assert values["end"] is None
    assert {type(v) for v in values.values()} <= {str, int, float, type(None)}


numbers = st.fixed_dictionaries(
    {},
    optional={
        name: (st.integers if name in WHOLE else st.floats)(f.metadata["low"], f.metadata["high"])
        for name, f in NUMBERS.items()
    }
    | {name: st.sampled_from(f.metadata["words"]) for name, f in WORDS.items()}
    | {"as_of": st.dates(date(2000, 1, 1), date(2030, 1, 1))},
)


@given(numbers)
def test_changed_is_what_differs_from_the_default(values: dict[str, Any]) -> None:
    settings = Settings(**values)
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
    default = Settings().as_dict()
    assert settings.as_dict() == default | plain
    assert settings.changed() == {k: v for k, v in plain.items() if v != default[k]}
