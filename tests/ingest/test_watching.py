"""A watched folder: half-written files, replaced files, folders that go away, disks that fail."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines import ingest
from pipelines.errors import UnknownName, WorkspaceError
from pipelines.ingest import watching
from pipelines.ingest.watching import Watch
from pipelines.workspace import Workspace

HEAD = "Date Received,Referring Provider,Referring Practice\n"
ROW = '2026-03-0{},"Smith, Jane MD",Elm Clinic\n'


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.mkdir()
    return path


@pytest.fixture
def watch(workspace: Workspace, folder: Path, clock: Clock) -> Watch:
    return Watch(workspace, folder, settle_s=5, clock=clock)


def outcomes(watch: Watch) -> dict[str, str]:
    return {name: seen.outcome for name, seen in watch.seen.items()}


def test_a_file_is_taken_when_it_has_stopped_growing(watch: Watch, folder: Path, clock: Clock) -> None:
    path = folder / "log.csv"
    path.write_text(HEAD)
    assert watch.look() == []
    clock.now = 6
    path.write_text(HEAD + ROW.format(1))  # still being written
    assert watch.look() == []
    clock.now = 9
    assert watch.look() == []
    clock.now = 12
    assert watch.look() == ["log.csv"]
    assert outcomes(watch) == {"log.csv": "loaded"}
    assert watch.look() == []
    assert path.exists()


def test_a_file_that_stays_empty_is_told_of_once_and_taken_when_it_is_written(
    watch: Watch, folder: Path, clock: Clock
) -> None:
    path = folder / "log.csv"
    path.touch()
    assert watch.look() == []
    clock.now = 6
    assert watch.look() == ["log.csv"]
    assert outcomes(watch) == {"log.csv": "mend"}
    assert watch.look() == []
    path.write_text(HEAD + ROW.format(1))
    watch.look()
    clock.now = 12
    assert watch.look() == ["log.csv"]
    assert outcomes(watch) == {"log.csv": "loaded"}


def test_names_of_unfinished_files_are_not_looked_at(watch: Watch, folder: Path, clock: Clock) -> None:
    for name in ("a.csv.part", "b.tmp", "~$book.xlsx", ".hidden.csv", "c.csv.crdownload"):
        (folder / name).write_text(HEAD + ROW.format(1))
    watch.look()
    clock.now = 60
    assert watch.look() == []
    assert watch.seen == {}


def test_the_same_content_under_another_name_is_not_loaded_twice(
    watch: Watch, folder: Path, clock: Clock, workspace: Workspace
) -> None:
    (folder / "log.csv").write_text(HEAD + ROW.format(1))
    watch.look()
    clock.now = 6
    watch.look()
    (folder / "copy.csv").write_text(HEAD + ROW.format(1))
    watch.look()
    clock.now = 12
    watch.look()
    assert outcomes(watch) == {"log.csv": "loaded", "copy.csv": "known"}
    assert len(workspace.ledger.loads("active")) == 1


def test_a_replaced_file_is_loaded_anew(watch: Watch, folder: Path, clock: Clock, workspace: Workspace) -> None:
    path = folder / "log.csv"
    for turn in (1, 2):
        path.write_text(HEAD + "".join(ROW.format(day) for day in range(1, turn + 1)))
        os.utime(path, ns=(turn * 10**9, turn * 10**9))
        watch.look()
        clock.now += 6
        watch.look()
    assert [load.rows_loaded for load in workspace.ledger.loads("active")] == [1, 2]


def test_a_file_written_to_while_it_was_read_is_taken_back(
    watch: Watch, folder: Path, clock: Clock, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "log.csv"
    path.write_text(HEAD + ROW.format(1))
    real = ingest.ingest_files

    def slow(*arguments: Any, **more: Any) -> Any:
        done = real(*arguments, **more)
        path.write_text(HEAD + ROW.format(1) + ROW.format(2))
        return done

    monkeypatch.setattr(ingest, "ingest_files", slow)
    watch.look()
    clock.now = 6
    watch.look()
    assert workspace.ledger.loads("active") == []
    assert outcomes(watch) == {"log.csv": "waiting"}
    monkeypatch.setattr(ingest, "ingest_files", real)
    clock.now = 12
    watch.look()
    assert [load.rows_loaded for load in workspace.ledger.loads("active")] == [2]


def test_a_folder_that_is_away_is_looked_for_again(watch: Watch, folder: Path, clock: Clock) -> None:
    (folder / "log.csv").write_text(HEAD + ROW.format(1))
    watch.look()
    folder.rename(folder.with_name("elsewhere"))
    clock.now = 6
    assert watch.look() == []
    assert watch.missing
    folder.with_name("elsewhere").rename(folder)
    watch.look()
    clock.now = 20
    assert watch.look() == [] or not watch.missing
    assert outcomes(watch) == {"log.csv": "loaded"}


def test_a_full_disk_is_tried_again_after_ever_longer_waits(
    watch: Watch, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise WorkspaceError(
            "The file could not be stored (No space left on device); nothing was changed.", "Free some disk space."
        )

    real = ingest.ingest_files
    monkeypatch.setattr(ingest, "ingest_files", full)
    (folder / "log.csv").write_text(HEAD + ROW.format(1))
    watch.look()
    clock.now = 6
    assert watch.look() == ["log.csv"]
    assert watch.look() == []
    clock.now = 6 + 31
    assert watch.look() == ["log.csv"]
    clock.now += 31
    assert watch.look() == []  # the second wait is twice as long
    seen = watch.seen["log.csv"]
    assert (seen.outcome, seen.tries) == ("retry", 2)
    assert "No space left" in seen.reason
    monkeypatch.setattr(ingest, "ingest_files", real)
    clock.now += 60
    watch.look()
    assert outcomes(watch) == {"log.csv": "loaded"}


def test_an_unknown_file_waits_for_a_person_and_is_tried_again_when_it_changes(
    watch: Watch, folder: Path, clock: Clock
) -> None:
    path = folder / "odd.csv"
    path.write_text("a,b,c\n1,2,3\n")
    watch.look()
    clock.now = 6
    assert watch.look() == ["odd.csv"]
    assert outcomes(watch) == {"odd.csv": "mend"}
    clock.now = 10_000
    assert watch.look() == []
    path.write_text(HEAD + ROW.format(1))
    watch.look()
    clock.now += 6
    watch.look()
    assert outcomes(watch) == {"odd.csv": "loaded"}


def test_the_summary_says_what_became_of_every_file(
    watch: Watch, folder: Path, clock: Clock, workspace: Workspace
) -> None:
    (folder / "log.csv").write_text(HEAD + ROW.format(1) + ",,\n")
    watch.look()
    clock.now = 6
    watch.look()
    told = json.loads((workspace.root / watching.SUMMARY).read_text("utf-8"))
    one = told["files"][0]
    assert (one["file"], one["outcome"], one["rows_in"]) == (
        "log.csv",
        "loaded",
        one["rows_loaded"] + one["rows_rejected"] + one["rows_duplicate"],
    )


def test_a_folder_that_does_not_exist_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="cannot be read"):
        watching.files_in(tmp_path / "nowhere")


class _Stopped(BaseException):
    """What Ctrl-C and a screen's Cancel are to the code below them."""


