"""Which column is which field of a source, from the headers alone: spelled alike, of the same words, or with one letter wrong,
each only for what the step before left over; and about whom a column is whose name does not say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelines.recognition.headers import TOWARDS, UTC, exact_key, header_words, is_cut, is_typo, plain, unnamed
from pipelines.sources import Field

# Columns that a rejects workbook adds; a mended one is loaded as the file it came from.
WHY = ("Why", "What to do", "File row")
# What may stand between a patient's name and telephone
_ADDRESS = frozenset({"address", "street", "line", "city", "town", "state", "county", "country", "zip", "code", "apartment", "unit", "home", "mailing", "residential", "age", "race", "ethnicity", "language", "1", "2"})  # fmt: skip
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
_DAYS = frozenset({"date", "datetime"})
_ASKS = re.compile(r"\(\s*(?:y|yes)\s*/\s*(?:n|no)\s*\)\s*$", re.IGNORECASE)  # whether, not when
_RIVALS = frozenset({"date", "datetime", "enum", "integer", "number"})
_OBJECT = re.compile(
    r"\s*(?:referral|case|opportunity|activity|task|event|account(?: name)?|account owner|company|lead|campaign|call|meeting|interaction|visit|subject visit|study|study site|site)\s*:\s+",
    re.IGNORECASE,
)
_SHORT = re.compile(r"ref(?:\.|(?=[ _]))[ _]*", re.IGNORECASE)
_STATE = re.compile(
    r"((?:\w+ )?(?:prescreened|screened|failed|failure|enrolled|randomi[sz]ed|completed|withdrawn|terminated|consented|discontinued)) status date",
    re.IGNORECASE,
)
_COUNTED = frozenset({"integer", "number"})
_ON = re.compile(r"[\s_]on\s*$", re.IGNORECASE)  # "Randomized On" is a day, "Randomized" may be how many
_EITHER = re.compile(r"(.*?)([^\s/]+)\s*/\s*([^\s/]+)(.*)", re.DOTALL)
_LAST = 1_000  # more spellings than any field has
_WHEN = frozenset({"date", "time", "datetime", "timestamp"})
_AS_NAMED = frozenset({"name", "full", "description", "display", "text", "label"})
_TOOK_PLACE = re.compile(r"seen|kept|complet|done|attend|held|show|came", re.IGNORECASE)
_NUMBERS = frozenset({"number", "id", "npi", "code"})  # of whoever stands before, not somebody else
_EITHERS = frozenset({"clinic", "facility"})
_GENERALIST = re.compile(
    r"\b(?:gps?|general practitioner|pcp|family (?:doctor|physician)|primary care (?:provider|physician|doctor))\b",
    re.IGNORECASE,
)
_WHERE_VISITED = _EITHERS | {
    "location",
    "officelocation",
    "cliniclocation",
    "clinicname",
    "facilityname",
    "locationname",
}
_OF_THE_REFERRAL = re.compile(r"referral(?:provider|physician|doctor|clinician|specialist)(?:name)?")


def assign(
    fields: Sequence[Field], header: Sequence[str], aside: frozenset[int] = frozenset()
) -> tuple[dict[str, int], tuple[int, ...]]:
    """Field -> position of its header; positions that were matched by one letter wrong, which those ``aside`` (columns
    that such files have and nobody needs) are not: "Complete?" is no misspelt "Completed"."""
    columns: dict[str, int] = {}
    free = {i for i, text in enumerate(header) if not unnamed(text) and text not in WHY}
    doubtful: list[int] = []
    for step, pairs_of in enumerate(_STEPS):
        open_fields = [(order, declared) for order, declared in enumerate(fields) if declared.name not in columns]
        for _, _, place, declared in sorted(
            pairs_of(open_fields, header, free - aside if step >= 2 else free), key=lambda pair: pair[:3]
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
    _tell_who_from_where(fields, header, columns)
    _tell_who_asks(header, columns)
    _tell_what_is_asked(fields, header, columns)
    _tell_booked_from_seen(fields, header, columns)
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
    place, names = columns.get("site"), {one.name for one in fields}
    if place is None or "practice" in columns or "practice" not in names or "prelim" in names:
        return  # on a worklist of exams it is where the images are taken
    if "liaison" in names and exact_key(header[place]) in _WHERE_VISITED:
        columns["practice"] = columns.pop("site")  # who was visited has no other place in the log
        return
    if (
        place - 1 in (columns.get("referrer"), columns.get("referrer_first"), columns.get("referrer_last"))
        and exact_key(header[place]) in _EITHERS
    ):
        columns["practice"] = columns.pop("site")


def _tell_who_from_where(fields: Sequence[Field], header: Sequence[str], columns: dict[str, int]) -> None:
    """A bare "Referred From" is a place, unless the place has a column of its own: "Ref From" beside "Ref From Facility"."""
    place = columns.get("practice")
    if place is None or "referrer" in columns or set(header_words(header[place])) != {"referring", "from"}:
        return
    free = {at for at, text in enumerate(header) if not unnamed(text) and text not in WHY} - set(columns.values())
    where = [(order, one) for order, one in enumerate(fields) if one.name == "practice"]
    if others := sorted(_worded_pairs(where, header, free), key=lambda pair: pair[:3]):
        columns["referrer"], columns["practice"] = place, others[0][2]


def _tell_who_asks(header: Sequence[str], columns: dict[str, int]) -> None:
    """Beside "Ordering Provider" a "Referral Provider" is whom the order sends the patient to."""
    place = columns.get("referrer")
    if place is None or not is_sent_to(header[place]):
        return
    asking = [at for at, text in enumerate(header) if {"ordering", "provider"} <= set(header_words(text))]
    if asking and asking[0] not in columns.values():
        columns["referrer"] = asking[0]


def _tell_what_is_asked(fields: Sequence[Field], header: Sequence[str], columns: dict[str, int]) -> None:
    """A bare "Specialty" beside a general practitioner is none of theirs: the patient is sent to it."""
    place, names = columns.get("specialty"), {one.name for one in fields}
    if place is None or "service" in columns or "service" not in names or header_words(header[place]) != ("specialty",):
        return
    if "referrer" in columns and _GENERALIST.search(header[columns["referrer"]].replace("_", " ")):
        columns["service"] = columns.pop("specialty")


def _tell_booked_from_seen(fields: Sequence[Field], header: Sequence[str], columns: dict[str, int]) -> None:
    """Beside a column of what became of the visit, a lone "First Visit Date" is the day for which it was booked; "Seen On" is not."""
    both = {"kept", "visit"} <= set(columns) and "appt" not in columns and "appt" in {one.name for one in fields}
    if both and {"visit", "evaluation", "eval"} & set(header_words(header[columns["kept"]])) and not _TOOK_PLACE.search(header[columns["kept"]]):  # fmt: skip
        columns["appt"] = columns.pop("kept")


def is_sent_to(text: str) -> bool:
    """Whether a header is one that names, beside whoever orders, whom the order sends the patient to."""
    return _OF_THE_REFERRAL.fullmatch(exact_key(plain(text))) is not None


def _of_others(fields: Sequence[Field], header: Sequence[str], columns: Mapping[str, int]) -> list[str]:
    """The fields about whoever refers whose column is about somebody else: a bare "NPI" or "Specialty" to the right of
    "Referred To Provider" or "Rendering Provider" is theirs."""
    if "referrer" not in {one.name for one in fields}:
        return []  # a survey asks nobody who sent a patient
    holds = {place: one for one in fields if (place := columns.get(one.name)) is not None}
    theirs: list[str] = []
    nearest = ""
    for place, text in enumerate(header):
        held = holds.get(place)
        words = header_words(text)
        if held and held.name in _REFERRERS and len(words) == 1 and nearest == TOWARDS:
            theirs.append(held.name)
        elif TOWARDS in words or (held is None and _SOMEBODY & set(words) and not _NUMBERS & set(words)):
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
        key = exact_key(plain(text))
        meant = [one for one in fields if one.name not in {*columns, *found} and key in map(exact_key, one.beside)]
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


def rivals(
    fields: Sequence[Field], header: Sequence[str], columns: Mapping[str, int], unused: Iterable[int]
) -> dict[int, str]:
    """Columns that nobody reads though a field is spelled so, which another column gives: position -> the field. Of days,
    counts and words only: that names and numbers of one thing stand twice is usual."""
    taken = [(order, one) for order, one in enumerate(fields) if one.name in columns and one.kind in _RIVALS]
    places = list(unused)
    pairs = [*_equal_pairs(taken, header, places), *_worded_pairs(taken, header, places)]
    return {place: declared.name for *_, place, declared in reversed(pairs)}


# (rank of the spelling, order of the field, position, field): a field's favourite spellings come first.
_Pair = tuple[int, int, int, Field]


def spellings(fields: Sequence[tuple[int, Field]]) -> Iterator[tuple[int, int, str, Field]]:
    for order, declared in fields:
        for rank, alias in enumerate((declared.label, *declared.aliases)):
            yield rank, order, alias, declared


def _equal_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    # A table's own column is in UTC; what a report calls "Change Date/Time" is not that column.
    places: dict[str, set[int]] = {}
    for place in free:
        for key in (exact_key(header[place]), exact_key(plain(header[place]))):
            places.setdefault(key, set()).add(place)
    asking = {place for some in places.values() for place in some if _ASKS.search(header[place])}
    return [
        (rank + _LAST * (place in asking and declared.kind in _DAYS), order, place, declared)
        for rank, order, alias, declared in spellings(fields)
        for place in places.get(exact_key(alias), ())
        if not (declared.utc and "_" in alias and " " in header[place].strip() and not UTC.search(header[place]))
    ]


def _worded_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place in free:
        places.setdefault(header_words(header[place]), []).append(place)
    places.pop((), None)
    return [
        (rank, order, place, declared)
        for rank, order, alias, declared in spellings(fields)
        for place in places.get(header_words(alias), ())
        if not (declared.kind in _COUNTED and _ON.search(header[place]))
    ]


def _typo_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    long = [place for place in free if len(exact_key(plain(header[place]))) >= 12]
    cut = [
        (rank, order, place, declared)
        for rank, order, alias, declared in (spellings(fields) if long else ())
        for place in long
        if is_cut(header[place], alias)
    ]
    like: dict[tuple[str, int], list[int]] = {}  # by first letter and length, give or take one: all others are unlike
    for place in free:
        key = exact_key(plain(header[place]))
        for length in (len(key) - 1, len(key), len(key) + 1):
            like.setdefault((key[:1], length), []).append(place)
    return cut + [
        (rank, order, place, declared)
        for rank, order, alias, declared in spellings(fields)
        for place in like.get((exact_key(alias)[:1], len(exact_key(alias))), ())
        if is_typo(header[place], alias)
    ]


def _object_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """A CRM's reports name the object before the field: "Referral: Created Date". Not a person's: "Patient: Last Name" says
    whose name it is, and a single word ("Account: Phone") says too little without its object."""
    texts = [""] * len(header)
    for place in free:
        told = _OBJECT.match(header[place])
        if told and len(header_words(header[place][told.end() :])) > 1:
            texts[place] = header[place][told.end() :].strip()
    places = [place for place in free if texts[place]]
    return [*_equal_pairs(fields, texts, places), *_worded_pairs(fields, texts, places)] if places else []


def _dated_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """Days and times by what they are of: "Signed Date" and "Date/Time Signed" are "Signed". Of a day and an hour, the day;
    an hour alone is nobody's birthday."""
    days = [(order, one) for order, one in fields if one.kind in ("datetime", "date")]
    pairs = _without(_WHEN, days, header, free)
    return [
        pair
        for pair in pairs
        if pair[3].kind == "datetime" or {"date", "datetime"} & set(header_words(header[pair[2]]))
    ]


