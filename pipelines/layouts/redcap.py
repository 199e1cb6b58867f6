"""REDCap exports: flat, longitudinal, repeating instruments, EAV, raw or labels, with the project's data dictionary.

An export is told by its own columns (``redcap_...``, ``<form>_complete``, ``field_name`` and ``value``). It is brought
into one row per record: what an EAV export lists is spread over columns, what a longitudinal one says event by event
is put together (the first event that has a value gives it, a status is the latest), repeating instruments count with
their first instance. Codes for missing values are none.

A data dictionary that was loaded before tells which fields identify somebody (``Identifier?`` = y): those serve for the
patient key and are blanked in whatever else they stand, before anything is shown or written, whatever project they are
of. That of the export's own project also turns the codes of raw exports into words, and a date goes by its label where
that says another milestone than its name: another project's codes and labels mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.readers import Reading, SetAside
from pipelines.readers.structure.header import unique
from pipelines.recognition.columns import assign
from pipelines.sources import registry

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EVENT, INSTRUMENT, INSTANCE, GROUP = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
)
STAMP = "redcap_survey_timestamp"  # what an export's only survey time stamp is called here
_LABELS = {
    "event name": EVENT,
    "repeat instrument": INSTRUMENT,
    "repeat instance": INSTANCE,
    "data access group": GROUP,
}
_FILE = re.compile(r"(?:.*/)?(.+?)_DATA(?:_LABELS)?_\d{4}-\d{2}-\d{2}_\d{4}\.csv", re.IGNORECASE)
_DICTIONARY_FILE = re.compile(r"(?:.*/)?(.+?)_DataDictionary.*", re.IGNORECASE)
# Columns that REDCap adds to a project's own.
_ADDED = re.compile(r"redcap_.*|.*_complete|.*_timestamp|complete\?|survey (?:timestamp|identifier)|event name|data access group|repeat (?:instrument|instance)")  # fmt: skip
# One that is worded as another before it has a number behind it since it was read.
_LABELLED_BOX = re.compile(r"(.+?)\s*\(choice=(.+?)\)(?: \(\d+\))?", re.DOTALL)
# What projects take for "seen but not answered" and the like, and with it what REDCap offers for that.
MISSING_NUMBER = r"-(?:99?[5-9]|9{4}|66|77|88|666|777|888)"
_MISSING = rf"NI|INV|UNK|NASK|ASKU|NAV|NAVU|MSK|{MISSING_NUMBER}"
_AND = "; "  # between the choices of a question of which several were ticked
DESCRIBED = 0.8  # the share of an export's columns that the dictionary of its project knows
AKIN = 0.5  # that which one knows that may be of the project, too
MOST_FIELDS = 3000


@dataclass(frozen=True)
class Entry:
    """One field of a data dictionary: its name, label, choices (code -> words) and whether it identifies somebody."""

    name: str
    label: str
    choices: Mapping[str, str]
    identifier: bool


@dataclass(frozen=True)
class Dictionary:
    """A project's data dictionary, by the name of its file."""

    file_name: str
    entries: tuple[Entry, ...]

    @property
    def project(self) -> str:
        """The project that its file's name tells, or the file's name."""
        found = _DICTIONARY_FILE.fullmatch(self.file_name)
        return (found[1] if found else self.file_name).lower()


def entry(name: str, label: str | None, choices: str | None, identifier: bool | None) -> Entry:
    """An ``Entry`` from the dictionary's texts; choices are written ``1, Yes | 0, No``."""
    pairs = [part.split(",", 1) for part in (choices or "").split("|") if "," in part]
    return Entry(
        name.strip().lower(),
        (label or "").strip(),
        {code.strip(): words.strip() for code, words in pairs},
        bool(identifier),
    )


def is_export(reading: Reading) -> bool:
    """Whether the file is an export of records: by REDCap's own columns, or as a list of fields and values."""
    names = plain_names(reading.header)
    return STAMP in names or EVENT in names or INSTRUMENT in names or GROUP in names or _is_eav(names) or (
        len(names) > 2 and names[0] in ("record_id", "study_id", "subject_id", "participant_id") and any(name.endswith("_complete") for name in names))  # fmt: skip


def plain_names(header: Sequence[str]) -> list[str]:
    """Headers in small letters, REDCap's own columns by their names. Their labels ("Event Name") are anybody's words; in an
    export with labels the number of the record stands first."""
    low = [text.strip().lower() for text in header]
    labelled = bool(low) and re.search(r"\b(?:ids?|records?|subject|participant|patient|number|no)\b|#", low[0])
    return [_LABELS.get(text, text) for text in low] if labelled else low


def _is_eav(names: Sequence[str]) -> bool:
    return names[:1] == ["record"] and {"field_name", "value"} <= set(names) and len(names) <= 6


