"""Archives: each file in them a part, nothing unpacked that should not be."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile

import pytest

from pipelines.errors import FileRefused
from pipelines.readers import packed, within

from .conftest import Read
from .test_workbook import log_book, saved

LOG = b"Referral Number,Date Received\nR1,2026-01-02\nR2,2026-01-03\n"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(*files: tuple[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("link.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return buffer.getvalue()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_each_table_of_an_archive_is_a_part_by_its_name(read: Read, pack) -> None:
    content = pack(
        ("subscribed.csv", LOG),
        ("../../cleaned.csv", LOG.replace(b"R1", b"R7")),
        ("notes.pdf", b"%PDF-1"),
        ("README.txt", b"hello"),
        ("__MACOSX/._a", b"x"),
    )
    reading, staged = read(content, "audience.zip")
    assert (reading.part, reading.parts) == ("subscribed.csv", ["subscribed.csv", "cleaned.csv"])
    assert staged[0][1:] == ("R1", "2026-01-02")
    assert any("notes.pdf was left out" in note for note in reading.notes)
    assert read(content, part="cleaned.csv")[1][0][1] == "R7"
    with pytest.raises(FileRefused, match="no file of that name"):
        read(content, part="nowhere.csv")


def test_a_workbook_in_an_archive_has_its_sheets_as_parts_within(read: Read) -> None:
    book = log_book()
    book.copy_worksheet(book["Log"]).title = "Other"
    content = zipped(("a.csv", LOG), ("books/log.xlsx", saved(book)))
    reading, _ = read(content)
    assert reading.parts == ["a.csv", "books/log.xlsx"]
    reading, _ = read(content, part="books/log.xlsx")
    assert (reading.part, reading.parts) == (
        "books/log.xlsx › Log",
        ["a.csv", "books/log.xlsx › Log", "books/log.xlsx › Other"],
    )
    assert read(content, part="books/log.xlsx › Other")[0].records == 2
    assert within("books/log.xlsx › Log", "books/log.xlsx")


def test_a_file_that_cannot_be_read_does_no_harm_to_the_others(read: Read) -> None:
    reading, _ = read(zipped(("bad.xlsx", b"PK\x03\x04" + bytes(60)), ("log.csv", LOG)))
    assert (reading.part, reading.parts) == ("log.csv", ["log.csv"])
    assert any(note.startswith("bad.xlsx was left out: ") for note in reading.notes)


def test_gzip_is_read_as_what_it_holds(read: Read) -> None:
    reading, staged = read(gzip.compress(LOG), "log.csv.gz")
    assert (reading.format, reading.part, len(staged)) == ("csv", None, 2)
    assert read(gzip.compress(saved(log_book())), "log.xlsx.gz")[0].part == "Log"


def test_an_archive_in_an_archive_is_read_and_no_deeper_than_that(read: Read) -> None:
    inner = zipped(("log.csv", LOG))
    reading, _ = read(zipped(("first.zip", inner), ("b.csv", LOG)))
    assert reading.part == "first.zip › log.csv"
    for _ in range(3):
        inner = zipped(("x.zip", inner))
    with pytest.raises(FileRefused, match="too many deep"):
        read(inner)


def test_what_is_protected_a_link_or_empty_is_left_out_and_told(read: Read) -> None:
    content = bytearray(zipped(("secret.csv", LOG), method=zipfile.ZIP_STORED))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    with pytest.raises(FileRefused, match="password"):
        read(bytes(content))
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("none.csv", "")
        archive.writestr("log.csv", LOG)
    reading, _ = read(buffer.getvalue())
    assert reading.parts == ["log.csv"]
    assert sum("left out" in note for note in reading.notes) == 2


def test_bombs_are_refused_however_they_are_packed(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = bytes(40_000_000)
    for bomb in (zipped(("a.csv", zeros)), gzip.compress(zeros), zipped(("a.csv.gz", gzip.compress(zeros)))):
        with pytest.raises(FileRefused, match=r"unpacks to far more|No file"):
            read(bomb)
    monkeypatch.setattr(packed, "MAX_UNPACKED", 50)
    with pytest.raises(FileRefused, match="unpacks to far more"):
        read(gzip.compress(LOG * 3))


def test_an_archive_of_too_many_files_is_refused_with_their_number(read: Read) -> None:
    with pytest.raises(FileRefused, match=r"holds 2,001 parts"):
        read(zipped(*((f"{place}.csv", b"") for place in range(2_001))))


def test_entries_that_share_their_bytes_or_lie_about_their_size_are_refused(read: Read) -> None:
    content = bytearray(zipped(("log.csv", LOG * 50)))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (10).to_bytes(4, "little")
    with pytest.raises(FileRefused):
        read(bytes(content))
    whole = zipped(("log.csv", bytes(range(256)) * 100), method=zipfile.ZIP_STORED)
    begin, end = whole.index(b"PK\x01\x02"), whole.index(b"PK\x05\x06")
    entry, close = whole[begin:end], bytearray(whole[end:])
    close[8:12] = (3).to_bytes(2, "little") * 2
    close[12:16] = (3 * len(entry)).to_bytes(4, "little")
    with pytest.raises(FileRefused, match="far more"):
        read(whole[:begin] + entry * 3 + bytes(close))


@pytest.mark.parametrize("keep", [0.3, 0.8, 0.99])
@pytest.mark.parametrize("pack", ["zip", "gzip", "tar"])
def test_archives_that_were_cut_off_are_refused(read: Read, pack: str, keep: float) -> None:
    content = {
        "zip": zipped(("log.csv", LOG * 50)),
        "gzip": gzip.compress(LOG * 50),
        "tar": tarred(("log.csv", LOG * 50)),
    }[pack]
    with pytest.raises(FileRefused):
        read(content[: int(len(content) * keep)])


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "etc/passwd"), ("C:\\Users\\x\\a.csv", "Users/x/a.csv"), ("", "unnamed"), ("a\u202eb\n.csv", "ab.csv"), ("x" * 300 + ".csv", "x" * 116 + ".csv"), ("a › b.csv", "a > b.csv")],
)  # fmt: skip
def test_names_in_archives_are_labels_not_paths(name: str, shown: str) -> None:
    assert packed.label(name) == shown


def test_a_file_with_holes_is_left_out_of_a_tar(read: Read) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        hollow = tarfile.TarInfo("hollow.csv")
        hollow.size = len(LOG)
        hollow.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "hollow.csv",
                              "GNU.sparse.size": "1000000010", "GNU.sparse.map": "0,10,1000000000,10"}  # fmt: skip
        archive.addfile(hollow, io.BytesIO(LOG))
        whole = tarfile.TarInfo("whole.csv")
        whole.size = len(LOG)
        archive.addfile(whole, io.BytesIO(LOG))
    reading, _ = read(buffer.getvalue(), "log.tar")
    assert reading.part == "whole.csv"
    assert "hollow.csv was left out: it has holes, which no export has." in reading.notes


def test_what_a_part_unpacks_to_is_told(read: Read) -> None:
    inner = zipped(("log.csv", LOG + b"R4,2026-01-05\n" * 10_000))
    assert read(zipped(("inner.zip", inner)), "outer.zip")[0].unpacked == len(LOG) + 140_000
    assert read(gzip.compress(LOG), "log.csv.gz")[0].unpacked == len(LOG)
