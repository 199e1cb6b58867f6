"""What a viewer can filter by."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd

from pipelines.metrics.answers import as_of_day, check_role, may_see, registry
from pipelines.metrics.declare import KEYS, NO_FILTERS, Scope, Warehouse
from pipelines.metrics.engine import Ask


def options(scope: Scope, *, warehouse: Warehouse) -> dict[str, Any]:
    """What a viewer can filter by: ``sites``, ``studies`` and ``practices`` as (id, label), practices by
    volume; ``therapeutic_areas``, ``specialties``, ``channels`` as labels; ``first`` and ``last`` day. Whoever may
    see no referral has nothing to choose: even the order of the names would tell who refers most."""
    volume = registry()["referral_volume"]
    if not may_see(scope, volume) and any(may_see(scope, metric) for metric in registry().values()):
        return {name: [] for name in ("sites", "studies", "practices", "therapeutic_areas", "specialties", "channels")} | {
            "first": None, "last": None
        }  # fmt: skip
    check_role(scope, volume)
    with warehouse.read() as reader:
        ask = Ask(reader, volume, scope, NO_FILTERS, None, None, as_of_day(reader, None))
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


def _day(value: Any) -> dt.date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()
