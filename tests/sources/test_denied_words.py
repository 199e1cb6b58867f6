"""A word that is taken back says nothing of what it names: the tables below are the specification."""

from __future__ import annotations

import pytest

from pipelines.mapping.cells import _judge
from pipelines.sources import registry

VISITS = [
    # as written in a list of visits, what it means, whether somebody must look
    ("Not arrived", "booked", 1),
    ("Never arrived", "booked", 1),
    ("Not yet checked in", "booked", 1),
    ("Incomplete", "booked", 1),
    ("Not completed", "booked", 1),
    ("Unconfirmed", "booked", 0),
    ("Appt not kept", "noshow", 0),
    ("Didn't show", "noshow", 0),
    ("n/s", "noshow", 0),
    ("DNKA", "noshow", 0),
    ("No Show - rescheduled", "noshow", 0),
    ("Cancel/No Show", "noshow", 0),
    ("Cancelled - no show fee waived", "cancelled", 0),
    ("Pt cx'd same day", "cancelled", 0),
    ("r/s", "cancelled", 0),
    ("Rescheduled", "cancelled", 0),
    ("Bumped", "cancelled", 0),
    ("Not a no show - kept", "fulfilled", 0),
    ("Kept (late)", "fulfilled", 0),
    ("4 - Charge Entered", "fulfilled", 0),
    ("f - Filled", "booked", 0),
    ("Arrived late - not seen", "left_unseen", 0),
]
OUTCOMES = [
    ("Not seen", None, 1),
    ("Has not been seen", None, 1),
    ("Not yet attempted", None, 1),
    ("Did not cancel", None, 1),
    ("Closed - pt seen", "kept", 0),
    ("Appt not kept", "no_show", 0),
    ("Patient not accepted", "declined", 0),
    ("Unable to contact", "declined", 0),
    ("Referral sent back to PCP", "handback", 0),
]
DIRECTIONS = [("OB", "out"), ("IB", "in"), ("Referred out", "out"), ("Consult", "in")]


@pytest.mark.parametrize(("text", "value", "look"), VISITS)
def test_the_state_of_a_visit_is_what_its_words_say(text: str, value: str, look: int) -> None:
    assert _judge(registry()["appointments"].field("status"), text) == (value, look)


@pytest.mark.parametrize(("text", "value", "look"), OUTCOMES)
def test_an_outcome_is_what_its_words_say(text: str, value: str | None, look: int) -> None:
    assert _judge(registry()["referral_log"].field("status"), text) == (value, look)


@pytest.mark.parametrize(("text", "value"), DIRECTIONS)
def test_a_direction_may_be_two_letters(text: str, value: str) -> None:
    assert _judge(registry()["referral_log"].field("direction"), text) == (value, 0)
