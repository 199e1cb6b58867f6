"""The only road to a number: ``compute(metric, scope, filters, by, grain, as_of) -> Result``.

``definitions/`` has one file per metric, each with a module-level ``METRIC``: its definition (shown on every page that
draws it) and its SQL over the marts. The modules beside this one put a question to the warehouse (``engine``, ``relations``,
``rollups``) and hold what several metrics are made of. Scope is applied inside and fails closed; nothing else may reach the
warehouse.

Frames have these columns in common (each metric's docstring lists the rest):

* ``category`` text: the member of the cut, "All" without one; of more than 20 members the largest 20 by ``n``
  and "Other (k more)". ``category_id`` Int64: its id where it has one (site, study, practice, practitioner).
* ``period`` timestamp: first day of the week (Monday), month, quarter or year; NaT without a grain.
* ``complete`` bool: whether the whole period lies within the filter and before the data cut.
* ``n`` int: how many are behind the row; ``value``, ``low``, ``high`` float: the figure and its 95% interval,
  shares as fractions of 1; NaN where the figure is not known.
"""

from __future__ import annotations

from pipelines.metrics.answers import compute, may_see, registry
from pipelines.metrics.caveats import NO_MATCH
from pipelines.metrics.choices import options
from pipelines.metrics.declare import (
    CATEGORIES_SHOWN,
    CHARTS,
    DIMENSIONS,
    GRAINS,
    INTERNAL,
    KEYS,
    ROLES,
    Answer,
    Filters,
    Metric,
    Reader,
    Result,
    Scope,
    Warehouse,
)
from pipelines.metrics.drilldown import is_recorded, rows

__all__ = [
    "CATEGORIES_SHOWN", "CHARTS", "DIMENSIONS", "GRAINS", "INTERNAL", "KEYS", "NO_MATCH", "ROLES", "Answer", "Filters", "Metric", "Reader",
    "Result", "Scope", "Warehouse", "compute", "is_recorded", "may_see", "options", "registry", "rows",
]  # fmt: skip
