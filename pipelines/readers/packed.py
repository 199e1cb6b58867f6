"""Files within a file: ZIP and tar archives, and gzip around anything; each is read as if it had come alone.

Nothing is believed and little is unpacked: one file at a time, into a passing folder, up to the size it declares.
Names in an archive are labels, never paths.
"""

from __future__ import annotations

import gzip
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from pipelines.errors import FileRefused
from pipelines.readers.preflight import MAX_ENTRIES, MAX_UNPACKED, Kind, is_bomb, no_table
from pipelines.readers.reading import PART_OF, Reading, ReadOptions

Inner = Callable[[Path, str, ReadOptions], Reading]
FORMATS = ("zip", "gzip", "tar")
MOST_DEEP = 3  # a packed table in an archive in an archive
_PIECE = 1 << 20
_LONGEST_NAME = 120
_IDLE = re.compile(
    r"(?:.*/)?(?:__macosx/.*|\..*|thumbs\.db|desktop\.ini|(?:read.?me|licen[cs]e|copying|changelog)[^/]*?(?:\.(?:txt|md|rst|pdf|html?))?)",
    re.IGNORECASE,
)
_DAMAGED = (
    "The archive is damaged or was cut off: it cannot be unpacked.",
    "Download or export it again, or upload the files in it.",
)
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class Member:
    """One file of an archive. ``name`` is fit to be shown, ``problem`` says why it cannot be read."""

    name: str
    size: int
    open: Callable[[], IO[bytes] | None]
    problem: str | None = None


def read(path: Path, kind: Kind, name: str, options: ReadOptions, inner: Inner) -> Reading:
    """Read one file of an archive into ``stage`` with ``inner``; the others are told as ``parts``.

    ``options.part`` says which. Without it, the first that can be read is; those that cannot are told in the notes.
    """
    if kind.format == "gzip":
        return _read_gzip(path, name, options, inner)
    with _members(path, kind) as listed:
        members = [_looked_at(member) for member in listed if not _IDLE.fullmatch(member.name)]
        tables = [member for member in members if member.problem is None]
        wanted, rest = _wanted(tables, options.part)
        left_out = [(member.name, member.problem) for member in members if member.problem]
        for member in [wanted] if wanted else tables:
            try:
                reading = _read_member(path, member, replace(options, part=rest), inner)
            except FileRefused as problem:
                if wanted:
                    raise
                left_out.append((member.name, str(problem)))
                continue
            return _as_part(reading, member, tables, left_out)
    raise FileRefused(
        "No file in the archive can be read as a table." if left_out else "The archive holds no file.",
        " ".join(f"{name}: {why}" for name, why in left_out[:3]) or "Export the data again and check the archive.",
    )


def _as_part(
    reading: Reading, member: Member, tables: Sequence[Member], left_out: Sequence[tuple[str, str | None]]
) -> Reading:
    refused = {name for name, _ in left_out}
    inner = [f"{member.name}{PART_OF}{part}" for part in reading.parts]
    reading.part = f"{member.name}{PART_OF}{reading.part}" if reading.part else member.name
    reading.parts = [
        part
        for other in tables if other.name not in refused
        for part in (inner if inner and other is member else [other.name])
    ]  # fmt: skip
    reading.notes = [
        f"The file is an archive of {len(tables):,} tables; each is read on its own.",
        *(f"{name} was left out: {why}" for name, why in left_out[:20]),
        *reading.notes,
    ]
    return reading


def _wanted(tables: Sequence[Member], part: str | None) -> tuple[Member | None, str | None]:
    """The member that ``part`` names, and the part within it."""
    if part is None:
        return None, None
    for member in tables:
        if part == member.name:
            return member, None
        if part.startswith(member.name + PART_OF):
            return member, part.removeprefix(member.name + PART_OF)
    raise FileRefused(
        "The archive has no file of that name.", f"It has: {', '.join(member.name for member in tables[:20])}."
    )


def _looked_at(member: Member) -> Member:
    """The member, with a problem if its first bytes are those of no table."""
    if member.problem:
        return member
    try:
        source = member.open()
        what = no_table(source.read(16)) if source else "not a file"
    except _BROKEN:
        return replace(member, problem="it is damaged, or packed in a way that is not known.")
    return replace(member, problem=f"it is {what}, not a table.") if what else member


