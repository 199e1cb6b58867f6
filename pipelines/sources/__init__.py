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
integer        BIGINT
number         DOUBLE
boolean        BOOLEAN
enum           VARCHAR, one of the canonical values of ``values``
npi            VARCHAR of ten digits with a valid check digit, else NULL with a warning
phone          VARCHAR, digits only
=============  ==========================================================================================
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache


@dataclass(frozen=True)
class Field:
    """One thing a file of this shape may say.

    ``aliases`` are header spellings (compared without case, spaces and punctuation). A blank or unreadable
    ``required`` field rejects its row; any other unreadable cell loads as NULL with a warning. ``values`` maps
    spellings (compared like headers) to canonical values for enums. ``phi`` marks a direct identifier, which
    is used for the patient key and then dropped. ``utc`` marks a time that the export gives in UTC.
    ``future`` tells whether a day after today can be right (an appointment) or is an error.
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


@dataclass(frozen=True)
class Emit:
    """Canonical rows of one table: ``sql`` selects ``row`` and any of the table's columns from ``parsed``
    (and ``items`` where the source has them); columns it leaves out are NULL. It may use the macros of
    ``identity`` and ``$system`` (the load's source system), ``$file`` (file id)."""

    table: str
    sql: str


@dataclass(frozen=True)
class Source:
    """One export shape.

    ``system`` namespaces its natural keys unless the load says otherwise. ``signature`` lists sets of field
    names of which at least one set must be matched by headers for the shape to be recognised; ``primary`` is
    the table in which every loaded record appears. ``zone_field`` names the field (a site) whose time zone
    dates are read in. ``items`` asks for the relation ``items(row, item_code, item_label, item_sub, value_text)``
    of all columns that are no field. ``order`` sorts files of one batch: sites and rosters (10) before
    referrals (50) before what refers to them (70).
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

    def field(self, name: str) -> Field:
        return next(declared for declared in self.fields if declared.name == name)


@cache
def registry() -> dict[str, Source]:
    """Every source by name, from the modules beside this file."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    found = [module.SOURCE for module in modules]
    return {source.name: source for source in sorted(found, key=lambda source: (source.order, source.name))}
