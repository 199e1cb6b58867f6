"""How the tables of one warehouse generation are made from the canonical Parquet of the active loads.

Two roads give identical tables (a property test compares them): ``build`` from nothing, and ``advance`` from
the previous generation, which recomputes only the rows that the added and undone loads can have changed.
Nothing here opens a database; it is handed a connection.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pipelines import business_time, marts, sources
from pipelines.generation import deletions, described, sequence, spans, sums, ties, versions
from pipelines.generation.described import ALIASES, DESCRIBED, DIMENSIONS, describe
from pipelines.generation.slices import SLICED, create_in_slices
from pipelines.generation.versions import FACTS, Part
from pipelines.identity import MACROS, patients, resolve, traits
from pipelines.identity.resolve import Decision
from pipelines.model import HISTORY, TABLES, Table, create_table_sql
from pipelines.model import table as table_of
from pipelines.reference import nicknames

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Progress = Callable[[str, float], None]

WHO_IS_WHO = (table_of("patient_link"), table_of("patient_trait"))  # the facts that say which patients are one
# Which facts change a referral's journey, and through which column.
JOURNEY_FACTS = ("referral", "referral_event", "appointment", "communication")
SUBJECT_FACTS = ("research_subject", "subject_event")
NEVER = dt.date(1900, 1, 1)  # the cut of an empty warehouse
SMALL_MARTS = ("feedback", "invitation", "outreach", "courtesy", "reply", "availability", "screened_day", "visit_day", "study_opening", "plan_step")  # fmt: skip
# Looked up whenever they are asked for: facts with names beside them, of which little is read. Written down, they took a
# second of every publishing.
LOOKED_UP = ("subject_step",)
# Made of what one office keeps, and always by DuckDB; each may read those before it.
OFFICE_MARTS = (
    "agreement", "desk", "front_touch", "newsletter", "presentation", "practice_specialty", "count_report", "compensation", "compensation_year",
)  # fmt: skip
# Rows of a referral, brought up to date for affected referrals; each may read those before it.
REFERRAL_MARTS = ("referral_repeat", "referral_subject", "journey", "closed_loop", "visit", "enrolled_subject")
# Small ones that speak of a day: made anew like the small ones, after them, and told again for a past day.
DATED_MARTS = ("exam", "confirmation", "collaboration", "phone_call", "campaign_cost", "campaign_lead", "slip_month")
ROLL_UPS = tuple(marts.ROLL_UPS)


def build(con: DuckDBPyConnection, parts: Sequence[Part], decisions: Sequence[Decision], progress: Progress) -> None:
    """Make every table of a generation from ``parts`` and what people decided, in an empty database."""
    versions.register(con, parts)
    for position, table in enumerate(TABLES):
        progress(f"Building {table.name}", position / (len(TABLES) + 6))
        (described.create if table.described else versions.create)(con, table, parts)
    ties.create(con)
    progress("Recognising names", 0.75)
    _write_load_table(con, parts)
    build_marts(con, decisions, progress)
    progress("Done", 1.0)


def build_registers(con: DuckDBPyConnection, parts: Sequence[Part], decisions: Sequence[Decision], progress: Progress) -> None:  # fmt: skip
    """Make of an empty database what needs no fact but who is who: the described tables, aliases, dimensions and
    calendars. An engine that follows the facts elsewhere starts from it."""
    versions.register(con, parts)
    for position, table in enumerate((*DESCRIBED, *WHO_IS_WHO)):
        progress(f"Building {table.name}", 0.2 * position / len(DESCRIBED))
        (described.create if table.described else versions.create)(con, table, parts)
    progress("Recognising names", 0.2)
    _write_load_table(con, parts)
    describe(con, decisions)


def build_marts(con: DuckDBPyConnection, decisions: Sequence[Decision], progress: Progress) -> None:
    """Make whatever is derived from the canonical tables: who is who, the data cut, the journey and its roll-ups."""
    describe(con, decisions)
    con.execute("create or replace table generation as select $cut::date as data_cut", {"cut": data_cut(con)})
    progress("Following every referral", 0.8)
    _create_referral_marts(con)
    _create_small_marts(con)


def advance(con: DuckDBPyConnection, parts: Sequence[Part], changed: Sequence[Part], decisions: Sequence[Decision],
            progress: Progress) -> None:  # fmt: skip
    """Bring the copy of a previous generation to ``parts``, given the loads that were added or undone since, and
    to what people have decided by now."""
    versions.register(con, parts)
    con.execute("create or replace temp table affected (referral_id bigint)")
    con.execute("create or replace temp table touched_patient (patient_key uuid)")
    patients.prepare(con)
    for position, table in enumerate(FACTS):
        progress(f"Updating {table.name}", position / (len(TABLES) + 6))
        _replace_changed(con, table, parts, changed)
    ties.renew(con)
    con.execute("insert into affected select referral_id from retied")
    same_calendars = True
    redecided = described.known_decisions(con) != list(decisions)
    if redecided or any(part.file(table).exists() for part in changed for table in DESCRIBED):
        progress("Recognising names", 0.7)
        same_calendars = described.redescribe(con, parts, changed, decisions)
    if redecided or any(part.file(table).exists() for part in changed for table in WHO_IS_WHO):
        described.relink(con, decisions)
    _write_load_table(con, parts)
    same_day = not _move_cut(con) and same_calendars  # by other calendars the same day is another
    progress("Following changed referrals", 0.8)
    _refresh_referral_marts(con, same_day=same_day)
    _create_small_marts(con, without=sums.OF_THE_DAY if same_day else ())
    progress("Done", 1.0)


def _create_small_marts(con: DuckDBPyConnection, without: Sequence[str] = ()) -> None:
    cut = con.execute("select data_cut from generation").fetchall()[0][0]
    for name in LOOKED_UP:
        con.execute(f"create or replace view {name} as {marts.text(name)}")
    for name in SMALL_MARTS:
        con.execute(f"create or replace table {name} as {marts.text(name)}")
    create_dated_marts(con, cut, without)


def create_dated_marts(con: DuckDBPyConnection, cut: dt.date | None, without: Sequence[str] = ()) -> None:
    """Make ``DATED_MARTS`` but those named as of the data cut, and ``OFFICE_MARTS``, from facts, journey and registers."""
    for name in (name for name in DATED_MARTS if name not in without):
        con.execute(f"create or replace table {name} as {marts.text(name)}", {"as_of": cut or NEVER})
    for name in OFFICE_MARTS:
        con.execute(f"create or replace table {name} as {marts.text(name)}")


def table_names() -> tuple[str, ...]:
    """Every table of a generation that a rebuild must reproduce exactly."""
    derived = tuple(f"{name}_alias" for name in ALIASES) + tuple(f"dim_{name}" for name in DIMENSIONS)
    history = tuple(versions.history_name(table) for table in FACTS)
    derived += (
        *resolve.TABLES,
        *patients.TABLES,
        "identity_decision",
        *REFERRAL_MARTS,
        *ROLL_UPS,
        *LOOKED_UP,
        *SMALL_MARTS,
        *DATED_MARTS,
        *OFFICE_MARTS,
    )
    return (
        tuple(table.name for table in TABLES)
        + history
        + derived
        + ("study_statement", "referral_alias", "business_day", "load", "generation")
    )


@cache
def fingerprint() -> str:
    """Changes with anything that decides what a generation holds, so that a new release builds its own."""
    texts = (
        [create_table_sql(table, history=HISTORY) for table in TABLES]
        + [marts.text(name) for name in marts.names()]
        + list(MACROS)
    )
    texts += [resolve.text(name) for name in resolve.names()] + [*traits.MACROS, repr(resolve.KINDS), repr(nicknames())]
    texts += [
        inspect.getsource(module)
        for module in (versions, sequence, spans, deletions, ties, described, business_time, patients)
    ]
    texts.append(f"holidays {metadata.version('holidays')}")
    texts += [f"{name} restates {source.restates} adds {source.adds}" for name, source in sources.registry().items()]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


# --- canonical tables -------------------------------------------------------------------------------------------


def _replace_changed(con: DuckDBPyConnection, table: Table, parts: Sequence[Part], changed: Sequence[Part]) -> None:
    if versions.note_changed(con, table, parts, changed):
        _collect_affected(con, table)
        versions.replace_changed(con, table, parts)
        _collect_affected(con, table)


def _collect_affected(con: DuckDBPyConnection, table: Table) -> None:
    """Remember whose journey the rows in ``changed`` bear on; called before and after they are replaced."""
    if table.name in JOURNEY_FACTS:
        con.execute(
            f"insert into affected select referral_id from {table.name} where {table.key[0]} in (select id from changed)"
        )
    if table.name == "patient_trait":
        patients.note_fresh(con)
    if table.name == "appointment":  # booked without a referral: it may be a visit that one of the patient's has, too
        con.execute(
            "insert into touched_patient select patient_key from appointment where referral_id is null and appointment_id in (select id from changed)"
        )
    if table.name == "communication":  # about a subject: whoever brought the subject is told of it
        con.execute(
            "insert into touched_patient select patient_key from research_subject where subject_id in"
            " (select subject_id from communication where communication_id in (select id from changed))"
        )
        con.execute(
            "insert into affected select referral_id from research_subject where subject_id in"
            " (select subject_id from communication where communication_id in (select id from changed))"
        )
    if table.name in SUBJECT_FACTS:
        con.execute(
            "insert into touched_patient select patient_key from research_subject where subject_id in (select id from changed)"
        )
        con.execute(
            "insert into affected select referral_id from research_subject where subject_id in (select id from changed)"
        )


# --- the present, and the journey -------------------------------------------------------------------------------


def data_cut(con: DuckDBPyConnection) -> dt.date | None:
    """The last day anything is known to have happened, never later than the last file arrived."""
    return con.execute(marts.text("data_cut")).fetchall()[0][0]  # type: ignore[no-any-return]


def _write_load_table(con: DuckDBPyConnection, parts: Sequence[Part]) -> None:
    con.execute(
        "create or replace table load (load_id bigint, source_file_id varchar, file_name varchar, source varchar,"
        " loaded_at timestamp, rows_in bigint, rows_loaded bigint, rows_rejected bigint, rows_duplicate bigint)"
    )
    rows: list[list[Any]] = [
        [load.load_id, source_file_id(load.file_id, load.part), load.file_name, load.source, load.loaded_at, load.rows_in,
         load.rows_loaded, load.rows_rejected, load.rows_duplicate]
        for load in (part.load for part in parts)
    ]  # fmt: skip
    if rows:
        con.executemany("insert into load values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def source_file_id(file_id: str, part: str) -> str:
    """How a row names the table it came from: the file's SHA-256 and, for a workbook, its sheet."""
    return f"{file_id}#{part}" if part else file_id


