"""What a campaign's participants cost (M27).

Frame, one row per rule of attribution and category: ``rule`` ("first contact", "last contact", "as stated"; "no campaign" for the
baseline row), ``category``, ``category_id``, ``period`` (empty), ``complete``, ``n`` (leads; of the baseline row, other referrals to
studies), ``qualified``, ``randomised`` (those whom the rule gives to the campaign), ``spend``, ``currency`` (ISO 4217, where the files say), ``value`` (spend per randomised, from 5
of them on), ``low``, ``high`` (95%, bootstrap), ``cost_per_qualified``, ``new_practices``, ``cost_per_new_practice``, ``errors``
(randomised before they answered; not in randomised).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import costs

LEAST_RANDOMISED = 5
SEED = 2026
RULES = {"first contact": "by_first", "last contact": "by_last", "as stated": "by_stated"}
NO_CAMPAIGN = "No campaign"
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, null::date as period, count(*) filter (kind = 'lead') as n,
        count(*) filter (qualified) as qualified, count(*) filter (by_first) as by_first, count(*) filter (by_last) as by_last,
        count(*) filter (by_stated) as by_stated, count(*) filter (time_error) as errors, count(distinct new_practice_id) as new_practices,
        sum(spend)::double as spend, count(distinct currency) as currencies, max(currency) as currency,
        count(*) filter (kind = 'spend' and currency is null) as unnamed
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, period, sum(n)::bigint as n, sum(qualified)::bigint as qualified, sum(by_first)::bigint as by_first,
    sum(by_last)::bigint as by_last, sum(by_stated)::bigint as by_stated, sum(errors)::bigint as errors, sum(new_practices)::bigint as new_practices,
    sum(spend) as spend, max(currency) as currency, sum(unnamed)::bigint as unnamed,
    coalesce(max(currencies) > 1 or min(currency) <> max(currency), false) as mixed
from folded group by all order by place"""
_ORGANIC = """select count(*) as n, count(enrolled_on) as randomised from scoped
where countable and intent = 'research' and source_kind <> 'campaign'
  and (patient_key is null or patient_key not in (select patient_key from campaign_lead where patient_key is not null))"""


def answer(ask: Ask) -> Answer:
    """Cost per randomised participant by each rule, per qualified lead, and per new practice."""
    found = ask.marked(ask.folded(_COUNTED))
    parts = [_by_rule(found, rule, column) for rule, column in RULES.items()]
    frame = (
        pd.concat([*parts, _baseline(ask)], ignore_index=True)
        if len(found)
        else _by_rule(found, "first contact", "by_first")
    )
    return Answer(frame, _told(found, frame), int(found["n"].sum()))


def _by_rule(found: pd.DataFrame, rule: str, column: str) -> pd.DataFrame:
    hits, known = found[column].to_numpy("int64"), ~found["mixed"].to_numpy(bool)
    spend = np.where(known, found["spend"].to_numpy(float), np.nan)
    shown = (hits >= LEAST_RANDOMISED) & (spend > 0)
    low, high = costs.per_success(spend, hits, found["n"].to_numpy("int64"), seed=SEED)
    figures = {
        "value": np.where(shown, costs.divided(spend, hits), np.nan), "low": np.where(shown, low, np.nan), "high": np.where(shown, high, np.nan),
        "cost_per_qualified": costs.divided(spend, found["qualified"]), "cost_per_new_practice": costs.divided(spend, found["new_practices"]),
    }  # fmt: skip
    kept = found[["category", "category_id", "period", "complete", "n", "qualified", "errors", "new_practices"]]
    named = found["currency"].astype("str").where(known)
    return kept.assign(rule=rule, randomised=hits, spend=spend, currency=named, **figures)


