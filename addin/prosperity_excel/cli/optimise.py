"""The verb that makes an enhanced-index portfolio from a panel of stocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    day_of,
    force_option,
    friendly,
    planned,
    print_table,
    say,
    say_written,
)

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@click.argument("file", type=ANY)
@click.option(
    "--date", "day", required=True, metavar="DATE", help="Date whose rows are used. 日期。"
)
@click.option(
    "--factor",
    "factors",
    multiple=True,
    required=True,
    metavar="NAME=WEIGHT",
    help="Factor (column factor_NAME) and its weight with sign. 因子及带符号的权重。",
)
@click.option("--style", type=float, default=0.3, show_default=True,
              help="Most a style may deviate. 风格偏离上限。")  # fmt: skip
@click.option("--industry", type=float, default=0.01, show_default=True,
              help="Most an industry may deviate. 行业偏离上限。")  # fmt: skip
@click.option("--stock", type=float, default=0.01, show_default=True,
              help="Most a stock may deviate. 个股偏离上限。")  # fmt: skip
@click.option("--members", type=float, default=0.8, show_default=True,
              help="Least weight in members of the index. 成分股权重下限。")  # fmt: skip
@click.option("--turnover", type=float, default=0.2, show_default=True,
              help="Most one-way turnover, with --held. 单边换手上限（配合 --held）。")  # fmt: skip
@click.option("--risk", "aversion", type=float, default=0.0, show_default=True,
              help="How much active risk is minded; 0 as for tests of a factor. "
              "风险厌恶；0 为因子检验的线性目标。")  # fmt: skip
@click.option("--held", type=ANY, help="CSV with code and weight of the last date. 上期持仓 CSV。")
@click.option("--out", "csv", type=ANY, help="CSV of the weights. 权重输出 CSV。")
@force_option
@friendly
def optimise(
    file: Path, day: str, factors: Sequence[str], style: float, industry: float, stock: float,
    members: float, turnover: float, aversion: float, held: Path | None, csv: Path | None,
    force: bool,
) -> None:  # fmt: skip
    """Make an enhanced-index portfolio of the stocks in FILE (parquet or CSV).

    FILE has a row a date and code: industry, market_value, index_weight, style_*, factor_*, and
    with --risk also return, from each date to the next. Limits that contradict each other are
    relaxed, and what was relaxed is said.

    由个股面板（parquet 或 CSV）生成指数增强组合；约束无解时依次放宽并说明。
    """
    import pandas as pd
    from prosperity.optimise.portfolios import enhanced
    from prosperity.optimise.problem import Limits

    outputs = planned(("csv", csv, "--out"))
    check_outputs(outputs, inputs=[file], force=force)
    limits = Limits(style=style, industry=industry, stock=stock, members=members,
                    turnover=turnover)  # fmt: skip
    found = enhanced(
        _panel(file), pd.Timestamp(day_of(day)), _weights(factors), limits,
        aversion=aversion, held=None if held is None else _held(held),
    )  # fmt: skip
    table = found.table
    most = table.reindex(table["active"].abs().sort_values(ascending=False).index)[:20]
    print_table(
        ("代码 Code", "行业 Industry", "预测 Alpha", "指数 Index", "权重 Weight", "主动 Active"),
        [(str(code), str(row["industry"]), f"{row['alpha']:+.3f}", f"{row['index_weight']:.2%}",
          f"{row['weight']:.2%}", f"{row['active']:+.2%}") for code, row in most.iterrows()],
    )  # fmt: skip
    print_table(
        ("暴露 Exposure", "指数 Index", "组合 Portfolio", "主动 Active"),
        [(str(n), f"{r['index']:+.3f}", f"{r['portfolio']:+.3f}", f"{r['active']:+.3f}")
         for n, r in found.exposures.iterrows()],
    )  # fmt: skip
    for name, value in found.solution.relaxed.items():
        say(f"已放宽：{name} → {value:g}", f"Relaxed: {name} → {value:g}", err=True)
    if found.solution.binding:
        binding = ", ".join(found.solution.binding)
        say(f"已触及：{binding}", f"Binding: {binding}")
    if found.tracking_error == found.tracking_error:
        error = f"{found.tracking_error:.2%}"
        say(f"预计跟踪误差（每期）：{error}", f"Tracking error of a period: {error}")
    if csv is not None:
        from prosperity_excel.cli.shared import write_text

        for output in outputs:
            write_text(output, table[table["weight"] > 0].to_csv(), "optimise")
        say_written(csv)


def _panel(file: Path) -> pd.DataFrame:
    """Read a panel; a file that is neither parquet nor CSV is refused."""
    import pandas as pd
    from prosperity.errors import DataError

    from prosperity_excel.files.regular import refuse_odd

    refuse_odd(file)
    try:
        if file.suffix.casefold() == ".parquet":
            panel = pd.read_parquet(file)
        else:
            panel = pd.read_csv(file, dtype={"code": str, "industry": str})
        return panel.assign(date=pd.to_datetime(panel["date"]), code=panel["code"].astype(str))
    except (ValueError, KeyError, ImportError, OSError) as error:
        raise DataError(
            "bad_panel",
            f"无法读取（{type(error).__name__}）：需要含 date、code 列的 parquet 或 CSV。",
            f"It cannot be read ({type(error).__name__}): a parquet or CSV file with columns date "
            "and code is needed.",
            where=file.name,
        ) from None


def _held(file: Path) -> dict[str, float]:
    import pandas as pd
    from prosperity.errors import DataError

    try:
        rows = pd.read_csv(file, dtype={"code": str})
        return dict(zip(rows["code"], rows["weight"].astype(float), strict=True))
    except (ValueError, KeyError, OSError):
        raise DataError(
            "bad_held",
            "持仓文件需要 code、weight 两列。",
            "A file of holdings has columns code and weight.",
            where=file.name,
        ) from None


def _weights(factors: Sequence[str]) -> dict[str, float]:
    from prosperity.errors import SettingError

    found = {}
    for text in factors:
        name, equals, weight = text.partition("=")
        try:
            found[name.strip()] = float(weight) if equals else 1.0
        except ValueError:
            raise SettingError(
                "bad_factor", f"“{text}”应写成 名称=权重。", f"{text!r} must look like NAME=WEIGHT."
            ) from None
    return found