def _state_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """The day of each state, as trial systems call it: "Randomized Status Date" is the "Randomized Date"."""
    days = [(order, one) for order, one in fields if one.kind == "datetime"]
    told = {place: _STATE.fullmatch(header[place].strip()) for place in free}
    texts = [f"{found[1]} Date" if (found := told.get(place)) else "" for place in range(len(header))]
    places = [place for place, found in told.items() if found]
    return (
        [*_equal_pairs(days, texts, places), *_worded_pairs(days, texts, places), *_dated_pairs(days, texts, places)]
        if places and days
        else []
    )


def _labelled_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """A column that says it holds the name of a thing, where systems keep its number in another: "Department Name"."""
    named = [(order, one) for order, one in fields if one.kind in ("text", "name", "enum") and not one.phi]
    return _without(_AS_NAMED, named, header, free)


def _short_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """ "Ref Office" and "Ref. Phone" are those of whoever refers, though "Ref Date" is the referral's."""
    theirs = [(order, one) for order, one in fields if one.name in _REFERRERS and one.name != "specialty"]
    short = [place for place in free if _SHORT.match(header[place])]
    texts = [_SHORT.sub("referring ", text) for text in header] if short and theirs else []
    return _worded_pairs(theirs, texts, short) if texts else []


def _either_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """ "Referring Clinic/CHC" and "Ref. Hospital/Clinic" are the referring clinic's, whatever else it may be called."""
    theirs = [(order, one) for order, one in fields if one.name in _REFERRERS and one.kind == "name"]
    told = {place: found for place in free if (found := _EITHER.fullmatch(plain(header[place])))}
    pairs: list[_Pair] = []
    for turn in (2, 3) if told and theirs else ():
        texts = [f"{found[1]}{found[turn]}{found[4]}" if (found := told.get(at)) else "" for at in range(len(header))]
        places = [place for place in told if len(header_words(texts[place])) > 1]
        pairs += [*_worded_pairs(theirs, texts, places), *_short_pairs(theirs, texts, places)]
    return pairs


