"""The second page of an industry: net values, returns, risk, what was held, and the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from prosperity.backtest import Backtest
from prosperity.evaluation import Evaluation, IndustryResult

from prosperity_excel.report.data_sheets import drawdown, net_value_charts, share_chart
from prosperity_excel.report.returns_tables import (
    SPELLS_SHOWN,
    periods_table,
    spells_table,
    years_table,
)
from prosperity_excel.report.simulated import is_simulated
from prosperity_excel.report.spec import Band, Break, Chart, Drawing, Line, Text
from prosperity_excel.words.chart_findings import drawdown_finding
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import LABELS, Voice, month_words, report_figures
from prosperity_excel.words.sentences import NOTES, honest_words, ratio_words

#: Grid columns of half a page, and rows of the charts.
HALF, CHART_ROWS = 6, 12
#: Grid columns of the tables.
PERIOD_SPANS = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
SPELL_SPANS, BESIDE_SPELLS = (1, 1, 1, 1), 4


def returns_bands(
    result: IndustryResult,
    evaluation: Evaluation,
    sheet: str,
    voice: Voice,
    tried: str,
    proof: Sequence[Drawing],
) -> list[Band]:
    """Return the second page: net values, periods and risk, years, what was held, evidence."""
    tested = result.backtest
    if result.definition.kind == "module":
        return []
    heading = (Text(text=voice.label("statistics"), role="heading"),)
    if tested is None:
        return [heading, (Text(text=voice.stack(LABELS["no_backtest"])),)]
    places = (
        {"at": 0, "span": HALF, "rows": CHART_ROWS},
        {"at": HALF, "span": 0, "rows": CHART_ROWS},
    )
    period = f"{tested.start:%Y-%m-%d}", f"{tested.end:%Y-%m-%d}"
    simulated = is_simulated(result, evaluation)
    honest = honest_words(evaluation.settings, *period, simulated, tried)
    labels = voice.label("strategy"), voice.label("index"), voice.label("benchmark")
    settings = evaluation.settings
    theirs = _published(result, simulated)
    beside = proof or (_drawdown(tested, sheet, voice),)
    return [
        (Break(),),
        net_value_charts(tested, sheet, voice, places),
        (Text(text=f"{voice.label('statistics')} · {month_words(*period)}", role="heading"),),
        (periods_table(tested, labels, PERIOD_SPANS, settings.risk_free, voice, theirs),),
        (years_table(tested, labels, voice),),
        (spells_table(tested, SPELL_SPANS, voice), *beside),
        *_their_window(result, theirs, voice),
        (Text(text=voice.stack(joined(honest, ratio_words(tested, settings))), role="note"),),
    ]


def _their_window(result: IndustryResult, theirs: dict[str, float], voice: Voice) -> list[Band]:
    """Return which period the report's own figures cover, and that they do not compare."""
    if not theirs:
        return []
    published = result.definition.published
    window = month_words(published.start, published.end)
    zh, en = NOTES["theirs"]
    said = f"浙商原文的区间 {window}。{zh}", f"Zheshang's period is {window}. {en}"
    return [(Text(text=voice.stack(said), role="note"),)]


def joined(*said: Pair) -> Pair:
    """Return sentences as one text in each language."""
    return "".join(zh for zh, _ in said), " ".join(en for _, en in said)


def _drawdown(tested: Backtest, sheet: str, voice: Voice) -> Chart:
    """Return the chart of the strategy's drawdown."""
    fallen, line = drawdown(tested), Line("drawdown", "drawdown")
    place = {"at": BESIDE_SPELLS, "span": 0, "rows": SPELLS_SHOWN + 1}
    return share_chart(drawdown_finding(fallen), line, fallen, sheet, voice, **place)


def _published(result: IndustryResult, simulated: bool) -> dict[str, float]:
    """Return the total returns that the report prints, where it does.

    Beside simulated results the report's figures, which are of real data, would mislead.
    """
    theirs = {} if simulated else report_figures(result.definition)
    return {key.removesuffix("_return"): value for key, value in theirs.items()}
