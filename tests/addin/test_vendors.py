"""Vendors' interfaces, in the shapes that are documented: what is taken, refused and said."""

from __future__ import annotations

import ast
import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prosperity.errors import SettingError
from prosperity_excel.vendors import VENDORS, vendor
from prosperity_excel.vendors.akshare import AKShare, mapping
from prosperity_excel.vendors.calling import Patience, ask
from prosperity_excel.vendors.choice import Choice
from prosperity_excel.vendors.fred import ADDRESS_VARIABLE, Fred
from prosperity_excel.vendors.ifind import IFind
from prosperity_excel.vendors.oecd import Oecd
from prosperity_excel.vendors.protocol import (
    REASONS,
    Wish,
    answer_of,
    as_date,
    as_number,
    failure,
    reason_of,
)
from prosperity_excel.vendors.wind import Wind

from .standins import Terminal, akshare, choice, ifind, wind

DAYS = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
QUICK = Patience(seconds=5.0, waits=(0.0, 0.0), sleep=lambda _: None)


def wish(id: str, kind: Any = "series", first: date = DAYS[0], last: date = DAYS[-1]) -> Wish:
    return Wish(id, kind, first, last)


def values_of(*ids: str) -> dict[str, dict[date, float]]:
    return {id: {day: n + i / 10 for i, day in enumerate(DAYS)} for n, id in enumerate(ids)}


