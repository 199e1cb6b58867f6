"""Contact with those at the desk who make the referrals (M22b).

Frame, one row per category: ``category``, ``category_id``, ``period`` (empty), ``complete``, ``n`` (practices that
referred in the last 90 days and whose front line has not opted out), ``hits`` (somebody at their front line was reached in
the last 90 days), ``value``, ``low``, ``high`` (Wilson), ``known`` (with a front-line contact on file, or met before),
``attempted`` (tried, not reached), ``opted_out`` (every front-line contact on file opted out; not in n).
"""

from __future__ import annotations

from pipelines.frames import framed
from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import unseen, untouched, with_interval
from pipelines.metrics.tally import Tally

SETTINGS = {"active_days": 90, "touched_days": 90}
_JUDGED = """active as (
    select * from seen where {population} and practice_id is not null and received_on > $cut_day::date - $active_days::integer
    qualify row_number() over (partition by practice_id order by received_at desc, referral_id desc) = 1
),
front as (
    select practice_id, count(*) as on_file, count(*) filter (opt_out) as gone
    from desk where front_line and practice_id is not null group by practice_id
),
contacts as (
    select practice_id, max(occurred_on) filter (coalesce(outcome, '') <> 'not_reached') as reached_on, max(occurred_on) as tried_on,
        max(occurred_on) filter (outcome = 'opt_out') as opted_out_on
    from front_touch
    where occurred_on <= $cut_day::date and practice_id is not null and $scope_studies::bigint[] is null
      and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
    group by practice_id
),
judged as (
    select active.*, coalesce(reached_on > $cut_day::date - $touched_days::integer, false) as reached,
        coalesce(tried_on > $cut_day::date - $touched_days::integer, false) as tried,
        on_file is not null or tried_on is not null as known, opted_out_on is not null or coalesce(on_file = gone, false) as opted_out
    from active left join contacts using (practice_id) left join front using (practice_id)
)"""
_COUNTED = Tally(
    {
        "n": "count(*) filter (not opted_out)",
        "hits": "count(*) filter (not opted_out and reached)",
        "known": "count(*) filter (not opted_out and known)",
        "attempted": "count(*) filter (not opted_out and tried and not reached)",
        "opted_out": "count(*) filter (opted_out)",
    },
    period="null::date",
    source="judged",
    among="",
    before=_JUDGED,
)


def answer(ask: Ask) -> Answer:
    """Share of active practices whose front line was reached."""
    frame = framed(ask.in_time(with_interval(ask.tally(_COUNTED, None, **SETTINGS))))
    n, known = int(frame["n"].sum()), int(frame["known"].sum())
    told = (
        [f"At {n - known:,} of {n:,} practices nobody at the front line is known, by name or by role."]
        if n > known
        else []
    )
    if frame["opted_out"].sum():
        told.append(f"{int(frame['opted_out'].sum()):,} asked not to be contacted there and are left out.")
    if ask.filters.start or ask.filters.stop:
        told.append("The period filter does not apply: contacts are judged as of the day.")
    return Answer(frame, (*unseen(ask), *untouched(ask), *told), n)


METRIC = Metric(
    name="front_line_coverage",
    label="Contact with the front line",
    question="Do we know and reach those at the desk who make the referrals?",
    description=(
        "Share of practices that referred within 90 days where somebody at the front line, such as the front desk or the "
        "referral coordinator, was reached by us within the last 90 days."
    ),
    numerator="practices whose front line was reached in the last 90 days",
    denominator="practices with a referral in the last 90 days whose front line has not opted out",
    unit="share",
    window="as of the day",
    edge_cases=(
        "Front line is who the contact list says it is, else front desk and referral coordinator by their role.",
        "A contact counts if it names such a person or says that role; naming only the practice does not.",
        "A voicemail or a closed door is an attempt, not a contact.",
        "A practice is left out once every front-line contact on file has opted out, or one of them asked for it at a contact.",
        "Cut by a dimension, a practice counts where its last referral was.",
        "What is given is no contact: it stands in a ledger of its own.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "therapeutic_area", "specialty", "channel"),
    grains=(),
    answer=answer,
    columns={
        "hits": "front line reached in the last 90 days",
        "known": "with a front-line contact that is known",
        "attempted": "tried, but not reached",
        "opted_out": "front line asked not to be contacted",
    },
    settings=SETTINGS,
    counts="practice",
    chart="ranking",
)
