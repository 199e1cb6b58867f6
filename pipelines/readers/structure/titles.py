"""Rows of one cell that can be nothing but the title of the records below them: a physician, a practice, a month, a state.

A record that somebody began to write has one cell, too. It is a title only where all such rows of a table are, and where the
records themselves begin with something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.readers.structure.wide import length_of

PERSON, PLACE, PERIOD, STATE = "person", "place", "period", "state"
_CREDENTIAL = r"m\.?d\.?|d\.?o\.?|ph\.?d\.?|dds|dmd|dpm|od|mbbs|np|fnp(?:-[bc]{1,2})?|aprn|arnp|crnp|dnp|pa|pa-c|do"
_PERSON = re.compile(
    rf"(?i:dr|doctor)\.? .{{2,60}}|[^\W\d][\w'’.-]+(?:,? [\w'’.-]+){{0,3}},? (?:{_CREDENTIAL})|[^\W\d][\w'’.-]+(?:,? [\w'’.-]+){{0,3}}, (?i:{_CREDENTIAL})"
)
_PLACE = re.compile(
    r"(?:[\w'’&.,-]+ ){0,6}(?:clinics?|center|centre|medical|medicine|associates|group|hospital|practice|healthcare|health|physicians|specialists|pediatrics|cardiology|oncology|"
    r"orthopedics|family (?:care|practice)|urgent care|llc|pllc|p\.?c\.?)(?:[ ,].{0,40})?",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"(?:this|next|last|previous|current) (?:week|month|quarter|year)|today|tomorrow|yesterday|upcoming|overdue|later|past",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"(?:new|open|active|in ?progress|pending|waiting|on hold|to ?do|backlog|working on it|stuck|scheduled|booked|contacted|seen|complete[d]?|done|closed|finished|archived?|inactive|"
    r"cancel+ed|declined|denied|no[- ]?shows?|lost|unable to (?:reach|contact)|to be scheduled|not scheduled)(?: (?:referrals?|patients?|leads?|requests?|this (?:week|month)))?(?: ?\(\d+\))?",
    re.IGNORECASE,
)
# Whose titles name who refers: "Referrals by practice", "Referring physicians".
_BY_SENDER = re.compile(
    r"\breferr(?:als?|ed) (?:by|from|per) (?:each )?(?:the )?(?:referring |referral )?(?:provider|physician|doctor|md|practice|clinic|office|source|referrer|sender)s?\b|"
    r"\breferring (?:provider|physician|doctor|md|practice|clinic|office|source)s?\b|\breferral sources?\b|\breferrers?\b",
    re.IGNORECASE,
)


def sort_of(text: str) -> str | None:
    """What a title names, if it is one beyond doubt."""
    said = " ".join(text.split())
    if not said or len(said) > 80:
        return None
    if length_of(said) not in (None, "day") or _NEAR.fullmatch(said):
        return PERIOD
    if _STATE.fullmatch(said):
        return STATE
    if _PERSON.fullmatch(said):
        return PERSON
    return PLACE if _PLACE.fullmatch(said) else None


def are_titles(texts: Sequence[str], below: Sequence[str]) -> bool:
    """Whether ``texts``, each alone in its row, are titles, where the first cells of the records are ``below``: of other sorts."""
    sorts = {sort_of(text) for text in texts}
    if sorts & {PERSON, PLACE}:
        sorts |= {PERSON, PLACE}
    return (
        bool(below)
        and bool(sorts)
        and None not in sorts
        and sum(sort_of(text) in sorts for text in below) <= 0.1 * len(below)
    )


def name_for(texts: Sequence[str], above: Sequence[str]) -> str | None:
    """The header of a column with these titles, where what stands above the table says that they name who refers."""
    sorts = {sort_of(text) for text in texts}
    if not any(_BY_SENDER.search(line) for line in above) or not sorts <= {PERSON, PLACE}:
        return None
    return "Referring practice" if sorts == {PLACE} else "Referred by"
