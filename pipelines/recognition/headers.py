"""What a header says: its words with the usual abbreviations undone, compared as squashed text, as a set of words, or with one
letter wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipelines.values import squash

LONGEST_NAME = 200  # characters of a header that are compared: patterns take minutes over a damaged one of 70,000
_WORDS = {
    "dt": "date", "dttm": "datetime", "ref": "referral", "rfl": "referral", "referred": "referring", "pt": "patient", "pat": "patient",
    "patients": "patient", "dr": "provider", "doctor": "provider", "physician": "provider", "md": "provider", "clinician": "provider",
    "practitioner": "provider", "prov": "provider", "recd": "received", "rcvd": "received", "rec": "received", "no": "number", "num": "number",
    "nbr": "number", "appt": "appointment", "apt": "appointment", "appts": "appointment", "org": "organization", "organisation": "organization",
    "enrolment": "enrollment", "zipcode": "zip", "postal": "zip", "postcode": "zip", "telephone": "phone", "tel": "phone", "ph": "phone", "fx": "fax", "sched": "scheduled",
    "addr": "address", "facility": "facility", "comments": "comment", "notes": "note", "tz": "timezone", "centre": "center", "dob": "birth",
    "recvd": "received", "rcd": "received", "rfrng": "referring", "prvdr": "provider", "phys": "provider", "dept": "department", "elig": "eligible", "icf": "consent",
    "scr": "screening", "tm": "time", "loc": "location", "desc": "description", "disp": "display", "completion": "completed", "approval": "approved", "verification": "verified", "validation": "validated", "create": "created", "creation": "created", "personnel": "provider", "prsnl": "provider", "svc": "service", "dprtmnt": "department", "sending": "referring", "requesting": "referring", "receiving": "towards", "rand": "randomization", "enroled": "enrolled", "randomised": "randomized", "randomisation": "randomization", "cancelled": "canceled", "programme": "program",
    "enquiry": "inquiry", "schedd": "scheduled", "refg": "referring", "cum": "cumulative", "cumul": "cumulative", "rpt": "report", "rpts": "report", "subj": "subject", "fail": "failure", "fails": "failure", "failed": "failure", "failures": "failure",
}  # fmt: skip
UTC = re.compile(
    r"\s*[(\[]\s*(?:utc|gmt|z|utc time)\s*[)\]]\s*$|[\s_,-]+(?:in )?(?:utc|gmt)\s*$", re.IGNORECASE
)  # how a header says it
_ALONE = frozenset({*_WORDS, *_WORDS.values(), "time", "name", "status", "id", "site", "study", "fax", "type", "npi", "mrn", "reason", "visit", "outcome", "practice",
                    "source", "screen", "subject", "last", "first", "sex", "priority"})  # fmt: skip
_NUMBERED = re.compile(r"(?<=[a-z])\s*#\s*(?=\d\b)", re.IGNORECASE)  # "Attempt #1" is "Attempt 1"
SIGN = "#"  # alone it counts rows, in some exports responses; it is no number of anything else
TOWARDS = "towards"  # whoever is referred to is nobody who refers, though the words are the same but for one
_REFER = r"\b(?:refer|ref|refd|rfl|referr?al|referred|referring)"
# A letter is "sent to" somebody, too: only with a noun behind it ("Sent To Practice") is it where a patient is sent.
_TOWARDS = re.compile(rf"{_REFER}[ ._-]*to\b|\bsent[ _-]*to(?=[ _-]+[a-z])", re.IGNORECASE)
_ASKED_FOR = re.compile(rf"{_REFER}[ ._-]*for\b", re.IGNORECASE)
_SENT_BY = re.compile(rf"{_REFER}[ ._-]*(?:from|by)\b|\bsent[ _-]*(?:from|by)(?=[ _-]+[a-z])", re.IGNORECASE)
# "Booked for" is the day of the visit, "Booked" the day on which it was made.
_VISIT_ON = re.compile(r"\b(?:scheduled|schedd?|sched'd|booked)[ _]+for\b", re.IGNORECASE)
# "Referring DDS", "Ref OD": whoever refers, by what they are. Alone such letters are other things (OD is a right eye).
_REFERRING_AS = re.compile(
    rf"({_REFER}(?:['’]?g)?|\breferred by)[ ._-]+(?:d\.?d\.?s|d\.?m\.?d|o\.?d|d\.?o|n\.?p|d\.?c|d\.?p\.?m|pcp|gp|gps|dentist|optometrist|neph(?:rologist)?|onc(?:ologist)?|cardiologist|surgeon|ob-?/?gyn|p(?:a)?ediatrician|therapist|counsell?or|psychiatrist|midwife|specialist|doc|hcp)\b",
    re.IGNORECASE,
)
# What Salesforce calls a field of somebody's own, or of a package: HealthCloudGA__ReferringProvider__r.Name
_FIELD_NAME = re.compile(r"^(?:[A-Za-z]\w*?__)?([A-Za-z]\w*?)__(?:c|pc|r(?:\.(?:Full)?Name)?)$")
_NO_SHOW = re.compile(r"\bno[ -]*shows?\b", re.IGNORECASE)  # its "no" is no number
_IDLE = frozenset({"of", "the", "a", "an", "for", "to", "is", "was", "on", "at", "s", "ind", "flag", "yn"})


@lru_cache(maxsize=20_000)
def unnamed(text: str) -> bool:
    return (text.strip() != SIGN and not squash(text)) or bool(
        re.fullmatch(r"(column|unnamed)[ _:]*\d*", text.strip().lower())
    )


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """A header without its unit or hint: "DOB (mm/dd/yyyy) *" is "DOB". A number that tells repeated headers apart is no
    hint: "Site (2)" is not "Site"; nor is UTC: those are other times."""
    text = re.sub(r"^\s*\d{1,2}[.)]\s+(?=\D)", "", text)  # a numbered list: "1. Referral Date"
    text = _FIELD_NAME.sub(r"\1", text)
    bare = re.sub(
        r"\((?!(?:\d\d?(?:st|nd|rd|th)?|utc|gmt|z|cum\.?|cumulative|do not modify)\))[^)]*\)|\[[^]]*\]",
        " ",
        text,
        flags=re.IGNORECASE,
    )
    return bare if squash(bare) else text


@lru_cache(maxsize=20_000)
def exact_key(text: str) -> str:
    return SIGN if text.strip() == SIGN else squash(text.replace(SIGN, " number "))


@lru_cache(maxsize=20_000)
def spelled(text: str) -> str:
    """A header in small letters with its words apart: "ApptTypeDesc" is "appt type desc". What a database calls its columns
    (CHARGE_ID) stays one word: it is a key, not the thing."""
    return re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()


@lru_cache(maxsize=20_000)
def header_words(text: str) -> tuple[str, ...]:
    """The words of a header, sorted, with the usual abbreviations undone."""
    if text.strip() == SIGN:
        return (SIGN,)
    spaced = re.sub(
        r"([a-z])([A-Z])",
        r"\1 \2",
        re.sub(r"['’]s\b", "", _NUMBERED.sub(" ", plain(text)))
        .replace("#", " number ")
        .replace("'", "")
        .replace("’", ""),
    )
    spaced = _REFERRING_AS.sub(r"\1 provider", _VISIT_ON.sub(" appointment ", spaced))
    spaced = _ASKED_FOR.sub(" asked ", spaced.replace("_", " "))
    spaced = _NO_SHOW.sub(" noshow ", spaced)
    by_or_from = _SENT_BY.search(spaced)
    spaced = _SENT_BY.sub(" referring ", _TOWARDS.sub(f" {TOWARDS} ", spaced))
    words = re.findall(r"[a-z]+|[0-9]+", spaced.lower())
    words = _run_together(words[0]) if len(words) == 1 else words
    if words == ["referred"]:
        return ("referred",)  # alone it is when, or whether, not who
    found = {_WORDS.get(word, word) for word in words if word not in _IDLE}
    # "Ref by" is a person, "Referred from" a place: with a noun behind it ("Ref by Provider") that says it.
    alone = {by_or_from[0].split()[-1].lower()} if by_or_from and found == {"referring"} else set()
    return tuple(sorted(found | {word[-4:] if word.endswith("from") else word[-2:] for word in alone}))


def _run_together(word: str) -> list[str]:
    """The two words of a name that has no room for a blank between them, as statistics programs' have: APPTDT."""
    if word in _ALONE:
        return [word]
    cuts = ([word[:place], word[place:]] for place in range(2, len(word) - 1))
    return next((parts for parts in cuts if all(part in _ALONE for part in parts)), [word])


def is_cut(text: str, alias: str) -> bool:
    """A name cut off within a word, as reports of fixed width do: "Referring Provid"."""
    a, b = exact_key(plain(text)), exact_key(alias)
    if len(a) < 12 or not b.startswith(a) or not 1 <= len(b) - len(a) <= 6:
        return False
    letters = [place for place, sign in enumerate(alias) if sign.isalnum()]
    return len(letters) == len(b) and letters[len(a)] == letters[len(a) - 1] + 1


def is_typo(text: str, alias: str) -> bool:
    """One letter missing, added, changed or swapped in a word of some length; never a digit."""
    a, b = exact_key(plain(text)), exact_key(alias)
    if a[:1] != b[:1] or min(len(a), len(b)) < 8 or abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    left, right = a[start:], b[start:]
    swapped = len(left) > 1 and left[1::-1] + left[2:] == right
    close = left[1:] == right or left == right[1:] or left[1:] == right[1:] or swapped
    return close and not any(character.isdigit() for character in left[:2] + right[:2])
