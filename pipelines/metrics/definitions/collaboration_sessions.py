"""Exams read together with the referrer (M19b).

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (exams), ``sessions`` (invitations),
``value`` (invitations per 100 exams), ``low``, ``high`` (Byar, exact below 10), ``accepted`` (the invited party came), ``accept_share``,
``accept_low``, ``accept_high`` (Wilson), ``errors`` (came before the invitation, or the end before the beginning).
"""

from __future__ import annotations

import numpy as np

from pipelines.frames import framed
from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.tally import Tally
from pipelines.statistics import proportions, rates

_COUNTED = Tally({
    "n": "count(*) filter (kind = 'exam')",
    "sessions": "count(*) filter (kind = 'session' and not time_error)",
    "accepted": "count(*) filter (kind = 'session' and not time_error and accepted)",
    "errors": "count(*) filter (kind = 'session' and time_error)",
})  # fmt: skip


def answer(ask: Ask) -> Answer:
    """Invitations per 100 exams, and the share accepted."""
    frame = framed(ask.in_time(ask.tally(_COUNTED)))
    hundreds = np.where(frame["n"] > 0, frame["n"] / 100, np.nan)
    frame["value"] = frame["sessions"] / hundreds
    frame["low"], frame["high"] = rates.byar(frame["sessions"], hundreds)
    frame["accept_share"] = proportions.share(frame["accepted"], frame["sessions"])
    frame["accept_low"], frame["accept_high"] = proportions.interval(frame["accepted"], frame["sessions"])
    sessions, wrong = int(frame["sessions"].sum()), int(frame["errors"].sum())
    told = [f"{int(frame['accepted'].sum()):,} of {sessions:,} invitations were accepted."] if sessions else []
    if wrong:
        told.append(f"{wrong:,} with times that run backwards are left out: mend the dates.")
    return Answer(frame, tuple(told), int(frame["n"].sum()))


METRIC = Metric(
    name="collaboration_sessions",
    label="Exams read together",
    question="How often do readers and referrers look at an exam together?",
    description="Invitations to look at an exam together per 100 exams, and the share of invitations that were accepted.",
    numerator="invitations (accepted ones)",
    denominator="100 exams that ended in the period (invitations)",
    unit="invitations per 100 exams",
    window="invitations by the day sent, exams by the day they ended",
    edge_cases=(
        "An invitation counts whoever sent it, reader or referrer.",
        "Accepted is who came, whatever they said before.",
        "A session that began before its invitation or ended before its beginning is a data error: left out and counted.",
    ),
    source="Byar's interval, exact below 10 (Breslow & Day 1987); Wilson interval (1927).",
    dimensions=("site", "modality", "practice", "practitioner", "specialty"),
    grains=GRAINS,
    answer=answer,
    columns={
        "sessions": "invitations", "accepted": "the invited party came", "accept_share": "share of invitations", "accept_low": "lower end of its interval",
        "accept_high": "upper end of its interval", "errors": "times run backwards",
    },
    relation="exam_session",
    population="true",
    picks={"kind": "kind = $pick"},
    chart="trend",
)  # fmt: skip
