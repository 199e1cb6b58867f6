"""State of each relationship: active, cooling, dormant, or too rare to judge (STATISTICS: dormancy).

``by`` names the unit: "practice" (also the default) or "practitioner". Frame, one row per unit, call list first:
``category`` (the unit's name), ``category_id``, ``state`` (active | new | reactivated | cooling | dormant | lost |
too rare to judge), ``call_rank`` (1 = call first; empty when there is no reason to call), ``flagged`` (on the short list of
which about one in five is in truth still active), ``n`` (referrals), ``weeks`` (weeks with a referral), ``enrolled``,
``first_on``, ``last_on``, ``days_silent``, ``alarm_days`` (silence after which it is dormant), ``per_month`` (usual
referral weeks a month), ``p_active`` (0-1; NaN where there is too little to fit), ``at_stake`` (expected referrals
lost a month), ``last_touch_on``, ``days_since_touch``, ``next_touch_on``, ``liaison``, ``touch_due`` (too rare to
judge and not contacted for 90 days, or past the agreed day).
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.relationships import RHYTHM, judged
from pipelines.metrics.shares import unseen
from pipelines.statistics import dormancy

SETTINGS = RHYTHM | {"touch_days": 90, "flag_q": 0.2}


def answer(ask: Ask) -> Answer:
    """The state of every unit that ever referred within scope and filters, whatever the period filter says."""
    unit = ask.by or "practice"
    frame = _touches(_listed(judged(ask, unit)), ask)
    frame = frame.rename(columns={"unit": "category", "unit_id": "category_id"})
    frame["category_id"] = frame["category_id"].astype("Int64")
    frame = frame.sort_values(["call_rank", "at_stake", "category"], ascending=[True, False, True], ignore_index=True)
    return Answer(frame[list(_COLUMNS)], _caveats(ask, frame, unit), len(frame))


_COLUMNS = (
    "category", "category_id", "state", "call_rank", "flagged", "n", "weeks", "enrolled", "first_on", "last_on",
    "days_silent", "alarm_days", "per_month", "p_active", "at_stake", "last_touch_on", "days_since_touch",
    "next_touch_on", "liaison", "touch_due",
)  # fmt: skip


def _listed(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with the call list and its short list."""
    to_call = frame["state"].isin(("cooling", "dormant", "lost")) & ~frame["told"].astype(bool)
    rank = frame["at_stake"].where(to_call).rank(ascending=False, method="first")
    on_list = frame["p_active"].where(to_call).to_numpy(float)
    return frame.assign(call_rank=rank.astype("Int64"), flagged=dormancy.flag(on_list, SETTINGS["flag_q"]))


def _touches(frame: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """Units that only a regular contact can keep: due when none for 90 days, or when the agreed day has passed."""
    overdue = frame["days_since_touch"].isna() | (frame["days_since_touch"] > SETTINGS["touch_days"]).fillna(False)
    since = frame["last_touch_on"].isna() | (frame["next_touch_on"] > frame["last_touch_on"])
    agreed = (frame["next_touch_on"] <= pd.Timestamp(ask.as_of)) & since
    rare = frame["state"] == "too rare to judge"
    return frame.assign(touch_due=((rare & overdue) | agreed).astype(bool))


def _caveats(ask: Ask, frame: pd.DataFrame, unit: str) -> tuple[str, ...]:
    said = [f"One row per {unit}; evidence is weeks with a referral.", *unseen(ask)]
    if ask.filters.start or ask.filters.stop:
        said.append("The period filter does not apply: a relationship is judged on its whole history.")
    if len(frame) and frame["p_active"].isna().all():
        said.append(
            "Too few referrers to fit the probability of being active: the call list uses each one's own cadence."
        )
    elif len(frame):
        said.append("The probability of being active is optimistic for referrers of irregular cadence.")
    rare = int((frame["state"] == "too rare to judge").sum())
    if rare:
        said.append(f"{rare:,} refer too rarely for silence to mean anything: keep them by regular contact.")
    return tuple(said)


METRIC = Metric(
    name="relationship_state",
    label="Dormant relationships",
    question="Which referrers have gone quiet, and whom should we call first?",
    description=(
        "Each referrer's silence judged by their own rhythm, such that one whose habits have not changed is wrongly "
        "called dormant at most once in ten years."
    ),
    numerator="days since the last referral",
    denominator="the silence that an unchanged referrer would exceed with the budgeted chance",
    unit="state",
    window="the whole history up to the as-of day",
    edge_cases=(
        "Below about one referral in two months silence says nothing: too rare to judge, keep by regular contact.",
        "One referral, or several in one week, tells no rhythm: after the first 90 days that is too rare to judge, too.",
        "First referral within 90 days: new. Back within the last 90 days from a silence past the limit: reactivated.",
        "The rhythm is that up to the last referral: the silence that is judged does not slow it.",
        "Cooling: past half the limit. Dormant: past it. Lost: past twice it, or known to have stopped.",
        "The last contact is the last at which somebody was reached: a voicemail or a closed door is an attempt.",
        "Below 100 referrers or 30 who came back no probability is given, only each one's own limit.",
    ),
    source="Gamma-Poisson predictive gap with a budget of 0.1 false alarms a year; MBG/NBD (Batislam et al. 2007).",
    dimensions=("practice", "practitioner"),
    grains=(),
    answer=answer,
    columns={
        "state": "state of the relationship",
        "call_rank": "place on the call list",
        "flagged": "on the short list",
        "weeks": "weeks with a referral",
        "enrolled": "referrals that enrolled",
        "first_on": "first referral",
        "last_on": "last referral",
        "days_silent": "days since the last referral",
        "alarm_days": "silence after which it is dormant",
        "per_month": "usual weeks with a referral, per month",
        "p_active": "probability of being still active",
        "at_stake": "expected referrals lost per month",
        "last_touch_on": "last contact by us",
        "days_since_touch": "days since that contact",
        "next_touch_on": "next contact agreed",
        "liaison": "who made the last contact",
        "touch_due": "a contact is due",
    },
    settings=SETTINGS,
    chart="ranking",
)
