"""An import in words: the preview, and what was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from prosperity_excel.exports.export_series import Refusal, SheetReading
from prosperity_excel.intake.candidates import HOW, pick
from prosperity_excel.intake.carry_out import Imported
from prosperity_excel.intake.items import STATUS, Item, Plan
from prosperity_excel.intake.plausibility import offered as answers_offered
from prosperity_excel.sheets.findings import listed
from prosperity_excel.vintages import not_kept
from prosperity_excel.words.tongue import counted, spoken

COLUMNS = (
    "序列 Series",
    "来自 From",
    "到 To",
    "依据 By",
    "区间 Span",
    "新增 New",
    "改动 Changed",
    "结果 Outcome",
)
#: Score below which a sheet is only said to be like a layout.
SURE = 0.5
_SHORT = 34


def sheet_lines(readings: Sequence[SheetReading]) -> list[str]:
    """Return what each sheet was taken for, and what of it was not taken."""
    lines: list[str] = []
    for reading in readings:
        head = f"{reading.book} / {reading.sheet}"
        found = reading.recognised
        if found is None:
            lines.append(f"{head}: {spoken('未识别', 'not recognised')}")
        else:
            score = "--layout" if found.forced else f"{found.score:.0%}"
            sure = found.forced or found.score >= SURE
            like = "" if sure else f"{spoken('近似', 'most like')} "
            count = len(pick(reading.series))
            why = spoken(found.why("zh"), found.why("en"), "; ")
            series = spoken(f"{count} 个序列", f"series: {count}")
            lines.append(f"{head}: {like}{found.layout.name} ({score}: {why}), {series}")
        lines += [f"    {spoken(zh, en)}" for zh, en in reading.remarks]
        for zh, en in zip(reading.coercion_lines("zh"), reading.coercion_lines("en"), strict=True):
            lines.append(f"    {spoken(zh, en, '; ')}")
        unread = spoken("未读取", "not read")
        lines += [f"    {unread} {line}" for line in _refusals(reading)]
        usable = any(s.values for s in pick(reading.series))
        if not reading.notes and found is not None and not usable:
            lines.append(f"    {spoken(*STATUS['unreadable'])}")
    return lines


def _refusals(reading: SheetReading) -> list[str]:
    """Return a line for each cause for which cells were not read, with the first cell's words."""
    causes: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in reading.refused:
        causes[refusal.code].append(refusal)
    lines = []
    for found in causes.values():
        first = found[0]
        cells = listed([r.cell for r in found if r.cell])
        count = f" × {len(found)}" if len(found) > 1 else ""
        where = f"{first.sheet}!{cells}" if cells else first.sheet
        lines.append(f"{where}{count}: {spoken(first.zh, first.en)}")
    return lines


def plan_rows(items: Iterable[Item]) -> list[tuple[str, ...]]:
    """Return a row for each series that has a column, or may have one."""
    rows: list[tuple[str, ...]] = []
    for item in items:
        if item.status == "none":
            continue
        target = item.target
        rows.append(
            (
                _short(item.series.title),
                _short(f"{item.series.sheet}!{item.series.place}"),
                f"{target.sheet}:{target.id}" if target else "?",
                f"{spoken(*HOW[item.how.how])} {item.how.score:.2f}" if item.how else "",
                f"{span(item)} ({len(item.values)})" if item.values else "",
                str(item.added) if target else "",
                str(item.revised) if target else "",
                spoken(*STATUS[item.status]),
            )
        )
    return rows


def span(item: Item) -> str:
    """Say from when to when the values of an item run; empty without any."""
    days = list(item.values)
    form = "%Y-%m-%d" if item.target and item.target.sheet == "prices" else "%Y-%m"
    return f"{days[0]:{form}}…{days[-1]:{form}}" if days else ""


