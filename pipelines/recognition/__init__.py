"""Which export a file is, from its headers: tolerant of spelling, never silently wrong.

Headers are compared in three steps, each only for what the step before left over: as squashed text ("Ref. MD" is
"refmd"), as a set of words with the usual abbreviations undone ("Date Referral Rec'd" is "Referral Received
Date"), and with one letter wrong. A match of the last kind is said out loud.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from pipelines import languages
from pipelines.readers import Reading
from pipelines.recognition import besides
from pipelines.recognition.columns import WHY, assign, spellings
from pipelines.recognition.headers import LONGEST_NAME, exact_key, header_words, plain, spelled, unnamed
from pipelines.recognition.respondents import asked_of_patients
from pipelines.sources import Field, Source, registry
from pipelines.values import squash

SURE = 0.5  # at least half of the columns that hold anything are understood
NEARLY_KNOWN = 0.4  # a score that only a complete signature reaches
PLAIN = 0.3  # and less, where two of those columns say themselves of what they are ("Referral Date", "Referred By")
SURER = 0.6  # and more, where what makes it a file of its kind is a word that any table has ("Date")
# Of few parts: of a cell of thousands, each would be tried as the last.
_CODE = re.compile(r"[A-Z]{2}[A-Z0-9]*(?:-[A-Z0-9]+){0,6}-\d{2,}[A-Z]?(?:-\d+){0,6}")
_STUDY_CALLED = re.compile(
    rf"\b(?i:protocol|study|trial)(?i:\s+(?:no\.?|number|id|code))?\s*[:#]?\s+({_CODE.pattern})\b"
)
# A table of which nothing but its title or its sheet's name says what it lists.
_CALLED_REFERRALS = re.compile(r"\breferrals? (?:log|list|tracker|tracking(?: sheet| log)?|register|intake)\b|^[^\S\n]*(?:new |incoming |inbound )?referrals?[^\S\n]*$", re.IGNORECASE | re.MULTILINE)  # fmt: skip
_CODE_AND_TITLE = re.compile(rf"({_CODE.pattern})[\s,:–-]+.*[a-z]{{2}}")
# What looks like a protocol's code and is a month, a place, a page.
_NO_STUDY = re.compile(
    r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEPT?|OCT|NOV|DEC|FY|CY|QTR|SITE|TAB|SHEET|PAGE|TABLE|PART|VERSION|WEEK|WK|COVID|ICD)[A-Z]*-|(?:[A-Z]{3,9})-(?:19|20)?\d\d$"
)
_ASKED_OF_A_REFERRAL = re.compile(
    r"^(?:reason|diagnosis|indication) for (?:the |this )?(?:referral|consult(?:ation)?)\b|^patient(?:['’]s)? (?:d\.?o\.?b|birth|phone|insurance)"
)
_PATIENTS = re.compile(r"^(?:patient|pt|client|member)s?$|\b(?:mrn|dob|d\.o\.b|birth ?date|date of birth|medical record|(?:patient|pt|subject|participant)(?:['’]?s)?[ _]?(?:full |first |last )?(?:name|id|mrn|number|first|last|dob|initials))\b")  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One source a file may be: ``columns`` maps field names to header positions, ``context`` field names to
    values that stand above the table, ``missing`` lists the labels of fields without which no row can be loaded,
    ``unused`` the positions of columns that mean nothing to the source, ``doubtful`` those matched by one letter
    wrong. ``signed`` says that it has what makes a file one of that kind, but for what may be stated for the whole file. ``recognised`` says that it may be loaded without asking, ``language`` that its headers were read as those of that language."""

    source: str
    title: str
    score: float
    columns: dict[str, int]
    context: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unused: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    recognised: bool = False
    language: str | None = None
    signed: bool = False


def fingerprint(header: Sequence[str]) -> str:
    """The shape of a file as a key: the same headers in any order, case and punctuation give the same. The columns that a rejects
    workbook adds are none of its shape: a mended one is read by the mapping of the file that it came from."""
    added = len(WHY) if tuple(header[-len(WHY) :]) == WHY else 0
    words = sorted(squash(plain(text)) for text in header[: len(header) - added])
    return hashlib.sha256("|".join(words).encode()).hexdigest()[:16]


def recognise(reading: Reading, given: Iterable[str] = ()) -> list[Candidate]:
    """Every source with at least one matching column, the likeliest first. At most the first is ``recognised``,
    and only if its signature is complete and no other source explains the columns as well. ``given`` names the
    fields that somebody stated for the whole file: they are not missing."""
    header = tuple(name[:LONGEST_NAME] for name in reading.header)
    context = getattr(reading, "context", {}) or {}
    ranked = _ranked(header, tuple(context.items()), frozenset(given), _title(reading))
    if not (ranked and ranked[0].recognised) and (abroad := spoken(header)):
        # The titles are those of the file: an English word in them says what it says.
        said = _ranked(abroad[1], tuple(context.items()), frozenset(given), _title(reading))
        if said and said[0].recognised:
            ranked = tuple(replace(one, language=abroad[0].name) for one in said)
    if ranked and ranked[0].recognised and registry()[ranked[0].source].items and asked_of_patients(reading):
        ranked = tuple(map(_doubted, ranked))  # what patients say of their visit is no feedback of those who refer
    return [replace(one, columns=dict(one.columns), context=dict(one.context)) for one in ranked]


