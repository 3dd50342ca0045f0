"""What a vendor of data is asked and answers: one small protocol, whatever interface is behind it.

Everything after an answer is the import that exports of files go through too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from prosperity.errors import ProsperityError

from prosperity_excel.words.pair import Pair

#: A series of macro or industry data, or the closes of an index.
Kind = Literal["series", "close"]


@dataclass(frozen=True)
class Wish:
    """One series that a vendor is asked for.

    Attributes
    ----------
    id : str
        The vendor's own id.
    kind : {"series", "close"}
    begin, end : date
        First and last date, both included.
    indicator : str
        The column's id in the book, by which mappings that are data find a series.
    daily : bool
        Whether it has a value a trading day, for the estimate of cells.
    """

    id: str
    kind: Kind
    begin: date
    end: date
    indicator: str = ""
    daily: bool = False

    @property
    def cells(self) -> int:
        """How many values it can have at most, as quotas count them."""
        days = (self.end - self.begin).days + 1
        return max(1, round(days * 5 / 7) if self.daily else round(days / 28))


@dataclass(frozen=True)
class Answer:
    """What a vendor gave for a wish, or why it gave nothing.

    Attributes
    ----------
    wish : Wish
    values : mapping of date to float
        As the vendor dates them, ascending; what is missing is absent.
    releases : mapping of date to date
        Publication dates by the same dates, where the vendor has them.
    name, unit : str
        As the vendor says; empty where it does not.
    error : VendorError or None
        Why there is nothing.
    """

    wish: Wish
    values: Mapping[date, float] = field(default_factory=dict)
    releases: Mapping[date, date] = field(default_factory=dict)
    name: str = ""
    unit: str = ""
    error: VendorError | None = None


class VendorError(ProsperityError, RuntimeError):
    """Why a vendor gave nothing; the code is one of :data:`REASONS`."""


@dataclass(frozen=True)
class Reason:
    """A kind of failure: what is said of it, and what follows.

    Attributes
    ----------
    said : Pair
        With ``{vendor}`` and ``{about}``.
    again : bool
        Whether asking again later may help: the network, and nothing else.
    stops : bool
        Whether the vendor need not be asked for anything more now.
    """

    said: Pair
    again: bool = False
    stops: bool = False


REASONS: Mapping[str, Reason] = {
    "not_installed": Reason(
        (
            "本机没有安装{vendor}的 Python 接口。{about}",
            "The Python interface of {vendor} is not installed on this machine. {about}",
        ),
        stops=True,
    ),
    "not_running": Reason(
        (
            "{vendor}终端没有运行或没有登录。请打开终端并登录，再试一次。{about}",
            "The terminal of {vendor} is not running or not logged in. Open it, log in, and try "
            "again. {about}",
        ),
        stops=True,
    ),
    "no_credentials": Reason(
        (
            "没有{vendor}的账号。运行 prosperity sources login {about} 保存，或设环境变量。",
            "There are no credentials for {vendor}. Keep them with 'prosperity sources login "
            "{about}', or set the environment variables.",
        ),
        stops=True,
    ),
    "bad_login": Reason(
        (
            "{vendor}不接受账号或密码（密钥）。请检查后再试。{about}",
            "{vendor} does not accept the user name, password or key. Check them. {about}",
        ),
        stops=True,
    ),
    "quota": Reason(
        (
            "{vendor}的提取额度已用完，其余序列没有取。额度恢复后再运行，只会补取缺的。{about}",
            "The quota of {vendor} is used up; the other series were not asked for. Run again "
            "when it is restored: only what is missing is asked for. {about}",
        ),
        stops=True,
    ),
    "permission": Reason(
        ("{vendor}账号没有该序列的权限。{about}", "No permission at {vendor}. {about}")
    ),
    "unknown_id": Reason(
        (
            "{vendor}没有这个代码，可能已停用或写错。{about}",
            "{vendor} has no such id; it may be retired or mistyped. {about}",
        )
    ),
    "nothing": Reason(
        ("{vendor}在所求期间没有值。{about}", "{vendor} has no value in the period. {about}")
    ),
    "changed": Reason(
        (
            "{vendor}返回的表没有“{about}”这一列，接口可能已改版；该序列不取。",
            "What {vendor} returned has no column {about!r}: the interface may have changed. The "
            "series is left out.",
        )
    ),
    "network": Reason(
        (
            "连不上{vendor}，重试后仍失败。请检查网络。{about}",
            "{vendor} cannot be reached, also after trying again. Check the network. {about}",
        ),
        again=True,
    ),
    "timeout": Reason(
        (
            "{vendor}没有在 {about} 秒内答复。",
            "{vendor} did not answer within {about} seconds.",
        ),
        stops=True,
    ),
    "bad_answer": Reason(
        (
            "看不懂{vendor}的答复，该序列不取。{about}",
            "The answer of {vendor} cannot be understood; the series is left out. {about}",
        )
    ),
}


#: Characters of a vendor's own words that are shown.
LONGEST_ABOUT = 120
#: Passwords and keys that were used in this process: no error shows them.
_HIDDEN: set[str] = set()


def hide(secret: str) -> None:
    """Never show a password or key, also where a vendor's own words repeat it."""
    if secret:
        _HIDDEN.add(secret)


