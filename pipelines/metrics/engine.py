"""How a question is put to the warehouse: scope and filters as bound parameters, one metric, one answer."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from pipelines.errors import NotAllowed, UnknownName
from pipelines.metrics import periods
from pipelines.metrics.declare import (
    CATEGORIES_SHOWN,
    DIMENSIONS,
    KEYS,
    SMALL,
    Filters,
    Metric,
    Reader,
    Result,
    Scope,
    Warehouse,
)
from pipelines.metrics.folding import FOLD, FOLD_ALL, beside, name_all, name_members
from pipelines.metrics.relations import RELATIONS, Relation
from pipelines.metrics.rollups import RollUp, counting

FILTER_NAMES = {
    "sites": "site", "studies": "study", "practices": "practice", "therapeutic_areas": "therapeutic area", "specialties": "specialty", "channels": "channel",
}  # fmt: skip
NO_FILTERS = Filters()
NO_MATCH = "Nothing matches these filters."
_Made = TypeVar("_Made")
_OTHER = re.compile(r"Other \([\d,]+ more\)")
_NO_NAMES = "select null::bigint as id, null::varchar as name"
_LOADS = """select file_name, source, loaded_at, rows_in, rows_loaded, rows_rejected, rows_duplicate
from load {where}
order by loaded_at, file_name"""


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
        """The rows of ``sql``: a select, or further CTEs and a select, over ``seen`` and ``scoped``. It may say
        ``{label}`` and ``{key}`` (the cut), ``{period}`` (week or month), ``{population}``, ``{count}`` (see ``rollups``), and
        parameters in ``more``."""
        return self._frame(sql, RELATIONS[relation or self.metric.relation], more)

    def found_first(self, sql: str, **more: Any) -> pd.DataFrame:
        """As ``frame``, but what is scoped is found before anything else is asked of it."""
        return self._frame(sql, RELATIONS[self.metric.relation], more, first=True)

    def _frame(self, sql: str, about: Relation, more: dict[str, Any], first: bool = False) -> pd.DataFrame:
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
        return reader.frame(start + ",\n".join(base) + joint + body, parameters | more)

    def is_stacked(self, sql: str) -> bool:
        """Whether ``frame`` would ask a roll-up."""
        about = RELATIONS[self.metric.relation]
        restricted = {name for name, value in self._parameters().items() if value is not None}
        return self._roll_up(sql, self._named(sql, about), restricted, about) is not None

    def _roll_up(self, sql: str, named: str, restricted: set[str], about: Relation) -> RollUp | None:
        """The smallest roll-up with the same answer to ``sql``, which is ``named`` with its placeholders filled in."""
        if self.is_past or not about.roll_ups:
            return None
        asked = sql.replace("{population}", self.metric.population)
        limits = [about.limits[name] for name in restricted if name in about.limits]
        names = about.named(" ".join([counting(named, stacked=True), *limits]))
        within = (self.grain, self.filters.start, self.filters.stop, self.as_of)
        return next((one for one in about.roll_ups if one.answers(asked, names) and one.spans(*within)), None)

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
        chosen = {name: list(value) or None for name, value in asdict(self.filters).items() if isinstance(value, tuple)}
        scope = {"scope_sites": self.scope.sites, "scope_studies": self.scope.studies}
        return chosen | {name: None if ids is None else list(ids) for name, ids in scope.items()} | {
            "start_day": self.filters.start, "stop_day": self.filters.stop, "cut_day": self.as_of,
            "as_of": dt.datetime.combine(self.as_of, dt.time.max), "everything": True,
            "each_site": self.by == "site", "grain": self.grain, "top": CATEGORIES_SHOWN,
        }  # fmt: skip

    def folded(self, sql: str, relation: str | None = None, **more: Any) -> pd.DataFrame:
        """As ``frame``, for CTEs ending in ``counted`` (category_id, category, n, ...) and ``{fold}`` before a
        select that keeps place, category, category_id and others; members come named and in order."""
        found = self.frame(sql.replace("{fold}", FOLD if self.by else FOLD_ALL), relation, **more)
        return name_members(found, CATEGORIES_SHOWN) if self.by else name_all(found)

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
        """``frame`` in time: missing periods filled with zeros if asked, sorted within each category, and with
        ``complete`` telling whether each period was over and wholly inside the filter."""
        period = frame["period"].to_numpy("datetime64[us]")
        if not self.grain:
            return beside(frame, {"period": period, "complete": np.ones(len(frame), bool)})
        if fill:
            frame = periods.fill(beside(frame, {"period": period}), self.grain, self.last, self.filters.start)
            period = frame["period"].to_numpy("datetime64[us]")
        complete = periods.complete(period, self.grain, self.filters.start, self.last)
        return beside(frame, {"period": period, "complete": complete})


@cache
def registry() -> dict[str, Metric]:
    """Every metric by name, from the modules beside this file that declare one."""
    package = __name__.rpartition(".")[0]
    names = [info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found = [module.METRIC for module in modules if hasattr(module, "METRIC")]
    return {metric.name: metric for metric in sorted(found, key=lambda metric: metric.name)}


def compute(
    metric: str,
    scope: Scope,
    filters: Filters = NO_FILTERS,
    by: str | None = None,
    grain: str | None = None,
    as_of: dt.date | None = None,
    *,
    warehouse: Warehouse,
) -> Result:
    """The metric's answer within ``scope`` and ``filters``, cut by a dimension and a period, as of a day (the
    data cut by default). Raises ``UnknownName`` for a metric, dimension or grain there is not, ``NotAllowed``
    for a role that may not ask."""
    declared = _declared(metric, by, grain)
    _check_role(scope, declared)
    with warehouse.read() as reader:
        day = _as_of(reader, as_of)
        ask = Ask(reader, declared, scope, filters, by, grain, day)
        answer = declared.answer(ask)
        caveats = answer.caveats + _common_caveats(ask, answer.frame, answer.n, as_of)
        return Result(
            declared, answer.frame, day, reader.generation, filters, by, grain, answer.n, caveats, _loads(ask)
        )  # fmt: skip


def rows(
    metric: str,
    scope: Scope,
    filters: Filters = NO_FILTERS,
    as_of: dt.date | None = None,
    where: dict[str, str] | None = None,
    limit: int = 500,
    *,
    warehouse: Warehouse,
) -> tuple[pd.DataFrame, int]:
    """The rows behind a bar, newest first, and how many there are; each with the file and row it came from.

    ``where`` says which bar: a dimension's name and the ``category`` shown; ``period`` (first day, ISO) together
    with ``grain``; any of the metric's ``picks``. Raises as ``compute`` does.
    """
    declared = _declared(metric, None, None)
    _check_role(scope, declared)
    with warehouse.read() as reader:
        ask = Ask(reader, declared, scope, filters, None, None, _as_of(reader, as_of))
        ask, condition, chosen = _bar(ask, dict(where or {}))
        chosen["each_site"] = "site" in (where or {})
        return _page(ask, RELATIONS[declared.relation], f"{{population}}{condition}", chosen, max(0, limit))


def _page(ask: Ask, about: Relation, condition: str, chosen: dict[str, Any], limit: int) -> tuple[pd.DataFrame, int]:
    """The newest rows and how many there are. Counted by day first, from a roll-up where one knows, so that only the days
    which the page reaches back to are looked up and sorted: of ten million rows that is a few thousand. Those days are
    found before anything else is asked of them, because DuckDB takes every further condition for a rare one and would
    begin at the wrong end."""
    days = _by_day(ask, about, condition, chosen)
    reached = days["n"].cumsum() - days["n"] < limit
    newest = replace(ask, filters=replace(ask.filters, start=_day(days.loc[reached, "day"].min()) or ask.filters.start))
    found = newest.found_first(
        f"{about.rows}\nwhere {condition}\norder by {about.day} desc, source_file_id, source_row limit $row_limit",
        row_limit=limit, **chosen,
    )  # fmt: skip
    return found, int(days["n"].sum())


def _by_day(ask: Ask, about: Relation, condition: str, chosen: dict[str, Any]) -> pd.DataFrame:
    """How many rows (``n``) there are of each ``day``, the latest first; by the month's first day where only months are stacked."""
    by_day = f"select {about.day} as day, {{count}} as n from scoped where {condition} group by all"
    by_month = f"select {{period}} as day, {{count}} as n from scoped where {condition} group by all"
    months = replace(ask, grain="month")
    only_months = months.is_stacked(by_month) and not ask.is_stacked(by_day)
    days = months.frame(by_month, **chosen) if only_months else ask.frame(by_day, **chosen)
    return days.sort_values("day", ascending=False)