def spoken(header: Sequence[str]) -> tuple[languages.Language, tuple[str, ...]] | None:
    """The language of a header that is not English, and its headers in English."""
    known = _every_spelling()
    english = frozenset(at for at, text in enumerate(header) if exact_key(text[:LONGEST_NAME]) in known)
    return languages.spoken(tuple(text[:LONGEST_NAME] for text in header), english)


@lru_cache(maxsize=4)  # a reader in doubt about the header asks before the mapping does: a tenth of a small file's time
def _ranked(
    header: tuple[str, ...], context: tuple[tuple[str, str], ...], given: frozenset[str], title: str
) -> tuple[Candidate, ...]:
    found = [match(source, header, dict(context), given, title) for source in registry().values()]
    ranked = sorted((candidate for candidate in found if candidate.columns), key=lambda candidate: -candidate.score)
    if len(ranked) > 1 and ranked[0].recognised and ranked[1].recognised and ranked[0].score - ranked[1].score < 0.02:
        first, second = (set(candidate.columns.values()) for candidate in ranked[:2])
        if (
            first < second or ranked[0].source in registry()[ranked[1].source].includes
        ):  # whatever the first understands the second does, too, and more
            ranked[:2] = ranked[1::-1]
        elif besides.are_both(
            ranked[0], ranked[1]
        ):  # what happens first is told first: the other is said to be there, too
            ranked[:2] = sorted(ranked[:2], key=lambda candidate: registry()[candidate.source].order)
        elif not second < first and ranked[1].source not in registry()[ranked[0].source].includes:
            ranked = [_doubted(candidate) for candidate in ranked]
    return tuple(candidate if place == 0 else _doubted(candidate) for place, candidate in enumerate(ranked))


def may_be_header(cells: Sequence[str]) -> bool:
    """Whether at least two cells are known spellings of anything: only then is it worth asking what the row is."""
    known = _every_spelling()
    hits = (exact_key(text[:LONGEST_NAME]) in known or header_words(text[:LONGEST_NAME]) in known for text in cells)
    return sum(hits) >= 2


@cache
def _every_spelling() -> frozenset[str | tuple[str, ...]]:
    spelled = [alias for source in registry().values() for *_, alias, _ in spellings([*enumerate(source.fields)])]
    return frozenset(key for alias in spelled for key in (exact_key(alias), header_words(alias)))


def match(
    source: Source,
    header: Sequence[str],
    context: Mapping[str, str],
    given: frozenset[str] = frozenset(),
    title: str = "",
) -> Candidate:
    """How well ``header`` fits ``source``, whose fields in ``given`` are stated for the whole file. ``title`` is what stands
    above the table."""
    ignored = {squash(text) for text in (*source.ignored, *WHY)}
    told = source.telling is not None and (
        any(_says(source.telling, text) for text in (*header, *context))
        or (source.primary == "referral" and _CALLED_REFERRALS.search(title) is not None)
    )
    aside = frozenset(i for i, text in enumerate(header) if squash(text) in ignored or _unwanted(source, text))
    columns, doubtful = assign(_plain_fields(source.fields, told=told), header, aside)
    stated = _from_context(source, columns, context)
    stated |= {
        name: value
        for pattern, name, value in source.titled
        if name not in columns and re.search(pattern, title.lower())
    }
    if "study" in source.preamble and "study" not in {*columns, *stated} and (code := study_titled(title)):
        stated["study"] = code
    stated |= _from_headers(source, header, columns)
    known = set(columns) | set(stated)
    used = set(columns.values())
    rest = [i for i, text in enumerate(header) if i not in used and not unnamed(text)]
    unused = tuple(
        i
        for i in rest
        if not {squash(header[i]), squash(plain(header[i]))} & ignored and not _unwanted(source, header[i])
    )
    missing = _missing(source, known | given)
    worded = source.wording is None or any(re.search(source.wording, header[i].lower()) for i in rest)
    signed = [group for group in source.signature if group <= known and worded]
    counted = len(used) + (0 if source.items else len(unused))
    share = len(used) / counted if counted else 0.0
    depth = max((len(group) for group in signed), default=0)
    score = (
        share * 0.6 + min(len(known), 12) / 12 * 0.2 + min(depth, 5) / 5 * 0.2
        if signed
        else len(used) / max(1, len(used) + len(unused)) * 0.3
    )
    strange = _is_foreign(source, header, unused) or (
        _is_listed(source, header) and _are_weak(source, signed, header, columns)
    )
    score *= 0.5 if strange else 1.0  # another kind may then be it
    foreign = strange or (source.telling is not None and not told)
    sure = _sure(source, signed, header, columns)
    settled = worded and any(group <= known for group in source.settled)
    recognised = bool(signed) and not missing and not foreign and (share >= sure or depth >= 4 or settled)
    whole = any(group - set(source.preamble) <= known for group in source.signature) and worded and not foreign
    return Candidate(
        source.name, source.title, round(score, 4), columns, stated, missing, unused, doubtful, recognised, signed=whole
    )


