"""A referral network of a test's own: marts in memory, filled from plain dicts, read as the warehouse is read."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pandas as pd

from pipelines import marts
from pipelines.frames import Columns, fetched, framed
from pipelines.generation import DATED_MARTS, LOOKED_UP, OFFICE_MARTS, REFERRAL_MARTS, ROLL_UPS, SMALL_MARTS, describe
from pipelines.identity import MACROS
from pipelines.marts import JOURNEY_COLUMNS
from pipelines.model import BY_NAME, STANDING, TABLES, create_table_sql

Row = dict[str, Any]
STACKED = (*ROLL_UPS, "screened_day", "slip_month", "visit_day")  # views here, so that a test need only put the rows

OTHER_TABLES = {
    "feedback": (
        "response_id bigint, survey varchar, item_code varchar, item_label varchar, kind varchar, scale_max integer,"
        "value_num double, value_text varchar, recommends double, completed_on date, site_id bigint, site varchar, practice_id bigint,"
        "practice varchar, anonymous boolean, source_file_id varchar, source_row bigint"
    ),
    "invitation": (
        "invite_id bigint, survey varchar, sent_on date, delivered boolean, answered_on date, loose_on date, site_id bigint, site varchar,"
        "practice_id bigint, practice varchar, source_file_id varchar, source_row bigint"
    ),
    "outreach": (
        "touch_id bigint, occurred_on date, practice_id bigint, practice varchar, practitioner_id bigint, site_id bigint,"
        "site varchar, liaison varchar, channel varchar, purpose varchar, outcome varchar, next_touch_on date,"
        "source_file_id varchar, source_row bigint"
    ),
    "subject_step": (
        "subject_id bigint, code varchar, attempt integer, reason_code varchar, occurred_on date, recorded_on date,"
        "study_id bigint, study varchar, therapeutic_area varchar, site_id bigint, site varchar, source_kind varchar,"
        "referral_id bigint, source_file_id varchar, source_row bigint"
    ),
    "study_opening": (
        "study_id bigint, study varchar, therapeutic_area varchar, site_id bigint, site varchar, activated_on date,"
        "paused_from_on date, paused_to_on date, closed_on date, target integer, study_target integer, planned_lpi_on date,"
        "study_closed_on date"
    ),
    "plan_step": "study_id bigint, site_id bigint, as_of_on date, cum_target integer",
    "load": (
        "load_id varchar, source_file_id varchar, file_name varchar, source varchar, loaded_at timestamp, rows_in bigint,"
        "rows_loaded bigint, rows_rejected bigint, rows_duplicate bigint"
    ),
}
# The facts of research subjects, as the milestones tell them that a test puts.
SUBJECT_FACTS = {
    "research_subject": "subject_id, study_id, site_id, source_kind, referral_id, null::uuid as patient_key, null as share_consent",
    "subject_event": (
        "subject_id, code, attempt, reason_code, occurred_on, occurred_on::timestamp as occurred_at, recorded_on,"
        "recorded_on::timestamp as recorded_at, source_file_id, source_row, max(occurred_on) as ingested_at"
    ),
}
DEFAULTS: dict[str, Row] = {
    "journey": {
        "received_basis": "received", "countable": True, "intent": "research", "site_id": 1, "site": "North",
        "study_id": 1, "study": "S-1", "therapeutic_area": "Neurology", "practice_id": 1, "practice": "Oak",
        "practitioner_id": 1, "practitioner": "Ada Ash", "specialty": "Neurology", "source_kind": "practitioner",
        "attributed": True, "channel": "fax", "priority": "routine", "stage": "referred",
        "source_file_id": "f1", "source_row": 2,
    },
    "feedback": {"survey": "2026", "kind": "nps", "item_code": "nps", "site_id": 1, "site": "North", "anonymous": False,
                 "source_file_id": "f1", "source_row": 2},
    "invitation": {"survey": "2026", "delivered": True, "site_id": 1, "site": "North", "source_file_id": "f1", "source_row": 2},
    "outreach": {"site_id": 1, "site": "North", "channel": "visit", "liaison": "Lee", "source_file_id": "f1", "source_row": 2},
    "subject_step": {"attempt": 1, "study_id": 1, "study": "S-1", "therapeutic_area": "Neurology", "site_id": 1, "site": "North",
                     "source_file_id": "f1", "source_row": 2},
    "study_opening": {"study_id": 1, "study": "S-1", "therapeutic_area": "Neurology", "site_id": 1, "site": "North"},
    "plan_step": {"study_id": 1},
    "referral": {"source_system": "ehr", "source_file_id": "f1", "source_row": 2, "row_hash": 0, "ingested_at": dt.datetime(2026, 1, 1)},
    "load": {"source": "epic_referral", "loaded_at": dt.datetime(2026, 1, 1), "rows_in": 1, "rows_loaded": 1,
             "rows_rejected": 0, "rows_duplicate": 0},
    "dim_practitioner": {"status": "active"},
}  # fmt: skip


class Network:
    """A warehouse made of the rows given, with ``read`` as the contract has it."""

    generation = "g1"

    def __init__(self, data_cut: dt.date, con: duckdb.DuckDBPyConnection | None = None) -> None:
        self.data_cut = data_cut
        self.con = con or duckdb.connect(":memory:", config={"threads": "1"})
        self.asked: list[str] = []
        self.named: dict[str, dict[int, str]] = defaultdict(dict)
        if con is None:
            self._create()

    def _create(self) -> None:
        for macro in MACROS:
            self.con.execute(macro)
        journey = ", ".join(f"{name} {kind}" for name, kind in JOURNEY_COLUMNS)
        for name, columns in {"journey": journey, **OTHER_TABLES}.items():
            self.con.execute(f"create table {name} ({columns})")
        for table in TABLES:
            self.con.execute(create_table_sql(table, history=() if table.described else STANDING))
        describe(self.con, ())
        for name, columns in SUBJECT_FACTS.items():
            self.con.execute(f"drop table {name}")
            self.con.execute(f"create view {name} as select {columns} from subject_step group by all")
        self.con.execute("create table generation as select $cut::date as data_cut", {"cut": self.data_cut})
        self.con.execute("create temp table affected (referral_id bigint)")
        for name in (
            *REFERRAL_MARTS,
            *(name for name in SMALL_MARTS if name not in STACKED),
            *(name for name in DATED_MARTS if name not in STACKED),
            *OFFICE_MARTS,
        ):
            asked = (
                {"everything": True, "as_of": self.data_cut}
                if name in REFERRAL_MARTS
                else {"as_of": self.data_cut}
                if name in DATED_MARTS
                else {}
            )
            self.con.execute(f"create table if not exists {name} as {marts.text(name)}", asked)
        roll_up(self.con)

    def add(self, table: str, rows: Sequence[Row]) -> Network:
        """``rows`` into ``table``, over the table's defaults."""
        whole = [DEFAULTS.get(table, {}) | row for row in rows]
        columns = list(dict.fromkeys(name for row in whole for name in row))
        if whole:
            marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in whole)
            values = [row.get(name) for row in whole for name in columns]
            self.con.execute(f"insert into {table} ({', '.join(columns)}) values {marks}", values)
        for row in whole:
            self._name(row)
        if table == "feedback":
            self.con.execute("""update feedback set recommends = said.score from (
                select response_id, max(value_num) as score from feedback where kind = 'nps' group by response_id) said
                where said.response_id = feedback.response_id""")
        return self

    def _name(self, row: Row) -> None:
        """The dimensions know every id that a row mentions, by the name it had last."""
        for name in ("site", "study", "practice", "practitioner"):
            key = row.get(f"{name}_id")
            if key is None or name not in row or self.named[name].get(key) == row[name]:
                continue
            sql = f"insert into dim_{name} ({name}, {name}_id) values (?, ?)"
            if key in self.named[name]:
                sql = f"update dim_{name} set {name} = ? where {name}_id = ?"
            elif name in ("site", "study"):
                self.con.execute(f"insert into {name}_alias (id, to_id) values (?, ?)", [key, key])
            self.named[name][key] = row[name]
            self.con.execute(sql, [row[name], key])

    def referrals(self, rows: Sequence[Row]) -> Network:
        """Rows of the journey; days since received and the id are filled in where left out."""
        return self.add("journey", [completed(place, row) for place, row in enumerate(rows)])

    @contextmanager
    def read(self) -> Iterator[Network]:
        yield self

    def then(self, day: dt.date) -> Network:
        raise AssertionError("a test's own network has no past: ask a workspace")

    def once(self, key: object, make: Callable[[], Any]) -> Any:
        """Made anew each time: the rows of a test change."""
        return make()

    def columns(self, sql: str, params: Row) -> Columns:
        self.asked.append(sql)
        used = {name: value for name, value in params.items() if re.search(rf"\${name}\b", sql)}
        return fetched(self.con.execute(sql, used))

    def frame(self, sql: str, params: Row) -> pd.DataFrame:
        return framed(self.columns(sql, params))