class TestWind:
    @pytest.fixture
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> Terminal:
        terminal = Terminal(values_of("M0001383", "M0001385", "S0031550"))
        monkeypatch.setitem(sys.modules, "WindPy", wind(terminal))
        return terminal

    def test_each_code_gets_its_own_values(self, terminal: Terminal) -> None:
        wishes = [wish(id) for id in ("S0031550", "M0001383", "M0001385")]
        answers = ask(Wind(), wishes, patience=QUICK)
        assert [a.values for a in answers] == [terminal.values[w.id] for w in wishes]

    def test_one_date_with_several_codes_is_one_list_over_codes(self, terminal: Terminal) -> None:
        wishes = [wish(id, last=DAYS[0]) for id in terminal.values]
        answers = ask(Wind(), wishes, patience=QUICK)
        assert [list(a.values.values()) for a in answers] == [[0.0], [1.0], [2.0]]

    @pytest.mark.parametrize("codes", [1, 2, 3])
    @pytest.mark.parametrize("days", [1, 2, 3])
    def test_any_number_of_codes_and_dates(self, terminal: Terminal, codes: int, days: int) -> None:
        wishes = [wish(id, last=DAYS[days - 1]) for id in list(terminal.values)[:codes]]
        answers = ask(Wind(), wishes, patience=QUICK)
        assert [len(a.values) for a in answers] == [days] * codes

    def test_a_code_that_is_wrong_does_not_harm_the_others(self, terminal: Terminal) -> None:
        terminal.fails = lambda ids: -40522005 if "M9999999" in ids else 0
        wishes = [wish(id) for id in (*terminal.values, "M9999999")]
        answers = ask(Wind(), wishes, patience=QUICK)
        assert [a.error.code if a.error else "" for a in answers] == ["", "", "", "unknown_id"]
        assert all(a.values for a in answers[:3])

    def test_a_quota_that_ends_in_the_middle_keeps_what_came(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Wind, "batch", 1)
        terminal.fails = lambda ids: -40522017 if len(terminal.calls) > 2 else 0
        answers = ask(Wind(), [wish(id) for id in terminal.values], patience=QUICK)
        assert [bool(a.values) for a in answers] == [True, True, False]
        assert answers[2].error is not None
        assert answers[2].error.code == "quota"
        assert len(terminal.calls) == 3, "after the quota nothing more is asked"

    def test_a_terminal_that_is_not_running_is_said_once(self, terminal: Terminal) -> None:
        terminal.connected = False
        answers = ask(Wind(), [wish(id) for id in terminal.values], patience=QUICK)
        assert {a.error.code for a in answers if a.error} == {"not_running"}
        assert terminal.calls == []

    def test_the_network_is_tried_again_and_nothing_else(self, terminal: Terminal) -> None:
        terminal.fails = lambda ids: -40521010 if len(terminal.calls) < 2 else 0
        (answer,) = ask(Wind(), [wish("M0001383")], patience=QUICK)
        assert answer.error is None
        assert len(terminal.calls) == 2
        terminal.calls.clear()
        terminal.fails = lambda ids: -40520005
        (answer,) = ask(Wind(), [wish("M0001383")], patience=QUICK)
        assert answer.error is not None
        assert (answer.error.code, len(terminal.calls)) == ("permission", 1)

    def test_shapes_that_do_not_fit_are_never_guessed(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = sys.modules["WindPy"]
        result = module.w.edb("M0001383,M0001385", "2024-01-01", "2024-03-31")
        result.Data = [result.Data[0]]
        monkeypatch.setattr(module.w, "edb", lambda *_: result)
        answers = ask(Wind(), [wish("M0001383"), wish("M0001385")], patience=QUICK)
        assert {a.error.code for a in answers if a.error} == {"bad_answer"}

    def test_a_call_that_never_comes_back(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waiting = threading.Event()
        monkeypatch.setattr(
            sys.modules["WindPy"].w, "edb", lambda *_: waiting.wait(10), raising=True
        )
        begun = time.monotonic()
        answers = ask(Wind(), [wish("M0001383")] * 2, patience=Patience(seconds=0.2))
        waiting.set()
        assert {a.error.code for a in answers if a.error} == {"timeout"}
        assert time.monotonic() - begun < 5

    def test_the_interface_is_absent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "WindPy", None)
        state = Wind().state()
        assert (state.installed, state.error and state.error.code) == (False, "not_installed")

    def test_ids_that_are_not_winds(self) -> None:
        assert Wind().serves("m0001385", "series", "") == "M0001385"
        assert not Wind().serves("M001620326", "series", "")
        assert not Wind().serves("EMM00087117", "series", "")
        assert Wind().serves("801880.SI", "close", "") == "801880.SI"
        assert not Wind().serves("801880.SI", "series", "")


class TestIFind:
    @pytest.fixture
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> Terminal:
        terminal = Terminal(values_of("M001620326", "S003138022"), names={"M001620326": "GDP"})
        monkeypatch.setitem(sys.modules, "iFinDPy", ifind(terminal))
        monkeypatch.setenv("PROSPERITY_IFIND_USER", "desk")
        monkeypatch.setenv("PROSPERITY_IFIND_PASSWORD", "right")
        return terminal

    def test_text_values_newest_first(self, terminal: Terminal) -> None:
        answers = ask(IFind(), [wish("S003138022"), wish("M001620326")], patience=QUICK)
        assert [a.values for a in answers] == [
            terminal.values["S003138022"],
            terminal.values["M001620326"],
        ]
        assert answers[1].name == "GDP"

    def test_being_logged_in_already_is_good(self, terminal: Terminal) -> None:
        for _ in range(2):
            (answer,) = ask(IFind(), [wish("M001620326")], patience=QUICK)
            assert answer.error is None

    def test_a_wrong_password_is_told_and_is_nowhere(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PROSPERITY_IFIND_PASSWORD", "hunter2-wrong")
        (answer,) = ask(IFind(), [wish("M001620326")], patience=QUICK)
        assert answer.error is not None
        assert answer.error.code == "bad_login"
        assert "hunter2" not in repr(answer) + str(answer.error)

    def test_no_password(self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PROSPERITY_IFIND_PASSWORD")
        monkeypatch.setitem(sys.modules, "keyring", None)
        assert IFind().state().error is not None
        (answer,) = ask(IFind(), [wish("M001620326")], patience=QUICK)
        assert answer.error is not None
        assert answer.error.code == "no_credentials"

    def test_a_column_that_was_renamed(
        self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = sys.modules["iFinDPy"]
        whole = module.THS_EDB("M001620326", "", "2024-01-01", "2024-12-31")
        whole.data = whole.data.rename(columns={"value": "val"})
        monkeypatch.setattr(module, "THS_EDB", lambda *_: whole)
        (answer,) = ask(IFind(), [wish("M001620326")], patience=QUICK)
        assert answer.error is not None
        assert answer.error.code == "changed"
        assert "value" in answer.error.en

    def test_an_id_that_is_gone(self, terminal: Terminal) -> None:
        answers = ask(IFind(), [wish("M001620326"), wish("M009999999")], patience=QUICK)
        assert [a.error.code if a.error else "" for a in answers] == ["", "unknown_id"]


class TestChoice:
    @pytest.fixture
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> Terminal:
        out = {day: day + timedelta(days=12) for day in DAYS[:2]}
        terminal = Terminal(values_of("EMM00087117", "EMM00072301"), {"EMM00087117": out})
        monkeypatch.setitem(sys.modules, "EmQuantAPI", choice(terminal))
        return terminal

    def test_publication_dates_come_with_values(self, terminal: Terminal) -> None:
        first, second = ask(Choice(), [wish("EMM00087117"), wish("EMM00072301")], patience=QUICK)
        assert first.values == terminal.values["EMM00087117"]
        assert first.releases == terminal.releases["EMM00087117"]
        assert (second.values, second.releases) == (terminal.values["EMM00072301"], {})

    def test_a_code_that_is_left_out(self, terminal: Terminal) -> None:
        answers = ask(Choice(), [wish("EMM00087117"), wish("EMM99999999")], patience=QUICK)
        assert [a.error.code if a.error else "" for a in answers] == ["", "unknown_id"]

    def test_its_own_words_of_an_error(self, terminal: Terminal) -> None:
        terminal.fails = lambda ids: "data flow exceeds limit 流量超限"
        (answer,) = ask(Choice(), [wish("EMM00087117")], patience=QUICK)
        assert answer.error is not None
        assert answer.error.code == "quota"
        assert "流量超限" in answer.error.zh


class TestAKShare:
    MONEY = pd.DataFrame(
        {
            "月份": ["2024年03月份", "2024年02月份", "2024年01月份"],
            "货币和准货币(M2)-同比增长": ["8.3", None, 8.7],
            "货币(M1)-同比增长": [1.1, 1.2, 5.9],
        }
    )

    def answer(self, monkeypatch: pytest.MonkeyPatch, id: str, **tables: Any) -> Any:
        monkeypatch.setitem(sys.modules, "akshare", akshare(**tables))
        (answer,) = ask(AKShare(), [wish(id)], patience=QUICK)
        return answer

    def test_months_in_words_text_values_and_holes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = self.answer(monkeypatch, "m2_yoy", macro_china_money_supply=self.MONEY)
        assert answer.values == {DAYS[0]: 8.7, DAYS[2]: 8.3}

    def test_one_table_serves_several_series(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module = akshare()
        asked = []
        module.macro_china_money_supply = lambda: asked.append(1) or self.MONEY
        monkeypatch.setitem(sys.modules, "akshare", module)
        answers = ask(AKShare(), [wish("m2_yoy"), wish("m1_yoy")], patience=QUICK)
        assert all(a.values for a in answers)
        assert len(asked) == 1

    def test_a_column_that_is_gone_is_one_clear_message(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        table = self.MONEY.rename(columns={"货币(M1)-同比增长": "M1同比"})
        answer = self.answer(monkeypatch, "m1_yoy", macro_china_money_supply=table)
        assert answer.error.code == "changed"
        assert "货币(M1)-同比增长" in answer.error.zh

    def test_a_function_that_is_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.answer(monkeypatch, "m1_yoy").error.code == "changed"

    @pytest.mark.parametrize(
        ("raised", "code"),
        [(ConnectionError("x"), "network"), (KeyError("data"), "bad_answer")],
    )
    def test_a_site_that_fails(
        self, monkeypatch: pytest.MonkeyPatch, raised: Exception, code: str
    ) -> None:
        answer = self.answer(monkeypatch, "m1_yoy", macro_china_money_supply=raised)
        assert answer.error.code == code

    def test_a_series_that_a_book_names_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        id = "AKSHARE:macro_china_xyz/最新值"
        table = pd.DataFrame({"日期": DAYS, "最新值": [1, 2, 3]})
        assert AKShare().serves(id, "series", "") == id
        assert self.answer(monkeypatch, id, macro_china_xyz=table).values == {
            day: float(n + 1) for n, day in enumerate(DAYS)
        }

    @pytest.mark.parametrize(
        "id", ["AKSHARE:os_system/x", "AKSHARE:__import__/x", "AKSHARE:macro/../x", "akshare:/x"]
    )
    def test_a_workbook_cannot_have_anything_else_called(self, id: str) -> None:
        assert AKShare().serves(id, "series", "") == ""

    def test_what_only_stands_in_is_taken_only_where_a_book_says_so(self) -> None:
        assert AKShare().serves("", "series", "glass_price") == ""
        assert AKShare().serves("AKSHARE:glass_price", "series", "glass_price") == "glass_price"

    @pytest.mark.skipif(find_spec("akshare") is None, reason="akshare is not installed here")
    def test_the_mapping_is_what_the_installed_package_has(self) -> None:
        spec = find_spec("akshare")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        (folder,) = spec.submodule_search_locations
        there: dict[str, tuple[set[str], set[str]]] = {}
        for file in Path(folder).rglob("*.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef):
                    values = (c.value for c in ast.walk(node) if isinstance(c, ast.Constant))
                    texts = {value for value in values if isinstance(value, str)}
                    there[node.name] = {a.arg for a in node.args.args}, texts
        for id, mapped in mapping().items():
            arguments, texts = there[mapped.function]
            assert set(mapped.arguments or {}) <= arguments, id
            # Columns are given names as texts, or are those of the site's own answer.
            named = {mapped.date, mapped.value, mapped.release} - {""}
            assert named <= texts, id


class _Site(BaseHTTPRequestHandler):
    """FRED on loopback: the next of ``script``, or observations."""

    script: list[Any]
    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        step = self.script.pop(0) if self.script else None
        if isinstance(step, int):
            self.send_error(step)
            return
        if callable(step):
            step()
        content = step if isinstance(step, bytes) else json.dumps(
            {"observations": [{"date": "2024-01-31", "value": "4.1"},
                              {"date": "2024-02-29", "value": "."}]}
        ).encode()  # fmt: skip
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class TestFred:
    @pytest.fixture
    def site(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Site]]:
        kind = type("Site", (_Site,), {"script": [], "asked": []})
        server = HTTPServer(("127.0.0.1", 0), kind)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(ADDRESS_VARIABLE, f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("PROSPERITY_OECD_ADDRESS", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("PROSPERITY_FRED_KEY", "secret-key-123")
        yield kind
        server.shutdown()
        server.server_close()

    def test_a_holiday_is_missing(self, site: type[_Site]) -> None:
        (answer,) = ask(Fred(), [wish("DGS10")], patience=QUICK)
        assert answer.values == {DAYS[0]: 4.1}

    @pytest.mark.parametrize(
        ("script", "code", "calls"),
        [
            ([429], "quota", 1),
            ([500, 500, 500], "network", 3),
            ([500], "", 2),
            ([403], "bad_login", 1),
            ([400], "unknown_id", 1),
            ([b"<html>"], "bad_answer", 1),
            ([b'{"observations": [1]}'], "bad_answer", 1),
            ([b'{"observations": [{"date": "x", "value": "1"}]}'], "bad_answer", 1),
            ([b"[]"], "bad_answer", 1),
            ([b'{"observations": []}'], "nothing", 1),
        ],
    )
    def test_a_site_that_fails(
        self, site: type[_Site], script: list[Any], code: str, calls: int
    ) -> None:
        site.script = script
        (answer,) = ask(Fred(), [wish("DGS10")], patience=QUICK)
        assert (answer.error.code if answer.error else "", len(site.asked)) == (code, calls)
        assert "secret-key" not in repr(answer) + str(answer.error)

    def test_a_huge_answer(self, site: type[_Site], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("prosperity_excel.vendors.fred.MOST_BYTES", 1000)
        site.script = [b"x" * 5000]
        (answer,) = ask(Fred(), [wish("DGS10")], patience=QUICK)
        assert answer.error is not None
        assert answer.error.code == "bad_answer"

    def test_a_slow_answer(self, site: type[_Site]) -> None:
        site.script = [lambda: time.sleep(1.0)]
        (answer,) = ask(Fred(), [wish("DGS10")], patience=Patience(seconds=0.2))
        assert answer.error is not None
        assert answer.error.code == "timeout"

    def test_oecd_months(self, site: type[_Site]) -> None:
        site.script = [b"TIME_PERIOD,OBS_VALUE\n2024-02,99.1\n2024-01,98.7\n"]
        (answer,) = ask(Oecd(), [wish("USA")], patience=QUICK)
        assert answer.values == {DAYS[0]: 98.7, DAYS[1]: 99.1}


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
@settings(max_examples=50)
def test_a_number_reads_the_same_in_every_form(value: float) -> None:
    assert as_number(value) == as_number(str(value)) == as_number(f" {value!r} ") == value


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
@settings(max_examples=50)
def test_a_day_reads_the_same_in_every_form(day: date) -> None:
    forms = (day, pd.Timestamp(day), f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}",
             f"{day.year}年{day.month}月{day.day}日")  # fmt: skip
    assert {as_date(form) for form in forms} == {day}


@pytest.mark.parametrize("given", ["", "--", "—", "nan", None, float("nan"), "N/A", "."])
def test_what_is_missing_is_no_number(given: Any) -> None:
    assert as_number(given) is None


@pytest.mark.parametrize("pairs", [[("2024-01-31", "abc")], [("soon", 1.0)],
                                   [("2024-01-31", float("inf"))],
                                   [("2024-01-31", 1.0), ("2024-01-31", 2.0)]])  # fmt: skip
def test_what_cannot_be_understood_is_never_half_taken(pairs: list[Any]) -> None:
    answer = answer_of(wish("X"), [("2024-02-29", 5.0), *pairs], ("甲", "A"))
    assert answer.error is not None
    assert (answer.error.code, dict(answer.values)) == ("bad_answer", {})


def test_every_reason_has_both_languages() -> None:
    for code in REASONS:
        error = failure(code, ("甲", "Alpha"), "this")
        assert "甲" in error.zh
        assert "Alpha" in error.en


def test_words_of_errors() -> None:
    assert reason_of("对不起，您没有该指标的权限") == "permission"
    assert reason_of("something else entirely") == "bad_answer"


def test_a_source_that_is_not_there() -> None:
    with pytest.raises(SettingError, match="wind"):
        vendor("winds")
    assert all(vendor(id).id == id for id in VENDORS)


def test_a_network_that_fails_in_akshare_is_tried_again_and_then_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    module = akshare()

    def fail(name: str) -> Any:
        def call() -> Any:
            asked.append(name)
            raise ConnectionError(name)

        return call

    for name in ("macro_china_money_supply", "macro_china_pmi"):
        setattr(module, name, fail(name))
    monkeypatch.setitem(sys.modules, "akshare", module)
    answers = ask(AKShare(), [wish("m1_yoy"), wish("pmi")], patience=QUICK)
    assert {a.error.code for a in answers if a.error} == {"network"}
    assert asked == ["macro_china_money_supply"] * 3
