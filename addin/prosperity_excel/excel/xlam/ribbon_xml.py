"""The ribbon's XML (customUI of 2009/07), from the table of buttons."""

from __future__ import annotations

from xml.etree import ElementTree

from prosperity_excel.excel.buttons import CELL_MENU, GROUPS, TAB, TAB_KEYTIP, Button
from prosperity_excel.words.pair import Pair

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
#: Callbacks by the attribute that names them; the ribbon module of the VBA defines each.
CALLBACKS = {
    "onLoad": "ProsperityLoaded",
    "onAction": "ProsperityPress",
    "onChange": "ProsperityChange",
    "getText": "ProsperityText",
    "pick": "ProsperityPick",
    "getSelectedItemID": "ProsperityItem",
    "getEnabled": "ProsperityEnabled",
    "getItemCount": "ProsperityCount",
    "getItemLabel": "ProsperityLabel",
}
#: Excel's own menu of a right click on a cell.
CELL_MENU_ID = "ContextMenuCell"
#: What precedes an id, which must be unique in the file and begin with a letter.
PREFIX = "prosperity_"
#: What stands between a list's id and a choice's.
CHOICE = "__"


def ribbon_xml() -> bytes:
    """Return the part ``customUI/customUI14.xml``."""
    ElementTree.register_namespace("", NAMESPACE)
    root = _element("customUI", onLoad=CALLBACKS["onLoad"])
    tabs = ElementTree.SubElement(ElementTree.SubElement(root, _tag("ribbon")), _tag("tabs"))
    tab = _add(tabs, "tab", id=f"{PREFIX}tab", label=_both(TAB), keytip=TAB_KEYTIP)
    for group in GROUPS:
        box = _add(tab, "group", id=f"{PREFIX}group_{group.id}", label=_both(group.label))
        for button in group.buttons:
            _ADDERS[button.kind](box, button)
    menus = ElementTree.SubElement(root, _tag("contextMenus"))
    menu = _add(menus, "contextMenu", idMso=CELL_MENU_ID)
    for button in CELL_MENU:
        _menu_button(menu, button)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}'.encode()


def choice_id(button: str, choice: str) -> str:
    """Return the id of an entry of a list."""
    return f"{PREFIX}{button}{CHOICE}{choice}"


def _button(box: ElementTree.Element, button: Button) -> None:
    _add(
        box,
        "button",
        **_common(button),
        size="large" if button.large else "normal",
        imageMso=button.image,
        onAction=CALLBACKS["onAction"],
    )


def _menu_button(menu: ElementTree.Element, button: Button) -> None:
    """Add an entry of a menu, which has neither size nor tips."""
    _add(
        menu,
        "button",
        id=f"{PREFIX}{button.id}",
        label=_both(button.label),
        imageMso=button.image,
        onAction=CALLBACKS["onAction"],
        getEnabled=CALLBACKS["getEnabled"],
    )


def _text(box: ElementTree.Element, button: Button) -> None:
    _add(
        box,
        "editBox",
        **_common(button),
        sizeString="2023-07-31",
        getText=CALLBACKS["getText"],
        onChange=CALLBACKS["onChange"],
    )


def _choice(box: ElementTree.Element, button: Button) -> None:
    drop = _add(
        box,
        "dropDown",
        **_common(button),
        sizeString="released",
        onAction=CALLBACKS["pick"],
        getSelectedItemID=CALLBACKS["getSelectedItemID"],
    )
    for choice in button.choices:
        _add(drop, "item", id=choice_id(button.id, choice), label=choice)


def _pick(box: ElementTree.Element, button: Button) -> None:
    _add(
        box,
        "comboBox",
        **_common(button),
        sizeString="prosperity_name",
        getItemCount=CALLBACKS["getItemCount"],
        getItemLabel=CALLBACKS["getItemLabel"],
        getText=CALLBACKS["getText"],
        onChange=CALLBACKS["onChange"],
    )


_ADDERS = {"button": _button, "text": _text, "choice": _choice, "pick": _pick}


def _common(button: Button) -> dict[str, str]:
    return {
        "id": f"{PREFIX}{button.id}",
        "label": _both(button.label),
        "screentip": _both(button.label),
        "supertip": _both(button.help),
        "keytip": button.keytip,
        "getEnabled": CALLBACKS["getEnabled"],
    }


def _both(pair: Pair) -> str:
    return " ".join(pair)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _element(name: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(_tag(name), attributes)


def _add(parent: ElementTree.Element, name: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, _tag(name), attributes)
