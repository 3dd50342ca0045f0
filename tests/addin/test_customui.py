"""The ribbon's XML against a schema: what does not fit Excel drops without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from prosperity_excel.excel.xlam.ribbon_xml import NAMESPACE, ribbon_xml

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("customui.rng")))
BUTTON = f"{{{NAMESPACE}}}button"


def test_our_ribbon_is_of_the_schema() -> None:
    SCHEMA.assertValid(etree.fromstring(ribbon_xml()))


def test_ids_stand_once_and_key_tips_of_a_tab_are_distinct() -> None:
    root = etree.fromstring(ribbon_xml())
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    # The tab has one of its own, pressed before.
    tips = root.xpath("//*[local-name()='group']//@keytip")
    assert len(tips) == len(set(tips))
    # A tip that begins another can never be typed.
    assert not [(a, b) for a in tips for b in tips if a != b and b.startswith(a)]


@pytest.mark.parametrize(
    "change",
    [
        {"keytip": "LONG"},
        {"keytip": ""},
        {"enabled": "true", "getEnabled": "Both"},
        {"getEnabled": "two words"},
        {"size": "huge"},
        {"onChange": "NotOfAButton"},
        {"imageMso": "two words"},
        {"label": "x" * 1025},
        {"id": "prosperity_tab"},
        {"unheard": "of"},
    ],
)
def test_what_excel_would_drop_is_seen(change: dict[str, str]) -> None:
    root = etree.fromstring(ribbon_xml())
    button = root.find(f".//{BUTTON}")
    if "enabled" in change:
        button.attrib.pop("getEnabled", None)
    button.attrib.update(change)
    assert not SCHEMA.validate(root)


@pytest.mark.parametrize(
    ("inside", "is_taken"),
    [
        ('<contextMenu idMso="ContextMenuCell"><button id="a" label="a" onAction="A"/>'
         '<dynamicMenu id="b" getContent="B"/><gallery id="c" rows="2"/></contextMenu>', True),
        ('<contextMenu idMso="ContextMenuCell"><button id="a" size="large"/></contextMenu>', False),
        ('<contextMenu idMso="ContextMenuCell"><editBox id="a"/></contextMenu>', False),
        ('<contextMenu id="own"><button id="a"/></contextMenu>', False),
        ('<contextMenu idMso="ContextMenuCell"><dynamicMenu id="b"/></contextMenu>', False),
    ],
)  # fmt: skip
def test_menus_of_a_right_click(inside: str, is_taken: bool) -> None:
    text = f'<customUI xmlns="{NAMESPACE}"><contextMenus>{inside}</contextMenus></customUI>'
    assert SCHEMA.validate(etree.fromstring(text)) is is_taken
