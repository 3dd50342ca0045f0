"""What to do next, for somebody who only types the program's name."""

from __future__ import annotations

from pathlib import Path

import click

from prosperity_excel.words.tongue import spoken

#: What can be done first: the command, Chinese, English.
STEPS = (
    (
        "prosperity demo --out demo",
        "两分钟看全貌（模拟数据）",
        "see everything in two minutes, simulated",
    ),
    ("prosperity start desk", "用公开数据得到第一份真实结果", "a first real result from open data"),
    ("prosperity template autos --out autos.xlsx", "生成汽车行业的空白工作簿", "a book to fill"),
    ("prosperity import EXPORT.xlsx --into autos.xlsx", "导入万得等导出文件", "import exports"),
    ("prosperity run autos.xlsx", "计算", "compute"),
    ("prosperity report autos.xlsx --out report.xlsx", "生成报告", "write the report"),
)
MORE = (
    ("prosperity doctor", "检查本机环境", "look at this machine"),
    ("prosperity --help", "全部命令", "all commands"),
)
#: Books that are named.
NAMED = 3


def say_next(folder: Path) -> None:
    """Say what to do next, by what lies in a folder."""
    books = sorted(p.name for p in folder.glob("*.xls[xm]") if not p.name.startswith("~$"))
    click.echo(f"Prosperity{spoken(' 景气度', '', '')}\n")
    if books:
        shown = " ".join(f'"{n}"' if " " in n else n for n in books[:NAMED])
        _line((f"prosperity run {shown}", "计算此文件夹中的工作簿", "compute the books here"))
    width = max(len(command) for command, _, _ in (*STEPS, *MORE))
    for step in (*STEPS, *MORE):
        _line(step, width)


def _line(step: tuple[str, str, str], width: int = 0) -> None:
    command, zh, en = step
    click.echo(f"  {command:<{width}}  {spoken(zh, en)}")