def _create_referral_marts(con: DuckDBPyConnection) -> None:
    cut = con.execute("select data_cut from generation").fetchall()[0][0]
    con.execute("create or replace temp table affected (referral_id bigint)")
    asked = {"everything": True, "as_of": cut or NEVER}
    for name in REFERRAL_MARTS:
        create_mart(con, name, asked)
    for name in ROLL_UPS:
        con.execute(f"create or replace table {name} as {marts.text(name)}", {"everything": True})


def create_mart(con: DuckDBPyConnection, name: str, asked: Mapping[str, Any]) -> None:
    """Make one mart by its text from what it reads, as of ``asked`` (``as_of``, ``everything``), in slices where it is too large
    for one piece."""
    with _joins_of(con, name):
        if name in SLICED:
            create_in_slices(con, name, dict(asked))
        else:
            text = marts.text(name)
            named = {key: value for key, value in asked.items() if f"${key}" in text}
            con.execute(f"create or replace table {name} as {text}", named)


@contextmanager
def _joins_of(con: DuckDBPyConnection, name: str) -> Iterator[None]:
    """The journey hangs narrow tables on wide referrals. Left to itself, DuckDB guesses from row counts alone and
    builds its hash table of the wide side; that cost a third of the build. A visit is the other way about: however few
    there are, as written each would have the whole journey hashed."""
    if name != "visit":
        con.execute("set disabled_optimizers = 'build_side_probe_side'")
    try:
        yield
    finally:
        con.execute("set disabled_optimizers = ''")