def _sure(source: Source, signed: Sequence[frozenset[str]], header: Sequence[str], columns: Mapping[str, int]) -> float:
    """The share of the columns that must be understood."""
    if (
        source.primary == "referral"
        and source.telling
        and sum(_says(source.telling, header[place]) for place in columns.values()) >= 2
    ):
        return PLAIN  # what else people note down beside them does not make it something else
    return SURER if _are_weak(source, signed, header, columns) else SURE


def _are_weak(
    source: Source, signed: Sequence[frozenset[str]], header: Sequence[str], columns: Mapping[str, int]
) -> bool:
    """Whether every signature rests on a word that any table has."""
    return all(any(_is_weak(source.field(name), header, columns) for name in group) for group in signed)


def _is_listed(source: Source, header: Sequence[str]) -> bool:
    """Whether some column is one of lists that go by the same words."""
    return bool(source.alien_if_weak) and any(
        re.search(str(source.alien_if_weak), plain(text).strip().lower()) for text in header
    )


def _says(pattern: str, header: str) -> bool:
    """Whether ``pattern`` is in a header as written, or with its words apart."""
    return any(re.search(pattern, text) for text in {header.lower(), spelled(header)})


def _title(reading: Reading) -> str:
    """What stands above the table, and the name of the part, a line each."""
    first = min(reading.header_rows, default=0)
    above = [cell for row, cells in reading.top if row < first for cell in cells if cell.strip()]
    return "\n".join([*above, reading.part or ""])


def _plain_fields(fields: Sequence[Field], *, told: bool) -> Sequence[Field]:
    """The fields with the spellings that count: weak ones, too, where the file is ``told`` to be of their kind."""
    return [replace(one, aliases=(*one.aliases, *one.weak)) if one.weak else one for one in fields] if told else fields


def _is_weak(declared: Field, header: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Whether a field is known by nothing but a word that any table may have."""
    place = columns.get(declared.name)
    return place is not None and exact_key(plain(header[place])) in map(exact_key, declared.weak)


def _is_foreign(source: Source, header: Sequence[str], unused: Iterable[int]) -> bool:
    """Whether some column shows that the rows are something else: charges in a list of referrals, patients in a log of
    visits to practices, where a source knows of no patients."""
    if source.alien and any(_says(source.alien, text) for text in header):
        return True
    if source.items and any(_ASKED_OF_A_REFERRAL.search(header[place].lower()) for place in unused):
        return True  # a form that patients are referred by is no survey
    knows_patients = {one.name for one in source.fields} & {"mrn", "patient", "patient_last", "born"}
    return not knows_patients and any(_PATIENTS.search(header[place].lower()) for place in unused)


def missing_fields(source: Source, known: Iterable[str]) -> tuple[str, ...]:
    """Labels of what ``source`` cannot do without and ``known`` fields do not give."""
    return _missing(source, set(known))


def _missing(source: Source, known: set[str]) -> tuple[str, ...]:
    required = [declared.label for declared in source.fields if declared.required and declared.name not in known]
    groups = [
        " or ".join(source.field(name).label for name in group) for group in source.one_of if not known & set(group)
    ]
    return (*required, *groups)


def _unwanted(source: Source, text: str) -> bool:
    return bool(source.ignored_patterns) and any(
        re.fullmatch(pattern, text.strip(), re.IGNORECASE) for pattern in source.ignored_patterns
    )


def _doubted(candidate: Candidate) -> Candidate:
    return Candidate(**{**vars(candidate), "recognised": False})


def _from_headers(source: Source, header: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    """What the headers of columns say for every row beside their names: a currency."""
    found = [
        (name, re.search(pattern, header[columns[of]]))
        for of, pattern, name in source.headed
        if of in columns and name not in columns
    ]
    return {name: next(text for text in hit.groups() if text) for name, hit in found if hit}


def _from_context(source: Source, columns: Mapping[str, int], context: Mapping[str, str]) -> dict[str, str]:
    """What stands above the table as "label: value" and is a field that no column gives."""
    wanted = [source.field(name) for name in source.preamble if name not in columns]
    labels = list(context)
    found, _ = assign(wanted, labels) if wanted and labels else ({}, ())
    said = {name: context[labels[place]] for name, place in found.items() if context[labels[place]].strip()}
    if "study" in said and (coded := _CODE_AND_TITLE.match(said["study"])):
        said["study"] = coded[1]  # "ABC-101 A Phase 2 Study of ..."
    return said


def study_titled(title: str) -> str | None:
    """The protocol that a title or the name of a sheet is of: "Protocol ABC-101", or its code alone. One, or none."""
    called = {found[1] for found in _STUDY_CALLED.finditer(title)}
    alone = {line.strip() for line in title.split("\n") if _CODE.fullmatch(line.strip())}
    found = {code for code in called or alone if not _NO_STUDY.match(code)}
    return found.pop() if len(found) == 1 else None
