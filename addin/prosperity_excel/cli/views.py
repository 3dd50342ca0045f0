"""The verb for views of a language model: ask, placebo, login."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from prosperity.systems import systems

from prosperity_excel.cli.offering import agreed, refuse_unwritable
from prosperity_excel.cli.shared import ANY, friendly, print_table, progress_shown, say
from prosperity_excel.words.tongue import spoken

if TYPE_CHECKING:
    from prosperity_excel.views.asking import Asked, Question
    from prosperity_excel.views.news import Item

#: Environment variables of the model and its address.
MODEL, ADDRESS = "PROSPERITY_LLM_MODEL", "PROSPERITY_LLM_ADDRESS"
TASKS = ("industry", "size", "market")


@click.group()
def views() -> None:
    """Ask a language model for views of news. 让语言模型读新闻、给出观点。"""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--task", type=click.Choice(TASKS), required=True,
                         help="industry, size or market. 行业、大小盘或市场。"),
            click.option("--month", required=True, metavar="YYYY-MM",
                         help="Month whose last trading day decides. 决策月份。"),
            click.option("--model", envvar=MODEL, default="", show_envvar=True,
                         help="The model's name. 模型名称。"),
            click.option("--address", envvar=ADDRESS, default="", show_envvar=True,
                         help="Address of its OpenAI-compatible interface. 接口地址。"),
            click.option("--repeats", type=click.IntRange(1, 50), default=5, show_default=True,
                         help="How often it is asked. 重复次数。"),
            click.option("--max-calls", type=click.IntRange(1), default=200, show_default=True,
                         help="Calls at most. 最多调用次数。"),
            click.option("--max-cost", type=float, default=10.0, show_default=True,
                         help="Cost at most, at the prices given. 最多费用。"),
            click.option("--price-in", type=float, default=0.0,
                         help="Price of a million tokens read. 每百万输入 token 的价格。"),
            click.option("--price-out", type=float, default=0.0,
                         help="Price of a million tokens written. 每百万输出 token 的价格。"),
            click.option("--yes", is_flag=True, help="Ask without asking you. 不再询问。"),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@views.command()
@click.argument("book", type=ANY)
@_options
@friendly
def ask(book: Path, yes: bool, **said: Any) -> None:
    """Ask for views of the news in BOOK and write them into its sheet llm_views.

    Calls, tokens and cost are said first. Answers are kept beside the book: asking again costs
    nothing. 先说明调用次数、token 与费用；答复保存在工作簿旁，重复运行不再花费。
    """
    from prosperity_excel.views.sheet import stability, write_answers

    refuse_unwritable(book)
    question = _question(book, **said)
    _agree(question, yes)
    with progress_shown() as progress:
        asked = question.ask(progress=progress)
    rows = []
    for id, name in question.wish.assets.items():
        scores = [answer.scores[id] for answer in asked.answers]
        if scores:
            mean, stable = sum(scores) / len(scores), stability(scores)
            rows.append((id, name, f"{mean:+.2f}", f"{stable:.0%}", str(len(scores))))
    rows.sort(key=lambda row: (-float(row[2]), row[0]))
    print_table(("资产 Asset", "名称 Name", "分数 Score", "稳定性 Stability", "次数 Repeats"), rows)
    added, backup = write_answers(book, asked)
    copy = backup.name if backup else "–"
    say(f"写入 {added} 行，弃用 {asked.dropped} 次，用 {asked.tokens:,} token（备份 {copy}）。",
        f"Rows written: {added}; answers dropped: {asked.dropped}; tokens: {asked.tokens:,} "
        f"(copy {copy}).")  # fmt: skip


@views.command()
@click.argument("book", type=ANY)
@_options
@friendly
def placebo(book: Path, yes: bool, **said: Any) -> None:
    """Ask for the month before's news under this month's date: does the model remember?

    Nothing is written. A correlation above 0.5 with the true scores means that the model answers
    from memory. 用上月的新闻冒充本月再问一次：若与真实分数高度相关，说明模型在凭记忆作答。不写入。
    """
    true = _question(book, **said)
    other = _question(book, shifted=True, **said)
    _agree(true, yes)
    _agree(other, yes)
    with progress_shown() as progress:
        first, second = true.ask(progress=progress), other.ask(progress=progress)
    value = _correlation(first, second)
    say(f"与安慰剂的相关：{value:+.2f}", f"Correlation with the placebo: {value:+.2f}")
    if value > MEMORY:
        say("[memory] 模型凭记忆作答，事后补问的观点不可信。",
            "[memory] The model answers from memory: views asked for afterwards cannot be "
            "trusted.")  # fmt: skip


#: Correlation with the placebo above which a model answers from memory.
MEMORY = 0.5


@views.command()
@friendly
def login() -> None:
    """Keep the key of the language model in the system's keyring. 把密钥存入系统钥匙串。"""
    from prosperity_excel.vendors.secrets import keep
    from prosperity_excel.views.asking import KEY

    keep(KEY, click.prompt(spoken("密钥", "Key"), hide_input=True))
    say("已存入系统钥匙串。", "Kept in the system's keyring.")


