"""What the columns of an unknown file probably mean, each with the reasons a person can check.

Two kinds of evidence: how like a header is to the spellings of a field, and what the values of the column are. The
values are looked at in a sample of distinct ones; what leaves this module are counts and shapes, never a cell.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from pipelines import values
from pipelines.recognition.glossary import in_english
from pipelines.recognition.headers import LONGEST_NAME, TOWARDS, header_words
from pipelines.recognition.profiles import Profile
from pipelines.sources import LONGEST_SPELLING, Field, Source, registry

MOST_KINDS = 4  # kinds of export that are suggested
ENOUGH = 0.45  # below this a suggestion is worth nobody's time
MOST_BY_VALUES = 200  # columns of a file in which a column is suggested for its values alone
HEADER_SHARE = 0.65  # of a score; the values give the rest
_GENERIC = frozenset(
    {"date", "time", "datetime", "timestamp", "number", "id", "name", "code", "status", "type", "day", "value"}
)
_NO_MATTER = 0.25  # how like two names are that share such words only
_FOREIGN = 0.9  # how sure a translated header can be


@dataclass(frozen=True)
class Suggestion:
    """Field ``name`` may be the column at ``place``; ``score`` from 0 to 1, with its reasons as sentences' parts."""

    name: str
    place: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of export the file may be, how well it fits, and what it would still need."""

    source: str
    score: float
    fields: int
    missing: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = field(default=())


def kinds(
    header: Sequence[str], profiles: Sequence[Profile], chosen: str | None = None, nearly: str | None = None
) -> list[Kind]:
    """The kinds of export a file may be, the likeliest first; ``chosen`` among them even if it is unlikely, and first the
    one whose headers these are, though they lack something (``nearly``)."""
    ranked = sorted(
        (suggest(source, header, profiles) for source in registry().values()),
        key=lambda kind: (kind.source != nearly, -kind.score),
    )
    best = [kind for kind in ranked if kind.suggestions][:MOST_KINDS]
    return best + [kind for kind in ranked if kind.source == chosen and kind not in best]


def suggest(source: Source, header: Sequence[str], profiles: Sequence[Profile]) -> Kind:
    """For every field of ``source`` at most one column, each column at most once, the surest pairs first."""
    pairs = sorted(
        (
            found
            for declared in source.fields
            for place in range(len(header))
            if (found := _pair(declared, place, header[place], profiles[place], alone=len(header) <= MOST_BY_VALUES))
        ),
        key=lambda pair: (-pair.score, pair.place),
    )
    taken: dict[str, Suggestion] = {}
    used: set[int] = set()
    for pair in pairs:
        if pair.name not in taken and pair.place not in used and pair.score >= ENOUGH:
            taken[pair.name] = pair
            used.add(pair.place)
    _give_practice_its_clinic(source, header, taken)
    known = set(taken)
    missing = [declared.label for declared in source.fields if declared.required and declared.name not in known]
    missing += [
        " or ".join(source.field(name).label for name in group) for group in source.one_of if not known & set(group)
    ]
    signed = max((len(group & known) / len(group) for group in source.signature), default=0.0)
    named = [pair for pair in taken.values() if pair.score]
    score = (
        sum(pair.score for pair in named) / max(1, len([text for text in header if text.strip()])) * 0.6
        + 0.4 * signed
        - 0.1 * len(missing)
    )
    return Kind(source.name, round(max(0.0, score), 3), len(taken), tuple(missing), tuple(taken.values()))


def _give_practice_its_clinic(source: Source, header: Sequence[str], taken: dict[str, Suggestion]) -> None:
    """A clinic straight to the right of whoever refers is theirs, not one of ours, where nothing else tells their practice."""
    site, referrer = taken.get("site"), taken.get("referrer")
    if (site and referrer and "practice" not in taken and site.place == referrer.place + 1 and "practice" in {one.name for one in source.fields}
            and header_words(in_english(header[site.place])) in (("clinic",), ("facility",))):  # fmt: skip
        del taken["site"]
        taken["practice"] = Suggestion(
            "practice", site.place, site.score, (*site.reasons, "it stands beside whoever refers")
        )


def _pair(declared: Field, place: int, header: str, column: Profile, *, alone: bool) -> Suggestion | None:
    """``alone``: the values may speak for a column whose header does not."""
    closest, alias = header_likeness(declared, header)
    if closest < 0.3 and not (alone and declared.kind in ("npi", "enum")):
        return None
    fit, why = value_fit(declared, column)
    if fit is None:  # values say nothing about a field of text
        score, reasons = closest * 0.9, []
    elif closest >= _FOREIGN and declared.kind == "enum" and column.words:
        score, reasons = (
            max(0.75 * closest, HEADER_SHARE * closest + (1 - HEADER_SHARE) * fit),
            [why],
        )  # its words can be explained
    elif fit < 0.2 and column.distinct:
        score, reasons = closest * 0.5, [why]
    else:
        score, reasons = HEADER_SHARE * closest + (1 - HEADER_SHARE) * fit, [why]
        if closest < 0.3:
            score = 0.75 * fit
    if closest == 1:
        reasons.insert(0, f"its header is a known spelling of {declared.label}")
    elif closest >= 0.3:
        reasons.insert(0, f"its header is like “{alias}”")
    return Suggestion(declared.name, place, round(min(1.0, score), 3), tuple(reason for reason in reasons if reason))


def header_likeness(declared: Field, header: str) -> tuple[float, str]:
    """How like ``header`` is to a field's spellings, from 0 to 1, and the spelling it is most like. A header in another
    language is taken in English, which is never quite sure."""
    short = header[:LONGEST_NAME]
    closest, alias = _likest(declared, header_words(short))
    if closest < _FOREIGN and (english := in_english(short)) != short:
        foreign, theirs = _likest(declared, header_words(english))
        closest, alias = max((closest, alias), (min(foreign, _FOREIGN), theirs))
    return closest, alias


def _likest(declared: Field, words: tuple[str, ...]) -> tuple[float, str]:
    like = _like_words(words)
    near = [
        (_likeness(words, others), alias)
        for alias, others in _spellings(declared.label, declared.aliases)
        if not like.isdisjoint(others)
    ]
    return max(near, key=lambda pair: pair[0], default=(0.0, ""))


@lru_cache(maxsize=5_000)
def _spellings(label: str, aliases: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((alias, header_words(alias)) for alias in (label, *aliases))


@cache
def _vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Every word of every field's spellings, by its first letter."""
    words: dict[str, set[str]] = {}
    for source in registry().values():
        for declared in source.fields:
            for _, spelled in _spellings(declared.label, declared.aliases):
                for word in spelled:
                    words.setdefault(word[0], set()).add(word)
    return {letter: tuple(sorted(found)) for letter, found in words.items()}


