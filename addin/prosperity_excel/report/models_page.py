"""What each model is: how it is put together, its rule, why it works, what the sources leave open.

It is the same every month, so it stands once at the end and not on the page of each model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prosperity.definition import Industry
from prosperity.evaluation import IndustryResult

from prosperity_excel.report.spec import Band, Column, Link, Page, Table, Text, Value
from prosperity_excel.words.pair import Pair
from prosperity_excel.words.report_words import Voice
from prosperity_excel.words.sentences import METHODS, rule_words

#: Columns, which are the grid of the page: label -> width.
COLUMNS = {"industry": 22.0, "built": 20.0, "rule": 34.0, "logic": 50.0, "unknown": 46.0}
NOTE: Pair = (
    "资料：浙商证券研究报告与公开页面，见每个模型的出处；推断之处在最后一列写明。",
    "Sources: the research reports of Zheshang Securities and public pages, named with each model; "
    "what is inferred is said in the last column.",
)


def models_page(
    results: Iterable[IndustryResult], page_of: Mapping[str, str], id: str, back: str, voice: Voice
) -> Page:
    """Return the page, a row a model; ``id`` and ``back`` name it and the summary."""
    columns = tuple(Column(label=voice.label(key)) for key in COLUMNS)
    rows = tuple(_row(r.definition, page_of[r.definition.id], voice) for r in results)
    table = Table(columns=columns, rows=rows)
    bands: list[Band] = [
        (Text(text=voice.label("models"), role="title"),),
        (Text(text=f"← {voice.label('to_summary')}", role="subtitle", span=1, link=back),),
        (table,),
        (Text(text=voice.stack(NOTE), role="note"),),
    ]
    widths = tuple(COLUMNS.values())
    title = voice.label("models")
    return Page(id=id, title=title, widths=widths, bands=tuple(bands), header=table)


def _row(definition: Industry, page: str, voice: Voice) -> tuple[Value, ...]:
    name = voice.line((definition.name_zh, definition.name_en))
    rule = rule_words(definition) if definition.kind == "industry" else ("", "")
    source = f"\n({definition.source})" if definition.source else ""
    return (
        Link(name, page),
        voice.stack(METHODS[definition.method]),
        voice.stack(rule),
        voice.stack((definition.logic_zh, definition.logic_en)) + source,
        voice.stack((definition.unknown_zh, definition.unknown_en)),
    )