def _question(
    book: Path, *, task: str, month: str, model: str, address: str, repeats: int,
    max_calls: int, max_cost: float, price_in: float, price_out: float, shifted: bool = False,
) -> Question:  # fmt: skip
    """Return the question of a book's news on the last trading day of a month."""
    from prosperity.errors import SettingError

    from prosperity_excel.views.asking import Question, Wish
    from prosperity_excel.views.store import Store

    if not model or not address:
        raise SettingError(
            "no_model",
            f"请用 --model 与 --address（或环境变量 {MODEL}、{ADDRESS}）说明模型和接口地址。",
            f"Say which model and address with --model and --address (or {MODEL}, {ADDRESS}).",
        )
    system = systems()[f"news_{task}"]
    assets = {a.id: a.name_zh for a in system.assets if a.id != system.rest}
    if task == "size":
        assets = dict(list(assets.items())[:1])
    day = _decision(month)
    wish = Wish(task, day, assets, model, address, repeats, price_in=price_in,
                price_out=price_out, max_calls=max_calls, max_cost=max_cost)  # fmt: skip
    return Question(wish, _news(book, shifted), Store(book))


def _news(book: Path, shifted: bool) -> list[Item]:
    """Return a book's news; ``shifted`` dates each a month later."""
    from dataclasses import replace

    from prosperity.errors import BookError

    from prosperity_excel.files.child import read_guarded
    from prosperity_excel.sheets.workbook import open_workbook
    from prosperity_excel.views.news import DAYS, read_news

    workbook = read_guarded(open_workbook, book)
    name = workbook.named(("news", "新闻"))
    if name is None:
        raise BookError(
            "no_news_sheet",
            "工作簿没有 news（新闻）表；prosperity template news_industry 可生成带该表的模板。",
            "The book has no sheet news; 'prosperity template news_industry' makes a book with "
            "one.",
            where=book.name,
        )
    found = read_news(workbook.sheet(name))
    if not shifted:
        return found
    from datetime import timedelta

    return [replace(item, published=item.published + timedelta(days=DAYS)) for item in found]


def _decision(month: str) -> date:
    import pandas as pd
    from prosperity.calendar import TradingCalendar
    from prosperity.errors import SettingError

    try:
        end = pd.Timestamp(f"{month}-01") + pd.offsets.MonthEnd(0)
    except ValueError:
        raise SettingError(
            "month_form", f"“{month}”应写成 2025-07。", f"{month!r} must look like 2025-07."
        ) from None
    day: date = (
        TradingCalendar(pd.DatetimeIndex([])).last_on_or_before(pd.DatetimeIndex([end]))[0].date()
    )
    return day


def _agree(question: Question, yes: bool) -> None:
    """Say what a question would take, and go on where somebody agrees."""
    question.refuse_over_budget()
    found = question.estimate()
    cost = f" (≈ {found.cost:.2f})" if found.cost else ""
    say(
        f"新闻 {found.news} 条（另有 {found.left} 条未用）；需 {found.calls} 次调用，约读 "
        f"{found.tokens_in:,}、写 {found.tokens_out:,} token{cost}。",
        f"Items of news: {found.news}, {found.left} left out; calls: {found.calls}; about "
        f"{found.tokens_in:,} tokens read and {found.tokens_out:,} written{cost}.",
    )
    if found.calls and not (yes or agreed()):
        say("没有询问；加 --yes 询问。", "Nothing was asked; add --yes to ask.", err=True)
        raise SystemExit(3)


def _correlation(first: Asked, second: Asked) -> float:
    import numpy as np

    ids = list(first.wish.assets)
    left, right = (
        np.array([np.mean([a.scores[id] for a in asked.answers]) for id in ids])
        for asked in (first, second)
    )
    if len(ids) < 2 or left.std() < 1e-12 or right.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
