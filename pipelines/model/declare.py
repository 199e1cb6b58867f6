"""What a canonical table is and what every one carries."""

from __future__ import annotations

from dataclasses import dataclass

ID = "BIGINT"
TEXT = "VARCHAR"
INSTANT = "TIMESTAMP"
DAY = "DATE"
PATIENT = "UUID"  # HMAC-SHA-256 of normalised identifiers, cut to 128 bits


@dataclass(frozen=True)
class Column:
    """One column: ``type`` is a DuckDB type; ``phi`` marks what never leaves row-level internal views; ``unlike`` that hardly two
    rows have the same."""

    name: str
    type: str
    meaning: str
    required: bool = False
    phi: bool = False
    values: tuple[str, ...] = ()
    references: str | None = None
    instead: str | None = None  # SQL over the row's other columns of what stands for it where the record has none
    unlike: bool = False
    awaited: bool = False  # a message may leave it as another one says it: its row counts once one has


# Carried by the records that a source may delete: a deletion of an earlier time leaves them alone, whichever file came first.
UPDATED = Column(
    "updated_at",
    INSTANT,
    "When the source last changed the record, if it says (UTC). A later deletion takes it back, an earlier one does not.",
)


@dataclass(frozen=True)
class Table:
    """One canonical table. ``key`` names the columns that identify a row across loads (later loads win)."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    fhir: str = ""
    described: bool = False  # a thing many files describe a little: rows of one key are merged, not superseded

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The declared columns followed by the provenance columns every table carries."""
        return self.columns + PROVENANCE

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


PROVENANCE = (
    Column("source_system", TEXT, "The system or keeper the row came from.", required=True),
    Column("source_file_id", TEXT, "SHA-256 of the file's bytes, as the archive names it.", required=True),
    Column("source_row", ID, "Line (text files) or sheet row (workbooks) where the record starts.", required=True),
    Column(
        "row_hash",
        "UBIGINT",
        "Hash of the row's content: equal rows in two loads are the same fact.",
        required=True,
        unlike=True,
    ),
    Column("ingested_at", INSTANT, "When Rapport received the file (UTC).", required=True),
)

# What a built warehouse says of each fact beside that, and of versions that no longer count: see ``versions``.
STANDING = (
    Column("first_seen_at", INSTANT, "When Rapport first received a row with this key (UTC).", required=True),
    Column("known_from", INSTANT, "Since when this version was what was known; empty: since it happened."),
    Column("known_from_on", DAY, "The local day of it: at that day's end this version was known."),
)
HISTORY = (
    *STANDING,
    Column("known_until", INSTANT, "Until when it was; only where it no longer counts.", required=True),
    Column(
        "known_until_on", DAY, "The local day of it: at that day's end it was no longer what was known.", required=True
    ),
)


def create_table_sql(declared: Table, name: str | None = None, history: tuple[Column, ...] = ()) -> str:
    """DDL of a canonical table, provenance and ``history`` columns included. No key constraint: loads are merged by window, because
    index-backed upserts are the part of DuckDB with open corruption reports."""
    columns = ",\n  ".join(
        f"{column.name} {column.type}{' NOT NULL' if column.required else ''}{_stored(column)}"
        for column in (*declared.all_columns, *history)
    )
    return f"create table {name or declared.name} (\n  {columns}\n)"


def _stored(column: Column) -> str:
    """How a column is to be written: of what no two rows have alike, finding that nothing makes it smaller (of texts: by half)
    takes DuckDB longer than writing it."""
    return " USING COMPRESSION uncompressed" if column.unlike or column.type == PATIENT else ""
