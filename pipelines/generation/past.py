"""A generation as it was known at the end of an earlier day: a database beside it in which every name means what it meant then.

Facts are views of what was known and had happened by that day, and so is what was decided of a study; the other registers and
calendars, which are always as known today, are looked through; a mart is made by its own text, as in a generation, when the first question names it. So every text - of marts
and of metrics - is asked of the past unchanged, and the second question about a day costs what it costs today. So are roll-ups, which
speak of the day as if it were the data cut, but for those of the journey: they are of today only and have no name here. What is made
is a cache: private to the process, and gone with it.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import marts
from pipelines.generation import create_mart
from pipelines.generation.described import study_then
from pipelines.model import TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOW = "now"  # the catalogue under which the generation is attached
KEPT = 2  # days: what is compared is a day and another
_FACTS = frozenset(table.name for table in TABLES if not table.described)


class Day:
    """One past day of one generation. ``con``: an empty database that has the generation attached as ``NOW``."""

    def __init__(self, con: DuckDBPyConnection, path: Path, day: dt.date) -> None:
        self.con = con
        self.readers = 0
        self.spoilt = False  # a full disk leaves a database that nobody should ask again
        self._path = path
        self._asked = {"as_of": dt.datetime.combine(day, dt.time.max), "everything": True}
        self._made: set[str] = set()
        self._making = threading.Lock()
        self._look_through(day)

    def make(self, sql: str) -> None:
        """See to it that every mart which ``sql`` reads is there. Raises what the database does where there is no room for it."""
        wanted = _needed(sql)
        if self._made.issuperset(wanted):
            return
        with self._making:
            for name in wanted:
                if name not in self._made:
                    self._create(name)

    def _create(self, name: str) -> None:
        try:
            create_mart(self.con, name, self._asked)
        except BaseException:
            self.spoilt = True
            raise
        self._made.add(name)

    def close(self) -> None:
        """Give the file up."""
        self.con.close()
        for path in (self._path, self._path.with_name(self._path.name + ".wal")):
            path.unlink(missing_ok=True)

    def _look_through(self, day: dt.date) -> None:
        made_here = marts.dated().union(marts.OF_TODAY)
        found = self.con.execute(
            "select table_name from information_schema.tables where table_catalog = $now order by all", {"now": NOW}
        )
        for (name,) in found.fetchall():
            if name in made_here:
                continue
            if name == "generation":
                seen = f"select date '{day.isoformat()}' as data_cut"
            elif name in _FACTS:
                seen = marts.known_then(name, f"{NOW}.main").replace("$as_of", f"'{day.isoformat()}'")
            elif name == "dim_study":
                seen = study_then(f"{NOW}.main").replace("$as_of", f"'{day.isoformat()}'")
            else:
                seen = f"select * from {NOW}.main.{name}"
            self.con.execute(f"create view {name} as {seen}")
        self.con.execute("create temp table affected (referral_id bigint)")


class Days:
    """The past days of one generation that were lately asked for. ``connect`` gives a database in a new file with the generation
    attached; ``folder`` is where its files may lie."""

    def __init__(self, connect: Callable[[Path], DuckDBPyConnection], folder: Path) -> None:
        self._connect = connect
        self._folder = folder
        self._days: OrderedDict[dt.date, Day] = OrderedDict()
        self._lock = threading.Lock()

    def enter(self, day: dt.date) -> Day:
        """The day, until it is left again."""
        with self._lock:
            found = self._days.get(day)
            if found is None or found.spoilt:
                found = self._days[day] = self._opened(day)
            self._days.move_to_end(day)
            found.readers += 1
            return found

    def leave(self, day: Day) -> None:
        """One reader of ``day`` is done."""
        with self._lock:
            day.readers -= 1
            if day.spoilt and not day.readers:
                self._days = OrderedDict((when, kept) for when, kept in self._days.items() if kept is not day)
                day.close()
            idle = [when for when, kept in self._days.items() if not kept.readers]
            for when in idle[: max(0, len(self._days) - KEPT)]:
                self._days.pop(when).close()

    def close(self) -> None:
        """Give all of them up."""
        with self._lock:
            while self._days:
                self._days.popitem()[1].close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _opened(self, day: dt.date) -> Day:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"as-of-{day.isoformat()}-{secrets.token_hex(4)}.duckdb"
        return Day(self._connect(path), path, day)


@lru_cache(maxsize=2000)
def _needed(sql: str) -> tuple[Any, ...]:
    return tuple(marts.needed(sql))