def failure(code: str, vendor: Pair, about: str = "") -> VendorError:
    """Return the error of a kind of failure.

    Parameters
    ----------
    code
        One of :data:`REASONS`.
    vendor
        The vendor's name.
    about
        What the reason asks for, or the vendor's own words, from which what was hidden with
        :func:`hide` is taken out.
    """
    for secret in _HIDDEN:
        about = about.replace(secret, "***")
    about = about[:LONGEST_ABOUT]
    texts = (
        said.format(vendor=name, about=about).strip()
        for said, name in zip(REASONS[code].said, vendor, strict=True)
    )
    return VendorError(code, *texts)


#: What a vendor's own words of an error tell, first match first.
WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bad_login", ("密码", "password")),
    ("permission", ("权限", "permission", "not authorized")),
    ("quota", ("超限", "额度", "流量", "配额", "quota", "exceed", "limit")),
    ("network", ("网络", "超时", "timeout", "timed out", "network", "connect")),
    ("not_running", ("登录", "登陆", "login", "session")),
    ("nothing", ("无数据", "no data", "empty")),
    ("unknown_id", ("代码", "指标", "code", "indicator", "invalid")),
)


def reason_of(said: str) -> str:
    """Return which of :data:`REASONS` a vendor's own words of an error tell.

    Vendors print their numbers of errors in documents that differ from one version to the next;
    the words are theirs too, and are shown beside what we make of them.
    """
    folded = said.casefold()
    found = (reason for reason, words in WORDS if any(word in folded for word in words))
    return next(found, "bad_answer")


@dataclass(frozen=True)
class State:
    """Whether a vendor can be asked on this machine.

    Attributes
    ----------
    installed : bool
    ready : bool or None
        Whether it is logged in; None where that cannot be told without asking it.
    error : VendorError or None
        What stands in the way.
    """

    installed: bool
    ready: bool | None = None
    error: VendorError | None = None


class Vendor(Protocol):
    """An interface to a vendor's data."""

    @property
    def id(self) -> str:
        """The word for it: ``wind``, ``ifind``, ``choice``, ``akshare``, ``fred``, ``oecd``."""

    @property
    def name(self) -> Pair:
        """Its name."""

    @property
    def batch(self) -> int:
        """How many series one call may ask for."""

    def serves(self, id: str, kind: Kind, indicator: str) -> str:
        """Return the vendor's id of a series as the book names it; empty where it is not one."""

    def state(self) -> State:
        """Return whether it can be asked; nothing is fetched."""

    def connect(self) -> None:
        """Log in where that is needed; may be called again.

        Raises
        ------
        VendorError
        """

    def fetch(self, wishes: Sequence[Wish]) -> Sequence[Answer]:
        """Ask for series of one kind and one period; answer each, in order.

        Raises
        ------
        VendorError
            When the call as a whole fails.
        """

    def close(self) -> None:
        """Log out where that is needed."""


_MISSING = {"", "-", "--", "—", "nan", "none", "null", "n/a", "#n/a", "."}


def as_number(given: Any) -> float | None:
    """Return a value as a number, None where it is missing.

    Raises
    ------
    ValueError
        For what is neither.
    """
    if given is None:
        return None
    if isinstance(given, str):
        text = given.strip().replace(",", "").replace("，", "")
        if text.casefold() in _MISSING:
            return None
        given = text.removesuffix("%")
    value = float(given)
    if value != value:
        return None
    if value in (float("inf"), float("-inf")):
        raise ValueError("infinite")
    return value


_DAY = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})?")


def as_date(given: Any) -> date:
    """Return a date that a vendor gives as a date, a timestamp or a text; a month is its last day.

    Raises
    ------
    ValueError
        For what is no date.
    """
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    to_date = getattr(given, "to_pydatetime", None)
    if to_date is not None:
        return as_date(to_date())
    found = _DAY.match(str(given).strip())
    if found is None:
        raise ValueError(f"no date: {str(given)[:40]}")
    year, month, day = found.groups()
    if day is not None and len(day) and int(day):
        return date(int(year), int(month), int(day))
    following = date(int(year) + int(month) // 12, int(month) % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def answer_of(
    wish: Wish,
    pairs: Sequence[tuple[Any, Any]],
    vendor: Pair,
    *,
    releases: Sequence[Any] = (),
    name: str = "",
    unit: str = "",
) -> Answer:
    """Return the answer of pairs of date and value in any order, of which some may be missing.

    Two different values of one date, an infinity, or what is neither number nor missing make the
    answer one that cannot be understood.
    """
    values: dict[date, float] = {}
    published: dict[date, date] = {}
    try:
        for number, (when, given) in enumerate(pairs):
            value = as_number(given)
            if value is None:
                continue
            day = as_date(when)
            if not wish.begin <= day <= wish.end:
                continue
            if values.setdefault(day, value) != value:
                raise ValueError(f"{day}: {values[day]:g}, {value:g}")
            if number < len(releases) and as_text(releases[number]):
                published[day] = as_date(releases[number])
    except (ValueError, TypeError, OverflowError) as error:
        return Answer(wish, error=failure("bad_answer", vendor, str(error)[:80]))
    if not values:
        return Answer(wish, error=failure("nothing", vendor), name=name, unit=unit)
    return Answer(wish, dict(sorted(values.items())), published, name, unit)


def as_text(given: Any) -> str:
    """Return a text; empty for what is missing."""
    text = "" if given is None or given != given else str(given).strip()
    return "" if text.casefold() in (*_MISSING, "nat") else text


def of_form(id: str, form: re.Pattern[str]) -> str:
    """Return an id as a terminal writes it; empty for one of another form."""
    return id.upper() if form.match(id.upper()) else ""
