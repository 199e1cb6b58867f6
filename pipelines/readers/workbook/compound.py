"""The compound file in which old Office documents lie ([MS-CFB]): whether its chains of sectors end.

A damaged table of sectors can lead a chain in a circle, and a reader that follows it takes memory until it is killed.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

from xlrd.compdoc import CompDoc

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAST = 0xFFFFFFFA  # from here on numbers are marks: end of a chain, free, part of the table itself
_HEADER, _LISTED = 512, 109
_ENTRY, _STREAM = 128, 2  # bytes of an entry of the directory, and the kind of one that is a stream


def runs_in_circles(content: bytes) -> bool:
    """Whether a chain of sectors, large or small ones, of the compound file ``content`` comes back to itself. False for
    what is no compound file, or for one whose table lies outside of it."""
    if not content.startswith(SIGNATURE) or len(content) < _HEADER:
        return False
    shift = min(int.from_bytes(content[30:32], "little"), 12)
    table = _entries(content, _table_sectors(content, shift), shift)
    small_start = int.from_bytes(content[60:64], "little")
    return _circular(table) or _circular(_entries(content, _chain(table, small_start), shift))


def _table_sectors(content: bytes, shift: int) -> list[int]:
    """The sectors that hold the table: those the header lists, and those listed in sectors that it points to."""
    listed = list(struct.unpack_from(f"<{_LISTED}I", content, 76))
    further, seen = int.from_bytes(content[68:72], "little"), set[int]()
    while further < LAST and further not in seen:
        seen.add(further)
        entries = _entries(content, [further], shift)
        if not entries:
            break
        listed += entries[:-1]
        further = entries[-1]
    return [sector for sector in listed if sector < LAST]


def _entries(content: bytes, sectors: Sequence[int], shift: int) -> list[int]:
    found: list[int] = []
    for sector in sectors:
        start = (sector + 1) << shift
        part = content[start : start + (1 << shift)]
        found += struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])
    return found


def _chain(table: Sequence[int], start: int) -> list[int]:
    """The sectors of one chain of a table without circles."""
    found: list[int] = []
    while start < len(table) and len(found) <= len(table):
        found.append(start)
        start = table[start]
    return found


def workbook_by_its_chain(content: bytes) -> bytes | None:
    """The workbook's stream as its own chain of sectors gives it, up to the length that the directory tells: some writers
    leave sectors behind its end, or share them between streams nobody asks for. None where the chain ends before that or comes back to itself."""
    if not content.startswith(SIGNATURE) or len(content) < _HEADER:
        return None
    shift, (directory_at,), (least,) = (
        min(int.from_bytes(content[30:32], "little"), 12),
        *(struct.unpack_from("<I", content, place) for place in (48, 56)),
    )
    table = _entries(content, _table_sectors(content, shift), shift)
    directory = _joined(content, _chain(table, directory_at), shift)
    for place in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        length, kind, (start, size) = (
            directory[place + 64],
            directory[place + 66],
            struct.unpack_from("<II", directory, place + 116),
        )
        name = directory[place : place + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        if kind == _STREAM and name in ("workbook", "book") and size >= least:
            chain = _chain(table, start)
            found = _joined(content, chain, shift)[:size]
            return found if len(found) == size and len(set(chain)) == len(chain) else None
    return None


def _joined(content: bytes, sectors: Sequence[int], shift: int) -> bytes:
    return b"".join(content[(sector + 1) << shift : (sector + 2) << shift] for sector in sectors)


def _circular(table: Sequence[int]) -> bool:
    looked_at = bytearray(len(table))  # 1: on the way just followed, 2: known to end
    for start in range(len(table)):
        way, at = [], start
        while at < len(table) and not looked_at[at]:
            looked_at[at] = 1
            way.append(at)
            at = table[at]
        if at < len(table) and looked_at[at] == 1:
            return True
        for place in way:
            looked_at[place] = 2
    return False


def workbook_stream(content: bytes, *, forgiving: bool = False) -> bytes | None:
    """The workbook's stream in its container, whatever letters its name is written in; None where the container is damaged
    (``forgiving``: beyond repair) or has none."""
    try:
        container = CompDoc(content, logfile=io.StringIO(), ignore_workbook_corruption=forgiving)
        found = container.get_named_stream("Workbook") or container.get_named_stream("Book")
    except Exception:  # a damaged container can raise nearly anything
        return None
    return bytes(found) if found else None
