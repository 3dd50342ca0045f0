"""Asking a language model through any OpenAI-compatible address, within a budget."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from prosperity.errors import ProsperityError, SettingError
from prosperity.progress import Progress

from prosperity_excel.vendors.secrets import secret_of
from prosperity_excel.views.news import Item, select
from prosperity_excel.views.prompts import Prompt, messages, prompt, schema, scores_of
from prosperity_excel.views.store import Kept, Store, question_hash

if TYPE_CHECKING:
    from openai import OpenAI

#: The key's environment variable, and its name in the keyring.
KEY = "PROSPERITY_LLM_KEY"
#: Characters that a token is at least, in Chinese; what an answer takes at most per id.
CHARACTERS_A_TOKEN, TOKENS_AN_ID = 1.5, 12
SECONDS, RETRIES = 60.0, 2


@dataclass(frozen=True)
class Wish:
    """What is asked of which model.

    Attributes
    ----------
    task : str
    day : date
        The decision.
    assets : mapping of str to str
        Names by id.
    model, address : str
        The model's name, and the address of its interface.
    repeats, max_news, context : int
        How often; items and tokens of news at most.
    price_in, price_out : float
        Per million tokens, in whatever currency; 0 is unknown.
    max_calls, max_cost : float
        What must not be exceeded.
    """

    task: str
    day: date
    assets: Mapping[str, str]
    model: str
    address: str
    repeats: int = 5
    max_news: int = 120
    context: int = 24_000
    price_in: float = 0.0
    price_out: float = 0.0
    max_calls: int = 200
    max_cost: float = 10.0


@dataclass(frozen=True)
class Estimate:
    """What a question would take: calls that are not kept yet, tokens, cost, and the news."""

    calls: int
    tokens_in: int
    tokens_out: int
    cost: float
    news: int
    left: int


@dataclass(frozen=True)
class Answered:
    """A repeat's scores, when it was asked for, and whether it had been kept."""

    repeat: int
    scores: Mapping[str, int]
    asked_at: datetime
    kept: bool


@dataclass(frozen=True)
class Asked:
    """What came of a question; ``dropped`` are repeats that broke the schema twice."""

    wish: Wish
    prompt: Prompt
    answers: tuple[Answered, ...]
    dropped: int
    tokens: int
    rows: tuple[tuple[Any, ...], ...] = field(default=())


class Question:
    """A task's question on a day, with the answers that are kept beside the book."""

    def __init__(self, wish: Wish, news: Iterable[Item], store: Store) -> None:
        self.wish, self.store, self.prompt = wish, store, prompt(wish.task)
        characters = int(wish.context * CHARACTERS_A_TOKEN)
        self.news = select(news, wish.day, wish.max_news, characters)
        self.messages = messages(self.prompt, wish.day, wish.assets, self.news)

    def _hash(self, repeat: int) -> str:
        wish = self.wish
        return question_hash(wish.model, wish.address, self.prompt.id, self.messages, repeat)

    def _kept(self, repeat: int) -> Answered | None:
        kept = self.store.find(self._hash(repeat))
        if kept is None:
            return None
        scores = _scores(kept.scores, list(self.wish.assets))
        try:
            when = datetime.fromisoformat(kept.asked_at)
        except ValueError:
            return None
        return None if scores is None else Answered(repeat, scores, when, True)

    def estimate(self) -> Estimate:
        """Return what asking would take; nothing is asked."""
        wish = self.wish
        calls = sum(self._kept(n) is None for n in range(wish.repeats))
        length = sum(len(one["content"]) for one in self.messages)
        into = int(length / CHARACTERS_A_TOKEN) * calls
        out = TOKENS_AN_ID * len(wish.assets) * calls
        cost = (into * wish.price_in + out * wish.price_out) / 1e6
        return Estimate(calls, into, out, cost, self.news.count, self.news.left)

    def refuse_over_budget(self) -> None:
        """Refuse a question that would take more than is allowed.

        Raises
        ------
        SettingError
            ``over_budget``; ``no_news`` when there is nothing to be read.
        """
        wish, found = self.wish, self.estimate()
        if not found.news:
            raise SettingError(
                "no_news",
                f"{wish.day:%Y-%m-%d} 15:00 前一个月没有新闻；请先填写 news 表。",
                f"There is no news in the month before 15:00 of {wish.day:%Y-%m-%d}; fill in the "
                "sheet news first.",
            )
        if found.calls > wish.max_calls or found.cost > wish.max_cost:
            raise SettingError(
                "over_budget",
                f"需要 {found.calls} 次调用、费用约 {found.cost:.2f}，超过上限"
                f"（{wish.max_calls} 次、{wish.max_cost:g}），没有询问。",
                f"{found.calls} calls at about {found.cost:.2f} would exceed the limits "
                f"({wish.max_calls} calls, {wish.max_cost:g}); nothing was asked.",
            )

    def ask(self, *, progress: Progress | None = None) -> Asked:
        """Ask as often as the wish says; what is kept is not asked for again.

        Raises
        ------
        SettingError
            As :meth:`refuse_over_budget`; ``no_views_extra``, ``no_key``.
        ViewsError
            ``views_network``, ``views_quota``, ``views_login``, ``views_refused`` when the
            interface fails; what had come is kept.
        """
        self.refuse_over_budget()
        client: OpenAI | None = None
        answers, dropped, tokens = [], 0, 0
        for repeat in range(self.wish.repeats):
            found = self._kept(repeat)
            if found is None:
                client = client or _client(self.wish)
                if progress:
                    progress(self.wish.model, repeat + 1, self.wish.repeats)
                found, took = self._call(client, repeat)
                tokens += took
            if found is None:
                dropped += 1
            else:
                answers.append(found)
        return Asked(self.wish, self.prompt, tuple(answers), dropped, tokens)

    def _call(self, client: OpenAI, repeat: int) -> tuple[Answered | None, int]:
        """Ask once, and once more when the answer breaks the schema."""
        ids, took = list(self.wish.assets), 0
        for _ in range(2):
            said, tokens = _answer(client, self.wish, self.messages, ids)
            took += tokens
            scores = _scores(said, ids)
            if scores is not None:
                now = datetime.now().replace(microsecond=0)
                kept = Kept(json.dumps(scores), now.isoformat(), took)
                self.store.keep(self._hash(repeat), kept, self.wish.model, self.prompt.id)
                return Answered(repeat, scores, now, False), took
        return None, took


