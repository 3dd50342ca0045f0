"""The compression of VBA source in a project: [MS-OVBA] 2.4.1."""

from __future__ import annotations

import struct
from collections import defaultdict

SIGNATURE = 0x01
CHUNK = 4096
#: Bits 12 to 14 of a chunk's header.
CHUNK_SIGNATURE = 0b011
SHORTEST = 3


def decompress(data: bytes) -> bytes:
    """Return the content of a compressed container.

    Raises
    ------
    ValueError
        When it is not one.
    """
    if not data or data[0] != SIGNATURE:
        raise ValueError("not a compressed container")
    out = bytearray()
    place = 1
    while place < len(data):
        (header,) = struct.unpack_from("<H", data, place)
        size, packed = (header & 0x0FFF) + 3, bool(header & 0x8000)
        if (header >> 12) & 0b111 != CHUNK_SIGNATURE:
            raise ValueError("not a chunk")
        chunk = data[place + 2 : place + size]
        out += _unpacked(chunk) if packed else chunk
        place += size
    return bytes(out)


def _unpacked(chunk: bytes) -> bytes:
    out = bytearray()
    place = 0
    while place < len(chunk):
        flags = chunk[place]
        place += 1
        for bit in range(8):
            if place >= len(chunk):
                break
            if not flags & (1 << bit):
                out.append(chunk[place])
                place += 1
                continue
            (token,) = struct.unpack_from("<H", chunk, place)
            place += 2
            length_bits = 16 - _offset_bits(len(out))
            length = (token & ((1 << length_bits) - 1)) + SHORTEST
            offset = (token >> length_bits) + 1
            for _ in range(length):
                out.append(out[-offset])
    return bytes(out)


def compress(data: bytes) -> bytes:
    """Return a compressed container; the same content gives the same bytes everywhere."""
    out = bytearray([SIGNATURE])
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        packed = _packed(chunk)
        if len(packed) < CHUNK:
            out += struct.pack("<H", 0x8000 | CHUNK_SIGNATURE << 12 | len(packed) - 1) + packed
        else:
            # A raw chunk always holds 4096 bytes.
            filled = chunk.ljust(CHUNK, b"\0")
            out += struct.pack("<H", CHUNK_SIGNATURE << 12 | CHUNK - 1) + filled
    return bytes(out)


def _packed(chunk: bytes) -> bytes:
    """Return the tokens of one chunk, with the longest match at each place."""
    out = bytearray()
    seen: dict[bytes, list[int]] = defaultdict(list)
    place = 0
    while place < len(chunk):
        flags, tokens = 0, bytearray()
        for bit in range(8):
            if place >= len(chunk):
                break
            offset, length = _longest(chunk, place, seen)
            if length >= SHORTEST:
                length_bits = 16 - _offset_bits(place)
                tokens += struct.pack("<H", (offset - 1) << length_bits | length - SHORTEST)
                flags |= 1 << bit
            else:
                length = 1
                tokens.append(chunk[place])
            for at in range(place, place + length):
                seen[chunk[at : at + SHORTEST]].append(at)
            place += length
        out.append(flags)
        out += tokens
    return bytes(out)


def _longest(chunk: bytes, place: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """Return the offset and length of the longest earlier match, the nearest of equals."""
    most = min((1 << (16 - _offset_bits(place))) + SHORTEST - 1, len(chunk) - place)
    best, length = 0, 0
    if most < SHORTEST:
        return best, length
    for start in reversed(seen.get(chunk[place : place + SHORTEST], ())):
        size = SHORTEST
        while size < most and chunk[start + size] == chunk[place + size]:
            size += 1
        if size > length:
            best, length = place - start, size
            if size == most:
                break
    return best, length


def _offset_bits(done: int) -> int:
    """Return how many bits of a copy token hold the offset, ``done`` bytes into the chunk."""
    return max(4, (done - 1).bit_length()) if done > 1 else 4
