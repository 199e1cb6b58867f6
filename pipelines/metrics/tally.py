"""Counting by category and period, said once: what is counted, and of what.

A question that is cut ranks its members, folds the small ones into one and adds up their counts again, three levels of
SQL over ``counted``. One that is not cut needs none of this, and planning it took longer than running it: its text is one
level, whatever the metric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.frames import Columns
from pipelines.metrics import periods


@dataclass(frozen=True)
class Tally:
    """``counts``: columns and what they count, of the rows of ``source`` that are ``among``; ``by``: further columns that
    tell rows apart, in whose order they come, before the period if ``by_first``. Of those in ``greatest`` the greatest is
    meant and not the sum, and those in ``sums`` need not be whole numbers. ``source`` is the relation's ``seen`` or
    ``scoped``, or the last of the CTEs in ``before``, and ``member`` tells what it is cut by. All of it is static SQL, as ``Ask.columns`` takes it.
    """

    counts: Mapping[str, str]
    by: Mapping[str, str] = field(default_factory=dict)
    by_first: bool = False
    among: str = "{population}"
    source: str = "scoped"
    before: str = ""
    period: str = "{period}"
    member: tuple[str, str] = ("{key}", "{label}")
    sums: tuple[str, ...] = ()
    greatest: tuple[str, ...] = ()

    @property
    def _keys(self) -> dict[str, str]:
        """The columns that tell rows apart, within a category, in order."""
        period = {"period": self.period}
        return dict(self.by) | period if self.by_first else period | dict(self.by)

    @cached_property
    def whole(self) -> str:
        """The question that is not cut: by the weeks or months of the periods asked for. Where they are all there is, they
        are put in order afterwards, for less than it costs to plan."""
        order = f" order by {', '.join(self._keys)}" if self.by else ""
        lead = f"{self.before}\n" if self.before else ""
        return f"{lead}select {_columns(self._keys | dict(self.counts))}\n{self._from} group by all{order}"

    @cached_property
    def cut(self) -> str:
        """The question cut by a dimension: its members are ranked and the small ones folded."""
        counted = _columns(
            dict(zip(("category_id", "category"), self.member, strict=True)) | self._keys | dict(self.counts)
        )
        keys, added = ", ".join(self._keys), ", ".join(f"{self._added(name)} as {name}" for name in self.counts)
        lead = f"{self.before},\n" if self.before else ""
        return f"""{lead}counted as (
    select {counted}
    {self._from} group by all
), {{fold}}
select place, category, category_id, others, {keys}, {added}
from folded group by all order by place, {keys}"""

    @property
    def _from(self) -> str:
        return f"from {self.source} where {self.among}" if self.among else f"from {self.source}"

    def _added(self, name: str) -> str:
        if name in self.sums:
            return f"sum({name})"
        return f"{'max' if name in self.greatest else 'sum'}({name})::bigint"

    def in_whole_periods(self, found: Columns, grain: str | None) -> Columns:
        """``found``, as ``whole`` asks for it, in order, with its months put together to quarters or years."""
        if not self.by:
            order = np.argsort(found["period"], kind="stable")
            found = {name: values[order] for name, values in found.items()}
        if grain not in ("quarter", "year"):
            return found
        period = periods.begin(np.asarray(found["period"], "datetime64[D]"), grain).astype("datetime64[us]")
        keys = {name: found[name] for name in self._keys} | {"period": period}
        rows, first = _groups(tuple(keys.values()))
        added = {name: self._gathered(name, found[name][rows], first) for name in self.counts}
        return {name: values[rows][first] for name, values in keys.items()} | added

    def _gathered(self, name: str, values: Any, first: NDArray[np.intp]) -> NDArray[Any]:
        """Of each group, which begins at ``first``, the sum of its ``values`` or the greatest."""
        numbers = np.asarray(values, float if name in self.sums else "int64")
        return np.asarray((np.maximum if name in self.greatest else np.add).reduceat(numbers, first))


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} as {name}" for name, sql in columns.items())


def _groups(keys: Sequence[Any]) -> tuple[Any, NDArray[np.intp]]:
    """The order of rows by their ``keys``, what is missing last, as SQL has it, and where in it each group begins."""
    if len(keys) == 1:  # as they come
        return slice(None), _beginnings(keys[0])
    group = np.zeros(len(keys[0]), np.int64)
    for values in keys:
        place, known = pd.factorize(values, sort=True)
        group = group * (len(known) + 1) + np.where(place < 0, len(known), place)
    order = np.argsort(group, kind="stable")
    return order, _beginnings(group[order])


def _beginnings(values: NDArray[Any]) -> NDArray[np.intp]:
    return np.flatnonzero(np.append(np.full(min(1, len(values)), True), values[1:] != values[:-1]))
