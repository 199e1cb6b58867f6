"""When referring offices call, by the hour of the site's own clock.

Frame, one row per category and hour: ``category``, ``category_id``, ``period`` (empty), ``complete``, ``hour`` (0 to 23), ``n`` (calls by known
practices in the hour), ``days`` (days with any call), ``value`` (calls a day), ``low``, ``high`` (Byar, exact below 10), ``abandoned`` (the
caller gave up), ``abandoned_share``, ``abandoned_low``, ``abandoned_high`` (Wilson).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import proportions, rates

# A site is open on days of its own: another's telephone list, which reaches back further, says nothing of them. A line
# is open whenever the telephone is, whichever practices are asked about: days on which none of those called are days, too.
# Days are listed and not counted, so that those of several sites can be put together.
_COUNTED = """day as (
    select {of} as place_id, list(distinct started_on) as days from phone_call
    where direction = 'inbound' and started_on between coalesce($start_day::date, started_on) and $until_day::date and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
      and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id)) group by all
),
called as (
    select {key} as category_id, {label} as category, {of} as place_id, hour, count(*) as n, count(*) filter (abandoned) as abandoned,
        count(*) filter (not unknown_end) as ended, count(*) filter (loss_unknown) as untold
    from scoped where {population} group by all
),
counted as (
    select category_id, category, null::date as period, hour, n, abandoned, ended, untold, days
    from called join day on day.place_id is not distinct from called.place_id
), {fold},
daily as (select place, len(list_distinct(flatten(list(days)))) as days from folded group by place)
select place, category, category_id, others, period, hour, daily.days, sum(n)::bigint as n, sum(abandoned)::bigint as abandoned,
    sum(ended)::bigint as ended, sum(untold)::bigint as untold
from folded join daily using (place) group by all order by place, hour"""
_DAYS_OF_THE_SITE, _DAYS_OF_ALL = (_COUNTED.replace("{of}", of) for of in ("site_id", "null::bigint"))


def answer(ask: Ask) -> Answer:
    """Calls a day in each hour, and how many gave up."""
    frame = ask.marked(ask.folded(_DAYS_OF_THE_SITE if ask.by == "site" else _DAYS_OF_ALL))
    days = np.maximum(frame["days"].to_numpy(float), 1)
    frame["value"] = frame["n"] / days
    frame["low"], frame["high"] = rates.byar(frame["n"], days)
    judged = frame.pop("ended").where(frame.pop("untold") == 0)
    frame["abandoned_share"] = proportions.share(frame["abandoned"], judged)
    frame["abandoned_low"], frame["abandoned_high"] = proportions.interval(frame["abandoned"], judged)
    every = int(ask.frame("select count(*) as n from scoped where direction = 'inbound'")["n"].iloc[0])
    known = int(frame["n"].sum())
    told = (
        (f"{known:,} of {every:,} incoming calls are known to be from practices; others may be, too.",) if every else ()
    )
    return Answer(frame, told, known)


METRIC = Metric(
    name="calls_by_hour",
    label="Calls by referring offices, by hour",
    question="At what hours do referring offices call, and when are they lost?",
    description="Incoming calls by practices per day in each hour of the day, and the share in which the caller gave up.",
    numerator="incoming calls by known practices in the hour",
    denominator="days on which any call came in (cut by site: at the site)",
    unit="calls a day",
    window="by the hour of the site's local time, daylight saving included",
    edge_cases=(
        "A practice is known by the name that the telephone shows; nobody's number is kept.",
        "A choice of practices chooses the calls and not the days: those on which none of them called count, too.",
        "Of calls whose end the file does not tell none is known to have given up: the share is of the others, and empty where it tells of none.",
        "Whoever gave up within seconds is counted here, and left out of the share of calls answered.",
        "An hour without any call has no row.",
    ),
    source="Byar's interval, exact below 10 (Breslow & Day 1987); Wilson interval (1927).",
    dimensions=("site", "line"),
    grains=(),
    answer=answer,
    columns={
        "hour": "hour of the day", "days": "days with any call", "abandoned": "the caller gave up", "abandoned_share": "share of calls",
        "abandoned_low": "lower end of its interval", "abandoned_high": "upper end of its interval",
    },
    relation="phone_call",
    population="direction = 'inbound' and practice_id is not null",
    picks={"hour": "hour = cast($pick as integer)"},
    chart="bars",
)  # fmt: skip
