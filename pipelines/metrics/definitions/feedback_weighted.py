"""Promoter scores weighted for who did not answer, by how much they refer (M29).

Frame: one row per volume band (``category``: "No referral a year", "1-2 referrals a year", "3-11", "12 or more", counted in the year
before the first invitation), then "As answered" and "Weighted": ``category``, ``category_id`` (empty), ``kind`` (band | as answered |
weighted), ``asked`` (practices' invitations delivered), ``n`` (answers that name their practice), ``value`` (score in
points, -100 to 100), ``low``, ``high``, ``weight`` (of one answer of the band). The weighted row has no value when a
band has fewer than 5 answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import nps, surveys
from pipelines.statistics.gate import TooLittle

SETTINGS = {"fewest_in_a_band": surveys.FEWEST_IN_BAND}
BANDS = ("No referral a year", "1-2 referrals a year", "3-11 referrals a year", "12 or more referrals a year")
_ASKED = """select practice_id, count(*) as asked, min(sent_on) as first_on
from scoped where delivered is distinct from false and practice_id is not null group by practice_id"""
_ANSWERS = """select practice_id, case when value_num >= 9 then 1 when value_num < 7 then -1 else 0 end as score, count(*) as n
from scoped where {population} and practice_id is not null group by all"""
# Each practice's referrals in the year before it was first asked: added up there, not row by row here.
_VOLUMES = """invited as (
    select unnest($practices_asked::bigint[]) as practice_id, unnest($first_days::date[]) as first_on
)
select seen.practice_id, {count} as n from seen join invited on invited.practice_id = seen.practice_id
where countable and received_on < first_on and received_on >= first_on - 365 group by all"""


def answer(ask: Ask) -> Answer:
    """Bands, the plain score and the weighted one."""
    asked, answers = ask.frame(_ASKED, "invitation"), ask.frame(_ANSWERS)
    asked["band"] = _band(ask, asked)
    answers = answers.merge(asked[["practice_id", "band"]], how="left", on="practice_id")
    outside = int(answers.loc[answers["band"].isna(), "n"].sum())
    answers = answers.dropna(subset="band")
    frame = _frame(asked, answers)
    said = ["Bands are referrals in the year before the practice was first asked. Anonymous answers belong to no band."]
    if outside:
        said.append(f"{outside:,} answers come from practices without a delivered invitation: left out.")
    if len(asked) and frame.loc[frame["kind"] == "weighted", "value"].isna().any():
        said.append("A band has fewer than 5 answers: no weighted score is given.")
    return Answer(frame, tuple(said), int(answers["n"].sum()))


def _band(ask: Ask, asked: pd.DataFrame) -> np.ndarray:
    """0 to 3 per practice asked."""
    first = pd.to_datetime(asked["first_on"]).dt.date.tolist()
    found = ask.frame(_VOLUMES, "journey", practices_asked=asked["practice_id"].tolist(), first_days=first)
    count = found.set_index("practice_id")["n"]
    return np.searchsorted([0.5, 2.5, 11.5], asked["practice_id"].map(count).fillna(0).to_numpy(float))


def _frame(asked: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    population = (
        np.bincount(asked["band"].astype(int), asked["asked"].astype(float), len(BANDS)) if len(asked) else np.zeros(4)
    )
    band, score, n = (answers[name].to_numpy("int64") for name in ("band", "score", "n"))
    counts = np.array([np.bincount(band[score == kind], n[score == kind], len(BANDS)) for kind in (1, 0, -1)])
    rows: list[dict[str, Any]] = []
    for place, name in enumerate(BANDS):
        rows.append(_score(name, "band", int(population[place]), counts[:, place]))
    plain = _score("As answered", "as answered", int(population.sum()), counts.sum(axis=1))
    weighted = dict.fromkeys(("value", "low", "high"), np.nan)
    try:
        found = surveys.weighted_mean(
            np.repeat(score, n),
            np.repeat(band, n),
            population,
            variance=nps.answer_variance(*counts),
            added=nps.ADDED,
        )
        weighted = {
            "value": 100 * found.value,
            "low": max(100 * found.low, -100.0),
            "high": min(100 * found.high, 100.0),
        }
        asked_bands = np.flatnonzero(population > 0)
        for at, weight in zip(asked_bands, found.weight, strict=True):
            rows[int(at)]["weight"] = float(weight)
    except TooLittle:
        pass
    rows += [plain, {"category": "Weighted", "kind": "weighted", "asked": plain["asked"], "n": plain["n"]} | weighted]
    frame = pd.DataFrame(rows)
    frame["category_id"] = pd.array([None] * len(frame), "Int64")
    return frame[["category", "category_id", "kind", "asked", "n", "value", "low", "high", "weight"]]


def _score(name: str, kind: str, asked: int, counts: np.ndarray) -> dict[str, Any]:
    """A band's score, with the adjusted Wald interval."""
    total = counts.sum()
    _, low, high = nps.adjusted_wald(*counts)
    value = (counts[0] - counts[2]) / total if total else np.nan
    return {"category": name, "kind": kind, "asked": asked, "n": int(total), "value": 100 * float(value),
            "low": 100 * float(low), "high": 100 * float(high), "weight": np.nan}  # fmt: skip


METRIC = Metric(
    name="feedback_weighted",
    label="Scores weighted for who did not answer",
    question="What would the score be if all who were asked had answered alike in their band?",
    description=(
        "The promoter score by how much a practice refers, as answered, and weighted so that each band counts as many as "
        "were asked."
    ),
    numerator="promoters (9-10) less detractors (0-6)",
    denominator="answers that name their practice, weighted to the invitations delivered",
    unit="points",
    window="invitations sent and answers completed in the period",
    edge_cases=(
        "Weighted and plain score stand side by side; neither is the truth.",
        "Below 5 answers in a band that was asked there is no weighted score.",
        "Anonymous answers are never joined to a practice: they are not in these bands.",
        "Practices that refer rarely are asked too and have a band of their own.",
    ),
    source="Post-stratification (Cochran 1977) with the adjusted Wald variance of each band (Rocks 2016).",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={
        "kind": "band, as answered or weighted",
        "asked": "invitations delivered",
        "weight": "weight of one answer",
    },
    relation="feedback",
    population="kind = 'nps' and value_num between 0 and 10",
    settings=SETTINGS,
    chart="ranking",
)
