"""Cuts with many members: the largest are shown, the rest become one row, and the parts still sum to the whole."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from pipelines.frames import Columns, length

# Continues ``counted(category_id, category, n, ...)``. Members are ranked by n over all periods; equal ones by id
# and name, so that the same question always has the same answer. Names are looked up only here, for the few groups
# there are, and periods, which come as days, weeks or months, become what was asked for: both are dear per referral.
FOLD = """members as (
    select category_id, category, row_number() over (order by sum(n) desc, category_id, category) as rank,
        greatest(count(*) over () - $top, 0) as others
    from counted group by category_id, category
),
shown as (
    select category_id as old_id, category as old_name, others, least(rank, $top + 1) as place,
        case when rank > $top then 'Other' else coalesce(names.name, category, '?') end as category,
        case when rank <= $top and category_id >= 0 then category_id end as category_id
    from members left join ({names}) names on names.id = members.category_id
),
folded as (
    select counted.* exclude (category, category_id, period), {trunc} as period, shown.* exclude (old_id, old_name)
    from counted join shown
        on counted.category_id is not distinct from old_id and counted.category is not distinct from old_name
)"""


# Without a cut there is one member, and nothing to rank.
FOLD_ALL = "folded as (select * exclude (period), {trunc} as period, 1 as place, 0 as others from counted)"
WHOLE = "All"


def name_all(found: Columns) -> Columns:
    """``found`` without a cut: its one member is named, and has no id. ``place`` and ``others`` are used up."""
    size = length(found)
    nobody = pd.arrays.IntegerArray(np.zeros(size, np.int64), np.ones(size, bool))
    named = {"category": np.full(size, WHOLE, object), "category_id": nobody} | found | {"category_id": nobody}
    return {name: values for name, values in named.items() if name not in ("place", "others")}


def name_members(found: Columns, top: int) -> Columns:
    """``found`` (place, category, category_id, others, ...) in order of place, with members named as shown:
    "Other (k more)" for the rest, and "Name (2)" for the second member of the same name. The columns place and
    others are used up."""
    rank, which, place = np.unique(np.asarray(found["place"], "int64"), return_index=True, return_inverse=True)
    raw, others = found["category"][which], np.asarray(found["others"], "int64")[which]
    names: dict[str, None] = {}
    for name, position, rest in zip(raw, rank, others, strict=True):
        wanted = f"Other ({rest:,} more)" if position > top else str(name)
        numbered = (f"{wanted} ({number})" for number in itertools.count(2))
        names[wanted if wanted not in names else next(text for text in numbered if text not in names)] = None
    kept = {name: values for name, values in found.items() if name not in ("place", "others")}
    kept |= {
        "category": np.array(list(names), object)[place],
        "category_id": pd.array(kept["category_id"], "Int64"),
    }
    if (np.diff(place) >= 0).all():
        return kept
    order = np.argsort(place, kind="stable")
    return {name: values[order] for name, values in kept.items()}
