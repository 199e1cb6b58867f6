"""Contact with those who refer and those whom we promised to keep in touch with (M22).

Frame, one row per category: ``category``, ``category_id``, ``period`` (empty), ``complete``, ``n`` (practices that
referred in the last year or with which a relationship was agreed, less those that opted out), ``hits`` (reached within
their own cadence), ``value``, ``low``, ``high`` (Wilson), ``attempted`` (tried within it, never reached), ``opted_out``
(not in n), ``over_cap`` (contacted more often in 30 days than is welcome), ``own_cadence`` (judged by a cadence of
their own).
"""

from __future__ import annotations

from pipelines.frames import framed
from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import unseen, untouched, with_interval
from pipelines.metrics.tally import Tally

SETTINGS = {"cadence_days": 90, "target_days": 365, "cap_in_30_days": 4}
# Uncut, it is enough to know who referred. A practice counts for what its last referral was where a cut asks for that:
# ranked are only those of its last moment, for ranking all of them took most of the time.
_REFERRING = {
    False: """referring as (
    select practice_id, null::bigint as site_id, null as site, null as therapeutic_area, null as specialty, null as channel from seen
    where {population} and practice_id is not null and received_on > $cut_day::date - $target_days::integer
    group by practice_id having {count} > 0
),""",
    True: """came as (
    select *, coalesce(received_at, '-infinity'::timestamp) as came_at from seen
    where {population} and practice_id is not null and received_on > $cut_day::date - $target_days::integer
),
ended as (
    select practice_id, max(came_at) as came_at from came group by practice_id
),
referring as (
    select * from came join ended using (practice_id, came_at)
    qualify row_number() over (partition by practice_id order by referral_id desc) = 1
),""",
}
_JUDGED = """
-- Of several agreements with one practice the shortest cadence holds, and its site is the one that the practice counts for.
agreed as (
    select practice_id, min(cadence_days) as cadence_days, any_value(practice) as practice,
        arg_min(site_id, (coalesce(cadence_days, $cadence_days::integer), site_id)) as site_id
    from agreement
    where practice_id is not null and coalesce(started_on <= $cut_day::date, true) and coalesce(ended_on > $cut_day::date, true)
      and $scope_studies::bigint[] is null and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
      and ($sites::bigint[] is null or list_contains($sites::bigint[], site_id))
      and ($practices::bigint[] is null or list_contains($practices::bigint[], practice_id))
    group by practice_id
),
targets as (
    select r.practice_id, r.site_id, r.site, r.therapeutic_area, r.specialty, r.channel, a.cadence_days
    from referring r left join agreed a using (practice_id)
    union all
    select a.practice_id, a.site_id, coalesce(d.site, 'Unknown site'), 'None', 'Unknown', 'unknown', a.cadence_days
    from agreed a left join dim_site d using (site_id)
    where $studies::bigint[] is null and $therapeutic_areas::varchar[] is null and $specialties::varchar[] is null
      and $channels::varchar[] is null and not exists (select 1 from referring r where r.practice_id = a.practice_id)
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
    select targets.*, coalesce(reached_on > $cut_day::date - coalesce(targets.cadence_days, $cadence_days::integer), false) as reached,
        coalesce(tried_on > $cut_day::date - coalesce(targets.cadence_days, $cadence_days::integer), false) as tried,
        opted_out_on is not null as opted_out, coalesce(lately > $cap_in_30_days::integer, false) as pressed
    from targets left join contacts using (practice_id)
)"""
_COUNTED = {
    cut: Tally(
        {
            "n": "count(*) filter (not opted_out)",
            "hits": "count(*) filter (not opted_out and reached)",
            "attempted": "count(*) filter (not opted_out and tried and not reached)",
            "opted_out": "count(*) filter (opted_out)",
            "over_cap": "count(*) filter (not opted_out and pressed)",
            "own_cadence": "count(*) filter (not opted_out and cadence_days is not null)",
        },
        period="null::date",
        source="judged",
        among="",
        before=referring + _JUDGED,
    )
    for cut, referring in _REFERRING.items()
}


def answer(ask: Ask) -> Answer:
    """Share of practices reached within their cadence."""
    frame = framed(ask.in_time(with_interval(ask.tally(_COUNTED[ask.by is not None], None, **SETTINGS))))
    n, left = int(frame["n"].sum()), int(frame["opted_out"].sum())
    told = [
        f"{int(frame['own_cadence'].sum()):,} of {n:,} are judged by a cadence of their own, the others by 90 days."
    ]
    if left:
        told.append(f"{left:,} asked not to be contacted and are left out.")
    if ask.filters.start or ask.filters.stop:
        told.append("The period filter does not apply: contacts are judged as of the day.")
    return Answer(frame, (*unseen(ask), *untouched(ask), *told), n)


METRIC = Metric(
    name="touch_coverage",
    label="Contact with referring practices",
    question="Do we stay in touch with those who refer?",
    description=(
        "Share of practices that referred within a year, or with which a relationship was agreed, that were reached by us "
        "within their own cadence: the one agreed with them, else the last 90 days."
    ),
    numerator="practices reached within their cadence",
    denominator="practices with a referral in the last 365 days or a relationship in force that have not opted out",
    unit="share",
    window="as of the day",
    edge_cases=(
        "A voicemail or a closed door is an attempt, not a contact.",
        "Who asked not to be contacted is left out and counted.",
        "What is given is no contact: it stands in a ledger of its own.",
        "More than 4 contacts and attempts in 30 days are too much, and counted.",
        "Of several cadences agreed with one practice the shortest holds.",
        "Cut by a dimension, a practice counts where its last referral was, and one that never referred where its agreement is.",
        "Where the answer is cut by what only referrals carry, a practice that never referred is under None or Unknown.",
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
        "own_cadence": "with a cadence of their own",
    },
    settings=SETTINGS,
    counts="practice",
    chart="ranking",
)
