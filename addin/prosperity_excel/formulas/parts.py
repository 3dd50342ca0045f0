"""What an argument of a function may say: ids of parts, and the words that mean them."""

from __future__ import annotations

from collections.abc import Mapping

from prosperity_excel.words import fields

#: What ``stage`` may be: id of the stage -> words.
STAGES: Mapping[str, tuple[str, ...]] = {
    "raw": ("raw", "原值", "原始值"),
    "transformed": ("transformed", "变换", "变换值"),
    "score": ("score", "standardised", "standardized", "标准分", "标准化"),
}
#: What ``what`` may be.
COMBINED_PARTS: Mapping[str, tuple[str, ...]] = {
    "holdings": ("holdings", "weights", "持仓", "权重"),
    "statistics": ("statistics", "stats", "统计", "统计量"),
    "nav": ("nav", "net value", "净值"),
}

PLAN_PARTS: Mapping[str, tuple[str, ...]] = {
    "holdings": COMBINED_PARTS["holdings"],
    "equity": ("equity", "权益", "仓位"),
    "layers": ("layers", "层", "各层"),
    "statistics": COMBINED_PARTS["statistics"],
    "nav": COMBINED_PARTS["nav"],
}

EVIDENCE_PARTS: Mapping[str, tuple[str, ...]] = {
    "significance": ("significance", "显著性"),
    "audit": ("audit", "前视审计"),
    "sensitivity": ("sensitivity", "敏感性"),
    "after": ("after", "发布后"),
    "years": ("years", "分年"),
    "phase": ("phase", "相位"),
}

NOWCAST_PARTS: Mapping[str, tuple[str, ...]] = {
    "value": ("value", "预测", "预测值"),
    "is_nowcast": ("is_nowcast", "是否预测"),
    "method": ("method", "方法"),
    "period": ("period", "月份"),
    "due": ("due", "公布"),
    "ratio": ("ratio", "误差比"),
    "low": ("low", "下限"),
    "high": ("high", "上限"),
    "last": ("last", "最近值"),
}

#: What PROSPERITY_SYSTEM may be asked for; ``stage``, and ``parts``, take a name after a colon.
SYSTEM_PARTS: Mapping[str, tuple[str, ...]] = {
    "position": ("position", "仓位"),
    "score": ("score", "得分"),
    "weights": ("weights", "权重", "持仓"),
    "parts": ("parts", "部分"),
    "ranking": ("ranking", "排名"),
    "contrib": ("contrib", "贡献"),
    "statistics": ("statistics", "stats", "统计"),
    "nav": ("nav", "净值"),
    "published": ("published", "公布", "公布的数字"),
    "asof": ("asof", "决策日"),
    "stage": ("stage", "中间量"),
}
SYSTEM_SERIES_PARTS: Mapping[str, tuple[str, ...]] = {
    id: SYSTEM_PARTS[id] for id in ("position", "score", "parts", "nav", "stage")
}


def _also(id: str) -> tuple[str, ...]:
    """Return a field's heading and its former words, besides the one that is shown."""
    field = fields.FIELDS["decision" if id == "asof" else id] if id in _SHARED else None
    return () if field is None else (field.zh, *field.also)


#: Fields that a series or a ranking can be made of.
SERIES_FIELDS = ("composite", "change", "percentile", "signal", "position")
#: Those that sheets of results show under the same name.
_SHARED = (*SERIES_FIELDS, "asof")
#: What ``field`` may be: id -> (Chinese, English, meaning in Chinese and English). A dimension of
#: the industry may be named too.
FIELDS: Mapping[str, tuple[str, str, str, str]] = {
    **{id: (fields.FIELDS[id].brief[0], id, *fields.FIELDS[id].help) for id in SERIES_FIELDS},
    "asof": (fields.FIELDS["decision"].zh, "asof", *fields.FIELDS["decision"].help),
    "freshness": (
        "新鲜度",
        "freshness",
        "最近一次所用公布至今的天数；给出日期时为至该决策日",
        "days since the newest release used; with a date, to that decision",
    ),
    "overdue": (
        "逾期天数",
        "overdue",
        "信号、指标或行情逾期的天数，0 为没有逾期；原因见 PROSPERITY_WHY",
        "days that signal, series or prices are overdue, 0 if none are; PROSPERITY_WHY says which",
    ),
    "simulated": (
        fields.FIELDS["simulated"].brief[0],
        "simulated",
        *fields.FIELDS["simulated"].help,
    ),
}
#: Every word by which a formula may name a field.
FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    id: tuple(dict.fromkeys((*said[:2], *_also(id)))) for id, said in FIELDS.items()
}
