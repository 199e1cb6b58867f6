"""Asking: every metric by name, who may ask it, and its answer."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from dataclasses import replace
from functools import cache
from typing import Any

from pipelines.errors import NotAllowed, UnknownName
from pipelines.frames import framed
from pipelines.metrics import definitions
from pipelines.metrics.caveats import common_caveats
from pipelines.metrics.declare import NO_FILTERS, Filters, Metric, Reader, Result, Scope, Warehouse
from pipelines.metrics.engine import Ask
from pipelines.metrics.relations import FILE_OF_LOAD

_COUNTS = ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")
_LOADS = f"""select file_name, source, loaded_at, {", ".join(_COUNTS)}
from load {{where}}
order by loaded_at, file_name"""


@cache
def registry() -> dict[str, Metric]:
    """Every metric by name, from the modules of ``definitions``."""
    names = (info.name for info in pkgutil.iter_modules(definitions.__path__))
    found = [importlib.import_module(f"{definitions.__name__}.{name}").METRIC for name in names]
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
    members: int | None = None,
) -> Result:
    """The metric's answer within ``scope`` and ``filters``, cut by a dimension and a period, as of a day (the
    data cut by default), with rows for at most so many ``members`` of the cut (as the metric declares by default). Raises ``UnknownName`` for a metric, dimension or grain there is not, ``NotAllowed``
    for a role that may not ask."""
    declared = declared_metric(metric, by, grain)
    check_role(scope, declared)
    with warehouse.read() as reader:
        day = as_of_day(reader, as_of)
        asked = declared if members is None else replace(declared, members=members)
        ask = Ask(reader, asked, scope, filters, by, grain, day)
        answer = declared.answer(ask)
        caveats = answer.caveats + common_caveats(ask, answer.found, answer.n, as_of)
        frame = framed(answer.found) if isinstance(answer.found, dict) else answer.found
        return Result(
            declared, frame, day, reader.generation, filters, by, grain, answer.n, caveats, _loads(ask)
        )  # fmt: skip


def as_of_day(reader: Reader, wanted: dt.date | None) -> dt.date:
    """The day asked for, at most the data cut; without any data, today."""
    cut = reader.data_cut or wanted or dt.datetime.now(dt.UTC).date()
    return min(wanted, cut) if wanted else cut


def declared_metric(metric: str, by: str | None, grain: str | None) -> Metric:
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


def check_role(scope: Scope, metric: Metric) -> None:
    """Sponsors read released figures, which are made elsewhere: nothing here is safe for their eyes."""
    if may_see(scope, metric):
        return
    if scope.role == "sponsor":
        raise NotAllowed("Sponsors see released figures only.", "Ask the site for its latest release.")
    raise NotAllowed(f"{metric.label} is not for your role.", "Ask an administrator if you need it for your work.")


def _loads(ask: Ask) -> tuple[dict[str, Any], ...]:
    """The loads of the rows in the viewer's scope, all of them for a viewer of everything; looked up once per scope."""
    key = ("loads", ask.scope, ask.metric.relation)
    found: tuple[dict[str, Any], ...] = ask.reader.once(key, lambda: _loads_of(replace(ask, filters=NO_FILTERS)))
    return found


def _loads_of(ask: Ask) -> tuple[dict[str, Any], ...]:
    if ask.scope == Scope.everything():
        frame = ask.reader.frame(_LOADS.replace("{where}", ""), {})
    else:
        frame = ask.frame(_LOADS.replace("{where}", f"where {FILE_OF_LOAD} in (select source_file_id from scoped)"))
    if (ask.scope.sites, ask.scope.studies) != (None, None):  # a file's rows are others' too: how many are not told
        frame = frame.drop(columns=list(_COUNTS))
    return tuple({str(name): value for name, value in record.items()} for record in frame.to_dict("records"))
