"""Figure numbers and sources under every chart of a report, counted through all of its pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from prosperity_excel.report.spec import Band, Drawing, Page, Text
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice

SOURCE: Pair = ("工作簿数据，Prosperity 计算", "data of the book, calculated by Prosperity")
SIMULATED: Pair = ("模拟数据，Prosperity 计算", "simulated data, calculated by Prosperity")


def numbered(
    pages: Iterable[Page], voice: Voice, *, simulated: bool, first: int = 1
) -> tuple[Page, ...]:
    """Return pages whose charts have a line below them: figure number, and source.

    Parameters
    ----------
    pages
        In the order of the report.
    voice
        The reader's language.
    simulated
        Whether the data say that they are simulated; the source then says so too.
    first
        The first number.
    """
    numbers = count(first)
    source = SIMULATED if simulated else SOURCE

    def below(band: Band) -> Iterable[Band]:
        drawings = [part for part in band if isinstance(part, Drawing)]
        yield band
        if drawings:
            yield tuple(
                Text(text=_words(next(numbers), source, voice), role="source", at=d.at, span=d.span)
                for d in drawings
            )

    return tuple(
        replace(page, bands=tuple(one for band in page.bands for one in below(band)))
        for page in pages
    )


def figures(pages: Iterable[Page]) -> int:
    """Return how many charts stand on pages."""
    return sum(isinstance(part, Drawing) for page in pages for band in page.bands for part in band)


def _words(number: int, source: Pair, voice: Voice) -> str:
    return voice.line(
        (f"图 {number}　资料来源：{source[0]}", f"Figure {number}  Source: {source[1]}"), "  "
    )
