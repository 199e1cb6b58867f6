"""Net promoter score (M29).

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (answers),
``promoters`` (9-10), ``passives`` (7-8), ``detractors`` (0-6), ``value`` (score in points, -100 to 100; NaN below 10
answers), ``low``, ``high`` (adjusted Wald, points; NaN with it).
"""

from __future__ import annotations

import numpy as np

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.tally import Tally
from pipelines.statistics import nps

SETTINGS = {"fewest_answers": 10}
_COUNTED = Tally({
    "n": "count(*)",
    "promoters": "count(*) filter (value_num >= 9)",
    "passives": "count(*) filter (value_num >= 7 and value_num < 9)",
    "detractors": "count(*) filter (value_num < 7)",
})  # fmt: skip


def answer(ask: Ask) -> Answer:
    """Scores by category and period, withheld below the gate."""
    found = ask.in_time(ask.tally(_COUNTED))
    up, between, down, n = (np.asarray(found[name], float) for name in ("promoters", "passives", "detractors", "n"))
    _, low, high = nps.adjusted_wald(up, between, down)
    enough = n >= SETTINGS["fewest_answers"]
    score = (up - down) / np.maximum(n, 1)
    points = {
        name: np.where(enough, 100 * values, np.nan)
        for name, values in (("value", score), ("low", low), ("high", high))
    }
    few = int((~enough).sum())
    said = (f"{few:,} with fewer than 10 answers show no score.",) if few else ()
    return Answer(found | points, said, int(n.sum()))


METRIC = Metric(
    name="feedback_nps",
    label="Net promoter score",
    question="Would referrers recommend us?",
    description="Share of answers 9-10 less share of answers 0-6 to how likely they are to recommend us, in points.",
    numerator="promoters (9-10) less detractors (0-6)",
    denominator="answers 0-10",
    unit="points",
    window="completed in the period",
    edge_cases=(
        "Below 10 answers no score is given, only the counts.",
        "Answers outside 0-10 are not counted.",
        "Anonymous answers count in every total but are never joined to a practice.",
    ),
    source="Adjusted Wald interval: 3/4 promoter, 3/4 detractor and 1 1/2 passives added (Rocks 2016).",
    dimensions=("site", "practice", "survey"),
    grains=GRAINS,
    answer=answer,
    columns={"promoters": "answers 9-10", "passives": "answers 7-8", "detractors": "answers 0-6"},
    relation="feedback",
    population="kind = 'nps' and value_num between 0 and 10",
    settings=SETTINGS,
    chart="trend",
)