def _move_cut(con: DuckDBPyConnection) -> bool:
    """Facts dated after the old cut, and studies that closed since, come into view when the cut moves. Returns whether
    it does."""
    before = con.execute("select data_cut from generation").fetchall()[0][0]
    after = data_cut(con)
    con.execute("create or replace table generation as select $cut::date as data_cut", {"cut": after})
    if before == after:
        return False
    first = min(before or NEVER, after or NEVER)
    span = {"first": dt.datetime.combine(first, dt.time.min)}
    for table, column in (("referral", "received_at"), ("referral", "authored_at"), ("referral", "recorded_at"),
                          ("referral_event", "occurred_at"), ("referral_event", "recorded_at"),
                          ("communication", "sent_at"), ("communication", "received_at"), ("appointment", "created_at"), ("appointment", "start_at"),
                          ("appointment", "recorded_at")):  # fmt: skip
        con.execute(f"insert into affected select referral_id from {table} where {column} > $first", span)
    con.execute(
        "insert into touched_patient select s.patient_key from research_subject s join subject_event e using (subject_id)"
        " where e.occurred_at > $first or e.recorded_at > $first", span,
    )  # fmt: skip
    con.execute(
        "insert into affected select s.referral_id from research_subject s join subject_event e using (subject_id)"
        " where e.occurred_at > $first or e.recorded_at > $first", span,
    )  # fmt: skip
    con.execute(
        "insert into touched_patient select s.patient_key from research_subject s join communication c using (subject_id)"
        " where c.sent_at > $first or c.received_at > $first", span,
    )  # fmt: skip
    con.execute(
        "insert into affected select s.referral_id from research_subject s join communication c using (subject_id)"
        " where c.sent_at > $first or c.received_at > $first", span,
    )  # fmt: skip
    con.execute(
        "insert into touched_patient select patient_key from appointment where referral_id is null"
        " and (created_at > $first or start_at > $first or recorded_at > $first)", span,
    )  # fmt: skip
    con.execute("insert into affected select referral_id from journey j join dim_study s using (study_id) where s.closed_on > $day",
                {"day": first})  # fmt: skip
    return True