def _baseline(ask: Ask) -> pd.DataFrame:
    """Those who came to studies in the same period without any campaign."""
    came = ask.frame(_ORGANIC, "journey").iloc[0]
    none = np.nan
    return pd.DataFrame({
        "category": pd.array([NO_CAMPAIGN], "str"), "category_id": pd.array([None], "Int64"), "period": pd.array([pd.NaT], "datetime64[us]"), "complete": [True],
        "n": [int(came["n"])], "qualified": [0], "errors": [0], "new_practices": [0], "rule": ["no campaign"], "randomised": [int(came["randomised"])],
        "spend": [0.0], "currency": pd.array([None], "str"), "value": [none], "low": [none], "high": [none], "cost_per_qualified": [none], "cost_per_new_practice": [none],
    })  # fmt: skip


def _told(found: pd.DataFrame, frame: pd.DataFrame) -> tuple[str, ...]:
    said = ["Spend to date beside participants to date: those still in screening are not counted yet"]
    few = int((frame.loc[frame["rule"] == "first contact", "randomised"] < LEAST_RANDOMISED).sum())
    if few:
        said.append(
            f"A cost needs {LEAST_RANDOMISED} randomised participants: {few:,} {'campaign has' if few == 1 else 'campaigns have'} fewer"
        )
    organic = frame[frame["rule"] == "no campaign"]
    if len(organic) and organic["n"].iloc[0]:
        n, came = int(organic["n"].iloc[0]), int(organic["randomised"].iloc[0])
        said.append(
            f"Without any campaign {came:,} of {n:,} referrals to studies in the same period were randomised ({came / n:.0%})"
        )
    if int(found["errors"].sum()):
        said.append(f"{int(found['errors'].sum()):,} were randomised before they answered and are not counted")
    if found["mixed"].any():
        said.append("Amounts of several currencies are not added up")
    unnamed = int(found.loc[found["currency"].notna(), "unnamed"].sum())
    if unnamed:
        said.append(f"{unnamed:,} amounts name no currency and are taken to be in that of the others")
    if found["currency"].nunique() > 1:
        said.append("Each amount is in its own campaign's currency: do not compare amounts of different ones")
    elif found["currency"].isna().all() and len(found):
        said.append("The files name no currency")
    return tuple(said)


METRIC = Metric(
    name="campaign_cost",
    label="Campaign cost per participant",
    question="What does a campaign's participant cost?",
    description="Money spent on a campaign per participant randomised, by three rules of attribution, per qualified lead, and per practice that began to refer.",
    numerator="money spent in the period",
    denominator="participants of the period's leads who were randomised and whom the rule gives to the campaign",
    unit="money",
    window="leads and spend by their day in the period; what came of the leads up to the as-of day",
    edge_cases=(
        "First contact: the participant's first contact of all was the campaign. Last contact: the last one before randomisation was. As stated: the screening log says a campaign.",
        "A referral by somebody else is a contact too: who answered an advertisement and was then referred by a practice is the campaign's by the first rule only.",
        "No rule is the truth; all are shown, and none of them shows that the campaign caused anything.",
        "Who answers the same campaign twice is one lead; tests and repetitions are none.",
        "Whoever was randomised had qualified, whatever the list says. A practice that answered is a lead here, for it costs as much.",
        "Below 5 randomised no cost is shown.",
        "A campaign for several sites belongs to none of them: its spend cannot be divided, so a choice of sites leaves it out.",
        "New practices: practices that answered a campaign and referred for the first time after that.",
    ),
    source="Ratio; percentile bootstrap over leads (Efron & Tibshirani 1993) with a fixed seed.",
    dimensions=("campaign", "study", "therapeutic_area"),
    grains=(),
    answer=answer,
    columns={
        "rule": "rule of attribution", "qualified": "leads that qualified", "randomised": "participants the rule gives to the campaign", "spend": "money spent", "currency": "currency of the amounts, where the files say",
        "cost_per_qualified": "per qualified lead", "new_practices": "practices that began to refer", "cost_per_new_practice": "per such practice",
        "errors": "randomised before they answered",
    },
    relation="campaign",
    population="true",
    picks={"kind": "kind = $pick", "randomised": "cast(randomised_on is not null as varchar) = lower($pick)"},
    settings={"least_randomised": LEAST_RANDOMISED},
    chart="ranking",
)  # fmt: skip
