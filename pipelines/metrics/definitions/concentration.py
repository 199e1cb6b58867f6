"""How much hangs on how few practices.

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (referrals that
name a practice), ``practices`` (how many), ``value`` (effective number: so many equal practices would be as
concentrated), ``low``, ``high``, ``top_share`` (share of the five largest), ``top_low``, ``top_high``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.transfers import COUNTED, SAID
from pipelines.statistics import concentration

SETTINGS = {"largest": 5}
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, practice_id as unit_id, {count} as n
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, period, unit_id, sum(n)::bigint as n
from folded group by all order by place, period, unit_id"""


def answer(ask: Ask) -> Answer:
    """Effective number and top share of each cell."""
    found = ask.folded(_COUNTED)
    keys = ["category", "category_id", "period"]
    rows = []
    for _, part in found.groupby(["category", "period"], sort=False, dropna=False):
        counts = part["n"].to_numpy(float)
        number = concentration.effective_number(counts)
        top = concentration.top_share(counts, int(SETTINGS["largest"]))
        rows.append((*part.iloc[0][keys], int(counts.sum()), len(counts), *number, *top))
    columns = [*keys, "n", "practices", "value", "low", "high", "top_share", "top_low", "top_high"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.astype({"n": "int64", "practices": "int64"} | dict.fromkeys(columns[5:], "float64"))
    frame["category_id"] = frame["category_id"].astype("Int64")
    endless = int(np.isinf(frame["high"]).sum())
    frame["high"] = frame["high"].replace(np.inf, np.nan)
    few = int((frame["practices"] < SETTINGS["largest"]).sum())
    said: tuple[str, ...] = (
        "The intervals are about chance in the counts: few referrals look more concentrated than their practices are, and the "
        "five largest are so partly by chance.",
    )
    if endless:
        said += (f"{endless:,} in which no practice referred twice: how many there may be has no upper end.",)
    if few:
        said += (f"{few:,} with fewer than five practices: their top share is all of it.",)
    return Answer(ask.marked(frame), said, int(np.sum(frame["n"])))


METRIC = Metric(
    name="concentration",
    label="Concentration",
    question="How much hangs on how few practices?",
    description=(
        "The effective number of referring practices: so many practices of equal size would be as concentrated. And the "
        "share of all referrals that the five largest send."
    ),
    numerator="1 / sum of squared shares of practices",
    denominator="countable referrals that name a practice",
    unit="effective practices",
    window="received in the period",
    edge_cases=(
        "Referrals that name no practice are left out.",
        "The five largest are those of the cell; with fewer than five they are all.",
        SAID,
    ),
    source=(
        "Inverse Simpson (Hill number of order 2), interval about Simpson's (1949) unbiased estimate; Wilson's interval for the top "
        "share, its lower end after allowing for the largest being so partly by chance (cross-validation and empirical Bayes)."
    ),
    dimensions=("site", "study", "therapeutic_area", "specialty", "channel"),
    grains=("month", "quarter", "year"),
    answer=answer,
    columns={
        "practices": "practices that referred",
        "top_share": "share of the five largest",
        "top_low": "its 95% interval, low",
        "top_high": "its 95% interval, high",
    },
    population=f"{COUNTED} and practice_id is not null",
    settings=SETTINGS,
    chart="trend",
)
