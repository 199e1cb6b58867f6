"""Cuts with many members: the largest are shown, the rest become one row, and the parts still sum to the whole."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

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


def name_all(frame: pd.DataFrame) -> pd.DataFrame:
    """The same of a frame without a cut: its one member is named already."""
    nobody = pd.arrays.IntegerArray(np.zeros(len(frame), np.int64), np.ones(len(frame), bool))
    return beside(frame, {"category_id": nobody}, without=("place", "others"))


def beside(frame: pd.DataFrame, columns: Mapping[str, Any], without: tuple[str, ...] = ()) -> pd.DataFrame:
    """``frame`` with ``columns`` (arrays of its length) in it or beside what it has, less those ``without``, made in one
    go: of a dozen rows each single step of pandas' takes as long as the query. The index is numbered anew."""
    kept: dict[str, Any] = {str(name): frame[name].array for name in frame.columns if name not in without}
    return pd.DataFrame(kept | dict(columns), copy=False)


def name_members(frame: pd.DataFrame, top: int) -> pd.DataFrame:
    """``frame`` (place, category, category_id, others, ...) in order of place, with members named as shown:
    "Other (k more)" for the rest, and "Name (2)" for the second member of the same name. The columns place and
    others are used up."""
    rank, which, place = np.unique(frame["place"].to_numpy("int64"), return_index=True, return_inverse=True)
    raw, others = frame["category"].to_numpy(object)[which], frame["others"].to_numpy("int64")[which]
    names: dict[str, None] = {}
    for name, position, rest in zip(raw, rank, others, strict=True):
        wanted = f"Other ({rest:,} more)" if position > top else str(name)
        numbered = (f"{wanted} ({number})" for number in itertools.count(2))
        names[wanted if wanted not in names else next(text for text in numbered if text not in names)] = None
    kept: dict[str, Any] = {name: frame[name].array for name in frame.columns if name not in ("place", "others")}
    kept |= {
        "category": pd.array(np.array(list(names), object)[place], "str"),
        "category_id": pd.array(kept["category_id"], "Int64"),
    }
    named = pd.DataFrame(kept, copy=False)
    return named if (np.diff(place) >= 0).all() else named.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