def options(scope: Scope, *, warehouse: Warehouse) -> dict[str, Any]:
    """What a viewer can filter by: ``sites``, ``studies`` and ``practices`` as (id, label), practices by
    volume; ``therapeutic_areas``, ``specialties``, ``channels`` as labels; ``first`` and ``last`` day. Whoever may
    see no referral has nothing to choose: even the order of the names would tell who refers most."""
    volume = registry()["referral_volume"]
    if not may_see(scope, volume) and any(may_see(scope, metric) for metric in registry().values()):
        return {name: [] for name in ("sites", "studies", "practices", "therapeutic_areas", "specialties", "channels")} | {
            "first": None, "last": None
        }  # fmt: skip
    _check_role(scope, volume)
    with warehouse.read() as reader:
        ask = Ask(reader, volume, scope, Filters(), None, None, _as_of(reader, None))
        days = ask.frame("select min(received_on) as first, max(received_on) as last from scoped")
        found: dict[str, Any] = {f"{name}s": _choices(ask, name) for name in ("therapeutic_area", "channel")}
        found["specialties"] = _choices(ask, "specialty")
        for plural, name in {"sites": "site", "studies": "study"}.items():
            found[plural] = sorted(_choices(ask, name), key=lambda choice: choice[1])
        found["practices"] = _choices(ask, "practice")
        return found | {name: _day(days[name].iloc[0]) for name in ("first", "last")}


