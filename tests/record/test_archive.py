"""Raw files are kept byte for byte, unreadable without the key, and damage is noticed."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import WorkspaceError
from pipelines.record.archive import CHUNK, Archive

KEY = bytes(range(32))


@pytest.mark.parametrize("size", [1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_file_of_any_size_comes_back_byte_for_byte(tmp_path: Path, size: int) -> None:
    data = bytes(position % 251 for position in range(size))
    archive = Archive(tmp_path, KEY)
    file_id = archive.put(io.BytesIO(data))
    assert file_id == hashlib.sha256(data).hexdigest()
    assert b"".join(archive.chunks(file_id)) == data


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(min_size=20, max_size=200))
def test_no_stretch_of_the_plain_bytes_lies_on_disk(tmp_path: Path, data: bytes) -> None:
    archive = Archive(tmp_path, KEY)
    stored = archive.path(archive.put(io.BytesIO(data))).read_bytes()
    assert data[:16] not in stored


def test_the_same_bytes_twice_are_one_file(tmp_path: Path) -> None:
    archive = Archive(tmp_path, KEY)
    assert archive.put(io.BytesIO(b"same")) == archive.put(io.BytesIO(b"same"))
    assert len(list(tmp_path.rglob("*.enc"))) == 1


@pytest.mark.parametrize("damage", ["flip", "cut", "drop last chunk"])
def test_a_changed_or_shortened_file_is_refused(tmp_path: Path, damage: str) -> None:
    archive = Archive(tmp_path, KEY)
    path = archive.path(archive.put(io.BytesIO(b"x" * (CHUNK + 10))))
    stored = bytearray(path.read_bytes())
    if damage == "flip":
        stored[40] ^= 1
    path.write_bytes(
        bytes(stored if damage == "flip" else stored[:-3] if damage == "cut" else stored[: 15 + CHUNK + 16])
    )
    with pytest.raises(WorkspaceError, match="altered or damaged"):
        list(archive.chunks(path.stem))


def test_another_key_reads_nothing(tmp_path: Path) -> None:
    file_id = Archive(tmp_path, KEY).put(io.BytesIO(b"secret rows"))
    with pytest.raises(WorkspaceError):
        list(Archive(tmp_path, bytes(32)).chunks(file_id))


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > CHUNK:
                raise OSError(28, "No space left on device")
            return super().read(size)

    with pytest.raises(WorkspaceError, match="nothing was changed"):
        Archive(tmp_path, KEY).put(Failing(b"y" * 3 * CHUNK))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("size", [1, CHUNK, CHUNK + 1])
def test_the_plain_copy_made_on_the_way_is_what_comes_out_again(tmp_path: Path, size: int) -> None:
    archive, copy, again = Archive(tmp_path / "raw", KEY), tmp_path / "copy", tmp_path / "again"
    file_id = archive.put(io.BytesIO(b"x" * size), copy)
    archive.extract(file_id, again)
    assert copy.read_bytes() == again.read_bytes() == b"x" * size
    assert copy.stat().st_mode & 0o777 == 0o600
