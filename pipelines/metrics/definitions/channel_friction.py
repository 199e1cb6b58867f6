"""How referrals come, and how each way works (M16).

Frame, one row per channel and period: ``category`` (the channel), ``category_id``, ``period``, ``complete``, ``n``
(referrals), ``all`` (of every channel in the period), ``value`` (share of all), ``low``, ``high`` (Wilson),
``scheduled_7`` (cumulative incidence of scheduling within 7 days), ``scheduled_low``, ``scheduled_high``,
``missing_info`` (referrals for which information had to be asked), ``missing_share``, ``agreed`` (referrals whose practice
has a preferred way of referring on file), ``otherwise`` (of them not by that way), ``otherwise_share``, ``otherwise_low``,
``otherwise_high``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.frames import Columns, columns_of
from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import interval_of, promise
from pipelines.metrics.tally import Tally
from pipelines.metrics.transfers import COUNTED, SAID
from pipelines.statistics import proportions

_CELL = ("category", "period")
_SPEED = {"scheduled_7": "value", "scheduled_low": "low", "scheduled_high": "high"}
# Only referrals of practices with which something was agreed, that came by a known way, are looked at, and there is nothing to fold: channels are few.
# What was agreed with the practice on the day of the referral: for the site, else for all sites, else with any that the viewer
# may see; two ways at once are no preference. ``span``: the stretches between two changes of what is agreed with a practice.
_PREFERRED = """agreed as (
    select practice_id, site_id, preferred_channel, coalesce(started_on, date '0001-01-01') as since, coalesce(ended_on, date '9999-12-31') as until
    from agreement
    where preferred_channel <> 'unknown' and practice_id is not null and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or site_id is null or list_contains($scope_sites::bigint[], site_id))
),
span as (
    select practice_id, day as since, lead(day) over (partition by practice_id order by day) as until
    from (select practice_id, since as day from agreed union select practice_id, until from agreed)
),
in_force as (
    select s.practice_id, s.since, s.until, a.site_id, a.preferred_channel from span s
    join agreed a on a.practice_id = s.practice_id and a.since <= s.since and a.until > s.since
),
here as (
    select practice_id, since, site_id, case when count(distinct preferred_channel) = 1 then any_value(preferred_channel) end as way
    from in_force group by practice_id, since, site_id
),
anywhere as (
    select practice_id, since, until, case when count(distinct preferred_channel) = 1 then any_value(preferred_channel) end as way
    from in_force group by practice_id, since, until
),
elsewhere as (
    select anywhere.practice_id, anywhere.since, anywhere.until, case when whole.practice_id is null then anywhere.way else whole.way end as way
    from anywhere left join here whole on whole.practice_id = anywhere.practice_id and whole.since = anywhere.since and whole.site_id is null
),
compared as (
    select channel as category, {period} as period, case when here.practice_id is null then elsewhere.way else here.way end as way, {count} as n
    from scoped join elsewhere on elsewhere.practice_id = scoped.practice_id and received_on >= elsewhere.since and received_on < elsewhere.until
    left join here on here.practice_id = scoped.practice_id and here.since = elsewhere.since and here.site_id = scoped.site_id
    where {population} and channel <> 'unknown' group by all
),
counted as (
    select null::bigint as category_id, category, period, sum(n) as n, coalesce(sum(n) filter (way is not null), 0) as agreed,
        coalesce(sum(n) filter (way <> category), 0) as otherwise
    from compared group by all
), {fold}
select place, category, category_id, others, period, sum(agreed)::bigint as agreed, sum(otherwise)::bigint as otherwise
from folded group by all order by place, period"""


def answer(ask: Ask) -> Answer:
    """Each channel's share, speed and missing information."""
    cut = replace(ask, by="channel")
    found = cut.in_time(cut.tally(Tally({"n": "{count}", "missing_info": "{count(info_requested)}"})))
    found |= {"missing_share": proportions.share(found["missing_info"], found["n"]), "all": _of_all(found)}
    speed = promise(cut, "scheduled_day", "$cut_day::date - received_on", (7,), left="exit_day")
    speed = {name: speed[figure] for name, figure in _SPEED.items()} | {name: speed[name] for name in _CELL}
    found |= _beside(found, speed, _SPEED, np.nan)
    found |= _beside(found, columns_of(cut.folded(_PREFERRED, "journey")), ("agreed", "otherwise"), 0)
    found["otherwise_share"] = proportions.share(found["otherwise"], found["agreed"])
    found["otherwise_low"], found["otherwise_high"] = proportions.interval(found["otherwise"], found["agreed"])
    return Answer(found | interval_of(found, "n", "all"), _said(found), int(np.sum(found["n"])))


