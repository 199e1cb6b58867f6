"""Old workbooks that Excel opens without asking though they are enciphered, and those it does not."""

from __future__ import annotations

import hashlib
import io
import struct

import pytest
import xlwt
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from xlwt.CompoundDoc import XlsDoc

from pipelines.errors import FileRefused
from pipelines.readers.workbook import compound, oldbook

from .conftest import Read

SALT = bytes(range(16))
LONG = [["ID", "Site"], *([f"a{number}", f"North {number}"] for number in range(300))]


def stream_of(rows: list[list[str]]) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Log")
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    return bytes(book.get_biff_data())


def contained(stream: bytes) -> bytes:
    buffer = io.BytesIO()
    XlsDoc().save(buffer, stream)
    return buffer.getvalue()


def block_cipher(password: str, number: int) -> ARC4:
    first = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
    key = hashlib.md5(b"".join([first, SALT] * 16)).digest()[:5]
    return ARC4(hashlib.md5(key + number.to_bytes(4, "little")).digest())


def enciphered(password: str, content: bytes) -> bytes:
    return b"".join(
        Cipher(block_cipher(password, start // 1024), None).encryptor().update(content[start : start + 1024])
        for start in range(0, len(content), 1024)
    )


def sealed(stream: bytes, password: str) -> bytes:
    """The stream as Excel enciphers it: a record says how, heads of records and places of sheets stay as they are."""
    verifier = bytes(16)
    proof = enciphered(password, verifier + hashlib.md5(verifier).digest())
    how = struct.pack("<HH3H", 0x2F, 54, 1, 1, 1) + SALT + proof
    first = 4 + int.from_bytes(stream[2:4], "little")
    stream = stream[:first] + how + stream[first:]
    out, place = bytearray(enciphered(password, stream)), 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        kept = 4 + (length if kind in (0x809, 0x2F, 0xE1) else 4 if kind == 0x85 else 0)
        out[place : place + kept] = stream[place : place + kept]
        if kind == 0x85:
            struct.pack_into("<I", out, place + 4, struct.unpack_from("<I", stream, place + 4)[0] + len(how))
        place += 4 + length
    return bytes(out)


def test_a_workbook_whose_structure_is_protected_is_read_as_excel_opens_it_without_asking(read: Read) -> None:
    plain = read(contained(stream_of(LONG)), "log.xls")[1]
    assert read(contained(sealed(stream_of(LONG), "VelvetSweatshop")), "log.xls")[1] == plain
    assert len(plain) == 300


def test_a_workbook_under_a_password_of_somebodys_own_stays_closed(read: Read) -> None:
    with pytest.raises(FileRefused, match="password"):
        read(contained(sealed(stream_of(LONG), "secret")), "log.xls")
    old = contained(sealed(stream_of(LONG), "secret")).replace(
        *(f"{name}\0".encode("utf-16-le") for name in ("Workbook", "Worksold"))
    )
    named = old.replace(
        "Worksold\0".encode("utf-16-le") + bytes(46) + b"\x12", "Book".encode("utf-16-le") + bytes(56) + b"\x0a"
    )
    assert "Book\0".encode("utf-16-le") in named
    with pytest.raises(FileRefused, match="password"):
        read(named, "log.xls")


def test_a_comment_that_another_program_wrote_its_own_way_does_not_damage_the_workbook(read: Read) -> None:
    stream = stream_of(LONG[:3])
    comment = struct.pack("<HH4HHB", 0x1C, 8 + 3 + 2 + 5, 1, 1, 0, 1, 2, 0) + b"JD" + bytes(5)
    end = stream.rindex(b"\x0a\x00\x00\x00")
    reading, staged = read(contained(stream[:end] + comment + stream[end:]), "log.xls")
    assert (staged, reading.notes) == ([(2, "a0", "North 0"), (3, "a1", "North 1")], [])


def test_what_looks_like_a_far_cell_within_a_picture_does_not_close_a_workbook_that_only_the_other_reader_opens(
    read: Read,
) -> None:
    stream = stream_of(LONG[:3])
    first = 4 + int.from_bytes(stream[2:4], "little")
    far_cell = struct.pack("<HH3Hd", 0x203, 14, 1, 60_000, 0, 1.0)
    name = struct.pack("<HBBHHHBBBB", 0, 0, 1, 9, 0, 0, 0, 0, 0, 0) + b"\0A\x2d" + bytes(8)  # which xlrd cannot read
    added = struct.pack("<HH", 0xEB, len(far_cell)) + far_cell + struct.pack("<HH", 0x18, len(name)) + name
    out = bytearray(stream[:first] + added + stream[first:])
    sheet = out.index(struct.pack("<H", 0x85) + b"\x0b\0")
    struct.pack_into("<I", out, sheet + 4, struct.unpack_from("<I", out, sheet + 4)[0] + len(added))
    reading, staged = read(contained(bytes(out)), "log.xls")
    assert staged == [(2, "a0", "North 0"), (3, "a1", "North 1")]
    assert any("partly damaged" in note for note in reading.notes)


def test_a_workbook_whose_sheets_all_begin_at_its_own_beginning_is_looked_through_once() -> None:
    sheet = struct.pack("<HHIH", 0x85, 6, 0, 0)
    content = contained(struct.pack("<HHHH", 0x809, 4, 0x600, 5) + sheet * 2_000 + struct.pack("<HH", 0x0A, 0))
    stream = compound.workbook_stream(content)
    assert stream is not None
    assert len(list(oldbook.records_of_sheets(stream))) == 2_002