class ViewsError(ProsperityError, RuntimeError):
    """The model's interface failed."""


def _client(wish: Wish) -> OpenAI:
    try:
        from openai import OpenAI
    except ImportError:
        raise SettingError(
            "no_views_extra",
            "没有安装 openai；请安装 Prosperity 的扩展 views。",
            "The package openai is not installed; install Prosperity's extra 'views'.",
        ) from None
    key = secret_of(KEY)
    if not key:
        raise SettingError(
            "no_key",
            f"没有语言模型的密钥。运行 prosperity views login 保存，或设环境变量 {KEY}。",
            f"There is no key for the language model. Keep it with 'prosperity views login', or "
            f"set the environment variable {KEY}.",
        )
    return OpenAI(api_key=key, base_url=wish.address, timeout=SECONDS, max_retries=RETRIES)


def _answer(
    client: OpenAI, wish: Wish, said: Sequence[dict[str, str]], ids: Sequence[str]
) -> tuple[str, int]:
    """Return what the model said, and the tokens that it took."""
    import openai

    form = {"name": wish.task, "schema": schema(ids), "strict": True}
    try:
        found = client.chat.completions.create(  # type: ignore[call-overload]
            model=wish.model,
            messages=list(said),
            temperature=0.0,
            response_format={"type": "json_schema", "json_schema": form},
        )
    except openai.APIStatusError as error:
        reason = _STATUS.get(error.status_code, "views_refused")
        raise _failed(reason, f"HTTP {error.status_code}") from None
    except openai.APIConnectionError as error:  # time-outs are of this kind
        raise _failed("views_network", type(error).__name__) from None
    except openai.OpenAIError as error:
        raise _failed("views_refused", type(error).__name__) from None
    content = found.choices[0].message.content if found.choices else ""
    return content or "", found.usage.total_tokens if found.usage else 0


_STATUS = {401: "views_login", 403: "views_login", 429: "views_quota",
           **dict.fromkeys(range(500, 600), "views_network")}  # fmt: skip
_FAILURES = {
    "views_network": (
        "连不上语言模型，重试后仍失败",
        "The model cannot be reached, also after retries",
    ),
    "views_quota": ("语言模型的额度或频率超限", "The model's quota or rate is exceeded"),
    "views_login": ("语言模型不接受密钥", "The model does not accept the key"),
    "views_refused": ("语言模型拒绝了请求", "The model refused the request"),
}


def _failed(code: str, about: str) -> ViewsError:
    """Return the error of a failure; a foreign program's own words, which may hold keys, are not
    passed on.
    """
    zh, en = _FAILURES[code]
    return ViewsError(
        code,
        f"{zh}（{about}）。已得到的答复已保存，再次运行只问其余的。",
        f"{en} ({about}). What had come is kept; run again for the rest.",
    )


def _scores(said: str, ids: Sequence[str]) -> dict[str, int] | None:
    """Return the scores in a text; models that reason aloud put them into a block of code."""
    text = said.strip()
    if "```" in text:
        text = text.split("```")[-2].removeprefix("json").strip()
    if len(text) > 100_000:
        return None
    try:
        return scores_of(json.loads(text), ids)
    except (ValueError, RecursionError):
        return None
