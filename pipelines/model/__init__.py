"""The canonical model: every table that an export is mapped onto, declared once.

DDL, load checks, the data dictionary and the blank templates are all made from ``TABLES``. Names follow
FHIR R4/R5 (Practitioner, PractitionerRole, ServiceRequest, Task, Appointment, Communication, ResearchStudy,
ResearchSubject, QuestionnaireResponse), NPPES and NUCC.

Three rules carry it.

* **Store events, derive status.** ``referral_event`` and ``subject_event`` are only ever added to; a current
  status is computed. ``occurred_at`` says when it happened, ``recorded_at`` when the source knew.
* **A referral source** is a practitioner, a practice, a campaign, the site's own database, the patient, a
  registry or an event, so that physicians and advertisements share one funnel.
* **Surrogate keys are a pure function of natural keys** (see ``identity.MACROS``), so the same record has the
  same id in every load, every generation and every rebuild. A row that is only another name for a thing
  points at the thing with ``merged_into``.

Instants are naive UTC (``..._at``); days are local to the site (``..._on``).
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.model import (
    calls,
    campaigns,
    codes,
    compensation,
    deletions,
    imaging,
    outreach,
    parties,
    patients,
    referrals,
    research,
    surveys,
    visits,
)
from pipelines.model.declare import HISTORY, PROVENANCE, STANDING, Column, Table, create_table_sql

__all__ = (
    "BY_NAME",
    "HISTORY",
    "PROVENANCE",
    "STANDING",
    "TABLES",
    "Column",
    "Table",
    "create_table_sql",
    "phi_columns",
    "table",
)

TABLES: tuple[Table, ...] = (
    *parties.TABLES,
    *patients.TABLES,
    *referrals.TABLES,
    *visits.TABLES,
    *imaging.TABLES,
    *research.TABLES,
    *outreach.TABLES,
    *compensation.TABLES,
    *campaigns.TABLES,
    *calls.TABLES,
    *surveys.TABLES,
    *codes.TABLES,
    *deletions.TABLES,
)

BY_NAME = {table.name: table for table in TABLES}


def table(name: str) -> Table:
    """The declared table called ``name``; ``KeyError`` if the model has none (a programming error)."""
    return BY_NAME[name]


def phi_columns() -> Iterator[tuple[str, str]]:
    """Every (table, column) that must never reach an export for outside eyes."""
    for declared in TABLES:
        for column in declared.columns:
            if column.phi:
                yield declared.name, column.name
