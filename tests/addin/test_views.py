"""Views of a language model: asked within a budget, of a stub on loopback, and kept."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from prosperity.errors import DataError, ProsperityError, SettingError
from prosperity.systems import systems
from prosperity_excel.cli import main
from prosperity_excel.sheets.workbook import open_workbook
from prosperity_excel.views.asking import Question, ViewsError, Wish
from prosperity_excel.views.news import Item, read_news, select
from prosperity_excel.views.prompts import messages, prompt, schema, scores_of
from prosperity_excel.views.store import Store, store_of

DAY = date(2025, 7, 31)
ASSETS = {"banks": "银行", "coal": "煤炭"}
NEWS = [Item(datetime(2025, 7, 30, 9), "社", "银行净息差企稳", "正文"),
        Item(datetime(2025, 7, 29, 9), "社", "煤价下跌", "")]  # fmt: skip
KEY = "sk-hunter2-secret"


def reply(content: Any) -> bytes:
    text = content if isinstance(content, str) else json.dumps(content)
    return json.dumps(
        {
            "id": "x", "object": "chat.completion", "created": 1, "model": "stub",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }
    ).encode()  # fmt: skip


class Stub(BaseHTTPRequestHandler):
    """A model on loopback: the next of ``script``, else good answers."""

    script: list[Any]
    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(body)
        step = self.script.pop(0) if self.script else {"banks": 1, "coal": -1}
        if isinstance(step, int):
            self.send_response(step)
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            self.wfile.write(json.dumps({"error": {"message": f"bad key {KEY}"}}).encode())
            return
        if callable(step):
            step()
            step = {"banks": 1, "coal": -1}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(reply(step))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Stub], str]]:
    kind = type("Kind", (Stub,), {"script": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PROSPERITY_LLM_KEY", KEY)
    yield kind, f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def question(folder: Path, address: str, **changes: Any) -> Question:
    wish = Wish("industry", DAY, ASSETS, "stub", address, **{"repeats": 3, **changes})
    return Question(wish, NEWS, Store(folder / "book.xlsx"))


def test_repeats_are_asked_for_and_kept(tmp_path: Path, stub: tuple[type[Stub], str]) -> None:
    kind, address = stub
    asked = question(tmp_path, address).ask()
    assert [a.scores for a in asked.answers] == [{"banks": 1, "coal": -1}] * 3
    assert (len(kind.asked), asked.dropped, asked.tokens) == (3, 0, 45)
    assert kind.asked[0]["temperature"] == 0.0
    assert kind.asked[0]["response_format"]["json_schema"]["schema"] == schema(list(ASSETS))


def test_asking_again_costs_nothing_and_needs_no_server(
    tmp_path: Path, stub: tuple[type[Stub], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, address = stub
    first = question(tmp_path, address).ask()
    monkeypatch.delenv("PROSPERITY_LLM_KEY")
    again = question(tmp_path, address)
    assert again.estimate().calls == 0
    assert [a.scores for a in again.ask().answers] == [a.scores for a in first.answers]
    assert [a.asked_at for a in again.ask().answers] == [a.asked_at for a in first.answers]
    assert len(kind.asked) == 3


def test_other_news_another_prompt_or_model_are_other_questions(
    tmp_path: Path, stub: tuple[type[Stub], str]
) -> None:
    _, address = stub
    question(tmp_path, address).ask()
    other = Question(Wish("industry", DAY, ASSETS, "other", address, 3), NEWS,
                     Store(tmp_path / "book.xlsx"))  # fmt: skip
    fewer = Question(Wish("industry", DAY, ASSETS, "stub", address, 3), NEWS[:1],
                     Store(tmp_path / "book.xlsx"))  # fmt: skip
    assert (other.estimate().calls, fewer.estimate().calls) == (3, 3)


@pytest.mark.parametrize(
    "bad",
    ["no json", "[]", '{"banks": 1}', '{"banks": 1, "coal": 3}', '{"banks": 1.5, "coal": 0}',
     '{"banks": true, "coal": 0}', '{"banks": 1, "coal": 0, "x": 1}', "", "[" * 100_000],
)  # fmt: skip
def test_an_answer_that_breaks_the_schema_is_asked_for_once_more(
    tmp_path: Path, stub: tuple[type[Stub], str], bad: str
) -> None:
    kind, address = stub
    kind.script = [bad]
    asked = question(tmp_path, address, repeats=1).ask()
    assert (len(asked.answers), asked.dropped, len(kind.asked)) == (1, 0, 2)
    kind.script = [bad, bad]
    dropped = question(tmp_path / "x", address, repeats=1)
    (tmp_path / "x").mkdir()
    assert dropped.ask().dropped == 1


def test_a_block_of_code_is_read(tmp_path: Path, stub: tuple[type[Stub], str]) -> None:
    kind, address = stub
    kind.script = ['想一想……\n```json\n{"banks": 2, "coal": 0}\n```']
    (answer,) = question(tmp_path, address, repeats=1).ask().answers
    assert answer.scores == {"banks": 2, "coal": 0}


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "views_login"), (429, "views_quota"), (500, "views_network"), (400, "views_refused")],
)
def test_a_model_that_fails_keeps_what_came(
    tmp_path: Path, stub: tuple[type[Stub], str], status: int, code: str
) -> None:
    kind, address = stub
    kind.script = [{"banks": 1, "coal": 1}, *[status] * 3]
    with pytest.raises(ViewsError) as raised:
        question(tmp_path, address).ask()
    assert raised.value.code == code
    assert KEY not in str(raised.value)
    assert question(tmp_path, address).estimate().calls == 2


def test_a_slow_model(
    tmp_path: Path, stub: tuple[type[Stub], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, address = stub
    monkeypatch.setattr("prosperity_excel.views.asking.SECONDS", 0.2)
    monkeypatch.setattr("prosperity_excel.views.asking.RETRIES", 0)
    kind.script = [lambda: time.sleep(1.0)]
    with pytest.raises(ViewsError) as raised:
        question(tmp_path, address, repeats=1).ask()
    assert raised.value.code == "views_network"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"max_calls": 2}, "over_budget"), ({"price_in": 1e9}, "over_budget")],
)
def test_a_budget_is_kept_before_anything_is_asked(
    tmp_path: Path, stub: tuple[type[Stub], str], changes: dict[str, Any], code: str
) -> None:
    kind, address = stub
    with pytest.raises(SettingError) as raised:
        question(tmp_path, address, **changes).ask()
    assert (raised.value.code, kind.asked) == (code, [])


def test_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROSPERITY_LLM_KEY", raising=False)
    monkeypatch.setattr("prosperity_excel.views.asking.secret_of", lambda _: "")
    with pytest.raises(SettingError) as raised:
        question(tmp_path, "http://127.0.0.1:9").ask()
    assert raised.value.code == "no_key"


def test_a_damaged_store_is_said(tmp_path: Path, stub: tuple[type[Stub], str]) -> None:
    _, address = stub
    store_of(tmp_path / "book.xlsx").write_bytes(b"no database")
    with pytest.raises(ProsperityError) as raised:
        question(tmp_path, address).ask()
    assert raised.value.code == "bad_views_store"


class TestNews:
    def test_what_came_too_late_or_is_old_does_not_count(self) -> None:
        news = [
            Item(datetime(2025, 7, 31, 15, 0), "", "on time", ""),
            Item(datetime(2025, 7, 31, 15, 1), "", "too late", ""),
            Item(datetime(2025, 6, 30, 14, 0), "", "too old", ""),
        ]
        assert select(news, DAY, 10, 10_000).text == "[07-31] on time"

    def test_equal_titles_once_newest_first_within_limits(self) -> None:
        news = [Item(datetime(2025, 7, d), "", f"t{d % 5}", "x" * 600) for d in range(1, 29)]
        found = select(news, DAY, 4, 100_000)
        assert (found.count, found.left) == (4, 1)
        lines = found.text.splitlines()
        assert [line[:7] for line in lines] == ["[07-28]", "[07-27]", "[07-26]", "[07-25]"]
        assert all(len(line) < 520 for line in lines)
        assert select(news, DAY, 100, 600).count == 1

    def sheet(self, folder: Path, rows: list[list[Any]]) -> Any:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        path = folder / "news.xlsx"
        book.save(path)
        return open_workbook(path).sheet(open_workbook(path).names[0])

    def test_a_day_without_a_time_is_its_last_minute(self, tmp_path: Path) -> None:
        rows = [["发布时间", "标题"], [datetime(2025, 7, 31), "a"], ["2025-07-31 09:30", "b"],
                ["2025年7月30日", "c"]]  # fmt: skip
        found = read_news(self.sheet(tmp_path, rows))
        assert [item.published.hour for item in found] == [23, 9, 23]
        assert select(found, DAY, 10, 1000).count == 2

    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            ([["甲", "乙"]], "no_news_columns"),
            ([["published", "title"], ["soon", "a"]], "bad_time"),
        ],
    )
    def test_what_cannot_be_read_is_said_with_its_place(
        self, tmp_path: Path, rows: list[list[Any]], code: str
    ) -> None:
        with pytest.raises(DataError) as raised:
            read_news(self.sheet(tmp_path, rows))
        assert raised.value.code == code
        assert raised.value.where


def test_prompts_have_a_version_and_no_place_is_left_open() -> None:
    for task in ("industry", "size", "market"):
        one = prompt(task)
        found = messages(one, DAY, {"a": "甲 {news}"}, select(NEWS, DAY, 9, 999))
        assert one.id == f"{task}.v{one.version}"
        assert "银行净息差企稳" in found[1]["content"]
        assert "{date}" not in found[1]["content"]


def test_scores_are_whole_numbers_in_range() -> None:
    assert scores_of({"a": 2}, ["a"]) == {"a": 2}
    for bad in ({"a": 3}, {"a": "1"}, {"b": 1}, [], None, {"a": None}):
        assert scores_of(bad, ["a"]) is None


class TestShell:
    @pytest.fixture
    def book(self, tmp_path: Path) -> Path:
        made = openpyxl.Workbook()
        made.active.title = "news"
        for row in [["published", "title", "text"], ["2025-07-30 09:00", "银行净息差企稳", ""],
                    ["2025-06-25 09:00", "煤价下跌", ""]]:  # fmt: skip
            made.active.append(row)
        made.create_sheet("llm_views").append(
            ["asset", "from", "task", "score", "repeat", "model", "prompt", "asked_at"]
        )
        path = tmp_path / "views.xlsx"
        made.save(path)
        return path

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["views", *words])

    def options(self, address: str) -> list[str]:
        return ["--task", "market", "--month", "2025-07", "--model", "stub", "--address", address,
                "--repeats", "2"]  # fmt: skip

    def test_nothing_is_asked_unless_somebody_says_so(
        self, book: Path, stub: tuple[type[Stub], str]
    ) -> None:
        kind, address = stub
        result = self.run("ask", str(book), *self.options(address))
        assert (result.exit_code, kind.asked) == (3, [])
        assert "calls: 2" in result.output

    def test_answers_are_written_once(self, book: Path, stub: tuple[type[Stub], str]) -> None:
        kind, address = stub
        kind.script = [{"market": 1}, {"market": 2}]
        for _ in range(2):
            result = self.run("ask", str(book), *self.options(address), "--yes")
            assert result.exit_code == 0, result.output
        rows = list(openpyxl.load_workbook(book)["llm_views"].iter_rows(values_only=True))
        assert [(r[0], r[2], r[3], r[4]) for r in rows[1:]] == [
            ("market", "market", 1, "1"), ("market", "market", 2, "2")]  # fmt: skip
        assert rows[1][1] == datetime(2025, 7, 31)
        assert len(kind.asked) == 2
        everything = b"".join(p.read_bytes() for p in book.parent.rglob("*") if p.is_file())
        assert KEY.encode() not in everything
        assert KEY not in result.output

    def test_a_model_that_remembers_is_found_out(
        self, book: Path, stub: tuple[type[Stub], str]
    ) -> None:
        kind, address = stub
        ids = [a.id for a in systems()["news_industry"].assets]
        same = {id: n % 5 - 2 for n, id in enumerate(ids)}
        turned = {id: -score for id, score in same.items()}
        words = [w if w != "market" else "industry" for w in self.options(address)]
        kind.script = [same] * 4
        result = self.run("placebo", str(book), *words, "--yes")
        assert "[memory]" in result.output, result.output
        store_of(book).unlink()
        kind.script = [same, same, turned, turned]
        assert "[memory]" not in self.run("placebo", str(book), *words, "--yes").output

    def test_no_model_is_said(self, book: Path) -> None:
        result = self.run("ask", str(book), "--task", "market", "--month", "2025-07")
        assert "no_model" in result.output


def test_a_worksheet_function_never_asks() -> None:
    """Nothing that Excel's server loads can reach a model."""
    import subprocess
    import sys

    code = (
        "import sys, prosperity_excel.formulas.serve; "
        "print([m for m in sys.modules if m.startswith(('openai', 'keyring', "
        "'prosperity_excel.views'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
