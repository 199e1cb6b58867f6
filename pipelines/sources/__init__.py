"""Export shapes: one file each, recognise + map, found by ``registry()``.

A source is a declaration: the *fields* a file of this shape may have, with the header spellings seen in the
wild, and the canonical rows (*emits*) as static SQL over the relation ``parsed``. Nothing here opens a file
or a database. To add a shape, add one module with a module-level ``SOURCE``.

``parsed`` has ``row BIGINT`` (where the record starts) and one typed column per field, NULL where the file
has no such column. By kind:

=============  ==========================================================================================
text           VARCHAR, trimmed
identifier     VARCHAR with its leading zeros
name           VARCHAR, a person's or organisation's name ("Null" and "NA" are surnames)
date           DATE
datetime       ``f`` TIMESTAMP in UTC, and beside it ``f_on`` DATE (local) and ``f_precision`` instant|day
instant        TIMESTAMP in UTC of a machine's stamp, which is written by ISO 8601, and beside it ``f_on`` DATE (local)
integer        BIGINT
number         DOUBLE
boolean        BOOLEAN
enum           VARCHAR, one of the canonical values of ``values``, and beside it ``f_text`` as written
zone           VARCHAR, an IANA time zone
npi            VARCHAR of ten digits with a valid check digit, else NULL with a warning
phone          VARCHAR, digits only
=============  ==========================================================================================

Direct identifiers (``phi`` fields of kind name or identifier) do not get that far: a source that declares the
field ``mrn`` has ``patient_key`` and ``zip3`` in ``parsed`` instead, made of ``mrn``, ``patient``,
``patient_last``, ``patient_first``, ``born`` and ``patient_zip``. One that also declares ``record`` (the EHR's record
number) has ``record_key`` and ``name_key``, the keys by which other files know the patient, and with ``replaced_by``
the ``replacing_key`` of the record that stands for this one now.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

# Tables of who and what there is: a thing that two files name, or one file twice, is one thing.
NAMING = frozenset({"organization", "practitioner", "practitioner_role", "referral_source", "site", "research_study", "study_site", "survey", "campaign"})  # fmt: skip
ROW_ZONE = "row_zone"  # the field of kind zone whose zone its row's times are read in
# Letters; patterns are asked of no longer text: in pages of words some could be found in very many ways.
LONGEST_SPELLING = 500


@dataclass(frozen=True)
class Field:
    """One thing a file of this shape may say.

    ``aliases`` are header spellings (compared without case, spaces and punctuation). A blank or unreadable
    ``required`` field rejects its row; any other unreadable cell loads as NULL with a warning. ``values`` maps
    spellings (compared like headers) to canonical values for enums. ``phi`` marks a direct identifier, which
    is used for the patient key and then dropped. ``utc`` marks a time that the export gives in UTC.
    ``future`` tells whether a day after today can be right (an appointment) or is an error. ``beside`` are spellings
    that say nothing alone ("Phone"): they are the patient's, or the referrer's, where the columns before them are. ``weak``
    are spellings that any table may have ("Date"): they count where some header is one of the source's ``telling`` ones.
    ``lasts`` marks a length of time as text: a bare number is in the unit that its header names, else in seconds.
    ``remarked`` says that people write beside the day how it went ("3/3 LVM"), which changes nothing about the day.
    ``undated`` names a field of a day: a bare "yes" in this one says that it happened on that day.
    ``decides`` marks words that tell which rows count: where none of a column's is known, somebody is asked.
    """

    name: str
    label: str
    kind: str = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    phi: bool = False
    utc: bool = False
    future: bool = False
    patterns: tuple[tuple[str, str], ...] = ()  # (regular expression, value): for spellings with words around them
    otherwise: str | None = None  # what an unknown spelling of an enum becomes
    coded: bool = False  # holds numbers that the system's code table reads (a file of kind cerner_code_value)
    clock: str | None = None  # the field with the time of day, where date and time have a column each
    beside: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    lasts: bool = False
    undated: str | None = None
    remarked: bool = False
    decides: bool = False
    example: str = ""  # for the blank template; never a real person's


@dataclass(frozen=True)
class Relation:
    """A temporary table made from ``parsed`` (and the relations before it) for the emits to share, so that
    costly keys are computed once. ``sql`` may use what an emit may use."""

    name: str
    sql: str


@dataclass(frozen=True)
class Check:
    """A fault that shows only across columns. ``sql`` selects ``row`` from ``parsed``; the finding is put at
    the column of ``field``. Severity as in ``checks``: a reject keeps the row out. ``aside`` marks rows that are
    no records at all (a preview of a survey): they are left out and not counted among the rows that came in.
    ``repeats`` marks rows that another row of the file makes void: they are left out and counted as duplicates."""

    code: str
    severity: str
    field: str
    sql: str
    aside: bool = False
    repeats: bool = False


@dataclass(frozen=True)
class Emit:
    """Canonical rows of one table: ``sql`` selects ``row`` and any of the table's columns from ``parsed``
    (and ``items`` where the source has them); columns it leaves out are NULL. It may use the macros of
    ``identity`` and ``values``, ``$system`` (the load's source system), ``$file`` (file id), ``$arrived`` (the day it came). Rows with the
    same key are reduced to the last one, except where ``unique`` promises that there are none. ``hashed`` says that it
    selects ``row_hash`` too, which spares a table of many rows being joined to all rows once more."""

    table: str
    sql: str
    unique: bool = False
    hashed: bool = False


@dataclass(frozen=True)
class Source:
    """One export shape.

    ``system`` namespaces its natural keys unless the load says otherwise. ``signature`` lists sets of field
    names of which at least one set must be matched by headers for the shape to be recognised; ``primary`` is
    the table in which every loaded record appears. ``zone_field`` names the field (a site) whose time zone
    dates are read in. ``items`` asks for the relation ``items(row, item_code, item_label, item_sub, value_text)``
    of all columns that are no field (with ``kind``, ``scale_max`` and ``value_num`` where the column's values
    show a score). ``one_of`` lists groups of fields of which every record needs at least one. ``ignored`` are
    columns that such exports have and that are dropped at the door, ``ignored_patterns`` regular expressions of more of
    them. ``telling`` is a regular expression (of small letters) that a header of each file of this shape matches and those of others hardly do, ``alien`` one that
    headers of other shapes match: a file with such a column is not taken for this shape without asking. ``titled`` lists (regular expression of the title above the table, field, its value for every row), ``headed`` (field, regular expression
    of its header, field that the first group found says for every row: "Amount spent (USD)"). ``wording`` is a regular expression that one header which is no field must match (a survey has questions). ``reference`` asks for the relation ``nucc``. ``includes`` names
    sources whose rows its own rows hold as well: a file that may be either is this one.
    ``date_order`` is how the exporting system always writes dates (mdy or dmy), where it does. ``preamble`` names the fields that may stand above the table as "label: value". ``own_patients`` says
    that its patient numbers are its system's own (FHIR ids), not the EHR's record numbers, ``cumulative`` that its numbers
    are totals so far. ``further`` are headers of columns that are no field, for the blank template (a survey has questions). ``order`` sorts files of one batch: sites and rosters (10) before
    referrals (50) before what refers to them (70). ``restates`` names the columns of what one record states whole (a
    log's row states its referral, ``referral_id``, with all its dates): a later file of this source and system takes
    back what earlier ones said of the same thing and it no longer says. Empty where records add to one another. ``adds`` says
    that a record tells what is new (a message, whose blank fields have not changed): what it leaves out stands as earlier files of its system said
    it, and a referral came, or a visit was booked, when the first of them says so. ``settled`` lists sets of field names with which (and ``wording``) a file is
    this, however many columns of its own it has besides.
    """

    name: str
    title: str
    description: str
    system: str
    fields: tuple[Field, ...]
    signature: tuple[frozenset[str], ...]
    primary: str
    emits: tuple[Emit, ...]
    zone_field: str | None = None
    items: bool = False
    order: int = 50
    relations: tuple[Relation, ...] = ()
    checks: tuple[Check, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    ignored: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    ignored_patterns: tuple[str, ...] = ()
    wording: str | None = None
    telling: str | None = None
    alien: str | None = None
    alien_if_weak: str | None = None
    titled: tuple[tuple[str, str, str], ...] = ()
    headed: tuple[tuple[str, str, str], ...] = ()
    preamble: tuple[str, ...] = ()
    reference: bool = False
    date_order: str | None = None
    own_patients: bool = False
    cumulative: bool = False
    restates: tuple[str, ...] = ()
    adds: bool = False
    further: tuple[str, ...] = ()
    settled: tuple[frozenset[str], ...] = ()

    def tells_what(self, other: Source) -> bool:
        """Whether the two tell of the same things, which one table read as both would count twice."""
        shared = {emit.table for emit in self.emits} & {emit.table for emit in other.emits}
        return self.primary == other.primary or bool(shared - NAMING)

    def field(self, name: str) -> Field:
        return next(declared for declared in self.fields if declared.name == name)


@cache
def registry() -> dict[str, Source]:
    """Every source by name, from the modules beside this file."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found = [module.SOURCE for module in modules]
    return {source.name: source for source in sorted(found, key=lambda source: (source.order, source.name))}
