"""Patients who slip (M13).

Frame, one row per rule and category: ``rule`` (what has not happened, or "any rule"), ``category``, ``category_id``,
``period`` (empty), ``complete``, ``n`` (open referrals), ``hits`` (to which the rule applies), ``value``, ``low``,
``high`` (Wilson). A referral may meet several rules: "any rule" counts it once.
"""

from __future__ import annotations

import pandas as pd

from pipelines.frames import framed
from pipelines.marts import PROMISES
from pipelines.metrics.declare import JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import interval_of, untold
from pipelines.metrics.tally import Tally

ANY = "any rule"
RULES = (
    "urgent, not scheduled", "not acknowledged", "accepted, patient not contacted", "not reached, referrer not told",
    "no-show, not followed up", "seen, report not sent", "no next step",
)  # fmt: skip
_MET = {ANY: "slip_mask <> 0"} | {rule: f"(slip_mask & {1 << place}) <> 0" for place, rule in enumerate(RULES)}
_MANY = {name: f"met_{place}" for place, name in enumerate(_MET)}
_COUNTED = Tally(
    {"n": "{count}"} | {_MANY[rule]: f"{{count({condition})}}" for rule, condition in _MET.items()}, period="null::date"
)


def answer(ask: Ask) -> Answer:
    """Open referrals by the rule under which their patient has slipped, those that most meet first."""
    wide = framed(ask.in_time(ask.tally(_COUNTED)))
    parts = [wide.drop(columns=list(_MANY.values())).assign(rule=rule, hits=wide[name]) for rule, name in _MANY.items()]
    frame = pd.concat(parts).reset_index(names="place")
    frame = frame.sort_values(["place", "hits", "rule"], ascending=[True, False, True], ignore_index=True)
    said = ("One referral may meet several rules; “any rule” counts it once.",)
    return Answer(frame.drop(columns="place").assign(**interval_of(frame)), (*untold(ask), *said), int(wide["n"].sum()))


METRIC = Metric(
    name="slipped_patients",
    label="Patients slipping through",
    question="Which open referrals need somebody today, and why?",
    description="Open referrals for which something that should have happened has not, by rule.",
    numerator="open referrals that meet the rule",
    denominator="open referrals: not left, not enrolled, not seen and reported on",
    unit="share",
    window="as of the day; the period filter chooses when the referral was received",
    edge_cases=(
        "Not acknowledged: none within 2 business days; one on a day before the receipt is an error and counts as none.",
        "Not contacted: neither reached nor scheduled within 3 business days of acceptance. Of business days the as-of day is still in time.",
        "Not reached: three attempts, nobody reached or scheduled, the referrer not told since. No-show: neither a new appointment nor word to the referrer within 3 business days.",
        "Report not sent: 5 business days after the visit. No next step: not seen, no appointment to come and nothing for 10 days.",
        "Urgent and not scheduled: four hours after receipt. For these hours the as-of day counts as over; one received without a time of day came when that day began.",
        "Nothing is hidden for small numbers: each of them is a patient.",
    ),
    source="Rules with settings; Wilson interval (1927).",
    dimensions=(*JOURNEY_DIMENSIONS, "priority"),
    grains=(),
    answer=answer,
    columns={"rule": "what has not happened", "hits": "open referrals that meet the rule"},
    relation="closed_loop",
    population="countable and is_open",
    picks={"rule": "case when $pick = 'any rule' then len(slips) > 0 else list_contains(slips, $pick) end"},
    settings=dict(PROMISES),
    chart="ranking",
)
