"""The key ``plan`` of the JSON of ``prosperity run`` and ``prosperity plan``; see docs/json.md."""

from __future__ import annotations

import math
from typing import Any

from prosperity.systems.plan_result import Layer, PlanResult

from prosperity_excel.results.plain import columns, date_text
from prosperity_excel.results.systems_json import system_json


def plan_json(plan: PlanResult) -> dict[str, Any]:
    """Return the plan as plain values: a system's keys, its steps, and its layers."""
    return {
        **system_json(plan),
        "steps": {name: columns(frame) for name, frame in plan.steps.items()},
        "layers": [_layer(layer) for layer in plan.layers],
        "without": list(plan.without),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    tested = math.isfinite(layer.p_value)
    return {
        "id": layer.id,
        "name_zh": layer.name_zh,
        "name_en": layer.name_en,
        "used": layer.used,
        "days": [date_text(day) for day in layer.nav.index],
        "nav": columns(layer.nav),
        "p_value": layer.p_value if tested else None,
        "shown_to_help": layer.shown_to_help,
    }