def describing(reading: Reading, file_name: str, dictionaries: Sequence[Dictionary]) -> tuple[Entry, ...]:
    """The fields of the dictionary that is the export's project's: that which says the project's name, or knows nearly all
    its columns; of several the one that knows most, else the latest. Notes where that is doubtful."""
    own = [base for header in reading.header if not _ADDED.fullmatch(base := _base(header))]
    project = found[1].lower() if (found := _FILE.fullmatch(file_name)) else None
    told = [(one.project == project, _known_share(own, one), place) for place, one in enumerate(dictionaries)]
    ranked = sorted(one for one in told if one[1] >= DESCRIBED or (one[0] and one[1]))
    if not ranked:
        if is_export(reading):  # any other file may have columns of these names
            _note_unused(reading, dictionaries, max(told, key=lambda one: one[1], default=None), own)
        return ()
    best = dictionaries[ranked[-1][2]]
    rivals = [dictionaries[place] for *fit, place in ranked[:-1] if tuple(fit) == ranked[-1][:2]]
    rivals = [one for one in rivals if one.project != best.project and _differ(one, best, own)]
    if rivals:
        _note_once(
            reading,
            f"{len(rivals) + 1} data dictionaries know these columns equally well and say otherwise of them; the latest was taken: {best.file_name}. "
            "If it is another project's, undo its load, load this file, and load it again.",
        )
    return best.entries


def _note_unused(
    reading: Reading, dictionaries: Sequence[Dictionary], nearest: tuple[bool, float, int] | None, own: Sequence[str]
) -> None:
    """Say of a dictionary that knows half the columns that it was not taken: the project may have grown since."""
    if nearest and nearest[1] >= AKIN:
        _note_once(
            reading,
            f"The data dictionary {dictionaries[nearest[2]].file_name} knows {round(nearest[1] * len(own))} of {len(own)} columns and was not "
            "taken for this project's: codes stay as they are. If it is, load the project's dictionary of today first.",
        )


def _note_once(reading: Reading, note: str) -> None:
    """An export is asked about twice, as records and as a survey's answers."""
    if note not in reading.notes:
        reading.notes.append(note)


def _known_share(own: Sequence[str], dictionary: Dictionary) -> float:
    known = {one.name for one in dictionary.entries} | {one.label.lower() for one in dictionary.entries if one.label}
    return sum(base in known for base in own) / len(own) if own else 0.0


def _differ(one: Dictionary, other: Dictionary, own: Sequence[str]) -> bool:
    """Whether the two say something else of a column."""
    said, otherwise = ({field.name: (field.label, field.choices) for field in each.entries} for each in (one, other))
    return any(base in said and base in otherwise and said[base] != otherwise[base] for base in own)


def shape(con: DuckDBPyConnection, reading: Reading, file_name: str, dictionaries: Sequence[Dictionary]) -> Reading:
    """The export in ``stage`` with a column per field, its rows as they are (``fold``); anything that is no REDCap export
    as it is."""
    _say_ticked(con, reading)
    if not is_export(reading):
        return reading
    plain = plain_names(reading.header)
    reading.header = [
        name if name.startswith("redcap_") else text for name, text in zip(plain, reading.header, strict=True)
    ]
    ticked = _spread(con, reading) if _is_eav(plain) else frozenset()
    if dictionary := describing(reading, file_name, dictionaries):
        _translate(con, reading, dictionary, ticked)
        _name_by_labels(reading, dictionary)
    _blank_missing(con, reading)
    found = _FILE.fullmatch(file_name)
    if found and not reading.context:
        reading.context = {"Study": found[1]}
        reading.notes.append("The project's name in the file's name is taken for the study.")
    return reading


def _say_ticked(con: DuckDBPyConnection, reading: Reading) -> None:
    """The boxes of one question in an export with labels ("Reason (choice=Age)": Checked, Unchecked) as one column of what was
    ticked: a bare "Unchecked" would pass for the reason. A survey's boxes stay columns of their own, as its questions are."""
    if any(text.strip().lower() == "survey timestamp" for text in reading.header):
        return
    for question, choices in _questions(reading.header):
        first = choices[0][0]
        ticked = ", ".join(f"case when c{place} = 'Checked' then $w{place} end" for place, _ in choices)
        con.execute(
            f"update stage set c{first} = nullif(concat_ws('{_AND}', {ticked}), '')",
            {f"w{place}": words for place, words in choices},
        ).fetchall()
        for place, _ in choices[1:]:
            con.execute(f"update stage set c{place} = null").fetchall()
        reading.header[first] = question
    reading.header = unique(reading.header)


