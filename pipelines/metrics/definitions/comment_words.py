"""Words that comments use more than they used to.

Frame, one row per word, most emerging first: ``category`` (the word), ``category_id`` (empty), ``n`` (comments of the
period that use it), ``before`` (comments before the period that do), ``value`` (score: standard errors by which its log
odds rose). Words used in fewer than three comments are not shown.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import words

SETTINGS = {"default_days": 90, "fewest_comments": 30, "fewest_uses": 3, "shown": 40}
# Words that carry no meaning of their own; anything else can emerge.
COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "were",
        "with",
        "that",
        "this",
        "have",
        "has",
        "had",
        "not",
        "but",
        "you",
        "your",
        "our",
        "they",
        "them",
        "their",
        "from",
        "all",
        "very",
        "can",
        "could",
        "would",
        "will",
        "been",
        "more",
        "when",
        "what",
        "who",
        "how",
        "why",
        "out",
        "about",
        "just",
        "also",
        "its",
        "it's",
        "than",
        "then",
        "there",
        "here",
        "too",
        "any",
        "get",
        "got",
        "one",
    ]
)
_COMMENTS = """select trim(value_text) as text, completed_on from seen where {population}"""


def answer(ask: Ask) -> Answer:
    """Words of the period against all comments before it."""
    found = ask.frame(_COMMENTS)
    first = pd.Timestamp(ask.filters.start or ask.last - dt.timedelta(days=int(SETTINGS["default_days"]) - 1))
    day = pd.to_datetime(found["completed_on"])
    lately = found.loc[(day >= first) & (day <= pd.Timestamp(ask.last)), "text"]
    before = found.loc[day < first, "text"]
    least = SETTINGS["fewest_comments"]
    rows: list[tuple[str, int, int, float]] = []
    said = [f"Since {first:%-d %b %Y}: {len(lately):,} comments, against {len(before):,} before."]
    if min(len(lately), len(before)) < least:
        said.append(
            f"Emerging words need {least:g} comments in the period and before it: read the comments themselves."
        )
    else:
        said.append("A score above 2 is more than chance for one word; with hundreds of words some reach it by chance.")
        now, then = (words.counted(texts, COMMON) for texts in (lately, before))
        rows = words.emerging(now, then, int(SETTINGS["fewest_uses"]))[: int(SETTINGS["shown"])]
    frame = pd.DataFrame(rows, columns=["category", "n", "before", "value"]).astype({"n": "int64", "before": "int64"})
    frame["category_id"] = pd.array([None] * len(frame), "Int64")
    return Answer(frame, tuple(said), len(lately))


METRIC = Metric(
    name="comment_words",
    label="Emerging words",
    question="What do comments mention more than they used to?",
    description="Words of recent comments by how much likelier they have become, allowing for how rare each is.",
    numerator="comments of the period that use the word",
    denominator="comments of the period",
    unit="standard errors",
    window="the period filter (default the last 90 days) against all comments before it",
    edge_cases=(
        "A word repeated in one comment counts once.",
        "Below 30 comments in the period or before it no words are shown.",
        "Words used in fewer than three comments are not shown.",
    ),
    source="Log odds with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008).",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={"before": "comments before that use it"},
    relation="feedback",
    population="value_text is not null",
    settings=SETTINGS,
    chart="ranking",
)
