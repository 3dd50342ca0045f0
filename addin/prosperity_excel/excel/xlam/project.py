"""A VBA project: its modules as text, inside the streams that Office reads ([MS-OVBA] 2.3).

Modules are stored as source alone, without compiled code, as xlwings ships its own module;
Office compiles them when the project is loaded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from prosperity_excel.excel.xlam.ovba import compress, decompress

CODE_PAGE = "cp1252"
VERSION_RECORD = 0x09
NAME, MODULES, MODULE_NAME, OFFSET = 0x04, 0x0F, 0x19, 0x31
TERMINATOR = 0x10
STANDARD, CLASS = 0x21, 0x22
DIR = "VBA/dir"


@dataclass(frozen=True)
class Record:
    """A record of the ``dir`` stream."""

    id: int
    data: bytes

    def packed(self) -> bytes:
        """Return the bytes; the version record counts its last two bytes outside its size."""
        size = 4 if self.id == VERSION_RECORD else len(self.data)
        return struct.pack("<HI", self.id, size) + self.data


def records(data: bytes) -> Iterator[Record]:
    """Take the decompressed ``dir`` stream apart."""
    place = 0
    while place < len(data):
        id, size = struct.unpack_from("<HI", data, place)
        size = 6 if id == VERSION_RECORD else size
        yield Record(id, data[place + 6 : place + 6 + size])
        place += 6 + size


@dataclass(frozen=True)
class Project:
    """A VBA project.

    Attributes
    ----------
    streams : mapping of str to bytes
        As the container holds them.
    header : tuple of Record
        The ``dir`` stream before its modules.
    modules : mapping of str to tuple of Record
        The records of each module, by name.
    cookie : tuple of Record
        Between the number of modules and the first one.
    """

    streams: Mapping[str, bytes]
    header: tuple[Record, ...]
    cookie: tuple[Record, ...]
    modules: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, streams: Mapping[str, bytes]) -> Project:
        """Take a project apart."""
        every = list(records(decompress(streams[DIR])))
        start = next(n for n, r in enumerate(every) if r.id == MODULES)
        first = next(n for n, r in enumerate(every) if r.id == MODULE_NAME)
        modules: dict[str, tuple[Record, ...]] = {}
        name = ""
        for record in every[first:]:
            if record.id == MODULE_NAME:
                name = record.data.decode(CODE_PAGE)
            if record.id != TERMINATOR:
                modules[name] = (*modules.get(name, ()), record)
        return cls(streams, tuple(every[:start]), tuple(every[start + 1 : first]), modules)

    def source(self, name: str) -> str:
        """Return a module's source."""
        offset = next(r for r in self.modules[name] if r.id == OFFSET)
        (place,) = struct.unpack("<I", offset.data)
        return decompress(self.streams[f"VBA/{name}"][place:]).decode(CODE_PAGE)

    def with_module(self, name: str, source: str) -> Project:
        """Return the project with a module added or replaced.

        A new one is a class when its source says of what it is made (``VB_Base``), as every class
        does; else a standard module.

        Raises
        ------
        UnicodeEncodeError
            When the source holds letters that a project cannot store.
        """
        text = source.replace("\r\n", "\n").replace("\n", "\r\n").encode(CODE_PAGE)
        kind = CLASS if "Attribute VB_Base" in source else STANDARD
        kept = self.modules.get(name) or _new_module(name, kind)
        placed = tuple(replace(r, data=bytes(4)) if r.id == OFFSET else r for r in kept)
        return replace(
            self,
            streams={**self.streams, f"VBA/{name}": compress(text)},
            modules={**self.modules, name: placed},
        )

    def without_module(self, name: str) -> Project:
        """Return the project without a module."""
        return replace(
            self,
            streams={path: s for path, s in self.streams.items() if path != f"VBA/{name}"},
            modules={other: r for other, r in self.modules.items() if other != name},
        )

    def named(self, name: str) -> Project:
        """Return the project under another name."""
        header = tuple(
            replace(r, data=name.encode(CODE_PAGE)) if r.id == NAME else r for r in self.header
        )
        return replace(self, header=header)

    def packed(self) -> dict[str, bytes]:
        """Return the streams for the container, with ``dir`` and the lists of modules renewed."""
        count = Record(MODULES, struct.pack("<H", len(self.modules)))
        inside = [r for group in self.modules.values() for r in group]
        every = [*self.header, count, *self.cookie, *inside, Record(TERMINATOR, b"")]
        listed = b"".join(record.packed() for record in every)
        return {
            **self.streams,
            DIR: compress(listed),
            "PROJECT": self._project().encode(CODE_PAGE),
            "PROJECTwm": self._names(),
        }

    def _project(self) -> str:
        """Return the ``PROJECT`` stream: the old lines, with modules and name as they are now."""
        before = set(Project.read(self.streams).modules)
        name = next(r for r in self.header if r.id == NAME).data.decode(CODE_PAGE)
        lines = self.streams["PROJECT"].decode(CODE_PAGE).split("\r\n")
        out: list[str] = []
        for line in lines:
            key, _, value = line.partition("=")
            gone = {value if key in ("Module", "Class") else key} & (before - set(self.modules))
            if not gone:
                out.append(f'Name="{name}"' if key == "Name" else line)
        added = [m for m in self.modules if m not in before]
        place = next(n for n, line in enumerate(out) if line.startswith("Name="))
        out[place:place] = [f"{self._kind(m)}={m}" for m in added]
        end = max(n for n, line in enumerate(out) if line) + 1
        out[end:end] = [f"{m}=0, 0, 0, 0, C" for m in added]
        return "\r\n".join(out)

    def _kind(self, name: str) -> str:
        """Return the word of the ``PROJECT`` stream for a module that we added."""
        return "Class" if any(r.id == CLASS for r in self.modules[name]) else "Module"

    def _names(self) -> bytes:
        """Return the ``PROJECTwm`` stream: each module's name in both codings."""
        pairs = (
            m.encode(CODE_PAGE) + b"\0" + m.encode("utf-16-le") + b"\0\0" for m in self.modules
        )
        return b"".join(pairs) + b"\0\0"


def _new_module(name: str, kind: int) -> tuple[Record, ...]:
    plain, wide = name.encode(CODE_PAGE), name.encode("utf-16-le")
    return tuple(
        Record(id, data)
        for id, data in (
            (MODULE_NAME, plain),
            (0x47, wide),
            (0x1A, plain),
            (0x32, wide),
            (0x1C, b""),
            (0x48, b""),
            (OFFSET, bytes(4)),
            (0x1E, bytes(4)),
            (0x2C, b"\xff\xff"),
            (kind, b""),
            (0x2B, b""),
        )
    )