def _of_all(found: Columns) -> NDArray[np.int64]:
    """For each channel and period how many came in that period, by whatever channel."""
    _, period = np.unique(found["period"], return_inverse=True)
    return np.bincount(period, np.asarray(found["n"], float)).astype("int64")[period]


def _beside(found: Columns, other: Columns, names: Iterable[str], nothing: float) -> Columns:
    """The columns ``names`` of ``other`` for each channel and period of ``found``, ``nothing`` where it has none."""
    place = {cell: row for row, cell in enumerate(_cells(other))}
    rows = [place.get(cell, -1) for cell in _cells(found)]
    return {name: np.append(np.asarray(other[name]), nothing)[rows].astype(type(nothing)) for name in names}


def _cells(found: Columns) -> Iterator[tuple[str, int]]:
    return zip(found["category"], np.asarray(found["period"], "datetime64[us]").astype("int64").tolist(), strict=True)


def _said(found: Columns) -> tuple[str, ...]:
    agreed, otherwise = int(np.sum(found["agreed"])), int(np.sum(found["otherwise"]))
    if not agreed:
        return ("No preferred way of referring is on file: load the accounts and what was agreed with them.",)
    return (
        f"{otherwise:,} of {agreed:,} referrals came by another way than the practice prefers ({otherwise / agreed:.0%}).",
    )


METRIC = Metric(
    name="channel_friction",
    label="Ways of referring",
    question="How do referrals reach us, and which way works best?",
    description=(
        "Share of referrals by channel, how soon those of each channel are scheduled, how often information was missing, and how "
        "often the practice prefers another way."
    ),
    numerator="referrals by the channel; scheduled within 7 days; information asked for; not by the preferred way",
    denominator="referrals received in the period",
    unit="share",
    window="by the day received; scheduling is followed until the as-of day and competes with leaving",
    edge_cases=(
        "A fax read by a machine is a fax; an unknown channel is a category of its own.",
        "The preferred way is the one agreed with the practice on the day of the referral: for that site, else for all, else for any other; two at once are no preference.",
        "Whether a referral came by the preferred way is not known where the way is not: it is left out of that share.",
        "A scheduling on a day before the referral was received is a data error: such a referral is left out of how soon.",
        SAID,
        "Channels are chosen by who refers: a slower one is not slower for being that channel alone.",
    ),
    source="Wilson interval (1927); Aalen & Johansen 1978.",
    dimensions=("channel",),
    grains=GRAINS,
    answer=answer,
    columns={
        "all": "referrals of every channel in the period",
        "scheduled_7": "share scheduled within 7 days",
        "scheduled_low": "lower end of its interval",
        "scheduled_high": "upper end of its interval",
        "missing_info": "information had to be asked for",
        "missing_share": "share of them",
        "agreed": "with a preferred way on file",
        "otherwise": "of them by another way",
        "otherwise_share": "their share",
        "otherwise_low": "lower end of its interval",
        "otherwise_high": "upper end of its interval",
    },
    relation="closed_loop",
    population=COUNTED,
    chart="ranking",
)