def roll_up(con: duckdb.DuckDBPyConnection) -> None:
    """The roll-ups of whatever rows there are at the time of asking."""
    (cut,) = con.execute("select data_cut from generation").fetchall()[0]
    for name in STACKED:
        text = marts.text(name).replace("$everything", "true").replace("$as_of", f"'{cut}'")
        con.execute(f"create or replace view {name} as {text}")


def completed(place: int, row: Row) -> Row:
    """``row`` with the columns that follow from others."""
    on = row["received_on"]
    later = {f"{name}_day": (row[f"{name}_on"] - on).days for name in ("enrolled", "exit") if row.get(f"{name}_on")}
    errors = {name: None for name, days in later.items() if days < 0}
    known = {"known_on": on + dt.timedelta(days=place % 9), "known_by_load": place % 5 == 0}
    return (
        {"referral_id": place + 1, "received_at": dt.datetime.combine(on, dt.time(12))} | known | later | errors | row
    )


class Facts(Network):
    """A warehouse made of canonical rows: the marts are built from them by their own texts, as a generation is.

    ``sites`` stay; ``fill`` replaces all other rows, so that a property test pays for the calendars once.
    """

    def __init__(self, data_cut: dt.date, sites: list[Row]) -> None:
        super().__init__(data_cut, duckdb.connect(":memory:", config={"threads": "1"}))
        for macro in MACROS:
            self.con.execute(macro)
        for table in TABLES:
            self.con.execute(create_table_sql(table, history=() if table.described else STANDING))
        self.con.execute(f"create table load ({OTHER_TABLES['load']})")
        self.con.execute("create table generation as select $cut::date as data_cut", {"cut": data_cut})
        self._insert("site", sites)
        describe(self.con, ())
        self.con.execute("create temp table affected (referral_id bigint)")

    def fill(self, facts: dict[str, list[Row]]) -> Facts:
        """Only ``facts`` (rows by canonical table), and the marts made of them."""
        for name, rows in facts.items():
            self.con.execute(f"delete from {name}")
            self._insert(name, rows)
        for name in (
            *REFERRAL_MARTS,
            *LOOKED_UP,
            *(name for name in SMALL_MARTS if name not in STACKED),
            *(name for name in DATED_MARTS if name not in STACKED),
            *OFFICE_MARTS,
        ):
            asked = (
                {"everything": True, "as_of": self.data_cut}
                if name in REFERRAL_MARTS
                else {"as_of": self.data_cut}
                if name in DATED_MARTS
                else {}
            )
            self.con.execute(f"create or replace table {name} as {marts.text(name)}", asked)
        roll_up(self.con)
        return self

    def _insert(self, table: str, rows: list[Row]) -> None:
        for place, row in enumerate(rows):
            whole = {"source_system": "test", "source_file_id": "f1", "source_row": place + 2, "row_hash": place,
                     "ingested_at": dt.datetime.combine(self.data_cut, dt.time(12))} | row  # fmt: skip
            if table in BY_NAME and not BY_NAME[table].described:
                whole = {"first_seen_at": whole["ingested_at"]} | whole
            marks = ", ".join("?" for _ in whole)
            self.con.execute(f"insert into {table} ({', '.join(whole)}) values ({marks})", list(whole.values()))
