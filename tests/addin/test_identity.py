"""A book's identity among properties that other programs wrote, in every form of XML."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import pytest
from prosperity_excel.ooxml.identity import PART, PROPERTY, fresh_identity, identify, identity_in
from prosperity_excel.ooxml.package import Package

from .awkward_books import good_book
from .xml_kinds import FORMS, Members, in_form, members_of, zipped

OURS = "01234567-89ab-cdef-0123-456789abcdef"
FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
SPACE = "http://schemas.openxmlformats.org/officeDocument/2006"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Members:
    return members_of(good_book(tmp_path_factory.mktemp("good")))


def with_properties(parts: Members, *properties: tuple[str, str]) -> Members:
    """Return a book's parts with document properties besides."""
    inner = "".join(
        f'<property fmtid="{FMTID}" pid="{number}" name="{name}"><vt:lpwstr>{text}</vt:lpwstr>'
        "</property>"
        for number, (name, text) in enumerate(properties, start=2)
    )
    made = dict(parts)
    made[PART] = (
        f'<Properties xmlns="{SPACE}/custom-properties" xmlns:vt="{SPACE}/docPropsVTypes">'
        f"{inner}</Properties>"
    ).encode()
    for name, end, new in (
        ("_rels/.rels", "</Relationships>",
         f'<Relationship Id="rIdX" Type="{SPACE}/relationships/custom-properties" '
         f'Target="{PART}"/>'),
        ("[Content_Types].xml", "</Types>",
         f'<Override PartName="/{PART}" ContentType="application/'
         'vnd.openxmlformats-officedocument.custom-properties+xml"/>'),
    ):  # fmt: skip
        made[name] = made[name].replace(end.encode(), (new + end).encode())
    return made


def identified(content: bytes) -> bytes:
    """Return a book as it is after an edit of ours gave it its identity."""
    package = Package(content)
    identify(package, fresh_identity())
    return package.bytes()


def properties(content: bytes) -> dict[str, tuple[str, str]]:
    """Return the numbers and texts of all properties, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ElementTree.fromstring(archive.read(PART))
    names = [entry.attrib["name"] for entry in root]
    assert len(set(names)) == len(names)
    return {e.attrib["name"]: (e.attrib["pid"], "".join(e.itertext()).strip()) for e in root}


@pytest.mark.parametrize("form", FORMS)
def test_an_identity_is_known_in_every_form(form: str, good: Members) -> None:
    parts = in_form(FORMS[form])(with_properties(good, ("Desk", "&lt;7&gt;"), (PROPERTY, OURS)))
    content = zipped(parts)
    assert identity_in(parts[PART]) == OURS
    assert identified(content) == content


@pytest.mark.parametrize("form", FORMS)
def test_another_programs_properties_gain_one(form: str, good: Members) -> None:
    named = ("Desk", "&lt;7&gt;"), ("About", f"name='{PROPERTY}' {OURS}")
    content = zipped(in_form(FORMS[form])(with_properties(good, *named)))
    before, after = properties(content), properties(identified(content))
    number, identity = after.pop(PROPERTY)
    assert after == before
    assert number not in {pid for pid, _ in before.values()}
    assert identity not in ("", OURS)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<Properties",
        b'<!DOCTYPE a [<!ENTITY e "x">]><Properties/>',
        b"\xff\xfe\x00",
        f'<P><property name="{PROPERTY}"><v>not one</v></property></P>'.encode(),
        f'<P><property name="{PROPERTY}"/><property name="b"><v>{OURS}</v></property></P>'.encode(),
    ],
)
def test_what_is_no_identity_gives_none(text: bytes) -> None:
    assert identity_in(text) == ""
