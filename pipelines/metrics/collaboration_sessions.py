"""Exams read together with the referrer (M19b).

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (exams), ``sessions`` (invitations),
``value`` (invitations per 100 exams), ``low``, ``high`` (Byar, exact below 10), ``accepted`` (the invited party came), ``accept_share``,
``accept_low``, ``accept_high`` (Wilson), ``errors`` (came before the invitation, or the end before the beginning).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import proportions, rates

_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, count(*) filter (kind = 'exam') as n,
        count(*) filter (kind = 'session' and not time_error) as sessions, count(*) filter (kind = 'session' and not time_error and accepted) as accepted,
        count(*) filter (kind = 'session' and time_error) as errors
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(sessions)::bigint as sessions, sum(accepted)::bigint as accepted,
    sum(errors)::bigint as errors
from folded group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """Invitations per 100 exams, and the share accepted."""
    frame = ask.marked(ask.folded(_COUNTED))
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
    unit="sessions per 100 exams",
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