def _choices(ask: Ask, name: str) -> list[Any]:
    """Members of one dimension: (id, label) by volume where it has ids, else labels in order."""
    if name not in KEYS:
        found = replace(ask, by=name).frame("select distinct {label} as label from scoped")
        return sorted(found["label"].dropna().astype(str))
    sql = """counted as (select {id} as id, {count} as n from scoped where {id} is not null group by all)
    select id, coalesce(names.name, '?') as label from counted left join ({names}) names using (id)
    order by n desc, label, id"""
    found = replace(ask, by=name).frame(sql)
    return [(int(key), str(label)) for key, label in zip(found["id"], found["label"], strict=True)]


def _as_of(reader: Reader, wanted: dt.date | None) -> dt.date:
    """The day asked for, at most the data cut; without any data, today."""
    cut = reader.data_cut or wanted or dt.datetime.now(dt.UTC).date()
    return min(wanted, cut) if wanted else cut


def _day(value: Any) -> dt.date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _declared(metric: str, by: str | None, grain: str | None) -> Metric:
    declared = registry().get(metric)
    if declared is None:
        raise UnknownName(f"There is no metric called {metric!r}.", f"There are: {', '.join(registry())}.")
    for kind, value, allowed in (("dimension", by, declared.dimensions), ("grain", grain, declared.grains)):
        if value is not None and value not in allowed:
            choices = ", ".join(allowed) or "none"
            raise UnknownName(f"{declared.label} has no {kind} {value!r}.", f"Allowed: {choices}.")
    return declared


def may_see(scope: Scope, metric: Metric) -> bool:
    """Whether the viewer's role is one that may see the metric at all; an unknown role may see none."""
    return scope.role in metric.roles


def _check_role(scope: Scope, metric: Metric) -> None:
    """Sponsors read released figures, which are made elsewhere: nothing here is safe for their eyes."""
    if may_see(scope, metric):
        return
    if scope.role == "sponsor":
        raise NotAllowed("Sponsors see released figures only.", "Ask the site for its latest release.")
    raise NotAllowed(f"{metric.label} is not for your role.", "Ask an administrator if you need it for your work.")


def _bar(ask: Ask, where: dict[str, str]) -> tuple[Ask, str, dict[str, Any]]:
    """The question narrowed to the period of one bar, and the condition (static text) and parameters that choose its rows."""
    parts: list[str] = []
    chosen: dict[str, Any] = {}
    narrowed, grain = ask, where.pop("grain", None)
    for place, (name, value) in enumerate(where.items()):
        if name == "period":
            narrowed = replace(ask, filters=_within(ask, value, grain))
            continue
        if name in ask.metric.picks:
            text, values = ask.metric.picks[name].replace("$pick", f"$pick_{place}"), {f"pick_{place}": value}
        else:
            text, values = _member(replace(ask, by=_dimension(ask, name)), value, place)
        parts.append(f"\n  and ({text})")
        chosen |= values
    return narrowed, "".join(parts), chosen


def _dimension(ask: Ask, name: str) -> str:
    if name not in ask.metric.dimensions:
        allowed = ", ".join(("period", *ask.metric.picks, *ask.metric.dimensions))
        raise UnknownName(f"{ask.metric.label} has no dimension {name!r}.", f"Allowed: {allowed}.")
    return name


def _within(ask: Ask, value: str, grain: str | None) -> Filters:
    """The filters narrowed to the period that begins on the day ``value``."""
    if grain not in ask.metric.grains:
        raise UnknownName(f"{ask.metric.label} has no grain {grain!r}.", f"Allowed: {', '.join(ask.metric.grains)}.")
    try:
        first, last = periods.bounds(dt.date.fromisoformat(value[:10]), grain)
    except ValueError:
        raise UnknownName(f"{value!r} begins no {grain}.", "Write the period's first day as YYYY-MM-DD.") from None
    start, stop = ask.filters.start, ask.filters.stop
    return replace(ask.filters, start=max(first, start or first), stop=min(last, stop or last))


