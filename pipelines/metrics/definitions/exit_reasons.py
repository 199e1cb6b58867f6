"""Why referred patients left before enrolment.

Frame, one row per category and reason, most frequent first: ``category``, ``category_id``, ``exit_code`` (declined |
unreachable | prescreen_failed | screen_failed | withdrawn | cancelled | redirected | handback | study_closed; "other" for the rest),
``reason`` (as written; "No reason given"; "Other (k more)" beyond the 20 most frequent), ``n``, ``value`` (share of all
exits of the category), ``low``, ``high`` (Wilson).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.declare import CATEGORIES_SHOWN, JOURNEY_DIMENSIONS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import proportions

Reason = tuple[str, str, str]  # category, exit code, reason in lower case
_COUNTED = """counted as (
    select {key} as category_id, {label} as category, {period} as period, exit_code, lower(trim(exit_reason)) as written,
        min(trim(exit_reason)) as reason, {count} as n
    from scoped where {population} group by all
), {fold}
select place, category, category_id, others, exit_code, nullif(written, '') as written, min(reason) as reason,
    sum(n)::bigint as n
from folded group by all order by place"""


def answer(ask: Ask) -> Answer:
    """Counts of exits by code and reason."""
    found = ask.folded(_COUNTED)
    names = dict(zip(found["category"], found["category_id"], strict=True))
    counted, said = _reasons(found)
    kept = _most_frequent(counted)
    rest = f"Other ({len({key[1:] for key in counted}) - len(kept):,} more)"
    shown: Counter[tuple[str, str, str, str]] = Counter()
    for (name, code, written), n in counted.items():
        of_its_own = (code, written) in kept
        shown[(name, code, written, said[name, code, written]) if of_its_own else (name, "other", "other", rest)] += n
    place = {name: position for position, name in enumerate(names)}
    rows = sorted(shown.items(), key=lambda row: (place[row[0][0]], -row[1], *row[0][1:3]))
    whole = Counter[str]()
    for (name, *_), n in rows:
        whole[name] += n
    return Answer(_frame(rows, names, whole), (), whole.total())


def _reasons(found: pd.DataFrame) -> tuple[Counter[Reason], dict[Reason, str]]:
    """How many left for each (category, code, reason in lower case), and the reason as written. There are a few
    dozen: plain Python is done with them before a data frame has been made."""
    counted: Counter[Reason] = Counter()
    said: dict[Reason, str] = {}
    columns = [found[name].to_numpy(object) for name in ("category", "exit_code", "written", "reason", "n")]
    for name, code, lower, reason, n in zip(*columns, strict=True):
        known = isinstance(lower, str)
        key = (str(name), str(code), lower if known else "no reason given")
        counted[key] += int(n)
        said[key] = min(said.get(key, "~"), reason if known else "No reason given")
    return counted, said


def _most_frequent(counted: Counter[Reason]) -> set[tuple[str, str]]:
    """The codes and reasons that are shown by themselves: the most frequent over all categories."""
    totals: Counter[tuple[str, str]] = Counter()
    for (_, code, written), n in counted.items():
        totals[code, written] += n
    ranked = sorted(totals.items(), key=lambda row: (-row[1], row[0]))
    return {key for key, _ in ranked[:CATEGORIES_SHOWN]}


def _frame(
    rows: list[tuple[tuple[str, str, str, str], int]], names: dict[str, Any], whole: Counter[str]
) -> pd.DataFrame:
    n = np.array([count for _, count in rows], "int64")
    total = np.array([whole[key[0]] for key, _ in rows], "int64")
    low, high = proportions.interval(n, total)
    text = {
        name: pd.array([key[place] for key, _ in rows], "str")
        for name, place in (("category", 0), ("exit_code", 1), ("reason", 3))
    }
    ids = pd.array([names[key[0]] for key, _ in rows], "Int64")
    figures = {"n": n, "value": proportions.share(n, total), "low": low, "high": high}
    return pd.DataFrame({"category": text.pop("category"), "category_id": ids, **text, **figures}, copy=False)


METRIC = Metric(
    name="exit_reasons",
    label="Reasons for leaving",
    question="Why do referred patients not enrol?",
    description="Research referrals that ended before enrolment, by how and why.",
    numerator="referrals that left with the code and reason",
    denominator="research referrals that left before enrolment",
    unit="referrals",
    window="received in the period; exits as of the as-of day",
    edge_cases=(
        "Reasons are compared without case; they are as the logs word them.",
        "An exit without a reason is kept as No reason given.",
        "Reinstated subjects have not left, nor has whoever went on in the study after the referral was declined.",
    ),
    source="Count; Wilson interval.",
    dimensions=JOURNEY_DIMENSIONS,
    grains=(),
    answer=answer,
    columns={"exit_code": "how they left", "reason": "why, as written"},
    population="countable and intent = 'research' and exit_code is not null",
    picks={
        "exit_code": "exit_code = $pick",
        "reason": "coalesce(nullif(lower(trim(exit_reason)), ''), 'no reason given') = lower($pick)",
        "stage": "stage = $pick",
    },
    chart="ranking",
)
