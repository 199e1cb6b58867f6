"""What was agreed with practices.

Frame, one row per agreement in force, at most 200: ``practice``, ``site`` (for which), ``service_line`` (empty: for all),
``preferred_channel`` (how they prefer to refer), ``cadence_days`` (to be contacted within so many days), ``tier``,
``owner_user`` (who of ours looks after it), ``started_on``, ``n`` (always 1).
"""

from __future__ import annotations

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.lists import days, newest

SETTINGS = {"listed": 200}
_LISTED = """select practice, site, service_line, preferred_channel, cadence_days, tier, owner_user, started_on, 1::bigint as n,
    count(*) over () as total
from seen where {population}
order by practice, site, service_line, owner_user, source_row limit $listed"""


def answer(ask: Ask) -> Answer:
    """The agreements that hold on the day."""
    return newest(days(ask.columns(_LISTED, listed=SETTINGS["listed"]), "started_on"), "agreements", first="The first")


METRIC = Metric(
    name="practice_agreements",
    label="Agreements with practices",
    question="What was agreed with a practice, and who looks after it?",
    description="Relationships of the account list that hold on the as-of day.",
    numerator="agreements in force",
    denominator="none: a list",
    unit="agreements",
    window="in force on the as-of day; the period filter does not apply",
    edge_cases=(
        "One without a beginning or an end counts as having always held.",
        "One for all sites is shown only to whoever may see all sites.",
    ),
    source="As listed.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={
        "practice": "with whom",
        "site": "for which site",
        "service_line": "for which service; empty for all",
        "preferred_channel": "how they prefer to refer",
        "cadence_days": "to be contacted within so many days",
        "tier": "rank given to the relationship",
        "owner_user": "who of ours looks after it",
        "started_on": "since when",
    },
    relation="agreement",
    population="coalesce(started_on <= $cut_day::date, true) and coalesce(ended_on > $cut_day::date, true)",
    settings=SETTINGS,
    chart="table",
)