def _refresh_referral_marts(con: DuckDBPyConnection, *, same_day: bool) -> None:
    # Duplicates and subjects are judged per patient, so a patient's referrals are recomputed together. A subject whose
    # number comes to be, or ceases to be, a referral's was, or will be, tied through the patient.
    con.execute(
        "insert into touched_patient select patient_key from research_subject where referral_id in (select referral_id from affected)"
    )
    con.execute(
        "insert into touched_patient select patient_key from referral where referral_id in (select referral_id from affected)"
    )
    con.execute(
        "insert into touched_patient select patient_key from journey where referral_id in (select referral_id from affected)"
    )
    # Under whichever of their keys.
    con.execute(
        """insert into touched_patient select to_id from patient_alias where id in (select patient_key from touched_patient)"""
    )
    con.execute(
        """insert into touched_patient select id from patient_alias where to_id in (select patient_key from touched_patient)"""
    )
    con.execute(
        "insert into affected select referral_id from referral where patient_key in (select patient_key from touched_patient)"
    )
    con.execute(
        "create or replace temp table affected as select distinct referral_id from affected where referral_id is not null"
    )
    cut = con.execute("select data_cut from generation").fetchall()[0][0] or NEVER
    sums.take_away(con, cut, same_day=same_day)
    for name in REFERRAL_MARTS:
        # What belongs to no referral (a visit booked without one) cannot be told apart by it: it is made anew.
        con.execute(
            f"delete from {name} where referral_id is null or referral_id in (select referral_id from affected)"
        )
        with _joins_of(con, name):
            con.execute(f"insert into {name} by name {marts.text(name)}", {"everything": False, "as_of": cut})
    sums.add_up(con, cut, same_day=same_day)