def _questions(header: Sequence[str]) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Each question with its boxes, as place and choice. They stand side by side, each choice once: what is worded alike
    elsewhere, or offers a choice again, is another question."""
    question, choices = "", list[tuple[int, str]]()
    for place, text in enumerate(header):
        if not (box := _LABELLED_BOX.fullmatch(text.strip())):
            continue
        goes_on = box[1] == question and place == choices[-1][0] + 1 and all(box[2] != words for _, words in choices)
        if not goes_on:
            if choices:
                yield question, choices
            question, choices = box[1], []
        choices.append((place, box[2]))
    if choices:
        yield question, choices


def _spread(con: DuckDBPyConnection, reading: Reading) -> frozenset[str]:
    """EAV: a column per field, a row per record, event and instance. Of boxes, which are listed one by one, each that was
    ticked counts. Returns the fields of which a record has several values."""
    plain = plain_names(reading.header)
    field, value = (f"c{plain.index(name)}" for name in ("field_name", "value"))
    keys = [place for place, name in enumerate(plain) if name not in ("field_name", "value")]
    names = [
        name
        for (name,) in con.execute(
            f"select distinct {field} from stage where {field} is not null order by 1 limit {MOST_FIELDS}"
        ).fetchall()
    ]
    before = count(con)
    by = ", ".join(f"c{place}" for place in keys)
    named = ", ".join(f"c{place} as c{turn}" for turn, place in enumerate(keys))
    cells = ", ".join(
        f"nullif(array_to_string(list({value} order by row) filter ({field} = $f{turn}), '{_AND}'), '') as c{len(keys) + turn}"
        for turn in range(len(names))
    )
    several = con.execute(
        f"select distinct {field} from stage group by {field}, {by} having count(distinct {value}) > 1"
    ).fetchall()
    con.execute(
        f"""create or replace table stage as select min(row) as row, {named}, {cells}
            from (select * from stage qualify row_number() over (partition by {by}, {field}, {value} order by row) = 1) group by {by} order by 1""",
        {f"f{turn}": name for turn, name in enumerate(names)},
    ).fetchall()
    reading.header = [*(reading.header[place] for place in keys), *names]
    if EVENT not in reading.header:  # a project without events has one
        con.execute(f"alter table stage add column c{len(reading.header)} varchar").fetchall()
        reading.header.append(EVENT)
    reading.header[0] = "record_id" if "record_id" not in names else "record"
    folded = before - count(con)
    reading.records -= folded
    reading.set_aside.append(SetAside(2, "further value of the same record", folded))
    reading.notes.append("The export lists one value a line (EAV); each field became a column.")
    ticked = frozenset(name for (name,) in several)
    if ticked:
        reading.notes.append(
            f"Several values of one record are told together, as of boxes that were ticked: {_listed(sorted(ticked))}."
        )
    return ticked


def _translate(con: DuckDBPyConnection, reading: Reading, dictionary: Sequence[Entry], ticked: Collection[str]) -> None:
    """Codes of a raw export into the dictionary's words; each of several in the fields of which some were ``ticked``."""
    known = {one.name: one for one in dictionary}
    told = 0
    for place, header in enumerate(reading.header):
        field = known.get(header.strip().lower())
        if field and field.choices:
            cell, parts = f"c{place}", f"string_split(c{place}, '{_AND}')" if header in ticked else f"[c{place}]"
            word = "coalesce(map_extract_value(map_from_entries(list_zip($codes, $words)), code), code)"
            con.execute(
                f"update stage set {cell} = array_to_string(list_transform({parts}, lambda code: {word}), '{_AND}') where {cell} is not null",
                {"codes": list(field.choices), "words": list(field.choices.values())},
            ).fetchall()
            told += 1
    if told:
        reading.notes.append(f"The codes of {told} fields were put into words by the data dictionary.")


def _name_by_labels(reading: Reading, dictionary: Sequence[Entry]) -> None:
    """Call a date by its label where that says another milestone than its name, or its name says none: REDCap's own
    template has ``date_enrolled`` for "Date subject signed consent"."""
    known = {one.name: one.label for one in dictionary}
    dates = [one for one in registry()["redcap_records"].fields if one.kind == "datetime"]
    labels = [known.get(header.strip().lower(), "") for header in reading.header]
    by_name, _ = assign(dates, reading.header)
    by_label, doubtful = assign(dates, labels)
    meant = {place: name for name, place in by_label.items() if place not in doubtful}
    renamed = []
    for place, name in sorted(meant.items()):
        taken = by_name.get(name)
        if taken == place or (taken is not None and taken not in meant):
            continue
        renamed.append(f"{reading.header[place]} ({labels[place]})")
        reading.header[place] = labels[place]
    if renamed:
        reading.notes.append(
            f"Dates that go by their labels in the data dictionary, not by their names: {_listed(renamed)}."
        )


