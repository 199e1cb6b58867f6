"""New referrers thanked (M21).

Frame, one row per category and period of the first referral: ``category``, ``category_id``, ``period``, ``complete``,
``n`` (practices whose first-ever referral lies at least 7 days back), ``hits`` (welcomed or thanked within 7 days),
``value``, ``low``, ``high`` (Wilson), ``later`` (thanked, but later), ``too_recent`` (not yet judged).
"""

from __future__ import annotations

from pipelines.frames import framed
from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import untouched, with_interval
from pipelines.metrics.tally import Tally

SETTINGS = {"promised_days": 7}
# The first referral ever, whatever the period filter: who is not new in the period is not welcomed in it.
_BEGAN = """began as (
    select practice_id, min(received_on) as received_on from seen where {population} and practice_id is not null group by practice_id
    having {count} > 0
),
"""
# Uncut, that day is all there is to know. Cut by a dimension, it matters which referral of that day was the first: ranked are
# only those, for ranking all of them took six times as long.
_FIRSTS = {
    False: "firsts as (select practice_id, received_on from began),",
    True: """firsts as (
    select * from (select * from seen where {population} and practice_id is not null) join began using (practice_id, received_on)
    qualify row_number() over (partition by practice_id order by coalesce(received_at, 'infinity'::timestamp), referral_id) = 1
),""",
}
_JUDGED = """
greeted as (
    select firsts.practice_id, min(courtesy.occurred_on) as greeted_on
    from firsts join courtesy on courtesy.practice_id = firsts.practice_id
        and courtesy.occurred_on between firsts.received_on and $cut_day::date
        and (courtesy.how = 'message' or ($scope_studies::bigint[] is null
            and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], courtesy.site_id))))
    group by firsts.practice_id
),
judged as (
    select firsts.*, greeted_on, received_on <= $cut_day::date - 7 as followed
    from firsts left join greeted using (practice_id)
    where received_on >= coalesce($start_day::date, received_on) and received_on <= coalesce($stop_day::date, received_on)
)"""
_COUNTED = {
    cut: Tally(
        {
            "n": "count(*) filter (followed)",
            "hits": "count(*) filter (followed and greeted_on <= received_on + 7)",
            "later": "count(*) filter (followed and greeted_on > received_on + 7)",
            "too_recent": "count(*) filter (not followed)",
        },
        source="judged",
        among="",
        before=_BEGAN + firsts + _JUDGED,
    )
    for cut, firsts in _FIRSTS.items()
}


def answer(ask: Ask) -> Answer:
    """Share of new practices that were thanked in time."""
    frame = framed(ask.in_time(with_interval(ask.tally(_COUNTED[ask.by is not None]))))
    recent = int(frame["too_recent"].sum())
    told = (f"{recent:,} first referred within the last 7 days and are not judged yet.",) if recent else ()
    return Answer(frame, (*untouched(ask), *told), int(frame["n"].sum()))


METRIC = Metric(
    name="welcome",
    label="New referrers thanked",
    question="Is a practice that refers for the first time thanked within a week?",
    description="Share of practices that were sent a welcome or a thank-you, or visited for it, within 7 days of their first referral.",
    numerator="new practices welcomed or thanked within 7 days",
    denominator="practices whose first-ever referral lies at least 7 days back",
    unit="share",
    window="calendar days from the first referral known; by the period of that referral",
    edge_cases=(
        "Per practice, not once per clinician.",
        "What is given is no contact: it stands in a ledger of its own.",
        "A message of the kind welcome or thank-you counts, and a contact whose purpose says so, unless nobody was reached.",
        "First ever means first in the data: practices that referred before the data begin look new at their beginning.",
    ),
    source="Wilson interval (1927).",
    dimensions=("site", "study", "therapeutic_area", "specialty", "channel", "intent"),
    grains=GRAINS,
    answer=answer,
    columns={"hits": "thanked within 7 days", "later": "thanked later", "too_recent": "not yet judged"},
    settings=SETTINGS,
    counts="practice",
    chart="trend",
)
