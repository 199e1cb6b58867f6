"""What the questions of each page's default view cost by size of the network: all sites, the last twelve months.

The sum over a page's cards of one metric call each, asked of the warehouse anew, and the dearest of their lists of rows (the
newest 500, and how many there are), and the same questions as of an earlier day, the first time and again; the first time beside it, when nothing has
been read from disk and no study of the generation has been forecast. ``RAPPORT_SIZES`` lists the referrals of
each network; ``RAPPORT_BENCH`` is a folder in which they are kept for the next run.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from pathlib import Path

from pipelines.metrics import Filters, Scope, compute, rows
from pipelines.workspace import Workspace
from tests.benchmarks import network

SIZES = os.environ.get("RAPPORT_SIZES", "100000,1000000,10000000")
EARLIER = dt.date(2026, 5, 31)
YEAR = Filters(start=dt.date(2025, 7, 1))
Question = tuple[str, str | None, str | None]  # metric, by, grain
VIEWS: dict[str, tuple[Question, ...]] = {
    "overview": (
        ("referral_volume", None, "month"), ("conversion", None, None), ("relationship_state", "practice", None),
        ("feedback_nps", None, None), ("unattributed_share", None, None),
    ),
    "volume": (
        ("referral_volume", None, "month"), ("active_referrers", None, "month"), ("new_referrers", None, "month"),
        ("unattributed_share", None, "month"),
    ),
    "conversion": (
        ("conversion", None, "month"), ("conversion_curve", None, None), ("enrolment_funnel", None, None), ("exit_reasons", None, None),
    ),
    "dormancy": (("relationship_state", "practice", None), ("relationship_survival", "practice", None)),
    "feedback": (
        ("feedback_nps", None, "quarter"), ("feedback_response", None, "quarter"), ("feedback_top_box", None, None),
        ("feedback_comments", None, None),
    ),
    "promises": (
        ("slipped_patients", None, None), ("acknowledgement", None, "month"), ("set_notice", None, "month"), ("outcome_notice", None, "month"),
        ("welcome", None, "month"), ("urgent_scheduling", None, "month"), ("loop_closed", None, "month"), ("ever_slipped", None, "month"),
        ("appointment_outcomes", None, "month"), ("channel_friction", None, None),
    ),
    "recruitment": (
        ("recruitment_pace", None, None), ("recruitment_forecast", None, None), ("recruitment_sites", None, None),
        ("recruitment_backtest", None, None),
    ),
}  # fmt: skip


def run() -> None:
    """Print processor and clock milliseconds of each view, and its dearest question, for each size."""
    for size in map(int, SIZES.split(",")):
        with tempfile.TemporaryDirectory() as name:
            workspace = network.made(Path(os.environ.get("RAPPORT_BENCH", name)) / str(size), size)
            print(f"{size:,} referrals")
            for page, questions in VIEWS.items():
                _view(workspace, page, questions)
            workspace.warehouse.close()


def _view(workspace: Workspace, page: str, questions: tuple[Question, ...]) -> None:
    first = sum(_spent(workspace, question)[0] for question in questions)
    spent = {question: min(_spent(workspace, question) for _ in range(2)) for question in questions}
    cpu, wall = (sum(one[place] for one in spent.values()) for place in (0, 1))
    dearest = max(spent, key=lambda question: spent[question])
    behind, listed = max((_listing(workspace, metric), metric) for metric, _, _ in questions)
    then = [sum(_spent(workspace, question, EARLIER)[0] for question in questions) for _ in range(2)]
    print(f"  {page:<12} {cpu:7.0f} CPU-ms {wall:7.0f} ms   the first time {first:.0f} CPU-ms   dearest: {dearest[0]} {spent[dearest][0]:.0f} CPU-ms   rows behind {listed}: {behind:.0f} CPU-ms   a month earlier: {then[0]:.0f} and {then[1]:.0f} CPU-ms", flush=True)  # fmt: skip


def _spent(workspace: Workspace, question: Question, as_of: dt.date | None = None) -> tuple[float, float]:
    metric, by, grain = question
    cpu, wall = time.process_time(), time.perf_counter()
    compute(metric, Scope.everything(), YEAR, by, grain, as_of, warehouse=workspace.warehouse)
    return 1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)


def _listing(workspace: Workspace, metric: str) -> float:
    """Processor milliseconds of the rows behind a metric, the second time."""
    spent = []
    for _ in range(2):
        begun = time.process_time()
        rows(metric, Scope.everything(), YEAR, warehouse=workspace.warehouse)
        spent.append(1000 * (time.process_time() - begun))
    return min(spent)
