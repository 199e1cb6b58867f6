"""From a campaign's lead to a participant (M27, the cohort of leads).

Frame, one row per category, period of the lead and horizon: ``category``, ``category_id``, ``period``, ``complete``, ``horizon`` (30, 60,
90, 180 days), ``n`` (leads), ``followed``, ``mature``, ``reached``, ``value`` (cumulative incidence of randomisation), ``low``, ``high``,
``median_days``.
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import PROMISE_COLUMNS, promise, said, total

HORIZONS = (30, 60, 90, 180)


def answer(ask: Ask) -> Answer:
    """Share of leads that were randomised in time."""
    frame = ask.in_time(
        promise(
            ask, "date_diff('day', happened_on, randomised_on)", "$cut_day::date - happened_on", HORIZONS,
            left="date_diff('day', happened_on, left_on)", among="not time_error", longest=365,
        )
    )  # fmt: skip
    return Answer(frame, said(frame), total(frame))


METRIC = Metric(
    name="campaign_conversion",
    label="Leads that become participants",
    question="How many of those who answer a campaign are randomised?",
    description="Share of a campaign's leads that were randomised within 30, 60, 90 and 180 days, with leads still open censored.",
    numerator="leads randomised within the horizon",
    denominator="leads: people, or answers nobody can be told from",
    unit="share",
    window="days from the lead; those who did not qualify or could not be reached leave, the rest are followed until the as-of day and then count as open (censored)",
    edge_cases=(
        "Randomised into any study counts, whichever the campaign was for.",
        "Practices that answered are no leads here: none of them can be randomised. See the cost of campaigns.",
        "Who answered a campaign several times is one lead from the first answer on, and stands where the last one stands.",
        "Who was randomised after all has not left, whatever the list says.",
        "Who was randomised before they answered is a data error and left out.",
        "An answer without any identifier can never be matched with a participant and counts as a lead that stays open.",
    ),
    source="Aalen & Johansen 1978; plug-in variance on the log(-log) scale; Jeffreys bound at none or all.",
    dimensions=("campaign", "study", "therapeutic_area"),
    grains=GRAINS,
    answer=answer,
    columns=PROMISE_COLUMNS,
    relation="campaign",
    population="kind = 'lead' and not by_practice",
    chart="ranking",
)
