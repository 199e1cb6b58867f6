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

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import dormancy, lapse
from pipelines.statistics.gate import TooLittle

SETTINGS = {"false_alarms_a_year": 0.10, "rarest_per_month": 0.5, "new_days": 90, "touch_days": 90, "flag_q": 0.2}
# The unit of evidence is the week with a referral: three faxes sent together are one sign of life. For a unit that
# came back lately, `back_*` describe the gap it came back from, as it looked when the gap began.
_HISTORY = """weeks as (
    select {id} as unit_id, received_on - (isodow(received_on)::integer - 1) as week,
        min(received_on) as first_day, max(received_on) as last_day, count(*) as n, count(enrolled_on) as enrolled
    from seen where {population} and {id} is not null group by all
),
gaps as (
    select *, row_number() over unit_weeks - 2 as before, first_day - lag(last_day) over unit_weeks as gap,
        lag(last_day) over unit_weeks - first_value(first_day) over unit_weeks as known
    from weeks window unit_weeks as (partition by unit_id order by week)
),
units as (
    select unit_id, sum(n)::bigint as n, sum(enrolled)::bigint as enrolled, count(*) as weeks,
        min(first_day) as first_on, max(last_day) as last_on,
        max(gap) filter (first_day > $cut_day::date - $new_days::integer) as back_gap,
        arg_max(before, gap) filter (first_day > $cut_day::date - $new_days::integer) as back_before,
        arg_max(known, gap) filter (first_day > $cut_day::date - $new_days::integer) as back_known
    from gaps group by unit_id
),
touches as (
    select {id} as unit_id, max(occurred_on) as last_touch_on, arg_max(next_touch_on, occurred_on) as next_touch_on,
        arg_max(liaison, occurred_on) as liaison
    from outreach
    where occurred_on <= $cut_day::date and {id} is not null and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
    group by {id}
)
select units.*, coalesce(names.name, '?') as unit, last_touch_on, next_touch_on, liaison,
    $by_person and coalesce(person.status in ('retired', 'deceased', 'deactivated'), false) as told
from units left join touches using (unit_id) left join ({names}) names on names.id = units.unit_id
left join dim_practitioner person on $by_person and person.practitioner_id = units.unit_id"""


def answer(ask: Ask) -> Answer:
    """The state of every unit that ever referred within scope and filters, whatever the period filter says."""
    unit = ask.by or "practice"
    found = replace(ask, by=unit).frame(_HISTORY, new_days=int(SETTINGS["new_days"]), by_person=unit == "practitioner")
    frame = _touches(_judged(_silence(found, ask), ask), ask)
    frame = frame.rename(columns={"unit": "category", "unit_id": "category_id"})
    frame["category_id"] = frame["category_id"].astype("Int64")
    frame = frame.sort_values(["call_rank", "at_stake", "category"], ascending=[True, False, True], ignore_index=True)
    return Answer(frame[list(_COLUMNS)], _caveats(ask, frame, unit), len(frame))


_COLUMNS = (
    "category", "category_id", "state", "call_rank", "flagged", "n", "weeks", "enrolled", "first_on", "last_on",
    "days_silent", "alarm_days", "per_month", "p_active", "at_stake", "last_touch_on", "days_since_touch",
    "next_touch_on", "liaison", "touch_due",
)  # fmt: skip


def _silence(frame: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """``frame`` with days and the gamma posterior of each unit's rate as of its last referral: the silence since
    is what is being judged, so it must not lower the rate it is judged by."""
    for name in ("first_on", "last_on", "last_touch_on", "next_touch_on"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    today = pd.Timestamp(ask.as_of)
    frame["days_silent"] = (today - frame["last_on"]).dt.days
    frame["known_for"] = (today - frame["first_on"]).dt.days
    frame["days_since_touch"] = (today - frame["last_touch_on"]).dt.days.astype("Int64")
    repeats, span = frame["weeks"] - 1, frame["known_for"] - frame["days_silent"]
    prior = dormancy.moments_prior(repeats, frame["known_for"])
    shape, rate = dormancy.posterior(repeats, span, prior)
    back = dormancy.posterior(frame["back_before"].astype(float), frame["back_known"].astype(float), prior)
    returned = frame["back_gap"].astype(float).to_numpy() > dormancy.alarm_gap(*back, SETTINGS["false_alarms_a_year"])
    return frame.assign(shape=shape, rate=rate, returned=returned, repeats=repeats, span=span)


def _judged(frame: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """``frame`` with state, P(active), what is at stake and the call list."""
    alarm = dormancy.alarm_gap(frame["shape"], frame["rate"], SETTINGS["false_alarms_a_year"])
    per_month = frame["shape"] / frame["rate"] * dormancy.DAYS_A_MONTH
    state = dormancy.states(
        silent=frame["days_silent"], alarm=alarm, per_month=per_month, known_for=frame["known_for"],
        returned=frame["returned"], told=frame["told"], rarest=SETTINGS["rarest_per_month"], new_for=SETTINGS["new_days"],
    )  # fmt: skip
    p_active, p_silent = _p_active(frame), dormancy.silence_chance(frame["shape"], frame["rate"], frame["days_silent"])
    per_week = frame["n"] / frame["weeks"].clip(lower=1)  # referrals in a week that has any
    at_stake = np.where(np.isnan(p_active), 1 - p_silent, 1 - p_active) * per_month * per_week
    frame = frame.assign(state=state, alarm_days=alarm, per_month=per_month, p_active=p_active, at_stake=at_stake)
    to_call = frame["state"].isin(("cooling", "dormant", "lost")) & ~frame["told"].astype(bool)
    rank = frame["at_stake"].where(to_call).rank(ascending=False, method="first")
    on_list = frame["p_active"].where(to_call).to_numpy(float)
    return frame.assign(call_rank=rank.astype("Int64"), flagged=dormancy.flag(on_list, SETTINGS["flag_q"]))


def _p_active(frame: pd.DataFrame) -> Any:
    """P(active) by the fitted model, NaN below its gate. Time in weeks, as the evidence is."""
    x, last, total = frame["repeats"].to_numpy(float), frame["span"] / 7, frame["known_for"] / 7
    try:
        return lapse.fit(x, last, total).p_active(x, last, total)
    except TooLittle:
        return np.full(len(frame), np.nan)


def _touches(frame: pd.DataFrame, ask: Ask) -> pd.DataFrame:
    """Units that only a regular contact can keep: due when none for 90 days, or when the agreed day has passed."""
    overdue = frame["days_since_touch"].isna() | (frame["days_since_touch"] > SETTINGS["touch_days"]).fillna(False)
    agreed = (frame["next_touch_on"] <= pd.Timestamp(ask.as_of)) & (frame["next_touch_on"] > frame["last_touch_on"])
    rare = frame["state"] == "too rare to judge"
    return frame.assign(touch_due=((rare & overdue) | agreed).astype(bool))


def _caveats(ask: Ask, frame: pd.DataFrame, unit: str) -> tuple[str, ...]:
    said = [f"One row per {unit}; evidence is weeks with a referral."]
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
        "First referral within 90 days: new. Back within the last 90 days from a silence past the limit: reactivated.",
        "Cooling: past half the limit. Dormant: past it. Lost: past twice it, or known to have stopped.",
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
)
