"""A workspace damaged in each of many ways: every command says in a sentence what is wrong, and nothing is lost in silence."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard.serving import server
from pipelines import doctor, ingest
from pipelines.__main__ import app
from pipelines.errors import RapportError, WorkspaceError
from pipelines.metrics import Scope, compute
from pipelines.workspace import Workspace, open_workspace

LOG = "Date Received,Patient Name,DOB,Referring Provider,Referring Practice\n03/02/2026,Mary Poe,01/15/1961,Ann Lee MD,Elm Clinic\n"
LATER = LOG.replace("03/02/2026", "03/09/2026").replace("Mary", "Jane")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace of one load, and its key."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.delenv("RAPPORT_KEY", raising=False)
        made = open_workspace(folder / "workspace")
        (folder / "log.csv").write_text(LOG, "utf-8")
        ingest.ingest_files(made, [folder / "log.csv"])
        made.warehouse.close()
    return folder


@pytest.fixture
def place(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace to damage."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    shutil.copytree(whole / "config", tmp_path / "config")
    shutil.copytree(whole / "workspace", tmp_path / "workspace")
    return tmp_path / "workspace"


def wrong(folder: Path) -> list[doctor.Checkup]:
    return [found for found in doctor.examine(folder) if not found.healthy]


def flip(path: Path, at: int, many: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[at : at + many] = bytes(byte ^ 0xFF for byte in data[at : at + many])
    path.write_bytes(data)


def change(folder: Path, sql: str) -> None:
    con = sqlite3.connect(folder / "ledger.sqlite")
    con.executescript(sql)
    con.close()


def generation(folder: Path) -> Path:
    return folder / "generations" / (folder / "generations" / "CURRENT").read_text()


def kept(folder: Path) -> Path:
    return next((folder / "record").rglob("referral.parquet"))


def other_tables(folder: Path) -> None:
    path = generation(folder)
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("create table a as select 1")


# What is done to the workspace, and a word of what the doctor must then say.
FATAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "ledger cut off": (lambda ws: os.truncate(ws / "ledger.sqlite", 20_000), "ledger is damaged"),
    "ledger without its beginning": (lambda ws: flip(ws / "ledger.sqlite", 0, 16), "ledger is damaged"),
    "ledger with a broken page": (lambda ws: flip(ws / "ledger.sqlite", 4096 * 3, 300), "ledger is damaged"),
    "ledger without a table": (lambda ws: change(ws, "drop table load"), "ledger is damaged"),
    "ledger with a broken entry": (lambda ws: change(ws, "update load set detail = '{'"), "entry of load 1 is damaged"),
    "trail cut off": (lambda ws: change(ws, "delete from trail where seq > 1"), "trail was altered"),
    "ledger empty": (lambda ws: os.truncate(ws / "ledger.sqlite", 0), "ledger.sqlite is empty"),
    "ledger gone": (lambda ws: (ws / "ledger.sqlite").unlink(), "ledger.sqlite is missing"),
    "marker empty": (lambda ws: os.truncate(ws / "workspace.json", 0), "workspace.json is damaged"),
    "marker no text": (lambda ws: (ws / "workspace.json").write_bytes(b"\xff\xfe"), "workspace.json is damaged"),
    "marker a list": (lambda ws: (ws / "workspace.json").write_text("[]"), "workspace.json is damaged"),
    "marker that leads elsewhere": (lambda ws: (ws / "workspace.json").write_text('{"workspace_id": "../x", "key_check": ""}'), "workspace.json is damaged"),
    "marker gone": (lambda ws: (ws / "workspace.json").unlink(), "workspace.json is missing"),
    "rows gone": (lambda ws: shutil.rmtree(ws / "record"), "rows of load 1 are missing"),
    "rows cut off": (lambda ws: os.truncate(kept(ws), 40), "rows of load 1 are missing or damaged"),
    "one bit of the rows": (lambda ws: flip(kept(ws), kept(ws).stat().st_size // 3), "rows of load 1 are missing or damaged"),
    "stored file gone": (lambda ws: shutil.rmtree(ws / "raw"), "1 stored files missing"),
    "a clock that was ahead": (lambda ws: change(ws, "update load set loaded_at = '2999-01-01T00:00:00.000000'"), "Load 1 was made at a time that is still to come"),
    "ledger open to others": (lambda ws: (ws / "raw").chmod(0o755), "raw can be read by others"),
}  # fmt: skip
# What is a cache is built again, by whoever first asks.
MENDED: dict[str, Callable[[Path], object]] = {
    "generation gone": lambda ws: generation(ws).unlink(),
    "generation of other tables": other_tables,
    "generation of noise": lambda ws: generation(ws).write_bytes(b"noise" * 5000),
    "state a list": lambda ws: Path(f"{generation(ws)}.json").write_text("[]"),
    "state without what it must tell": lambda ws: Path(f"{generation(ws)}.json").write_text("{}"),
    "pointer no text": lambda ws: (ws / "generations" / "CURRENT").write_bytes(b"\xff\xfe"),
    "pointer that leads elsewhere": lambda ws: (ws / "generations" / "CURRENT").write_text("../ledger.sqlite"),
}


@pytest.mark.parametrize("damage", FATAL)
def test_the_doctor_says_what_is_damaged_and_what_to_do(place: Path, damage: str) -> None:
    assert not wrong(place)
    harm, said = FATAL[damage]
    harm(place)
    found = wrong(place)
    assert any(said in one.what for one in found), found
    assert all(one.remedy for one in found)


@pytest.mark.parametrize("damage", MENDED)
def test_a_damaged_cache_is_built_again_by_whoever_asks(place: Path, damage: str) -> None:
    MENDED[damage](place)
    opened = open_workspace(place)
    try:
        assert compute("referral_volume", Scope.everything(), warehouse=opened.warehouse).n == 1
    finally:
        opened.warehouse.close()
    assert not wrong(place)


@pytest.mark.parametrize("damage", ["rows gone", "rows cut off", "one bit of the rows"])
def test_kept_rows_that_are_damaged_are_made_again_from_the_stored_file(place: Path, damage: str) -> None:
    before = {path.name: path.read_bytes() for path in kept(place).parent.glob("*")}
    FATAL[damage][0](place)
    opened = open_workspace(place)
    assert ingest.renew(opened).done == (1,)
    assert {path.name for path in kept(place).parent.glob("*")} == set(before)
    opened.warehouse.close()
    assert not wrong(place)


@pytest.mark.parametrize("damage", ["rows gone", "rows cut off", "one bit of the rows"])
def test_no_figures_are_made_without_the_kept_rows_that_are_lost(place: Path, damage: str) -> None:
    FATAL[damage][0](place)
    opened = open_workspace(place)
    shown = opened.warehouse.current
    (place.parent / "more.csv").write_text(LATER, "utf-8")
    with pytest.raises(WorkspaceError, match="load 1 are missing or damaged") as told:
        opened.warehouse.publish(full=True)
    assert "rapport renew" in told.value.remedy
    assert opened.warehouse.current == shown
    with pytest.raises(WorkspaceError, match="what was loaded is kept"):
        ingest.ingest_files(opened, [place.parent / "more.csv"])
    ingest.renew(opened)
    assert compute("referral_volume", Scope.everything(), warehouse=opened.warehouse).n == 2
    opened.warehouse.close()


def test_undoing_a_load_whose_kept_rows_are_lost_takes_it_out_of_every_number(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.warehouse.publishing.worth_advancing", lambda *_: True)
    (place.parent / "more.csv").write_text(LATER, "utf-8")
    opened = open_workspace(place)
    ingest.ingest_files(opened, [place.parent / "more.csv"])
    shutil.rmtree(place / "record" / "1")
    ingest.undo(opened, 1)
    assert compute("referral_volume", Scope.everything(), warehouse=opened.warehouse).n == 1
    opened.warehouse.close()


def test_a_load_into_a_damaged_generation_builds_all_of_it_again(place: Path) -> None:
    data = generation(place).read_bytes()
    damaged = bytearray(data)
    for at in range(3 * 4096 + 64, len(data), 262_144):  # one byte of every block
        damaged[at] ^= 0xFF
    generation(place).write_bytes(damaged)
    (place.parent / "later.csv").write_text(LATER, "utf-8")
    opened = open_workspace(place)
    ingest.ingest_files(opened, [place.parent / "later.csv"])
    assert compute("referral_volume", Scope.everything(), warehouse=opened.warehouse).n == 2
    opened.warehouse.close()
    assert not wrong(place)


@pytest.mark.parametrize("key", [b"\xff\xfe", b"", b"QUJD", base64.b64encode(bytes(32))])
def test_a_damaged_or_strange_key_file_is_refused_by_its_name(place: Path, key: bytes) -> None:
    path = next((place.parent / "config" / "rapport").iterdir())
    path.write_bytes(key)
    (found,) = wrong(place)
    assert "key" in found.what
    assert "backup" in found.remedy
    path.unlink()
    path.mkdir()
    assert "key file cannot be read" in wrong(place)[0].what


@pytest.fixture
def mounted_read_only(place: Path) -> Iterator[Path]:
    mounts = (["mount", "--bind", str(place), str(place)], ["mount", "-o", "remount,ro,bind", str(place)])
    try:
        if os.geteuid() or any(subprocess.run(one, capture_output=True, check=False).returncode for one in mounts):
            pytest.skip("a disk mounted read-only needs the right to mount one")
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def test_a_workspace_mounted_read_only_answers_and_says_of_the_rest_that_it_cannot_be_written_to(
    mounted_read_only: Path,
) -> None:
    opened = open_workspace(mounted_read_only)
    try:
        assert compute("referral_volume", Scope.everything(), warehouse=opened.warehouse).n == 1
        (mounted_read_only.parent / "later.csv").write_text(LATER, "utf-8")
        asked: tuple[Callable[[], object], ...] = (
            lambda: ingest.ingest_files(opened, [mounted_read_only.parent / "later.csv"]),
            lambda: ingest.undo(opened, 1, "me"),
            lambda: compute("conversion", Scope.everything(), as_of=dt.date(2026, 3, 1), warehouse=opened.warehouse),
            lambda: opened.ledger.note("me", "export"),
            lambda: ingest.receive(opened, "later.csv", LATER.encode()),
        )
        for ask in asked:
            with pytest.raises(WorkspaceError, match=r"cannot be written to|could not be (changed|stored)"):
                ask()
    finally:
        opened.warehouse.close()
    assert [one.what for one in wrong(mounted_read_only)] == [
        "workspace, raw, record, generations, work, ledger.sqlite cannot be written to, so nothing can be loaded."
    ]


def test_a_dashboard_on_a_workspace_mounted_read_only_starts(
    mounted_read_only: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Path] = []
    monkeypatch.setattr(server, "check_port", lambda host, port: None)
    monkeypatch.setattr(server, "serve", lambda **told: served.append(told["workspace"]))
    done = CliRunner().invoke(app, ["serve", "-w", str(mounted_read_only), "--no-browser"])
    assert done.exit_code == 0
    assert served == [mounted_read_only]


def test_two_who_begin_a_workspace_at_the_same_moment_share_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for attempt in range(20):
        with ThreadPoolExecutor(4) as pool:
            opened = list(pool.map(lambda _: open_workspace(tmp_path / str(attempt)), range(4)))  # noqa: B023
        assert len({one.workspace_id for one in opened}) == 1
    assert len(list((tmp_path / "config" / "rapport").iterdir())) == 20


def test_what_is_kept_is_for_its_owner_alone_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    before = os.umask(0)
    try:
        opened = open_workspace(tmp_path / "new")
        _ = opened.ledger
        with opened.warehouse.writing():
            pass
    finally:
        os.umask(before)
    loose = [path.name for path in (opened.root, *opened.root.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert loose == []


def test_a_ledger_that_others_could_read_is_closed_to_them(place: Path) -> None:
    (place / "ledger.sqlite").chmod(0o644)
    _ = open_workspace(place).ledger
    assert stat.S_IMODE((place / "ledger.sqlite").stat().st_mode) == 0o600


def test_what_a_killed_build_spilled_is_swept(workspace: Workspace) -> None:
    left = workspace.root / "work" / "999999999-spill-abc"
    left.mkdir()
    (left / "duckdb_temp_block").write_bytes(b"rows")
    open_workspace(workspace.root)
    assert not left.exists()


def test_a_damaged_ledger_is_told_by_every_method_that_reads_it(place: Path) -> None:
    ledger = open_workspace(place).ledger
    flip(place / "ledger.sqlite", 0, 100)
    for ask in (ledger.loads, ledger.mappings, ledger.releases, ledger.identity_decisions, ledger.broken_trail_entry):
        with pytest.raises(RapportError, match=r"ledger is damaged\..*backup"):
            ask()
    with pytest.raises(WorkspaceError, match="damaged"):
        ledger.note("me", "export")
    assert json.loads((place / "workspace.json").read_text())
