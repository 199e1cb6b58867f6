"""How a question is put to the warehouse: scope and filters as bound parameters, one metric, one answer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pipelines.frames import Columns, columns_of, framed
from pipelines.metrics import periods
from pipelines.metrics.declare import DIMENSIONS, KEYS, NO_FILTERS, Filters, Metric, Reader, Scope
from pipelines.metrics.folding import FOLD, FOLD_ALL, name_all, name_members
from pipelines.metrics.relations import RELATIONS, Relation
from pipelines.metrics.rollups import RollUp, counting
from pipelines.metrics.tally import Tally

_CHOSEN = ("sites", "studies", "practices", "therapeutic_areas", "specialties", "channels")
_Made = TypeVar("_Made")
_NO_NAMES = "select null::bigint as id, null::varchar as name"


@dataclass(frozen=True)
class Ask:
    """One question to one generation: what a metric's ``answer`` is given."""

    reader: Reader
    metric: Metric
    scope: Scope
    filters: Filters
    by: str | None
    grain: str | None
    as_of: dt.date

    @property
    def last(self) -> dt.date:
        """The last day the answer can speak of: the filter's or the as-of day, whichever is earlier."""
        return min(self.as_of, self.filters.stop) if self.filters.stop else self.as_of

    def frame(self, sql: str, relation: str | None = None, **more: Any) -> pd.DataFrame:
        """As ``columns``, as a frame."""
        return framed(self.columns(sql, relation, **more))

    def columns(self, sql: str, relation: str | None = None, **more: Any) -> Columns:
        """What ``sql`` gives: a select, or further CTEs and a select, over ``seen`` and ``scoped``. It may say
        ``{label}`` and ``{key}`` (the cut), ``{period}`` (week or month), ``{population}``, ``{count}`` (see ``rollups``), and
        parameters in ``more``."""
        return self._columns(sql, RELATIONS[relation or self.metric.relation], more)

    def found_first(self, sql: str, **more: Any) -> pd.DataFrame:
        """As ``frame``, but what is scoped is found before anything else is asked of it."""
        return framed(self._columns(sql, RELATIONS[self.metric.relation], more, first=True))

    def _columns(self, sql: str, about: Relation, more: dict[str, Any], first: bool = False) -> Columns:
        named, parameters = self._named(sql.strip(), about), self._parameters() | dict(about.parameters)
        restricted = {name for name, value in parameters.items() if value is not None}
        roll_up = self._roll_up(sql, named, restricted, about)
        body = counting(named, stacked=roll_up is not None)
        base = [about.text(restricted, body, roll_up, first)]
        base = [text for text in base if text]  # a text that names neither `seen` nor `scoped` needs no base
        selects = body.lower().startswith("select")
        start = "with " if base or not selects else ""
        joint = "\n" if selects else ",\n" if base else ""
        reader = self.reader.then(self.as_of) if self.is_past else self.reader
        return reader.columns(start + ",\n".join(base) + joint + body, parameters | more)

    def is_stacked(self, sql: str) -> bool:
        """Whether ``frame`` would ask a roll-up."""
        about = RELATIONS[self.metric.relation]
        restricted = {name for name, value in self._parameters().items() if value is not None}
        return self._roll_up(sql, self._named(sql, about), restricted, about) is not None

    def _roll_up(self, sql: str, named: str, restricted: set[str], about: Relation) -> RollUp | None:
        """The smallest roll-up with the same answer to ``sql``, which is ``named`` with its placeholders filled in."""
        roll_ups = [one for one in about.roll_ups if not (one.of_today and self.is_past)]
        if not roll_ups:
            return None
        asked = sql.replace("{population}", self.metric.population)
        limits = [about.limits[name] for name in restricted if name in about.limits]
        names = about.named(" ".join([counting(named, stacked=True), *limits]))
        within = (self.grain, self.filters.start, self.filters.stop, self.as_of)
        return next((one for one in roll_ups if one.answers(asked, names) and one.spans(*within)), None)

    def shared(self, key: str, make: Callable[[], _Made]) -> _Made:
        """What ``make()`` gives, which must not look at the period. Kept with the generation where everybody of a scope asks
        the same: of the present, with no filter but the period. So the questions of a page share what they are made of."""
        if self.is_past or replace(self.filters, start=None, stop=None) != NO_FILTERS:
            return make()
        made: _Made = self.reader.once((key, self.scope, self.as_of), make)
        return made

    @property
    def is_past(self) -> bool:
        """Whether the answer is for a day before the data cut, so that the journey must be told as it was."""
        return self.reader.data_cut is not None and self.as_of < self.reader.data_cut

    def _named(self, sql: str, about: Relation) -> str:
        """``sql`` with its few placeholders replaced by static text from the declarations."""
        words = {"population": self.metric.population, "period": self._atom(about.day), "trunc": "null::date"}
        words |= {"label": DIMENSIONS[self.by] if self.by else "'All'", "key": "null::bigint", "names": _NO_NAMES}
        if self.grain:
            words["trunc"] = "date_trunc($grain, period)::date"
        if self.by in KEYS:
            key = KEYS[self.by]
            words |= {"label": "null::varchar", "key": key.group, "id": key.id, "names": key.names}
        return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), sql)

    def _atom(self, day: str) -> str:
        """The week or month of a day, by arithmetic: date_trunc takes three times as long on a million rows."""
        if not self.grain:
            return "null::date"
        return f"{day} - ({'isodow' if self.grain == 'week' else 'day'}({day})::integer - 1)"

    def _parameters(self) -> dict[str, Any]:
        chosen = {name: list(getattr(self.filters, name)) or None for name in _CHOSEN}
        scope = {"scope_sites": self.scope.sites, "scope_studies": self.scope.studies}
        return chosen | {name: None if ids is None else list(ids) for name, ids in scope.items()} | {
            "start_day": self.filters.start, "stop_day": self.filters.stop, "cut_day": self.as_of, "until_day": self.last,
            "as_of": dt.datetime.combine(self.as_of, dt.time.max), "everything": True,
            "each_site": self.by == "site", "grain": self.grain, "top": self.metric.members,
        }  # fmt: skip

    def folded(self, sql: str, relation: str | None = None, **more: Any) -> pd.DataFrame:
        """As ``frame``, for CTEs ending in ``counted`` (category_id, category, n, ...) and ``{fold}`` before a
        select that keeps place, category, category_id and others; members come named and in order."""
        found = self.columns(sql.replace("{fold}", FOLD if self.by else FOLD_ALL), relation, **more)
        return framed(name_members(found, self.metric.members) if self.by else name_all(found))

    def tally(self, wanted: Tally, relation: str | None = None, **more: Any) -> Columns:
        """``category``, ``category_id``, ``period`` and what is ``wanted``, members named and in order, then periods."""
        if self.by:
            found = self.columns(wanted.cut.replace("{fold}", FOLD), relation, **more)
            return name_members(found, self.metric.members)
        found = self.columns(wanted.whole, relation, **more)
        return name_all(wanted.in_whole_periods(found, self.grain))

    def members(self) -> pd.DataFrame:
        """The members of the cut as shown: ``category``, ``category_id``, ``label`` (as stored), ``other``."""
        sql = """counted as (
            select {key} as category_id, {label} as category, null::date as period, {count} as n
            from scoped where {population} group by all
        ), {fold}
        select place, category, category_id, others, category as label, place > $top as other
        from folded group by all"""
        return self.folded(sql)

    def marked(self, frame: pd.DataFrame, fill: bool = False) -> pd.DataFrame:
        """As ``in_time``, of a frame."""
        return framed(self.in_time(columns_of(frame), fill))

    def in_time(self, found: Columns, fill: bool = False) -> Columns:
        """``found`` in time: missing periods filled with zeros if asked, sorted within each category, and with
        ``complete`` telling whether each period was over and wholly inside the filter."""
        period = np.asarray(found["period"], "datetime64[us]")
        if not self.grain:
            return found | {"period": period, "complete": np.ones(len(period), bool)}
        if fill:
            whole = framed(found | {"period": period})
            found = columns_of(periods.fill(whole, self.grain, self.last, self.filters.start))
            period = np.asarray(found["period"], "datetime64[us]")
        complete = periods.complete(period, self.grain, self.filters.start, self.last)
        return found | {"period": period, "complete": complete}
