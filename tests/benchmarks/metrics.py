"""Every metric at 1,000,000 referrals and 4,500,000 events: beside the query one would write by hand, or, where the method is
more than one query, by itself.

By hand means on a connection of one's own to the same generation, the answer as a data frame, as a metric's is. The columns
that both share are compared before anything is timed. Aims: 1.5 x the processor time of the query by hand, a second for
the others; at 5,000,000 referrals (``RAPPORT_ROWS``) 300 CPU-ms each. ``RAPPORT_BENCH`` keeps the network for the next run.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from pipelines import warehouse
from pipelines.metrics import Scope, compute, registry
from pipelines.workspace import Workspace
from tests.benchmarks import network
from tests.benchmarks.contests import CONTESTS, FILTERS, Contest

REPEATS = int(os.environ.get("RAPPORT_REPEATS", "9"))
LIMIT = 1.5
# One process opens a file with one configuration only: the warehouse's.
AS_READ: dict[str, str | bool | int | float | list[str]] = {"memory_limit": warehouse.READ_MEMORY, "threads": 2}


def run() -> None:
    """Print each metric's median wall and CPU milliseconds beside its hand-written query's, then the methods'."""
    with tempfile.TemporaryDirectory() as name:
        workspace = network.made(Path(os.environ.get("RAPPORT_BENCH", name)))
        wanted = os.environ.get("RAPPORT_METRIC", "")
        path = str(workspace.warehouse.folder / str(workspace.warehouse.current))
        with duckdb.connect(path, read_only=True, config=AS_READ) as con:
            found = [_contest(workspace, con, contest) for contest in CONTESTS if wanted in contest.metric]
        if found:
            over = [name for ratio, name in found if ratio > LIMIT]
            print(
                f"{len(found)} questions: worst {max(found)[0]:.2f} x; above {LIMIT:g} x: {', '.join(over) or 'none'}"
            )
        asked = {contest.metric for contest in CONTESTS}
        _methods(workspace, [name for name in registry() if name not in asked and wanted in name])
        workspace.warehouse.close()


def _contest(workspace: Workspace, con: duckdb.DuckDBPyConnection, contest: Contest) -> tuple[float, str]:
    """Interleaved, so that a busy moment hits both alike; returns the ratio of the medians of CPU time and the name."""
    ours, hand = _asked(workspace, contest.metric, contest.by, contest.grain), lambda: con.execute(contest.sql).df()
    _agree(contest, hand(), ours())
    spent = {hand: [], ours: []}
    for _ in range(REPEATS):
        for one in (hand, ours):
            before = time.process_time()
            one()
            spent[one].append(1000 * (time.process_time() - before))
    hand_ms, ours_ms = (statistics.median(spent[one]) for one in (hand, ours))
    cut = f"{f' by {contest.by}' if contest.by else ''}{f' per {contest.grain}' if contest.grain else ''}"
    print(
        f"{contest.metric + cut:<36} {ours_ms:7.1f} CPU-ms   by hand {hand_ms:7.1f}   {ours_ms / hand_ms:5.2f} x   {contest.returns}",
        flush=True,
    )
    return ours_ms / hand_ms, contest.metric + cut


def _methods(workspace: Workspace, names: list[str]) -> None:
    """What is more than one query: milliseconds of the clock and of the processor."""
    for name in names:
        ask = _asked(workspace, name, None, "month" if "month" in registry()[name].grains else None)
        first = _spent(ask)
        again = [_spent(ask) for _ in range(3)]
        cpu, wall = (statistics.median(one[place] for one in again) for place in (0, 1))
        print(f"{name:<36} {cpu:7.1f} CPU-ms {wall:7.1f} ms   the first time {first[0]:.1f} CPU-ms", flush=True)


def _spent(ask: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    ask()
    return 1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)


def _agree(contest: Contest, hand: pd.DataFrame, ours: pd.DataFrame) -> None:
    """Stop where the query by hand does not answer the same question."""
    for column in contest.same:
        mine, theirs = (sorted(frame[column].astype(float).round(6) if frame[column].dtype.kind in "fiu" or column in ("n", "voids")
                               else frame[column].astype(str).str[:30]) for frame in (ours, hand))  # fmt: skip
        if mine != theirs:
            raise SystemExit(
                f"{contest.metric}: {column} differs: {mine[:5]} {len(mine)} against {theirs[:5]} {len(theirs)}"
            )


def _asked(workspace: Workspace, metric: str, by: str | None, grain: str | None) -> Callable[[], pd.DataFrame]:
    return lambda: compute(metric, Scope.everything(), FILTERS, by=by, grain=grain, warehouse=workspace.warehouse).frame
