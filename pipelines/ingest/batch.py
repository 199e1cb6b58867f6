"""Several files as one batch: two are read at a time, one generation shows them all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines import business_time, sandbox
from pipelines.errors import FileRefused, RapportError, WorkspaceError
from pipelines.ingest.inspecting import WORKER, inspect_all
from pipelines.ingest.inspection import Choices, Inspection, Progress, quiet, scaled
from pipelines.ingest.loading import keep, take_back
from pipelines.ingest.receiving import clean_name, opened, receive
from pipelines.record.ledger import Load
from pipelines.workspace import Workspace

FILES_AT_ONCE = 2


Outcome = tuple[list[Inspection | Exception], list[Load]]


def ingest_files(workspace: Workspace, paths: Sequence[Path], by: str = "local", choices: Choices | None = None,
                 on_progress: Progress = quiet, dry_run: bool = False) -> list[tuple[Path, list[Inspection | Exception], list[Load]]]:  # fmt: skip
    """Load several files as one batch: sites and rosters first, one new generation at the end.

    Returns, per file, what each of its tables turned out to be (or why it was refused) and the loads made.
    """
    before = {load.load_id for load in workspace.ledger.loads()}
    with workspace.changing():
        try:
            return _ingest_files(workspace, paths, by, choices, on_progress, dry_run)
        except Exception:
            raise
        except BaseException:  # Ctrl-C: the children end, and what this call loaded goes
            sandbox.stop_all()
            made = [
                load.load_id for load in workspace.ledger.loads() if load.load_id not in before and load.loaded_by == by
            ]
            take_back(workspace, made, by)
            workspace.warehouse.publish()
            raise


def _ingest_files(workspace: Workspace, paths: Sequence[Path], by: str, choices: Choices | None, on_progress: Progress,
                  dry_run: bool) -> list[tuple[Path, list[Inspection | Exception], list[Load]]]:  # fmt: skip
    received = threading.Event()
    threading.Thread(target=_prepare_once, args=(received,), daemon=True).start()
    ordered = sorted(paths, key=_likely_order)
    try:
        outcomes = _ingest_ordered(workspace, ordered, by, choices, on_progress, dry_run, received)
    finally:
        received.set()
    return [(path, *outcomes[path]) for path in paths]


def _ingest_ordered(workspace: Workspace, ordered: Sequence[Path], by: str, choices: Choices | None, on_progress: Progress,
                    dry_run: bool, received: threading.Event) -> dict[Path, Outcome]:  # fmt: skip
    outcomes: dict[Path, Outcome] = {}
    for first in (True, False):
        batch = [path for path in ordered if (_likely_order(path)[0] == 0) is first]
        done = len(outcomes)
        outcomes |= _ingest_batch(workspace, batch, by, choices, dry_run, received,
                                  scaled(on_progress, 0.9 * done / len(ordered), 0.9 * (done + len(batch)) / len(ordered)))  # fmt: skip
        # The sites' time zones must be known before times are read, so the first batch is published on its own.
        if batch or not first:
            workspace.warehouse.publish(scaled(on_progress, 0.9, 1.0) if not first else quiet)
    return outcomes


def _prepare_once(received: threading.Event) -> None:
    """Find the business days while this process waits for its children, and no sooner: beside the sealing of a first file,
    piece by piece, it took Python from it for more than a second."""
    received.wait()
    business_time.prepare()


def _ingest_batch(workspace: Workspace, paths: Sequence[Path], by: str, choices: Choices | None, dry_run: bool,
                  received: threading.Event, on_progress: Progress) -> dict[Path, Outcome]:  # fmt: skip
    """Two files are read at a time, each in its child; what they hold is kept one after the other, in order."""
    outcomes: dict[Path, Outcome] = {}
    with ThreadPoolExecutor(max_workers=FILES_AT_ONCE) as pool:
        asked = [pool.submit(_inspect_file, workspace, path, by, choices, received) for path in paths]
        try:
            for path, future in zip(paths, asked, strict=True):
                inspections = future.result()
                outcomes[path] = (inspections, [] if dry_run else _keep_all(workspace, inspections, by))
                for inspection in inspections:
                    if isinstance(inspection, Inspection):
                        inspection.discard()
                on_progress(f"Read {clean_name(path.name)}{_rows_in(inspections)}", len(outcomes) / len(paths))
        except BaseException:  # the pool waits for its threads, and they for their children
            pool.shutdown(wait=False, cancel_futures=True)
            sandbox.stop_all()
            raise
    return outcomes


def _rows_in(inspections: list[Inspection | Exception]) -> str:
    rows = sum(found.counts["rows_in"] for found in inspections if isinstance(found, Inspection))
    return f", {rows:,} rows" if rows else ""


def _inspect_file(
    workspace: Workspace, path: Path, by: str, choices: Choices | None, received: threading.Event
) -> list[Inspection | Exception]:
    try:
        with sandbox.ready(WORKER) as child, workspace.work_folder() as folder:
            plain = folder / "received"
            with opened(path) as stream:
                file_id = receive(workspace, path.name, stream, by, plain)
            received.set()
            return [*inspect_all(workspace, file_id, choices, child=child, plain=plain)]
    except OSError as problem:
        return [
            FileRefused(
                f"{clean_name(path.name)} cannot be opened ({problem.strerror}).",
                "Check the path and your rights to it.",
            )
        ]
    except RapportError as problem:
        return [problem]


def _keep_all(workspace: Workspace, inspections: list[Inspection | Exception], by: str) -> list[Load]:
    made = []
    for position, inspection in enumerate(inspections):
        if isinstance(inspection, Inspection) and inspection.problem is None:
            try:
                made.append(workspace.ledger.load(keep(workspace, inspection, by)[0]))
            except WorkspaceError as problem:
                inspections[position] = problem
    return made


def _likely_order(path: Path) -> tuple[int, str]:
    """Sites, studies and rosters before what refers to them: a site's time zone must be known to read its times."""
    first = any(word in path.name.lower() for word in ("site", "stud", "roster", "npi", "provider", "dictionar"))
    return (0 if first else 1, str(path))
