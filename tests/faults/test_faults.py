"""What a crash or a full disk may not do. Long: ``make slow``. Figures are printed and written in the README."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import ingest
from pipelines.errors import RapportError
from pipelines.workspace import Workspace, open_workspace

KILLS = int(os.environ.get("RAPPORT_KILLS", "100"))
HEADER = "Referral ID,Date Received,Patient Name,DOB,Referring Provider,Referring Practice,Site,Reason,Status\n"


def referral_log(path: Path, first: int, rows: int) -> Path:
    """A clean hand-kept referral log with ``rows`` records numbered from ``first``."""
    lines = [
        f"R{number},2026-{number % 5 + 1:02d}-{number % 27 + 1:02d},Pat Test{number},1970-01-{number % 27 + 1:02d},"
        f"Jo Doe{number % 40},Practice {number % 12},North,back pain,Scheduled\n"
        for number in range(first, first + rows)
    ]
    path.write_text(HEADER + "".join(lines), "utf-8")
    return path


def start_ingest(workspace: Workspace, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", "ingest", str(path), "-w", str(workspace.root), "--json"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}, start_new_session=True,
    )  # fmt: skip


@pytest.mark.slow
def test_killing_the_loader_at_any_moment_loses_nothing_acknowledged(workspace: Workspace, tmp_path: Path) -> None:
    chance = random.Random(7)
    base = ingest.ingest_files(workspace, [referral_log(tmp_path / "base.csv", 0, 300)])
    assert base[0][2]
    files = [referral_log(tmp_path / f"log{number}.csv", 1000 * number, 40) for number in range(1, 6)]
    started = time.monotonic()
    whole = start_ingest(workspace, files[0])
    whole.wait()
    span = time.monotonic() - started
    killed = 0
    for turn in range(KILLS):
        process = start_ingest(workspace, files[turn % 5])
        time.sleep(chance.uniform(0, span))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        _consistent(open_workspace(workspace.root))
    ingest.ingest_files(workspace, files)
    assert sum(load.rows_loaded for load in workspace.ledger.loads("active")) == 300 + 5 * 40
    before = workspace.warehouse.table_hashes()
    shutil.rmtree(workspace.warehouse.folder)
    workspace.warehouse.close()
    workspace.warehouse.folder.mkdir()
    assert workspace.warehouse.table_hashes() == before
    print(f"\nkilled {killed} of {KILLS} runs within {span:.1f} s each; 0 rows lost, rebuild identical")


def _consistent(workspace: Workspace) -> None:
    """Every active load is wholly there, and a reader gets one whole generation."""
    loads = workspace.ledger.loads("active")
    assert all((workspace.record / str(load.load_id) / "referral.parquet").exists() for load in loads)
    assert workspace.ledger.broken_trail_entry() is None
    workspace.warehouse.publish()
    with workspace.warehouse.read() as reader:
        assert reader.all("select count(*) from referral") == [(sum(load.rows_loaded for load in loads),)]
    workspace.warehouse.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], check=False).returncode
    ):
        pytest.skip("a small disk needs the right to mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.mark.slow
def test_a_full_disk_keeps_the_last_good_charts_and_recovers_unaided(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    workspace = open_workspace(small_disk / "workspace")
    ingest.ingest_files(workspace, [referral_log(tmp_path / "base.csv", 0, 300)])
    refusals = 0
    for turn in range(40):
        free = shutil.disk_usage(small_disk).free
        (small_disk / "filler").write_bytes(b"x" * max(0, int(free * (turn + 1) / 40) - 4096))
        refusals += _refused(workspace, referral_log(tmp_path / f"log{turn}.csv", 1000 * (turn + 1), 30))
        with workspace.warehouse.read() as reader:
            shown = reader.all("select count(*) from referral")[0][0]
        assert shown >= 300
        assert shown % 30 == 0
        (small_disk / "filler").unlink()
    workspace.warehouse.publish()
    kept = workspace.ledger.loads("active")
    with workspace.warehouse.read() as reader:
        assert reader.all("select count(*) from referral") == [(sum(load.rows_loaded for load in kept),)]
    workspace.warehouse.close()
    assert refusals
    print(f"\n{refusals} of 40 loads met a full disk; the last good charts were served throughout")


def _refused(workspace: Workspace, path: Path) -> bool:
    try:
        outcomes = ingest.ingest_files(workspace, [path])
    except RapportError as problem:
        return bool(problem.remedy)
    return any(isinstance(found, RapportError) for _, inspections, _ in outcomes for found in inspections)