def _member(ask: Ask, shown: str, place: int) -> tuple[str, dict[str, Any]]:
    """Rows of one member of a cut, named as the chart names it; "Other (k more)" is everything not shown."""
    members = ask.members()
    column, key = DIMENSIONS[ask.by or ""], KEYS[ask.by].id if ask.by in KEYS else "null::bigint"
    found = members[members["category"] == shown]
    # How many more there are may differ from the chart, which knows members without a single such row too.
    if found["other"].any() or (found.empty and _OTHER.fullmatch(shown)):
        top = members[~members["other"]]
        chosen: dict[str, Any] = {f"ids_{place}": [int(value) for value in top["category_id"].dropna()]}
        chosen[f"names_{place}"] = [str(value) for value in top.loc[top["category_id"].isna(), "label"]]
        of_ids, of_names = (
            f"list_contains($ids_{place}::bigint[], {key})",
            f"list_contains($names_{place}::varchar[], {column})",
        )
        return f"not coalesce({of_ids}, {of_names})", chosen
    label = str(found["label"].iloc[0]) if not found.empty else shown
    number = None if found.empty or pd.isna(found["category_id"].iloc[0]) else int(found["category_id"].iloc[0])
    text = f"{column} = $name_{place} and ($id_{place}::bigint is null or {key} = $id_{place}::bigint)"
    return text, {f"name_{place}": label, f"id_{place}": number}


def _common_caveats(ask: Ask, frame: pd.DataFrame, n: int, wanted: dt.date | None) -> tuple[str, ...]:
    """What is true of any metric: the day, the filters that mean nothing here, few or no rows, open periods."""
    said: list[str] = []
    if ask.is_past:
        said.append(f"As of {ask.as_of:%d %B %Y}: what happened or was recorded later is left out.")
    elif wanted and wanted > ask.as_of:
        said.append(f"The data end on {ask.as_of:%d %B %Y}: nothing later is known.")
    ignored = [FILTER_NAMES[name] for name in RELATIONS[ask.metric.relation].ignores if getattr(ask.filters, name)]
    if ignored:
        said.append(f"Not filtered by {', '.join(ignored)}: these records do not carry it.")
    if n == 0:
        said.append(_why_nothing(ask))
    elif n < SMALL and (ask.metric.chart != "table" or "value" in frame):  # of a list there is nothing to be unsure of
        said.append(f"Only {n} in all: read this as an indication.")
    if ask.grain and "complete" in frame and len(frame) and not frame["complete"].all():
        said.append(_open_periods(ask, frame))
    return tuple(said)


def _why_nothing(ask: Ask) -> str:
    if ask.scope.sites == () or ask.scope.studies == ():
        return "Nothing is assigned to you: ask an administrator for sites and studies."
    if ask.scope.studies is not None and "studies" in RELATIONS[ask.metric.relation].ignores:
        return "These records name no study, so a viewer limited to studies cannot see them."
    return NO_MATCH


def _open_periods(ask: Ask, frame: pd.DataFrame) -> str:
    unit = ask.grain or ""
    days = sorted({value.date() for value in frame.loc[~frame["complete"], "period"]})
    named = " and ".join(periods.named(day, unit) for day in days[:2])
    if len(days) == 1:
        return f"{named} is not shown whole: do not compare it with a whole {unit}."
    more = f" and {len(days) - 2} more" if len(days) > 2 else ""
    return f"{named}{more} are not shown whole: do not compare them with a whole {unit}."


def _loads(ask: Ask) -> tuple[dict[str, Any], ...]:
    """The loads of the rows in the viewer's scope, all of them for a viewer of everything; looked up once per scope."""
    key = ("loads", ask.scope, ask.metric.relation)
    found: tuple[dict[str, Any], ...] = ask.reader.once(key, lambda: _loads_of(replace(ask, filters=NO_FILTERS)))
    return found


def _loads_of(ask: Ask) -> tuple[dict[str, Any], ...]:
    if ask.scope == Scope.everything():
        frame = ask.reader.frame(_LOADS.replace("{where}", ""), {})
    else:
        frame = ask.frame(_LOADS.replace("{where}", "where source_file_id in (select source_file_id from scoped)"))
    return tuple({str(name): value for name, value in record.items()} for record in frame.to_dict("records"))
