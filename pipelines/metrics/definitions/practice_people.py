"""The people of practices whom we know.

Frame, one row per person, at most 200: ``practice``, ``person``, ``role``, ``front_line`` (handles referrals at the desk),
``preferred_channel``, ``opt_out`` (asked not to be contacted), ``n`` (always 1).
"""

from __future__ import annotations

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.lists import newest

SETTINGS = {"listed": 200}
_LISTED = """select practice, display_name as person, role, front_line, preferred_channel, opt_out, 1::bigint as n, count(*) over () as total
from seen where {population}
order by opt_out, front_line desc, practice, display_name, contact_id limit $listed"""


def answer(ask: Ask) -> Answer:
    """The people, the front line first."""
    return newest(ask.columns(_LISTED, listed=SETTINGS["listed"]), "people", first="The first")


METRIC = Metric(
    name="practice_people",
    label="People at practices",
    question="Whom do we know at a practice, and how do they want to be reached?",
    description="Contact persons of the contact list, those at the front line first.",
    numerator="contact persons",
    denominator="none: a list",
    unit="contact persons",
    window="as the newest contact list says; the period filter does not apply",
    edge_cases=(
        "Whoever asked not to be contacted is listed last and marked.",
        "E-mail addresses are kept as a keyed hash only, so none is shown.",
    ),
    source="As listed.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={
        "practice": "where they work",
        "person": "name as the list writes it",
        "role": "what they do there",
        "front_line": "handles referrals at the desk",
        "preferred_channel": "how they want to be reached",
        "opt_out": "asked not to be contacted",
    },
    relation="contact_person",
    population="display_name is not null",
    settings=SETTINGS,
    chart="table",
)