@lru_cache(maxsize=20_000)
def _like_words(words: tuple[str, ...]) -> frozenset[str]:
    """The words of spellings that are at all like one of ``words``: none that begins with another letter is."""
    return frozenset(other for word in words for other in _vocabulary().get(word[0], ()) if _word_likeness(word, other))


def _likeness(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    if not words or not others or (TOWARDS in words) != (TOWARDS in others):
        return 0.0
    if words == others:
        return 1.0
    if not _share_matter(words, others):
        return _NO_MATTER
    left = [max(_word_likeness(word, other) for other in others) for word in words]
    right = [max(_word_likeness(word, other) for word in words) for other in others]
    return min(0.95, (sum(left) + sum(right)) / (len(left) + len(right)))


def _share_matter(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether two names that both say what they are about have anything of it in common: "Randomized Date" is no more a
    birth date than any other."""
    matter, theirs = (tuple(word for word in some if word not in _GENERIC) for some in (words, others))
    return not matter or not theirs or any(_word_likeness(word, other) for word in matter for other in theirs)


@lru_cache(maxsize=200_000)
def _word_likeness(word: str, other: str) -> float:
    if word == other:
        return 1.0
    if min(len(word), len(other)) >= 3 and (word.startswith(other) or other.startswith(word)):
        return 0.85
    if min(len(word), len(other)) < 5 or word[0] != other[0]:
        return 0.0
    ratio = difflib.SequenceMatcher(None, word, other).ratio()
    return ratio if ratio >= 0.75 else 0.0


_FITTING = {
    "npi": "npi",
    "phone": "phone",
    "date": "date",
    "datetime": "date",
    "boolean": "yes or no",
    "number": "number",
    "integer": "number",
}
_SAID = {
    "npi": "valid NPIs", "phone": "telephone numbers", "date": "dates", "yes or no": "yes or no", "number": "numbers", "postcode": "ZIP codes",
    "person's name": "persons' names", "organisation": "names of organisations",
}  # fmt: skip


def value_fit(declared: Field, column: Profile) -> tuple[float | None, str]:
    """How well a column's values suit a field, and why; ``None`` where any text would do."""
    if not column.distinct:
        return None, "it is empty"
    if declared.kind == "enum":
        return _enum_fit(declared, column)
    looked = _FITTING.get(declared.kind) or ("postcode" if declared.name.endswith(("zip", "postal")) else None)
    if declared.kind == "name":
        return _name_fit(declared, column)
    if looked is None:
        wrong = column.kind in ("date", "yes or no", "npi", "e-mail address")
        return (0.1, f"its values are {_SAID.get(str(column.kind), column.kind)}") if wrong else (None, "")
    share = column.shares.get(looked, 0.0)
    return share, f"{_percent(share)} of its values are {_SAID[looked]}"


def _enum_fit(declared: Field, column: Profile) -> tuple[float | None, str]:
    if not column.words:
        return 0.0, "its values are too many different ones"
    known = _known_words(tuple(declared.values.items()))
    hits = [
        text
        for text in column.words
        if values.squash(text) in known
        or (
            len(text) <= LONGEST_SPELLING
            and any(re.search(pattern, text.lower()) for pattern, _ in declared.patterns if len(pattern) > 1)
        )
    ]
    return len(hits) / len(
        column.words
    ), f"{len(hits)} of its {len(column.words)} different values are words known for {declared.label}"


@lru_cache(maxsize=1_000)
def _known_words(pairs: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return frozenset(values.squash(text) for pair in pairs for text in pair)


def _name_fit(declared: Field, column: Profile) -> tuple[float | None, str]:
    office = declared.name in ("practice", "organization") or "practice" in declared.label.lower()
    looked, other = ("organisation", "person's name") if office else ("person's name", "organisation")
    if declared.name in ("patient_last", "patient_first", "last", "first", "source", "service", "sponsor"):
        return (
            (0.1, f"its values are {_SAID.get(str(column.kind), column.kind)}")
            if column.kind in ("date", "number", "yes or no")
            else (None, "")
        )
    share = column.shares.get(looked, 0.0)
    if column.shares.get(other, 0.0) > share:
        return (
            0.3 if looked == "person's name" else share,
            f"{_percent(column.shares[other])} of its values look like {_SAID[other]}",
        )
    return share, f"{_percent(share)} of its values look like {_SAID[looked]}"


def _percent(share: float) -> str:
    return "all" if share == 1 else f"{share:.0%}"


def as_plain(found: Sequence[Kind]) -> list[dict[str, Any]]:
    """Kinds as dictionaries, to be handed from one process to another."""
    return [
        {
            **vars(kind),
            "missing": list(kind.missing),
            "suggestions": [{**vars(one), "reasons": list(one.reasons)} for one in kind.suggestions],
        }
        for kind in found
    ]