def _read_member(path: Path, member: Member, options: ReadOptions, inner: Inner) -> Reading:
    with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
        target = Path(folder) / "part"
        try:
            source = member.open()
            if source is None:
                raise FileRefused(*_DAMAGED)
            with source, target.open("wb") as file:
                _copy(source, file, member.size)
        except _BROKEN as error:
            raise FileRefused(*_DAMAGED) from error
        reading = inner(target, member.name, options)
    reading.unpacked = max(reading.unpacked, member.size)
    return reading


def _copy(source: IO[bytes], file: IO[bytes], declared: int) -> None:
    written = 0
    while piece := source.read(_PIECE):
        written += len(piece)
        if written > declared:
            raise FileRefused(
                "The archive holds more than it declares, so it was not unpacked.", "Make the archive anew."
            )
        file.write(piece)


def _read_gzip(path: Path, name: str, options: ReadOptions, inner: Inner) -> Reading:
    with tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as folder:
        target = Path(folder) / "part"
        try:
            with path.open("rb") as packed, gzip.open(packed) as source, target.open("wb") as file:
                _unpack(source, packed, file)
        except _BROKEN as error:
            raise FileRefused(*_DAMAGED) from error
        written = target.stat().st_size
        reading = inner(target, re.sub(r"(?i)\.gz(ip)?$", "", re.sub(r"(?i)\.tgz$", ".tar", name)), options)
    reading.unpacked = max(reading.unpacked, written)
    reading.notes.insert(0, "The file was packed with gzip.")
    return reading


def _unpack(source: gzip.GzipFile, packed: IO[bytes], file: IO[bytes]) -> None:
    written = 0
    while piece := source.read(_PIECE):
        written += len(piece)
        if written > MAX_UNPACKED or is_bomb(written, packed.tell()):
            raise FileRefused(
                f"The file unpacks to far more than it should (over {written // 1_000_000:,} MB), so it was not read.",
                "Split the export into smaller files.",
            )
        file.write(piece)


@contextmanager
def _members(path: Path, kind: Kind) -> Iterator[list[Member]]:
    with ExitStack() as stack:
        try:
            if kind.format == "zip":
                listed = _of_zip(stack.enter_context(zipfile.ZipFile(path)))
            else:
                listed = _of_tar(stack.enter_context(tarfile.open(path, "r:")))
        except _BROKEN as error:
            raise FileRefused(*_DAMAGED) from error
        yield _named_apart(listed)


def _of_zip(archive: zipfile.ZipFile) -> list[Member]:
    return [
        Member(label(entry.filename), entry.file_size, _opener(archive, entry), _zip_problem(entry))
        for entry in archive.infolist()
        if not entry.is_dir()
    ]


def _opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(entry)


def _zip_problem(entry: zipfile.ZipInfo) -> str | None:
    if entry.flag_bits & 0x1:
        return "it is protected with a password. Unpack it and upload the file itself."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "it is a link to another place, not a file."
    return "it is empty." if entry.file_size == 0 else None


def _of_tar(archive: tarfile.TarFile) -> list[Member]:
    members: list[Member] = []
    for entry in archive:
        if len(members) >= MAX_ENTRIES or sum(member.size for member in members) > MAX_UNPACKED:
            raise FileRefused("The archive holds too many files or too much.", "Split it.")
        if not entry.isdir():
            members.append(Member(label(entry.name), entry.size, _tar_opener(archive, entry), _tar_problem(entry)))
    return members


def _tar_problem(entry: tarfile.TarInfo) -> str | None:
    if not entry.isreg():
        return "it is not a plain file."
    if entry.issparse():  # a kilobyte of tar may stand for a gigabyte of nothing
        return "it has holes, which no export has."
    return None if entry.size else "it is empty."


def _tar_opener(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[], IO[bytes] | None]:
    return lambda: archive.extractfile(entry)


def label(name: str) -> str:
    """A member's name to show: no way out of a folder, printable, at most 120 characters, from its end."""
    steps = [
        step for step in re.sub(r"^[A-Za-z]:", "", name.replace("\\", "/")).split("/") if step not in ("", ".", "..")
    ]
    shown = "".join(mark for mark in "/".join(steps) if mark.isprintable()).replace(PART_OF.strip(), ">").strip()
    return shown[-_LONGEST_NAME:] or "unnamed"


def _named_apart(members: Sequence[Member]) -> list[Member]:
    """The same name twice gets a number."""
    taken: set[str] = set()
    named = []
    for member in members:
        name, turn = member.name, 2
        while name in taken:
            name, turn = f"{member.name} ({turn})", turn + 1
        taken.add(name)
        named.append(replace(member, name=name))
    return named
