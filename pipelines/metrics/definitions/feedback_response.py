"""Response to surveys (M29).

Frame, one row per category and period of sending: ``category``, ``category_id``, ``period``, ``complete``, ``n``
(delivered invitations), ``answered``, ``value`` (response rate), ``low``, ``high`` (Wilson), ``undelivered``.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import with_interval
from pipelines.metrics.tally import Tally

# A survey that has answers, none of which names its invitation, is anonymous: who of those asked answered cannot be told,
# and counting its invitations as unanswered would show a collapse in every anonymous wave. One without any is unanswered.
_TRACED = "count(*) filter (answered_on <= $cut_day::date) > 0 or count(*) filter (loose_on <= $cut_day::date) = 0"
_TRACEABLE = f"survey in (select survey from seen group by survey having {_TRACED})"
# Which surveys those are is asked beforehand, whatever the period: mostly there are none, and nothing is asked of them.
_ANONYMOUS = f"select coalesce(survey, '') as survey from seen group by survey having survey is null or not ({_TRACED})"
_ANSWERED = "count(*) filter (coalesce(delivered, true) and answered_on <= $cut_day::date)"
_ALL_TRACEABLE = Tally({
    "n": "count(*) filter (coalesce(delivered, true))",
    "answered": _ANSWERED,
    "undelivered": "count(*) filter (not delivered)",
}, among="")  # fmt: skip
_SOME_ANONYMOUS = Tally(
    {
        "n": "count(*) filter (traceable and coalesce(delivered, true))",
        "answered": _ANSWERED,
        "undelivered": "count(*) filter (traceable and not delivered)",
        "anonymous": "count(*) filter (not traceable)",
    },
    before="""asked as (
    select *, not list_contains($anonymous::varchar[], coalesce(survey, '')) as traceable from scoped
)""",
    source="asked",
    among="",
)


def answer(ask: Ask) -> Answer:
    """Response rates by category and period of sending."""
    anonymous = ask.shared("anonymous surveys", partial(_anonymous, ask))
    found = ask.in_time(ask.tally(_SOME_ANONYMOUS if anonymous else _ALL_TRACEABLE, anonymous=anonymous))
    untold = int(np.asarray(found.pop("anonymous", 0)).sum())
    asked = np.asarray(found["n"], "int64") > 0
    if not asked.all():
        found = {name: values[asked] for name, values in found.items()}
    lost = int(np.asarray(found["undelivered"]).sum())
    said: tuple[str, ...] = (f"{lost:,} invitations were not delivered and are not counted.",) if lost else ()
    if untold:
        said += (f"{untold:,} invitations were to anonymous surveys: how many of those asked answered cannot be told.",)
    return Answer(with_interval(found, "answered"), said, int(np.asarray(found["n"]).sum()))


def _anonymous(ask: Ask) -> list[str]:
    surveys: list[str] = ask.columns(_ANONYMOUS)["survey"].tolist()
    return surveys


METRIC = Metric(
    name="feedback_response",
    label="Survey response",
    question="How many of those asked answered?",
    description="Share of delivered invitations that were answered.",
    numerator="delivered invitations answered by the as-of day",
    denominator="delivered invitations",
    unit="share",
    window="sent in the period",
    edge_cases=(
        "Surveys none of whose answers names its invitation are anonymous: left out, and their invitations counted.",
        "A wave that nobody answered counts as that, unless answers came that name no invitation and may be to it.",
        "Invitations known not to have arrived are left out and counted; unknown delivery counts as delivered.",
        "Recent invitations may still be answered: the rate of the latest period can rise.",
    ),
    source="Wilson interval (1927); Jeffreys where none or all answered.",
    dimensions=("site", "practice", "survey"),
    grains=GRAINS,
    answer=answer,
    columns={"answered": "answered by the as-of day", "undelivered": "invitations that did not arrive"},
    relation="invitation",
    population=f"coalesce(delivered, true) and {_TRACEABLE}",
    picks={"answered": "cast(answered_on is not null as varchar) = lower($pick)"},
    chart="trend",
)