def _without(
    idle: frozenset[str], fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]
) -> list[_Pair]:
    """Pairs alike but for ``idle`` words, of which the header has one."""
    places: dict[frozenset[str], list[int]] = {}
    for place in free:
        words = frozenset(header_words(header[place]))
        if words & idle and words - idle:
            places.setdefault(words - idle, []).append(place)
    hours = {place for some in places.values() for place in some if "time" in header_words(header[place])}
    return [
        (rank + _LAST * (place in hours), order, place, declared)
        for rank, order, alias, declared in (spellings(fields) if places else ())
        for place in places.get(frozenset(header_words(alias)) - idle, ())
    ]


def _utc_pairs(fields: Sequence[tuple[int, Field]], header: Sequence[str], free: Iterable[int]) -> list[_Pair]:
    """Times that nothing gives but a column which says that it is in UTC: "Created At (UTC)"."""
    bare = {place: UTC.sub("", header[place]) for place in free if UTC.search(header[place])}
    timed = [(order, declared) for order, declared in fields if declared.kind == "datetime"]
    texts = [bare.get(place, "") for place in range(len(header))] if bare and timed else []
    return [*_equal_pairs(timed, texts, bare), *_worded_pairs(timed, texts, bare)] if texts else []


# How a header may be a field's, the surest way first.
_STEPS = (
    _equal_pairs,
    _worded_pairs,
    _typo_pairs,
    _utc_pairs,
    _object_pairs,
    _dated_pairs,
    _state_pairs,
    _labelled_pairs,
    _short_pairs,
    _either_pairs,
)
