"""Each referrer's history judged by its own rhythm: what the metrics of relationships share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED
from pipelines.statistics import dormancy, lapse
from pipelines.statistics.gate import TooLittle

RHYTHM = {"false_alarms_a_year": 0.10, "rarest_per_month": 0.5, "new_days": 90}
# The unit of evidence is the week with a referral: three faxes sent together are one sign of life. For a unit that
# came back lately, `back_*` describe the gap it came back from, as it looked when the gap began: only gaps that ended lately are
# looked at one by one. What one site passes on to another is no sign of life of who referred once, but may yet enrol.
_HISTORY = """weeks as (
    select {id} as unit_id, received_on - (isodow(received_on)::integer - 1) as week,
        min(received_on) filter (COUNTED) as first_day, max(received_on) filter (COUNTED) as last_day,
        {count(COUNTED)} as n, {enrolled} as enrolled
    from seen where {population} and {id} is not null group by all
),
whole as (
    select unit_id, sum(n)::bigint as n, sum(enrolled)::bigint as enrolled, count(*) filter (n > 0) as weeks,
        min(first_day) as first_on, max(last_day) as last_on,
        count(*) filter (first_day <= $cut_day::date - $new_days::integer) as old_weeks,
        max(last_day) filter (first_day <= $cut_day::date - $new_days::integer) as old_last
    from weeks group by unit_id having sum(n) > 0
),
gaps as (
    select unit_id, first_on, first_day, old_weeks + row_number() over unit_weeks - 2 as before,
        coalesce(lag(last_day) over unit_weeks, old_last) as prior
    from weeks join whole using (unit_id) where first_day > $cut_day::date - $new_days::integer
    window unit_weeks as (partition by unit_id order by week)
),
back as (
    select unit_id, max(first_day - prior) as back_gap, arg_max(before, (first_day - prior, first_day)) as back_before,
        arg_max(prior - first_on, (first_day - prior, first_day)) as back_known
    from gaps where prior is not null group by unit_id
),
units as (
    select unit_id, n, enrolled, weeks, first_on, last_on, back_gap, back_before, back_known
    from whole left join back using (unit_id)
),
touches as (
    -- Whom nobody reached was not in contact; what was agreed next may stand beside an attempt. Of two touches on one day the
    -- earlier promise is due first.
    select {id} as unit_id, max(occurred_on) filter (coalesce(outcome, '') <> 'not_reached') as last_touch_on,
        arg_max(next_touch_on, (occurred_on, date '9999-12-31' - next_touch_on)) as next_touch_on,
        arg_max(liaison, (occurred_on, liaison)) filter (coalesce(outcome, '') <> 'not_reached') as liaison
    from outreach
    where outreach.channel <> 'gift' and occurred_on <= $cut_day::date and {id} is not null and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], outreach.site_id))
    group by {id}
)
select units.*, coalesce(names.name, '?') as unit, last_touch_on, next_touch_on, liaison,
    {told} as told
from units left join touches using (unit_id) left join ({names}) names on names.id = units.unit_id""".replace(
    "COUNTED", COUNTED
)
# A person may be known to have stopped: then silence says nothing new.
_TOLD = {
    "practice": "false",
    "practitioner": """unit_id in (select practitioner_id from dim_practitioner
        where status in ('retired', 'deceased', 'deactivated'))""",
}


def judged(ask: Ask, unit: str) -> pd.DataFrame:
    """One row per ``unit`` (practice or practitioner) that ever referred within scope and filters: ``unit``,
    ``unit_id``, its counts and days, ``state``, ``alarm_days``, ``per_month``, ``p_active``, ``at_stake``."""
    return ask.shared(f"relationships by {unit}", lambda: _judged(ask, unit))


def _judged(ask: Ask, unit: str) -> pd.DataFrame:
    found = replace(ask, by=unit).frame(_HISTORY.replace("{told}", _TOLD[unit]), new_days=int(RHYTHM["new_days"]))
    return _stated(_silence(found, ask))


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
    returned = frame["back_gap"].astype(float).to_numpy() > dormancy.alarm_gap(*back, RHYTHM["false_alarms_a_year"])
    return frame.assign(shape=shape, rate=rate, returned=returned, repeats=repeats, span=span)


def _stated(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with state, P(active) and what is at stake."""
    alarm = dormancy.alarm_gap(frame["shape"], frame["rate"], RHYTHM["false_alarms_a_year"])
    per_month = frame["shape"] / frame["rate"] * dormancy.DAYS_A_MONTH
    state = dormancy.states(
        silent=frame["days_silent"], alarm=alarm, per_month=per_month, known_for=frame["known_for"],
        returned=frame["returned"], told=frame["told"], repeats=frame["repeats"], rarest=RHYTHM["rarest_per_month"], new_for=RHYTHM["new_days"],
    )  # fmt: skip
    p_active, p_silent = _p_active(frame), dormancy.silence_chance(frame["shape"], frame["rate"], frame["days_silent"])
    per_week = frame["n"] / frame["weeks"].clip(lower=1)  # referrals in a week that has any
    at_stake = np.where(np.isnan(p_active), 1 - p_silent, 1 - p_active) * per_month * per_week
    return frame.assign(state=state, alarm_days=alarm, per_month=per_month, p_active=p_active, at_stake=at_stake)


def _p_active(frame: pd.DataFrame) -> Any:
    """P(active) by the fitted model, NaN below its gate. Time in weeks, as the evidence is: several referrals of one week are
    one, which came at the beginning."""
    x, total = frame["repeats"].to_numpy(float), frame["known_for"] / 7
    last = np.where(x > 0, frame["span"] / 7, 0.0)
    try:
        return lapse.fit(x, last, total).p_active(x, last, total)
    except TooLittle:
        return np.full(len(frame), np.nan)