def _blank_missing(con: DuckDBPyConnection, reading: Reading) -> None:
    """Blank the codes that projects give to missing values, where no choice of the field has put them into words."""
    places = [place for place, name in enumerate(reading.header) if place and not name.startswith("redcap_")]
    gone = 0
    for place in places:
        missing = f"regexp_full_match(trim(c{place}), $missing)"
        told = {"missing": _MISSING}
        gone += con.execute(f"select count(*) from stage where {missing}", told).fetchall()[0][0]
        con.execute(f"update stage set c{place} = null where {missing}", told).fetchall()
    if gone:
        reading.notes.append(f"Codes for missing values (such as UNK, NASK or -99) in {gone:,} cells are none.")


def fold(con: DuckDBPyConnection, reading: Reading) -> None:
    """Make ``stage`` one row per record, where the export tells events or repeating instruments: of each field the first
    value, plain rows before repeating instruments; of a status the last."""
    if not is_export(reading):
        return
    names = plain_names(reading.header)
    if EVENT not in names and INSTRUMENT not in names:
        return
    instrument = f"c{names.index(INSTRUMENT)}" if INSTRUMENT in names else "null"
    order = f"({instrument} is not null)::int, row"
    before = count(con)
    status = _status_place(reading)
    cells = ", ".join(
        f"{'last' if place == status else 'first'}(c{place} order by {'row' if place == status else order}) "
        f"filter (c{place} is not null) as c{place}"
        if place
        else "c0"
        for place in range(len(names))
    )
    con.execute(
        f"create or replace table stage as select min(row) as row, {cells} from stage group by c0 order by 1"
    ).fetchall()
    folded = before - count(con)
    if folded:
        reading.records -= folded
        reading.set_aside.append(SetAside(2, "further event or instance of the same record", folded))
        reading.notes.append(
            "A record's events are put together: each field counts with its first value, a status with its latest, repeating instruments with their first instance."
        )


def _status_place(reading: Reading) -> int | None:
    """The column that tells how a subject stands: what a later event says of that holds."""
    fields = [one for one in registry()["redcap_records"].fields if one.name == "status"]
    return assign(fields, reading.header)[0].get("status")


def count(con: DuckDBPyConnection) -> int:
    return int(con.execute("select count(*) from stage").fetchall()[0][0])


def guard(
    con: DuckDBPyConnection, reading: Reading, dictionary: Sequence[Entry], patient: set[int], numbers: set[int]
) -> list[str]:
    """Take what the dictionary marks as identifying out of ``stage``; returns what was done, in sentences.

    Columns at ``patient`` make the patient key and go no further anyway; those at ``numbers`` tell records apart, so a
    keyed code takes the place of each value; all others are blanked.
    """
    if not is_export(reading) and not _of_dictionary(reading, dictionary):
        return []
    marked = (
        {one.name for one in dictionary if one.identifier}
        | {one.label.lower() for one in dictionary if one.identifier and one.label}
        | {header.lower() for header in reading.identifying}
    )
    found = [
        (place, header)
        for place, header in enumerate(reading.header)
        if _is_of(header, marked) and place not in patient
    ]
    for place, _ in found:
        told = (
            f"left(replace(hmac_key('dictionary|' || c{place})::varchar, '-', ''), 16)" if place in numbers else "null"
        )
        con.execute(f"update stage set c{place} = {told} where c{place} is not null").fetchall()
    gone, coded = ([header for place, header in found if (place in numbers) is kept] for kept in (False, True))
    where = "in the file" if reading.identifying else "in the data dictionary"
    return [*([f"Marked as identifiers {where} and left out: {_listed(gone)}."] if gone else []),
            *([f"Marked as identifiers {where} and replaced by keyed codes: {_listed(coded)}."] if coded else [])]  # fmt: skip


def _is_of(header: str, marked: set[str]) -> bool:
    """Whether a column is one of the ``marked`` fields, by name or label, or one of its boxes ("Race: White")."""
    base = _base(header)
    return base in marked or any(base.startswith(f"{name}: ") for name in marked)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (" and more" if len(names) > 12 else "")


def _of_dictionary(reading: Reading, dictionary: Sequence[Entry]) -> bool:
    """Whether nearly all columns are fields of the dictionary: an export without REDCap's own columns."""
    known = {one.name for one in dictionary} | {one.label.lower() for one in dictionary if one.label}
    hits = sum(_base(header) in known for header in reading.header)
    return len(reading.header) >= 3 and hits >= 0.8 * len(reading.header)


def _base(header: str) -> str:
    """The field of a column: ``race___1`` is a box of ``race``."""
    return re.sub(r"___-?\w+$", "", header.strip().lower())