def said(item: Item) -> list[tuple[str, str]]:
    """Return the questions, changes and remarks of an item, in Chinese and English."""
    found = [(f"请确认 {zh}", f"please confirm: {en}") for zh, en in item.questions]
    if item.against:
        answers = ", ".join(answers_offered(item.against))
        found.append((f"可用的答复：{answers}", f"answers: {answers}"))
    if item.supports and item.questions:
        zh, en = (
            "、".join(zh for zh, _ in item.supports),
            ", ".join(en for _, en in item.supports),
        )
        found.append((f"相符之处：{zh}", f"what fits: {en}"))
    revised = [c for c in item.changes if c.old is not None]
    if revised and item.status == "write":
        shown = listed([f"{c.when:%Y-%m} {c.old:g}→{c.new:g}" for c in revised])
        found.append((f"改动 {shown}", f"changes {shown}"))
    if item.releases and item.status == "write":
        found.append(
            (f"{len(item.releases)} 个公布日", counted(len(item.releases), "release date"))
        )
    return [*found, *item.remarks]


def offered(item: Item) -> str:
    """Return the columns that an item may fill, with their scores, best first."""
    shown = item.candidates or ((item.how,) if item.how else ())
    return ", ".join(f"{p.target.id} {p.score:.2f}" for p in shown)


def item_lines(items: Sequence[Item]) -> list[str]:
    """Return questions, candidates, changes and remarks, item by item."""
    lines: list[str] = []
    for item in items:
        if item.status == "none":
            continue
        title = item.series.title
        if item.candidates:
            best = item.candidates[0].target.id
            lines.append(
                f"{title}: {spoken('候选', 'candidates')} {offered(item)}; "
                f"{spoken('用哪个请加', 'to choose')}: "
                f'--map "{title}={best}"'
            )
        lines += [f"{title}: {spoken(zh, en, '；')}" for zh, en in said(item)]
        if item.against and item.target is not None:
            best = answers_offered(item.against)[0]
            lines.append(
                f"{title}: {spoken('答复请加，不导入请加', 'to answer, or to leave it out')}: "
                f'--answer "{item.target.id}={best}", --map "{title}="'
            )
    without = [item.series.title for item in items if item.status == "none"]
    if without:
        lines.append(
            spoken(
                f"{len(without)} 个序列在工作簿中没有列，未使用：",
                f"Series without a column in the book, not used: {len(without)}:",
            )
            + f" {listed(without)}"
        )
    return lines


def outcome(done: Imported) -> tuple[str, str]:
    """Say what was written, in Chinese and English."""
    name = done.plan.book.name
    if not done.written and done.plan.unreadable:
        which = listed(list(dict.fromkeys(f"{r.book} / {r.sheet}" for r in done.plan.unreadable)))
        zh, en = STATUS["unreadable"]
        return f"{which}: {zh}。", f"{which}: {en}."
    if not done.written and done.plan.waiting:
        return (
            f"{name}: 没有写入，请先答复待确认的序列。",
            f"{name}: nothing to write until what waits is answered.",
        )
    if not done.written:
        return f"{name}: 没有需要写入的改动。", f"{name}: nothing to write."
    zh = f"{name}: 写入 {done.added} 个新值，改动 {done.revised} 个"
    en = f"{name}: {counted(done.added, 'value')} added, {done.revised} changed"
    zh += f"；备份 {done.backup.name}。" if done.backup else "；请检查后保存工作簿。"
    en += f"; copy: {done.backup.name}." if done.backup else "; look at the book and save it."
    if done.unkept is not None:
        why = not_kept(done.unkept)
        zh, en = f"{zh}\n{why[0]}", f"{en}\n{why[1]}"
    return zh, en


def waiting(plan: Plan) -> tuple[str, str] | None:
    """Say what still has to be confirmed; None when nothing has."""
    count = len(plan.waiting)
    if not count:
        return None
    return (
        f"{count} 个序列待确认，未写入。",
        f"{count} series wait for an answer and are left out.",
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
