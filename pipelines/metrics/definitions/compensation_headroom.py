"""What a physician may still be given this year (M31). Nothing here knows of referrals.

Frame, one row per practitioner and calendar year, the least room first: ``category`` (the practitioner), ``category_id``,
``period`` (first day of the year), ``complete`` (the year is over), ``n`` (items given), ``given_usd``, ``limit_usd``,
``value`` (headroom: limit less given, US dollars; below nothing when over), ``used`` (share of the limit), ``state``
(within | alert: at 80% or more | over | no limit known).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask

SETTINGS = {"alert_share": 0.8}
# 42 CFR 411.357(k), per calendar year: CMS, "CPI-U Updates", for 2011 to 2024; 2026 as published for that year. 2025
# follows from 2024 by the same rule (consumer prices to 30 September 2024: +2.4%), and 2026 from it (+3.0%).
LIMITS: dict[int, float] = {
    2011: 359, 2012: 373, 2013: 380, 2014: 385, 2015: 392, 2016: 392, 2017: 398, 2018: 407, 2019: 416, 2020: 423, 2021: 429,
    2022: 452, 2023: 489, 2024: 507, 2025: 519, 2026: 535,
}  # fmt: skip
_GIVEN = """select practitioner_id as category_id, any_value(practitioner) as category, calendar_year, count(*) as n,
    sum(fair_value_usd)::double as given_usd, any_value(limit_usd)::double as stated_usd
from seen left join compensation_year using (calendar_year)
where practitioner_id is not null and ($every_year or calendar_year = $this_year::integer)
group by practitioner_id, calendar_year"""
_COLUMNS = ("category", "category_id", "period", "complete", "n", "given_usd", "limit_usd", "value", "used", "state")


def answer(ask: Ask) -> Answer:
    """Headroom of everybody who was given something in the year of the day, or in every year."""
    found = ask.frame(_GIVEN, None, every_year=ask.grain == "year", this_year=ask.last.year)
    frame = _judged(found, ask.last)
    said = [
        "Alerts begin at 80% of the yearly limit. The limit is that of 42 CFR 411.357(k) unless a loaded file states another."
    ]
    unknown = sorted({int(year) for year in found.loc[frame["limit_usd"].isna(), "calendar_year"]})
    if unknown:
        said.append(
            f"No limit is on record for {', '.join(map(str, unknown))}: load a file with calendar year and limit."
        )
    order = frame.assign(rank=frame["used"].fillna(np.inf)).sort_values(
        ["period", "rank", "category", "category_id"], ascending=[False, False, True, True]
    )
    return Answer(order[list(_COLUMNS)].reset_index(drop=True), tuple(said), int(frame["n"].sum()))


def _judged(found: pd.DataFrame, last: dt.date) -> pd.DataFrame:
    """``found`` with limit, headroom and state; in the order in which it came."""
    years = found["calendar_year"].astype("int64")
    published = years.map(LIMITS).astype(float)
    limit = found["stated_usd"].astype(float).fillna(published)
    given = found["given_usd"].astype(float)
    used = given / limit
    state = np.select(
        [limit.isna(), given > limit, used >= SETTINGS["alert_share"]], ["no limit known", "over", "alert"], "within"
    )
    period = (
        pd.to_datetime(years.astype(str) + "-01-01").astype("datetime64[us]")
        if len(found)
        else pd.Series([], dtype="datetime64[us]")
    )
    return found.assign(
        category_id=found["category_id"].astype("Int64"), period=period, complete=years < last.year + (last == dt.date(last.year, 12, 31)),
        n=found["n"].astype("int64"), given_usd=given, limit_usd=limit, value=limit - given, used=used, state=state,
    )  # fmt: skip


METRIC = Metric(
    name="compensation_headroom",
    label="Non-monetary compensation",
    question="How much more may each physician be given this year?",
    description=(
        "What each physician was given in kind in the calendar year, against the yearly limit, and what is left of it. Kept "
        "apart from referrals on every page, view and export."
    ),
    numerator="yearly limit less the fair value of what was given in the year",
    denominator="per physician and calendar year",
    unit="US dollars",
    window="the calendar year of the day; up to the day",
    edge_cases=(
        "Cash and its equivalents are refused when the file is loaded, whatever their value.",
        "The alert comes at 80% of the limit.",
        "What was given to an office and no physician is refused: the limit is a physician's.",
        "A limit that a loaded file states for a year goes before the published one.",
        "Figures are of the whole organisation, as the limit is: whoever is confined to some sites sees none.",
        "Not legal advice; the rule is one of the United States.",
    ),
    source="42 CFR 411.357(k); CMS, CPI-U Updates.",
    dimensions=("practitioner",),
    grains=("year",),
    answer=answer,
    columns={
        "given_usd": "given so far, US dollars",
        "limit_usd": "limit of the year, US dollars",
        "used": "share of the limit used",
        "state": "within, alert, over, or no limit known",
    },
    relation="compensation",
    population="practitioner_id is not null",
    settings=SETTINGS,
    roles=("analyst", "compliance"),
    chart="table",
)
