"""Images looked at by the referring practice (M19).

Frame, one row per category, period of sharing and horizon: ``category``, ``category_id``, ``period``, ``complete``, ``horizon``
(24 hours, 168 hours), ``n`` (exams shared), ``followed``, ``mature``, ``reached``, ``value`` (cumulative incidence of the first
look), ``low``, ``high``, ``median_hours``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import promise, said, total

HORIZONS = (24, 168)
# Whole hours begun until the first look; whole hours over until the end of the as-of day.
_LOOKED = "case when viewed_at is not null then greatest(1, (date_diff('second', shared_at, viewed_at) + 3599) // 3600)::integer end"
_FOLLOWED = "(date_diff('second', shared_at, day_over_at) // 3600)::integer"


def answer(ask: Ask) -> Answer:
    """Share of shared exams that somebody of the referring practice looked at in time."""
    frame = ask.in_time(promise(ask, _LOOKED, _FOLLOWED, HORIZONS, among="not view_error", longest=720))
    frame["median_hours"] = frame.pop("median_days")
    wrong = int(ask.frame("select count(*) as n from scoped where {population} and view_error")["n"].iloc[0])
    told = (f"{wrong:,} were looked at before they were shared, says the log: left out.",) if wrong else ()
    return Answer(frame, said(frame) + told, total(frame))


METRIC = Metric(
    name="image_views",
    label="Images looked at by the referrer",
    question="Does the referring practice look at the images it is sent?",
    description="Share of shared exams that anybody of the referring practice opened within 24 hours and within 7 days.",
    numerator="exams opened by a user of the practice that ordered them within the horizon of being shared",
    denominator="exams shared",
    unit="share",
    window="hours by the clock from the first sharing; without a look censored at the end of the as-of day",
    edge_cases=(
        "Technologists, readers, staff of the site and patients are nobody here, and neither is a machine that fetches a link to show a preview.",
        "Any user of the practice counts, not only who ordered; where the log names no practice, a user in the role of a referrer does.",
        "Annotating or exporting an exam is opening it.",
        "An exam shared twice counts from the first time.",
        "A look before the sharing is a data error: such exams are left out and counted.",
        "Times are whole hours: the hour in which it was looked at, and the hours for which it was followed.",
    ),
    source="Kaplan-Meier, interval on the log(-log) scale of the share, Jeffreys bound at none or all; roles as in DICOM audit messages.",
    dimensions=("site", "modality", "practice", "practitioner", "specialty"),
    grains=GRAINS,
    answer=answer,
    columns={
        "horizon": "hours since the exam was shared",
        "followed": "exams shared at least that long ago",
        "mature": "at least 90% were followed that long",
        "reached": "looked at within the horizon so far",
        "median_hours": "hours by which half were looked at",
    },
    relation="image_share",
    population="true",
    picks={"viewed": "cast(viewed_at is not null as varchar) = lower($pick)"},
    settings={"soon_hours": 24, "late_hours": 168},
    chart="trend",
)
