"""Where enrolled participants came from, by each of three ways of asking (M24).

Frame, one row per basis and source: ``category`` (kind of source, or "not known"), ``category_id`` (empty), ``basis``
(stated: as the screening log says; last: the referral that led to the study; first: the patient's first referral ever),
``n`` (participants), ``value`` (share of all enrolled), ``low``, ``high``. The shares of one basis sum to 1.
"""

from __future__ import annotations

import pandas as pd

from pipelines.metrics.counted import REPORTS, UNKNOWN, enrolled_by_count
from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.statistics import proportions

_SOURCES = """select coalesce(source_kind, 'not known') as stated, coalesce(last_kind, 'not known') as last,
    coalesce(first_kind, 'not known') as first, {count} as n
from scoped group by all"""
# Which sites name their subjects, so that the others' counts can be told.
_LOGGED = f"""select study_id, coalesce(site_id, {UNKNOWN}) as site_id, {{count}} as n from seen
where study_id is not null and (enrolled_on is not null or failed or passed) group by all"""
BASES = ("stated", "last", "first")


def answer(ask: Ask) -> Answer:
    """Shares by source for each basis, largest first."""
    found = ask.frame(_SOURCES, "enrolled")
    total = int(found["n"].sum())
    parts = [
        found.groupby(basis)["n"].sum().rename_axis("category").reset_index().assign(basis=basis) for basis in BASES
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["category_id"] = pd.array([None] * len(frame), "Int64")
    frame["value"] = proportions.share(frame["n"], total)
    frame["low"], frame["high"] = proportions.interval(frame["n"], total)
    order = frame["basis"].map({basis: place for place, basis in enumerate(BASES)})
    frame = frame.assign(order=order).sort_values(
        ["order", "n", "category"], ascending=[True, False, True], ignore_index=True
    )
    both = found[(found["stated"] != "not known") & (found["last"] != "not known")]
    said: list[str] = []
    if both["n"].sum():
        differ = int(both.loc[both["stated"] != both["last"], "n"].sum())
        said.append(f"Stated source and referral contradict each other for {differ:,} of {int(both['n'].sum()):,}.")
    lost = int(found.loc[found["last"] == "not known", "n"].sum())
    if lost:
        said.append(f"{lost:,} name no referral that was loaded.")
    logged = ask.frame(_LOGGED, "screened")
    alone = enrolled_by_count(ask.frame(REPORTS), zip(logged["study_id"], logged["site_id"], strict=True))
    if alone:
        said.append(
            f"{alone:,} more are known by count alone: of them no source is known, and they are not in these shares."
        )
    columns = ["category", "category_id", "basis", "n", "value", "low", "high"]
    return Answer(frame[columns].astype({"n": "int64"}), tuple(said), total)


METRIC = Metric(
    name="enrolled_sources",
    label="Sources of enrolled participants",
    question="Where do those who enrol come from?",
    description="Enrolled participants by kind of source: as stated, by the last referral, and by the first.",
    numerator="participants enrolled from the source",
    denominator="participants enrolled in the period",
    unit="share",
    window="first randomisation or on-study milestone in the period",
    edge_cases=(
        "The three bases differ and none is the truth: all are shown.",
        "Last: the referral the screening log names. First: the earliest countable referral of the same patient.",
        "Participants whose source is not known keep a row, so that the shares sum to 1.",
    ),
    source="Count; Wilson's interval.",
    dimensions=(),
    grains=(),
    answer=answer,
    columns={"basis": "stated, last or first"},
    relation="subject",
    population="code in ('randomized', 'on_study')",
    chart="stacked",
)
