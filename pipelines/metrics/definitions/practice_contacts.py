"""Our contacts with practices, newest first.

Frame, one row per contact, at most 200: ``occurred_on``, ``site``, ``practice``, ``practitioner`` (whom we spoke with, where the
log names a practitioner), ``liaison``, ``channel``, ``purpose``, ``outcome``, ``studies`` (presented then), ``next_touch_on``
(agreed next contact), ``n`` (always 1).
"""

from __future__ import annotations

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.lists import days, newest

SETTINGS = {"newest": 200}
_NEWEST = """shown as (
    select touch_id, string_agg(distinct study, ', ' order by study) as studies from presentation group by touch_id
)
select met.occurred_on, met.site, met.practice, person.practitioner, met.liaison, met.channel, met.purpose, met.outcome, shown.studies,
    met.next_touch_on, 1::bigint as n, count(*) over () as total
from scoped met
left join shown using (touch_id)
left join dim_practitioner person on person.practitioner_id = met.practitioner_id
order by met.occurred_on desc, met.touch_id limit $newest"""


def answer(ask: Ask) -> Answer:
    """The newest contacts."""
    return newest(days(ask.columns(_NEWEST, newest=SETTINGS["newest"]), "occurred_on", "next_touch_on"), "contacts")


METRIC = Metric(
    name="practice_contacts",
    label="Contacts with practices",
    question="When did we last speak with whom, and about what?",
    description="Visits, calls and messages of the outreach log, newest first.",
    numerator="contacts",
    denominator="none: a list",
    unit="contacts",
    window="in the period; the newest 200",
    edge_cases=(
        "What was given stands in a ledger of its own and is not listed.",
        "A contact whose practice could not be recognised is listed as not stated.",
    ),
    source="As logged.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={
        "occurred_on": "day of the contact",
        "site": "on behalf of which site",
        "practice": "with which practice",
        "practitioner": "with whom, where a practitioner is named",
        "liaison": "who of ours",
        "channel": "how",
        "purpose": "why",
        "outcome": "how it went",
        "studies": "studies presented then",
        "next_touch_on": "next contact agreed",
    },
    relation="outreach",
    population="true",
    settings=SETTINGS,
    chart="table",
)
