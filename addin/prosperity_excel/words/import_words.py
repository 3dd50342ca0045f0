"""What the options of an import mean, in words: for the shell's help and the ribbon's sheet."""

from __future__ import annotations

from collections.abc import Mapping

#: By the shell's name of the option: Chinese and English.
OPTIONS: Mapping[str, tuple[str, str]] = {
    "--layout": ("指定版式。", "Layout, in place of the one recognised."),
    "--jan-feb": ("1-2 月合并的累计值如何处理。", "How sums to February become months."),
    "--zeros": ("序列开头的 0 是什么。", "What zeros in front of a series are."),
    "--break": ("断点换算，1 表示不换算。", "Values before MONTH times FACTOR; 1 leaves both."),
    "--answer": (
        "回答对某个序列的疑问，如 m2_yoy=times:100 或 accept（照原样采用）。",
        "What to do about a doubt, such as m2_yoy=times:100, or accept: as it stands.",
    ),
    "--map": (
        "指定序列对应的列，= 后留空表示不导入。",
        "Which column a series fills; nothing after = leaves it out.",
    ),
}
