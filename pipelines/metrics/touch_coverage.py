"""Contact with those who refer (M22).

Frame, one row per category: ``category``, ``category_id``, ``period`` (empty), ``complete``, ``n`` (practices that
referred in the last year and have not opted out), ``hits`` (reached within the cadence), ``value``, ``low``, ``high``
(Wilson), ``attempted`` (tried within it, never reached), ``opted_out`` (not in n), ``over_cap`` (contacted more often
in 30 days than is welcome).
"""

from __future__ import annotations

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import with_interval

SETTINGS = {"cadence_days": 90, "target_days": 365, "cap_in_30_days": 4}
# Ranked are only the referrals of each practice's last moment: ranking all of them took most of the time.
_COUNTED = """came as (
    select *, coalesce(received_at, '-infinity'::timestamp) as came_at from seen
    where {population} and practice_id is not null and received_on > $cut_day::date - $target_days::integer
),
ended as (
    select practice_id, max(came_at) as came_at from came group by practice_id
),
targets as (
    select * from came join ended using (practice_id, came_at)
    qualify row_number() over (partition by practice_id order by referral_id desc) = 1
),
contacts as (
    select practice_id, max(occurred_on) filter (coalesce(outcome, '') <> 'not_reached') as reached_on, max(occurred_on) as tried_on,
        max(occurred_on) filter (outcome = 'opt_out') as opted_out_on,
        count(*) filter (occurred_on > $cut_day::date - 30) as lately
    from outreach
    where occurred_on <= $cut_day::date and practice_id is not null and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
    group by practice_id
),
judged as (
    select targets.*, coalesce(reached_on > $cut_day::date - $cadence_days::integer, false) as reached,
        coalesce(tried_on > $cut_day::date - $cadence_days::integer, false) as tried,
        opted_out_on is not null as opted_out, coalesce(lately > $cap_in_30_days::integer, false) as pressed
    from targets left join contacts using (practice_id)
),
counted as (
    select {key} as category_id, {label} as category, null::date as period, count(*) filter (not opted_out) as n,
        count(*) filter (not opted_out and reached) as hits, count(*) filter (not opted_out and tried and not reached) as attempted,
        count(*) filter (opted_out) as opted_out, count(*) filter (not opted_out and pressed) as over_cap
    from judged group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(hits)::bigint as hits,
    sum(attempted)::bigint as attempted, sum(opted_out)::bigint as opted_out, sum(over_cap)::bigint as over_cap
from folded group by all order by place"""


def answer(ask: Ask) -> Answer:
    """Share of referring practices reached within the cadence."""
    frame = ask.marked(with_interval(ask.folded(_COUNTED, None, **SETTINGS)))
    told = (
        [f"{int(frame['opted_out'].sum()):,} asked not to be contacted and are left out."]
        if frame["opted_out"].sum()
        else []
    )
    if ask.filters.start or ask.filters.stop:
        told.append("The period filter does not apply: contacts are judged as of the day.")
    return Answer(frame, tuple(told), int(frame["n"].sum()))


METRIC = Metric(
    name="touch_coverage",
    label="Contact with referring practices",
    question="Do we stay in touch with those who refer?",
    description="Share of practices that referred within a year and were reached by us within the last 90 days.",
    numerator="practices reached within the cadence",
    denominator="practices with a referral in the last 365 days that have not opted out",
    unit="share",
    window="as of the day",
    edge_cases=(
        "A voicemail or a closed door is an attempt, not a contact.",
        "Who asked not to be contacted is left out and counted.",
        "More than 4 contacts in 30 days is too much, and counted.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "therapeutic_area", "specialty", "channel"),
    grains=(),
    answer=answer,
    columns={
        "hits": "reached within the cadence",
        "attempted": "tried, but not reached",
        "opted_out": "asked not to be contacted",
        "over_cap": "contacted more often than is welcome",
    },
    settings=SETTINGS,
)
