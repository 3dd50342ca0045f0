"""The evidence on systems, as the shell prints it and as JSON; docs/json.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from prosperity.evidence.system_trials import SystemExamined
from prosperity.systems.result import SystemResult

from prosperity_excel.words.system_statements import evidence_words
from prosperity_excel.words.tongue import spoken

#: Figure -> heading and form.
FORMS: Mapping[str, tuple[str, str]] = {
    "annualised_return": ("策略年化 A year", "{:+.1%}"),
    "annualised_benchmark": ("基准 Benchmark", "{:+.1%}"),
    "sharpe": ("夏普 Sharpe", "{:.2f}"),
    "max_drawdown": ("回撤 Drawdown", "{:.1%}"),
    "ic": ("IC", "{:+.3f}"),
    "p_value": ("p", "{:.3f}"),
    "deflated": ("DSR", "{:.0%}"),
    "periods": ("期数 Periods", "{:.0f}"),
}
COLUMNS = ("系统 System", "方案 Variant", *(head for head, _ in FORMS.values()))
DEFAULT = "默认", "as it stands"


def system_evidence_rows(found: Mapping[str, SystemExamined]) -> list[tuple[str, ...]]:
    """Return a row for each system as it stands and for each of its variants."""
    rows = []
    for id, one in found.items():
        for name, values in one.variants.to_dict("index").items():
            cells = (_text(values.get(key), form) for key, (_, form) in FORMS.items())
            rows.append((id, str(name) or spoken(*DEFAULT), *cells))
    return rows


def system_verdicts(
    found: Mapping[str, SystemExamined], results: Mapping[str, SystemResult]
) -> Iterator[str]:
    """Give the verdict on each system, in the language that is spoken."""
    for id, one in found.items():
        zh, en = evidence_words(one.evidence)
        name = results[id].definition
        yield spoken(f"{name.name_zh}：{zh}", f"{name.name_en}: {en}", "\n")


def system_evidence_json(one: SystemExamined) -> dict[str, Any]:
    """Return the evidence on a system as plain values; missing is None."""
    own = {key: _plain(value) for key, value in asdict(one.evidence).items()}
    variants = {
        str(name): {key: _plain(value) for key, value in values.items()}
        for name, values in one.variants.to_dict("index").items()
    }
    return {**own, "shown_to_help": one.evidence.shown_to_help, "variants": variants}


def _text(value: Any, form: str) -> str:
    known = isinstance(value, int | float) and math.isfinite(value)
    return form.format(value) if known else "–"


def _plain(value: Any) -> Any:
    if isinstance(value, str | int):
        return value
    return float(value) if value is not None and math.isfinite(value) else None
