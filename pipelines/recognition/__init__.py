"""Which export a file is, from its headers: tolerant of spelling, never silently wrong.

Headers are compared in three steps, each only for what the step before left over: as squashed text ("Ref. MD" is
"refmd"), as a set of words with the usual abbreviations undone ("Date Referral Rec'd" is "Referral Received
Date"), and with one letter wrong. A match of the last kind is said out loud.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from pipelines.readers import Reading
from pipelines.sources import Field, Source, registry
from pipelines.values import squash

# Columns that a rejects workbook adds; a mended one is loaded as the file it came from.
WHY = ("Why", "What to do", "File row")
LONGEST_NAME = 200  # characters of a header that are compared: patterns take minutes over a damaged one of 70,000
SURE = 0.5  # at least half of the columns that hold anything are understood
SURER = 0.6  # and more, where what makes it a file of its kind is a word that any table has ("Date")
_WORDS = {
    "dt": "date", "dttm": "datetime", "ref": "referral", "rfl": "referral", "referred": "referring", "pt": "patient", "pat": "patient",
    "patients": "patient", "dr": "provider", "doctor": "provider", "physician": "provider", "md": "provider", "clinician": "provider",
    "practitioner": "provider", "prov": "provider", "recd": "received", "rcvd": "received", "rec": "received", "no": "number", "num": "number",
    "nbr": "number", "appt": "appointment", "apt": "appointment", "appts": "appointment", "org": "organization", "organisation": "organization",
    "enrolment": "enrollment", "zipcode": "zip", "postal": "zip", "postcode": "zip", "telephone": "phone", "tel": "phone", "sched": "scheduled",
    "addr": "address", "facility": "facility", "comments": "comment", "notes": "note", "tz": "timezone", "centre": "center", "dob": "birth",
    "recvd": "received", "rcd": "received", "rfrng": "referring", "prvdr": "provider", "dept": "department", "elig": "eligible", "icf": "consent",
    "scr": "screening", "rand": "randomization", "enroled": "enrolled", "randomised": "randomized", "randomisation": "randomization", "cancelled": "canceled", "programme": "program",
}  # fmt: skip
UTC = re.compile(
    r"\s*[(\[]\s*(?:utc|gmt|z|utc time)\s*[)\]]\s*$|[\s_,-]+(?:in )?(?:utc|gmt)\s*$", re.IGNORECASE
)  # how a header says it
_ALONE = frozenset({*_WORDS, *_WORDS.values(), "time", "name", "status", "id", "site", "study", "fax", "type", "npi", "mrn", "reason", "visit", "outcome", "practice",
                    "source", "screen", "subject", "last", "first", "sex", "priority"})  # fmt: skip
SIGN = "#"  # alone it counts rows, in some exports responses; it is no number of anything else
# What may stand between a patient's name and telephone
_ADDRESS = frozenset({"address", "street", "line", "city", "town", "state", "county", "country", "zip", "code", "apartment", "unit", "home", "mailing", "residential", "age", "race", "ethnicity", "language", "1", "2"})  # fmt: skip
TOWARDS = "towards"  # whoever is referred to is nobody who refers, though the words are the same but for one
_TOWARDS = re.compile(r"\b(?:refer|ref|refd|rfl|referr?al|referred)[ _-]*to\b", re.IGNORECASE)
_ASKED_FOR = re.compile(r"\b(?:refer|ref|refd|rfl|referr?al|referred)[ _-]*for\b", re.IGNORECASE)
_SENT_BY = re.compile(r"\b(?:refer|ref|refd|rfl|referr?al|referred)[ _-]*(?:from|by)\b", re.IGNORECASE)
_PATIENTS = re.compile(r"^(?:patient|pt|client|member)s?$|\b(?:mrn|dob|d\.o\.b|birth ?date|date of birth|medical record|(?:patient|pt|subject|participant)[ _]?(?:name|id|mrn|number|first|last|dob|initials))\b")  # fmt: skip
_REFERRERS = frozenset(
    {
        "referrer",
        "referrer_last",
        "referrer_first",
        "npi",
        "practice",
        "practice_zip",
        "practice_phone",
        "practice_fax",
        "specialty",
    }
)
_SOMEBODY = frozenset({"provider", "pcp", "attending", "surgeon", "radiologist", "specialist", "consultant"})
_EITHERS = frozenset({"clinic", "facility"})
_IDLE = frozenset({"of", "the", "a", "an", "for", "to", "is", "was", "on", "at", "s"})


@dataclass(frozen=True)
class Candidate:
    """One source a file may be: ``columns`` maps field names to header positions, ``context`` field names to
    values that stand above the table, ``missing`` lists the labels of fields without which no row can be loaded,
    ``unused`` the positions of columns that mean nothing to the source, ``doubtful`` those matched by one letter
    wrong. ``recognised`` says that it may be loaded without asking."""

    source: str
    title: str
    score: float
    columns: dict[str, int]
    context: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unused: tuple[int, ...] = ()
    doubtful: tuple[int, ...] = ()
    recognised: bool = False


def fingerprint(header: Sequence[str]) -> str:
    """The shape of a file as a key: the same headers in any order, case and punctuation give the same."""
    words = sorted(squash(_plain(text)) for text in header)
    return hashlib.sha256("|".join(words).encode()).hexdigest()[:16]


def recognise(reading: Reading, given: Iterable[str] = ()) -> list[Candidate]:
    """Every source with at least one matching column, the likeliest first. At most the first is ``recognised``,
    and only if its signature is complete and no other source explains the columns as well. ``given`` names the
    fields that somebody stated for the whole file: they are not missing."""
    header = tuple(name[:LONGEST_NAME] for name in reading.header)
    context = getattr(reading, "context", {}) or {}
    ranked = _ranked(header, tuple(context.items()), frozenset(given), _title(reading))
    return [replace(one, columns=dict(one.columns), context=dict(one.context)) for one in ranked]


@lru_cache(maxsize=4)  # a reader in doubt about the header asks before the mapping does: a tenth of a small file's time
def _ranked(
    header: tuple[str, ...], context: tuple[tuple[str, str], ...], given: frozenset[str], title: str
) -> tuple[Candidate, ...]:
    found = [match(source, header, dict(context), given, title) for source in registry().values()]
    ranked = sorted((candidate for candidate in found if candidate.columns), key=lambda candidate: -candidate.score)
    if len(ranked) > 1 and ranked[0].recognised and ranked[1].recognised and ranked[0].score - ranked[1].score < 0.02:
        ranked = [_doubted(candidate) for candidate in ranked]
    return tuple(candidate if place == 0 else _doubted(candidate) for place, candidate in enumerate(ranked))


def may_be_header(cells: Sequence[str]) -> bool:
    """Whether at least two cells are known spellings of anything: only then is it worth asking what the row is."""
    known = _every_spelling()
    hits = (_exact_key(text[:LONGEST_NAME]) in known or header_words(text[:LONGEST_NAME]) in known for text in cells)
    return sum(hits) >= 2


@cache
def _every_spelling() -> frozenset[str | tuple[str, ...]]:
    spelled = [alias for source in registry().values() for *_, alias, _ in _spellings([*enumerate(source.fields)])]
    return frozenset(key for alias in spelled for key in (_exact_key(alias), header_words(alias)))


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
    told = source.telling is not None and any(re.search(source.telling, text.lower()) for text in (*header, *context))
    aside = frozenset(i for i, text in enumerate(header) if squash(text) in ignored or _unwanted(source, text))
    columns, doubtful = _assign(_plain_fields(source.fields, told=told), header, aside)
    stated = _from_context(source, columns, context)
    stated |= {
        name: value for pattern, name, value in source.titled if name not in columns and re.search(pattern, title)
    }
    known = set(columns) | set(stated)
    used = set(columns.values())
    rest = [i for i, text in enumerate(header) if i not in used and not _unnamed(text)]
    unused = tuple(
        i
        for i in rest
        if not {squash(header[i]), squash(_plain(header[i]))} & ignored and not _unwanted(source, header[i])
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
    strange = _is_foreign(source, header, unused)
    score *= 0.5 if strange else 1.0  # another kind may then be it
    foreign = strange or (source.telling is not None and not told)
    sure = (
        SURER if all(any(_is_weak(source.field(name), header, columns) for name in group) for group in signed) else SURE
    )
    recognised = bool(signed) and not missing and not foreign and (share >= sure or depth >= 4)
    return Candidate(source.name, source.title, round(score, 4), columns, stated, missing, unused, doubtful, recognised)


def _title(reading: Reading) -> str:
    """What stands above the table, and the name of the part, in small letters."""
    first = min(reading.header_rows, default=0)
    above = [cell for row, cells in reading.top if row < first for cell in cells if cell.strip()]
    return " ".join([*above, reading.part or ""]).lower()


def _plain_fields(fields: Sequence[Field], *, told: bool) -> Sequence[Field]:
    """The fields with the spellings that count: weak ones, too, where the file is ``told`` to be of their kind."""
    return [replace(one, aliases=(*one.aliases, *one.weak)) if one.weak else one for one in fields] if told else fields


def _is_weak(declared: Field, header: Sequence[str], columns: Mapping[str, int]) -> bool:
    """Whether a field is known by nothing but a word that any table may have."""
    place = columns.get(declared.name)
    return place is not None and _exact_key(_plain(header[place])) in map(_exact_key, declared.weak)


def _is_foreign(source: Source, header: Sequence[str], unused: Iterable[int]) -> bool:
    """Whether some column shows that the rows are something else: charges in a list of referrals, patients in a log of
    visits to practices, where a source knows of no patients."""
    if source.alien and any(re.search(source.alien, text.lower()) for text in header):
        return True
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


def _assign(
    fields: Sequence[Field], header: Sequence[str], aside: frozenset[int] = frozenset()
) -> tuple[dict[str, int], tuple[int, ...]]:
    """Field -> position of its header; positions that were matched by one letter wrong, which those ``aside`` (columns
    that such files have and nobody needs) are not: "Complete?" is no misspelt "Completed"."""
    columns: dict[str, int] = {}
    free = {i for i, text in enumerate(header) if not _unnamed(text) and text not in WHY}
    doubtful: list[int] = []
    for step, pairs_of in enumerate((_equal_pairs, _worded_pairs, _typo_pairs, _utc_pairs)):
        open_fields = [(order, declared) for order, declared in enumerate(fields) if declared.name not in columns]
        for _, _, place, declared in sorted(
            pairs_of(open_fields, header, free - aside if step == 2 else free), key=lambda pair: pair[:3]
        ):
            if declared.name in columns or place not in free:
                continue
            columns[declared.name] = place
            free.discard(place)
            if step == 2:
                doubtful.append(place)
        if step == 1:
            _make_room(fields, header, columns, free)
    _tell_times_from_clocks(fields, header, columns)
    for name in _of_others(fields, header, columns):
        del columns[name]
    _give_back_clinic(fields, header, columns)
    return columns | _beside(fields, header, columns), tuple(doubtful)


def _make_room(fields: Sequence[Field], header: Sequence[str], columns: dict[str, int], free: set[int]) -> None:
    """Two dates for two fields: where "Referral Date" was taken for the day of receipt and "Received Date" is left over, it is
    the day of writing. A column passes to a field that has none if the one that gives it up knows another."""
    dated = {one.name: (order, one) for order, one in enumerate(fields) if one.kind == "datetime"}
    held = {name: place for name, place in columns.items() if name in dated}
    open_fields = [dated[name] for name in dated if name not in columns]
    spare = {place for place in free if len(header_words(header[place])) > 1}
    if not (held and open_fields and spare):
        return
    heirs = {
        place: declared.name
        for *_, place, declared in [
            *_worded_pairs(open_fields, header, held.values()),
            *_equal_pairs(open_fields, header, held.values()),
        ]
    }
    holders = [dated[name] for name, place in held.items() if place in heirs]
    for *_, place, declared in sorted(
        [*_equal_pairs(holders, header, spare), *_worded_pairs(holders, header, spare)], key=lambda pair: pair[:3]
    ):
        heir = heirs.get(columns[declared.name])
        if place in free and heir is not None and heir not in columns:
            columns[heir], columns[declared.name] = columns[declared.name], place
            free.discard(place)


def _tell_times_from_clocks(fields: Sequence[Field], header: Sequence[str], columns: dict[str, int]) -> None:
    """A time of day without its day is no time of day: an "Appt Time" that stands alone holds both."""
    for declared in fields:
        place = columns.get(declared.clock or "")
        if place is not None and declared.name not in columns and header_words(header[place]) != ("time",):
            columns[declared.name] = columns.pop(str(declared.clock))


def _give_back_clinic(fields: Sequence[Field], header: Sequence[str], columns: dict[str, int]) -> None:
    """A "Clinic" straight to the right of whoever refers is theirs, not one of ours, where nothing else tells their practice."""
    place = columns.get("site")
    if place is None or "practice" in columns or "practice" not in {one.name for one in fields}:
        return
    if (
        place - 1 in (columns.get("referrer"), columns.get("referrer_first"), columns.get("referrer_last"))
        and _exact_key(header[place]) in _EITHERS
    ):
        columns["practice"] = columns.pop("site")


def _of_others(fields: Sequence[Field], header: Sequence[str], columns: Mapping[str, int]) -> list[str]:
    """The fields about whoever refers whose column is about somebody else: a bare "NPI" or "Specialty" to the right of
    "Referred To Provider" or "Rendering Provider" is theirs."""
    holds = {place: one for one in fields if (place := columns.get(one.name)) is not None}
    theirs: list[str] = []
    nearest = ""
    for place, text in enumerate(header):
        held = holds.get(place)
        words = header_words(text)
        if held and held.name in _REFERRERS and len(words) == 1 and nearest == TOWARDS:
            theirs.append(held.name)
        elif TOWARDS in words or (held is None and _SOMEBODY & set(words)):
            nearest = TOWARDS
        elif held and _party(held) != "thing":
            nearest = _party(held)
    return theirs


def _beside(fields: Sequence[Field], header: Sequence[str], columns: Mapping[str, int]) -> dict[str, int]:
    """The columns whose name says nothing alone ("Phone"), where the nearest person to their left is whom they are about.

    Only what an address is made of may stand between; the name of anybody else, or of a thing unknown, ends it."""
    holds = {place: declared for declared in fields if (place := columns.get(declared.name)) is not None}
    found: dict[str, int] = {}
    for place, text in enumerate(header):
        key = _exact_key(_plain(text))
        meant = [one for one in fields if one.name not in {*columns, *found} and key in map(_exact_key, one.beside)]
        party = _party_before(header, holds, place) if meant and place not in holds else ""
        if declared := next((one for one in meant if _party(one) == party), None):
            found[declared.name] = place
            holds[place] = declared
    return found


def _party_before(header: Sequence[str], holds: Mapping[int, Field], place: int) -> str:
    before = (at for at in range(place - 1, -1, -1) if at in holds or not set(header_words(header[at])) <= _ADDRESS)
    nearest = holds.get(next(before, -1))
    return _party(nearest) if nearest else "nobody"


def _party(declared: Field) -> str:
    """Whom a field is about: the patient, whoever refers, or a thing."""
    return "patient" if declared.phi else "referrer" if declared.name in _REFERRERS else "thing"


# (rank of the spelling, order of the field, position, field): a field's favourite spellings come first.
_Pair = tuple[int, int, int, Field]


def _spellings(fields: Sequence[tuple[int, Field]]) -> Iterator[tuple[int, int, str, Field]]:
    for order, declared in fields:
        for rank, alias in enumerate((declared.label, *declared.aliases)):
            yield rank, order, alias, declared


def _equal_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    # A table's own column is in UTC; what a report calls "Change Date/Time" is not that column.
    places: dict[str, set[int]] = {}
    for place in free:
        for key in (_exact_key(header[place]), _exact_key(_plain(header[place]))):
            places.setdefault(key, set()).add(place)
    return [
        (rank, order, place, declared)
        for rank, order, alias, declared in _spellings(fields)
        for place in places.get(_exact_key(alias), ())
        if not (declared.utc and "_" in alias and " " in header[place].strip() and not UTC.search(header[place]))
    ]


def _worded_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place in free:
        places.setdefault(header_words(header[place]), []).append(place)
    places.pop((), None)
    return [
        (rank, order, place, declared)
        for rank, order, alias, declared in _spellings(fields)
        for place in places.get(header_words(alias), ())
    ]


def _typo_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    like: dict[tuple[str, int], list[int]] = {}  # by first letter and length, give or take one: all others are unlike
    for place in free:
        key = _exact_key(_plain(header[place]))
        for length in (len(key) - 1, len(key), len(key) + 1):
            like.setdefault((key[:1], length), []).append(place)
    return [
        (rank, order, place, declared)
        for rank, order, alias, declared in _spellings(fields)
        for place in like.get((_exact_key(alias)[:1], len(_exact_key(alias))), ())
        if _typo(header[place], alias)
    ]


def _utc_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """Times that nothing gives but a column which says that it is in UTC: "Created At (UTC)"."""
    bare = {place: UTC.sub("", header[place]) for place in free if UTC.search(header[place])}
    timed = [(order, declared) for order, declared in fields if declared.kind == "datetime"]
    texts = [bare.get(place, "") for place in range(len(header))] if bare and timed else []
    return [*_equal_pairs(timed, texts, bare), *_worded_pairs(timed, texts, bare)] if texts else []


@lru_cache(maxsize=20_000)
def _unnamed(text: str) -> bool:
    return (text.strip() != SIGN and not squash(text)) or bool(
        re.fullmatch(r"(column|unnamed)[ _:]*\d*", text.strip().lower())
    )


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    """A header without its unit or hint: "DOB (mm/dd/yyyy) *" is "DOB". A number that tells repeated headers apart is no
    hint: "Site (2)" is not "Site"; nor is UTC: those are other times."""
    bare = re.sub(r"\((?!(?:\d\d?(?:st|nd|rd|th)?|utc|gmt|z)\))[^)]*\)|\[[^]]*\]", " ", text, flags=re.IGNORECASE)
    return bare if squash(bare) else text


@lru_cache(maxsize=20_000)
def _exact_key(text: str) -> str:
    return SIGN if text.strip() == SIGN else squash(text.replace(SIGN, " number "))


@lru_cache(maxsize=20_000)
def header_words(text: str) -> tuple[str, ...]:
    """The words of a header, sorted, with the usual abbreviations undone."""
    if text.strip() == SIGN:
        return (SIGN,)
    spaced = re.sub(
        r"([a-z])([A-Z])", r"\1 \2", _plain(text).replace("#", " number ").replace("'", "").replace("’", "")
    )
    spaced = _ASKED_FOR.sub(" asked ", spaced)
    spaced = _SENT_BY.sub(" referring ", _TOWARDS.sub(f" {TOWARDS} ", spaced.replace("_", " ")))
    words = re.findall(r"[a-z]+|[0-9]+", spaced.lower())
    words = _run_together(words[0]) if len(words) == 1 else words
    found = {_WORDS.get(word, word) for word in words if word not in _IDLE}
    # "Ref by" is a person, "Referred from" a place: with a noun behind it ("Ref by Provider") that says it.
    return tuple(
        sorted(
            found | {"from" if "from" in text.lower() else "by"}
            if found == {"referring"} and _SENT_BY.search(_plain(text).replace("_", " "))
            else found
        )
    )


def _run_together(word: str) -> list[str]:
    """The two words of a name that has no room for a blank between them, as statistics programs' have: APPTDT."""
    if word in _ALONE:
        return [word]
    cuts = ([word[:place], word[place:]] for place in range(2, len(word) - 1))
    return next((parts for parts in cuts if all(part in _ALONE for part in parts)), [word])


def _typo(text: str, alias: str) -> bool:
    """One letter missing, added, changed or swapped in a word of some length; never a digit."""
    a, b = _exact_key(_plain(text)), _exact_key(alias)
    if a[:1] != b[:1] or min(len(a), len(b)) < 8 or abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    left, right = a[start:], b[start:]
    swapped = len(left) > 1 and left[1::-1] + left[2:] == right
    close = left[1:] == right or left == right[1:] or left[1:] == right[1:] or swapped
    return close and not any(character.isdigit() for character in left[:2] + right[:2])


def _from_context(source: Source, columns: Mapping[str, int], context: Mapping[str, str]) -> dict[str, str]:
    """What stands above the table as "label: value" and is a field that no column gives."""
    wanted = [source.field(name) for name in source.preamble if name not in columns]
    labels = list(context)
    found, _ = _assign(wanted, labels) if wanted and labels else ({}, ())
    return {name: context[labels[place]] for name, place in found.items() if context[labels[place]].strip()}
