"""Whom a survey asks. Patients are asked of their own visit, and say nothing of what those who refer think."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.readers import Reading

_PATIENTS = re.compile(
    r"\bcare provider\b|^cp (?:courtesy|explan|concern|effort|discuss|spoke|listen)|\b(?:family (?:and|&|or) friends|friends (?:and|&|or) family|family members? or friends?)\b"
    r"|\b(?:your|this|the) (?:doctor|nurse|nurses|dentist|surgeon|therapist|physician|provider)(?: or nurse)? (?:listen|explain|treat|spend|show|spent|know|seem)"
    r"|\bdid (?:your|this|the|our) (?:doctors?|nurses?|dentist|surgeon|therapist|physicians?|providers?)\b"
    r"|\byour (?:hospital |overall )?(?:visit|stay|symptoms|health|(?:medical )?condition|medications?|treatment|recovery|pain)\b(?! (?:to|from|by) (?:our|us|the) )|\bcare (?:that )?you received\b|\byou were (?:seen|treated|discharged)\b"
    r"|^(?:resp(?:ondent)?|patient)[ _]?(?:age|sex|gender)$|^disdate$",
    re.IGNORECASE,
)
_REFERRERS = re.compile(
    r"\b(?:your|their) (?:own )?patients?\b|\byou (?:refer|send)\b|\brefer(?:ring|rals?|rers?)\b(?! (?:date|id))|\brefer (?:a |your |more |future |other )?patients?\b|\bcolleagues?\b|\byour (?:practice|office|clinic|specialty)\b",
    re.IGNORECASE,
)


def asked_of_patients(reading: Reading) -> str | None:
    """The longest question that only patients are asked, where none is one for those who refer; ``None`` elsewhere."""
    asked = list(_questions(reading))
    if any(_REFERRERS.search(text) for text in asked):
        return None
    return max((text for text in asked if _PATIENTS.search(text)), key=len, default=None)


def _questions(reading: Reading) -> Iterable[str]:
    for texts in (reading.header, *reading.sub_headers):
        yield from (text.strip() for text in texts if text.strip())
