"""A compound file whose chain of sectors runs in a circle is found out before a reader follows it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pipelines.errors import FileRefused
from pipelines.readers.workbook import compound, oldbook

from . import spreadsheets
from .conftest import Read

WHOLE = spreadsheets.xls({"Log": [["Referral ID", "Received"], *([f"R{row}", "2026-03-02"] for row in range(200))]})


def with_entry(content: bytes, sector: int, following: int) -> bytes:
    """``content`` with another sector after ``sector``."""
    table = (int.from_bytes(content[76:80], "little") + 1) * 512
    made = bytearray(content)
    made[table + 4 * sector : table + 4 * sector + 4] = struct.pack("<I", following)
    return bytes(made)


def test_the_chains_of_a_whole_workbook_end() -> None:
    assert WHOLE.startswith(compound.SIGNATURE)
    assert not compound.runs_in_circles(WHOLE)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_circle_of_any_length_is_found(length: int) -> None:
    circle = WHOLE
    for place in range(length):
        circle = with_entry(circle, 3 + place, 3 + (place + 1) % length)
    assert compound.runs_in_circles(circle)


@pytest.mark.parametrize(
    "content", [b"", b"Referral ID,Received\n", compound.SIGNATURE, WHOLE[:600], compound.SIGNATURE + bytes(504)]
)
def test_what_is_no_compound_file_or_cut_off_is_no_circle_or_is_one_without_an_error(content: bytes) -> None:
    assert compound.runs_in_circles(content) in (True, False)


def test_a_damaged_workbook_with_a_circle_is_refused_as_damaged(read: Read) -> None:
    with pytest.raises(FileRefused, match="damaged"):
        read(with_entry(WHOLE, 1, 0), "log.xls")


def last_of_the_workbook(content: bytes) -> int:
    """The last sector of the chain that begins the file."""
    sector, table = 0, (int.from_bytes(content[76:80], "little") + 1) * 512
    while (following := struct.unpack_from("<I", content, table + 4 * sector)[0]) < compound.LAST:
        sector = following
    return sector


def test_a_workbook_whose_chain_goes_on_into_sectors_of_others_is_read_up_to_its_length(read: Read) -> None:
    directory = int.from_bytes(WHOLE[48:52], "little")
    longer = with_entry(WHOLE, last_of_the_workbook(WHOLE), directory)
    (whole, cells), (found, same) = read(WHOLE, "log.xls"), read(longer, "log.xls")
    assert (found.records, found.header, found.notes, same) == (200, whole.header, whole.notes, cells)


def test_a_workbook_whose_chain_ends_before_its_length_is_not_taken_out_of_its_container() -> None:
    assert compound.workbook_by_its_chain(WHOLE) == compound.workbook_stream(WHOLE)
    assert compound.workbook_by_its_chain(with_entry(WHOLE, 3, 0xFFFFFFFE)) is None
    assert compound.workbook_by_its_chain(with_entry(WHOLE, 3, 0)) is None
    assert compound.workbook_by_its_chain(b"Referral ID") is None


@pytest.mark.parametrize("span", [(20_992, 2, 0, 3), (0, 201, 9, 2), (0, 4_000_000_000, 0, 2), (0, 201, 0, 60_000)])
def test_a_sheet_that_ends_before_it_begins_or_far_out_is_not_given_to_a_reader_that_makes_room_for_it(
    tmp_path: Path, span: tuple[int, int, int, int]
) -> None:
    at = WHOLE.index(b"\x00\x02\x0e\x00") + 4
    path = tmp_path / "log.xls"
    path.write_bytes(WHOLE[:at] + struct.pack("<IIHH", *span) + WHOLE[at + 12 :])
    with pytest.raises(ValueError, match="before it begins or lies too far out"):
        oldbook.cells_only(path)


def test_a_cell_beyond_the_columns_of_an_old_workbook_is_not_given_to_a_reader_that_makes_room_up_to_it(
    tmp_path: Path,
) -> None:
    at = WHOLE.index(b"\xfd\x00\x0a\x00") + 6  # the column of a cell with a text
    path = tmp_path / "log.xls"
    path.write_bytes(WHOLE[:at] + struct.pack("<H", 11_525) + WHOLE[at + 2 :])
    with pytest.raises(ValueError, match="lies too far out"):
        oldbook.cells_only(path)


def test_a_whole_workbook_is_read_without_its_formats_too(tmp_path: Path) -> None:
    path = tmp_path / "log.xls"
    path.write_bytes(WHOLE)
    assert len(list(oldbook.cells_only(path).sheets[0].rows())) == 201
