"""The verb that trains a score model on a panel of stocks, and scores with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prosperity_excel.cli.shared import (
    ANY,
    check_outputs,
    day_of,
    force_option,
    friendly,
    planned,
    print_table,
    progress_shown,
    write_text,
)

if TYPE_CHECKING:
    import pandas as pd
    from prosperity.learn import Fitted, LearnSettings
    from prosperity.learn.fitting import Estimate

#: Seconds of training above which it is asked whether to begin.
ASKED = 120


@click.group()
def learn() -> None:
    """Train a score model on stocks and score with it. 用个股特征训练打分模型并打分。"""


@learn.command()
@click.argument("file", type=ANY)
@click.option("--out", required=True, type=ANY, metavar="DIR",
              help="Folder of the model, to go on in too. 模型文件夹。")  # fmt: skip
@click.option("--feature", "features", multiple=True, metavar="NAME",
              help="A column to learn from; by default feature_*. 特征列。")  # fmt: skip
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE",
              help="A constant of the training, such as epochs=20. 训练参数。")  # fmt: skip
@click.option("--yes", is_flag=True, help="Begin without asking. 不再询问。")
@friendly
def fit(
    file: Path, out: Path, features: Sequence[str], assignments: Sequence[str], yes: bool
) -> None:
    """Train on the stocks in FILE (parquet or CSV) and say what the scores are worth.

    FILE has a row a date and code: date, code, feature_*, and close (or label, the return over the
    horizon). Attention with a GRU, a plain GRU and a ridge regression are trained on folds that
    walk forward and judged out of sample. How long it takes is said first.

    用个股面板训练注意力 GRU、普通 GRU 与岭回归，滚动样本外检验；开始前先估计用时。
    """
    from prosperity.learn import fit as fitted
    from prosperity.learn import read_samples, store
    from prosperity.learn.fitting import estimate, need_torch, refuse_other

    need_torch()
    settings = _settings(assignments)
    samples = read_samples(_there(file), settings, features)
    refuse_other(out, store.key_of(samples, settings))
    _agree(estimate(samples, settings, out), yes)
    with progress_shown() as progress:
        found = fitted(samples, settings, out, progress=progress)
    _print_worth(found)
    scores = found.scores["attention_gru"]
    rows = _rows(scores, found.trained_to, "attention_gru", "code")
    store.write(out / "scores.csv", rows.encode("utf-8-sig"))
    click.echo(f"已写入 Written: {out}")


@learn.command()
@click.argument("file", type=ANY)
@click.option("--model", required=True, type=ANY, metavar="DIR",
              help="Folder that 'learn fit' made. 模型文件夹。")  # fmt: skip
@click.option("--out", required=True, type=ANY, metavar="CSV",
              help="Scores to import or paste; - is the screen. 分数 CSV。")  # fmt: skip
@click.option("--kind", type=click.Choice(["attention_gru", "gru", "ridge"]),
              default="attention_gru", show_default=True,
              help="Which of the models scores. 打分模型。")  # fmt: skip
@click.option("--since", metavar="DATE", help="First day to score. 起始日期。")
@click.option("--every", type=click.IntRange(1), metavar="DAYS",
              help="Days from one score to the next; as trained. 打分间隔。")  # fmt: skip
@click.option("--members", type=ANY, metavar="CSV",
              help="Who belongs where (code, industry, from, to): industries' scores, the means of "
              "their members'. 成分表：按成分均值得到行业分数。")  # fmt: skip
@force_option
@friendly
def score(
    file: Path, model: Path, out: Path, kind: str, since: str | None, every: int | None,
    members: Path | None, force: bool,
) -> None:  # fmt: skip
    """Score the stocks in FILE with a model: each day by a training that ended before it.

    The rows (date, code or industry, score, model, trained_to) are what the sheet scores of
    attention_scores and industry_gru holds.

    用训练好的模型打分；每个日期只用在它之前完成的训练，结果可导入系统的 scores 工作表。
    """
    import pandas as pd
    from prosperity.learn import read_samples
    from prosperity.learn import score as scored
    from prosperity.learn.groups import member_means
    from prosperity.learn.scoring import settings_of
    from prosperity.learn.store import read_card

    from prosperity_excel.cli.reducing import read_members

    outputs = planned(("csv", out, "--out"))
    inputs = [path for path in (file, members) if path is not None]
    check_outputs(outputs, inputs=inputs, force=force)
    card = read_card(model)
    samples = read_samples(_there(file), settings_of(card), card["features"])
    day = None if since is None else pd.Timestamp(day_of(since))
    scores, ends = scored(samples, model, kind, since=day, every=every)
    entity = "code"
    if members is not None:
        scores, entity = member_means(scores, read_members(_there(members))), "industry"
    for output in outputs:
        write_text(output, _rows(scores, ends, kind, entity), "learn")
        if not output.on_screen:
            click.echo(f"已写入 Written: {output.path}")


def _there(path: Path) -> Path:
    from prosperity_excel.files.regular import refuse_odd

    refuse_odd(path)
    return path


def _settings(assignments: Sequence[str]) -> LearnSettings:
    """Return the defaults with some constants changed; an unknown one is refused."""
    from difflib import get_close_matches

    from prosperity.errors import SettingError
    from prosperity.learn import LearnSettings

    own: dict[str, Any] = LearnSettings().as_dict()
    for text in assignments:
        name, _, value = (part.strip() for part in text.partition("="))
        if name not in own:
            near = get_close_matches(name, own, 1)
            hint = (f"是否指 {near[0]}？", f"Did you mean {near[0]}?") if near else ("", "")
            raise SettingError(
                "unknown_constant",
                f"没有参数 {name}。{hint[0]}可用：{'、'.join(own)}。",
                f"There is no constant {name}. {hint[1]} There are {', '.join(own)}.",
            )
        try:
            own[name] = type(own[name])(value)
        except ValueError:
            raise SettingError(
                "bad_constant",
                f"{name} 应为{'整数' if isinstance(own[name], int) else '数'}，而不是“{value}”。",
                f"{name} is a{' whole' if isinstance(own[name], int) else ''} number, not "
                f"{value!r}.",
            ) from None
    return LearnSettings(**own)


def _agree(needed: Estimate, yes: bool) -> None:
    """Say how long a training takes, and ask where it is long."""
    minutes = needed.seconds / 60
    click.echo(
        f"训练 {needed.networks} 个网络，约 {minutes:.0f} 分钟，"
        f"内存约 {needed.bytes / 1e6:.0f} MB。"
        f"{needed.networks} networks to train, about {minutes:.0f} minutes and "
        f"{needed.bytes / 1e6:.0f} MB of memory.",
        err=True,
    )
    if needed.seconds > ASKED and not yes:
        click.confirm("开始？Begin?", abort=True, err=True)


def _print_worth(found: Fitted) -> None:
    def quantiles(values: Sequence[float]) -> str:
        return " ".join(f"{value:+.2%}" for value in values)

    print_table(
        ("模型 Model", "IC", "ICIR", "日期数 Dates", "分组超额 Quantiles", "衰减 Decay"),
        [(kind, f"{own.coefficient:+.3f}", f"{own.ratio:+.2f}", str(own.days),
          quantiles(own.quantiles), " ".join(f"{v:+.2f}" for v in own.decay))
         for kind, own in found.worth.items()],
    )  # fmt: skip
    for notice in found.notices:
        click.echo(f"{notice.zh} {notice.en}", err=True)


def _rows(scores: pd.DataFrame, ends: pd.Series[pd.Timestamp], model: str, entity: str) -> str:
    """Return scores as the rows of a system's sheet."""
    named = scores.rename_axis(index="date").reset_index()
    long = named.melt("date", var_name=entity, value_name="score").dropna(subset="score")
    long = long.sort_values(["date", entity]).assign(model=model)
    long["trained_to"] = long["date"].map(ends).dt.strftime("%Y-%m-%d")
    return str(long.to_csv(index=False, date_format="%Y-%m-%d", float_format="%.10g"))
