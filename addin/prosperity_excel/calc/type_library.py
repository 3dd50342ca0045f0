"""The binary type library in which LibreOffice finds the interface of our functions.

LibreOffice's SDK makes such files (``unoidl-write``); few machines have it, and one interface needs
little of the format, so it is written here. The tests compare it with the SDK's own.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

MAGIC = b"UNOIDL\xff\0"
#: The number of an interface among the kinds of entities, and of a module.
_INTERFACE, _MODULE = 5, 0
_BASE = "com.sun.star.uno.XInterface"
#: Set where a text stands elsewhere in the file already.
_ELSEWHERE = 1 << 31

#: A parameter's name and UNO type; all of them go in.
Parameter = tuple[str, str]


class _Writer:
    def __init__(self, banner: bytes) -> None:
        self.data = bytearray(MAGIC + bytes(8) + banner)
        self._texts: dict[str, int] = {}

    def byte(self, value: int) -> None:
        self.data.append(value)

    def number(self, value: int) -> None:
        self.data += struct.pack("<I", value)

    def text(self, value: str) -> None:
        """Write a text, or the place where it stands."""
        known = self._texts.get(value)
        if known is not None:
            self.number(known | _ELSEWHERE)
            return
        self._texts[value] = len(self.data)
        raw = value.encode("ascii")
        self.number(len(raw))
        self.data += raw

    def named(self, name: str, place: int, *, root: bool) -> int:
        """Write a map of one entity, as a module or at the root; return its place."""
        name_at = len(self.data)
        self.data += name.encode("ascii") + b"\0"
        at = len(self.data)
        if not root:
            self.byte(_MODULE)
            self.number(1)
        self.number(name_at)
        self.number(place)
        return at


def type_library(
    interface: str, methods: Mapping[str, Sequence[Parameter]], *, banner: bytes = b""
) -> bytes:
    """Return the file of one interface whose methods all return ``any``.

    Parameters
    ----------
    interface
        Full name, such as ``org.prosperity.calc.XFunctions``.
    methods
        Parameters by the method's name.
    banner
        What stands in front; the SDK says there which version wrote the file.
    """
    out = _Writer(banner)
    place = len(out.data)
    out.byte(_INTERFACE)
    out.number(1)
    out.text(_BASE)
    out.number(0)  # optional bases
    out.number(0)  # attributes
    out.number(len(methods))
    for name, parameters in methods.items():
        out.text(name)
        out.text("any")
        out.number(len(parameters))
        for parameter, kind in parameters:
            out.byte(0)  # in
            out.text(parameter)
            out.text(kind)
        out.number(0)  # exceptions
    *modules, last = interface.split(".")
    for part, above in zip([last, *reversed(modules)], [*reversed(modules), None], strict=True):
        place = out.named(part, place, root=above is None)
    out.data[8:16] = struct.pack("<II", place, 1)
    return bytes(out.data)


def idl(interface: str, methods: Mapping[str, Sequence[Parameter]]) -> str:
    """Return the same interface in LibreOffice's interface definition language."""
    *modules, last = interface.split(".")
    opened = " ".join(f"module {name} {{" for name in modules)
    lines = [opened, f"interface {last} {{"]
    for name, parameters in methods.items():
        told = ", ".join(f"[in] {_idl_type(kind)} {parameter}" for parameter, kind in parameters)
        lines.append(f"  any {name}({told});")
    return "\n".join([*lines, "};", "}; " * len(modules)])


def _idl_type(kind: str) -> str:
    return "::".join(kind.split("."))