def test_a_cancelled_load_leaves_nothing_behind(workspace: Workspace) -> None:
    file_id = ingest.receive(workspace, "log.csv", (HEAD + ROW.format(1)).encode())
    found = ingest.inspect(workspace, file_id)

    def stop(label: str, fraction: float) -> None:
        raise _Stopped

    with pytest.raises(_Stopped):
        ingest.load(workspace, found, on_progress=stop)
    assert workspace.ledger.loads() == []
    assert list(workspace.record.iterdir()) == []
    assert list((workspace.root / "work").glob("*-*")) == []
    made = ingest.load(workspace, ingest.inspect(workspace, file_id))
    assert made.rows_loaded == 1


def test_a_cancelled_batch_leaves_nothing_behind(workspace: Workspace, folder: Path) -> None:
    for turn in (1, 2, 3):
        (folder / f"log{turn}.csv").write_text(HEAD + ROW.format(turn))

    def stop(label: str, fraction: float) -> None:
        raise _Stopped

    with pytest.raises(_Stopped):
        ingest.ingest_files(workspace, watching.files_in(folder)[0], on_progress=stop)
    assert workspace.ledger.loads() == []
    assert list(workspace.record.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_links_and_pipes_in_the_folder_are_neither_followed_nor_opened(
    watch: Watch, folder: Path, clock: Clock, tmp_path: Path, workspace: Workspace
) -> None:
    secret = tmp_path / "elsewhere.csv"
    secret.write_text(HEAD + ROW.format(1))
    (folder / "link.csv").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.csv")
    (folder / "log.csv").write_text(HEAD + ROW.format(2))
    assert watch.look() == ["link.csv", "linked", "pipe.csv"]  # told of once
    clock.now = 10
    assert watch.look() == ["log.csv"]
    assert outcomes(watch) == {"link.csv": "mend", "linked": "mend", "pipe.csv": "mend", "log.csv": "loaded"}
    assert len(workspace.ledger.loads()) == 1
    assert "not followed" in watch.seen["link.csv"].reason
    (folder / "link.csv").unlink()
    watch.look()
    assert watch.seen["link.csv"].outcome == "gone"


def test_a_folder_within_that_cannot_be_read_keeps_nothing_else_from_being_read(
    watch: Watch, folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "closed").mkdir()
    (folder / "log.csv").write_text(HEAD + ROW.format(2))
    look, closed = os.scandir, folder / "closed"

    def scandir(place: Path) -> Any:
        if place == closed:
            raise PermissionError(13, "Permission denied")
        return look(place)

    monkeypatch.setattr(os, "scandir", scandir)
    watch.look()
    clock.now = 10
    assert watch.look() == ["log.csv"]
    assert not watch.missing
    assert watch.seen["closed"].reason == "The folder cannot be read (Permission denied)."


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(workspace: Workspace, folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    for path in (folder / "pipe.csv", Path("/dev/zero"), folder):
        [(_, [refused], made)] = ingest.ingest_files(workspace, [path])
        assert "is not a plain file" in str(refused)
        assert not made


def test_names_that_are_no_text_or_move_the_cursor_are_shown_without_harm() -> None:
    assert watching.shown_name("a\n\x1b[31m\udcff\u202e.csv") == "a??[31m??.csv"
