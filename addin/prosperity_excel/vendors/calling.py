"""Asking a vendor patiently: in batches, with a limit of time, and again when the network fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeVar

from prosperity.progress import Progress

from prosperity_excel.vendors.protocol import (
    REASONS,
    Answer,
    Kind,
    Vendor,
    VendorError,
    Wish,
    failure,
)
from prosperity_excel.words.tongue import spoken

T = TypeVar("T")
#: Seconds between tries when the network fails.
WAITS = (1.0, 4.0, 16.0)
#: Seconds that one call may take.
CALL_SECONDS = 90.0


@dataclass(frozen=True)
class Patience:
    """How long a vendor is waited for.

    Attributes
    ----------
    seconds : float
        That one call may take.
    waits : tuple of float
        Between tries when the network fails; as many further tries are made.
    sleep : callable
    """

    seconds: float = CALL_SECONDS
    waits: tuple[float, ...] = WAITS
    sleep: Callable[[float], None] = time.sleep


def ask(
    vendor: Vendor,
    wishes: Sequence[Wish],
    *,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> list[Answer]:
    """Ask a vendor for series, and return an answer to each wish, in order.

    A wish that fails does not harm the others: where a call with several fails, its series are
    asked for in halves, so that what is wrong is found with few calls. When the vendor is gone or
    its quota used up, what has come is kept and the rest is answered with the reason.

    Parameters
    ----------
    vendor
        Whom to ask.
    wishes
        What for; equal ones are asked for once.
    progress
        Called before each batch; may raise, which ends everything.
    patience
        How long to wait; None is the default.
    """
    patience = patience or Patience()
    distinct = list(dict.fromkeys(wishes))
    batches = list(_batches(distinct, vendor.batch))
    found: dict[Wish, Answer] = {}
    stopped: VendorError | None = None
    try:
        within(vendor.connect, patience, vendor)
    except VendorError as error:
        stopped = error
    for number, batch in enumerate(batches, 1):
        if stopped is None:
            if progress:
                progress(spoken(*vendor.name), number, len(batches))
            stopped = _ask_batch(vendor, batch, patience, found)
        for wish in batch:
            if wish not in found and stopped is not None:
                found[wish] = Answer(wish, error=stopped)
    return [found[wish] for wish in wishes]


def _ask_batch(
    vendor: Vendor, batch: Sequence[Wish], patience: Patience, found: dict[Wish, Answer]
) -> VendorError | None:
    """Ask for a batch, in halves where it fails; return why the vendor is not asked further."""
    try:
        answers = within(lambda: vendor.fetch(batch), patience, vendor)
    except VendorError as error:
        if REASONS[error.code].stops:
            return error
        if len(batch) == 1 or REASONS[error.code].again:
            found.update({wish: Answer(wish, error=error) for wish in batch})
            # The network did not come back; the next batch would only wait as long.
            return error if REASONS[error.code].again else None
        half = len(batch) // 2
        first = _ask_batch(vendor, batch[:half], patience, found)
        return first or _ask_batch(vendor, batch[half:], patience, found)
    if len(answers) != len(batch):
        wrong = failure("bad_answer", vendor.name, f"{len(answers)} ≠ {len(batch)}")
        found.update({wish: Answer(wish, error=wrong) for wish in batch})
        return None
    for wish, answer in zip(batch, answers, strict=True):
        found[wish] = replace(answer, wish=wish)
    stops = [a.error for a in answers if a.error and REASONS[a.error.code].stops]
    return stops[0] if stops else None


def _batches(wishes: Sequence[Wish], size: int) -> Iterator[list[Wish]]:
    """Yield wishes of one kind and period, no more than ``size`` at once."""

    def key(wish: Wish) -> tuple[Kind, Any, Any]:
        return wish.kind, wish.begin, wish.end

    for _, group in groupby(sorted(wishes, key=key), key):
        together = list(group)
        for start in range(0, len(together), size):
            yield together[start : start + size]


def within(call: Callable[[], T], patience: Patience, vendor: Vendor) -> T:
    """Make a call within a limit of time, again after a wait where the network fails.

    The call is made in a thread, which is left behind when it does not come back: interfaces of
    terminals cannot be interrupted. What is not a :class:`VendorError` is a sign that the
    interface answers in a way that was not expected.

    Raises
    ------
    VendorError
        ``timeout``, ``bad_answer``, or as the call raises.
    """
    for wait in (*patience.waits, None):
        try:
            return _timed(call, patience.seconds, vendor)
        except VendorError as error:
            if wait is None or not REASONS[error.code].again:
                raise
            patience.sleep(wait)
    raise AssertionError("the last try either returns or raises")


def _timed(call: Callable[[], T], seconds: float, vendor: Vendor) -> T:
    gave: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            gave.append(call())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work, daemon=True, name=f"ask {vendor.id}")
    thread.start()
    # Joined in short steps, so that Ctrl-C is noticed while the interface waits.
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline:
        thread.join(0.05)
    if thread.is_alive():
        raise failure("timeout", vendor.name, f"{seconds:g}")
    if not raised:
        return gave[0]
    error = raised[0]
    if isinstance(error, VendorError):
        raise error
    if isinstance(error, OSError):
        raise failure("network", vendor.name, type(error).__name__) from None
    if isinstance(error, Exception):
        # Only its kind: a message of a foreign program may hold what it was called with.
        raise failure("bad_answer", vendor.name, type(error).__name__) from None
    raise error
