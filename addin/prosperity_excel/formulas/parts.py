"""What an argument of a function may say: ids of parts, and the words that mean them."""

from __future__ import annotations

from collections.abc import Mapping

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
