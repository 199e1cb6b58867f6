"""Are the relationships that are warm today enough to fill a study's gap (M23)?

Frame, one row per study still recruiting with a target and a deadline: ``category`` (the study), ``category_id``, ``n``
(practices in touch with us: a conversation both ways in the last 90 days), ``referring`` (of them referred to the study in
the last year), ``referrals`` (how many), ``conversion`` (share that enrols within 180 days), ``deadline``, ``expected``
(participants expected of them by the deadline), ``expected_low``, ``expected_high``, ``needed`` (participants that others
than the own database must bring), ``everybody`` (expected of all practices, warm or not), ``ratio`` (expected / needed,
may be above 1), ``value`` (the index: the same, at most 1), ``low``, ``high``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from pipelines.metrics.counted import day_number, days_of, whole
from pipelines.metrics.declare import Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.gaps import Gap, gaps
from pipelines.metrics.recruiting import days_to_dates
from pipelines.metrics.shares import unseen
from pipelines.statistics import proportions, rates

SETTINGS = {"warm_days": 90, "look_back_days": 365, "conversion_days": 180, "fewest_for_conversion": 10}
_COLUMNS = (
    "category", "category_id", "n", "referring", "referrals", "conversion", "deadline", "expected", "expected_low", "expected_high",
    "needed", "everybody", "ratio", "value", "low", "high",
)  # fmt: skip
# Both sides spoke: somebody was reached and said something. A gift, a mailing or a voicemail is one-way.
_WARM = """select distinct practice_id from outreach
where outcome in ('positive', 'no_fit_now', 'complaint') and channel not in ('gift', 'mail') and practice_id is not null
  and occurred_on <= $cut_day::date and occurred_on > $cut_day::date - $warm_days::integer and $scope_studies::bigint[] is null
  and ($scope_sites::bigint[] is null or list_contains($scope_sites::bigint[], site_id))
  and ($practices::bigint[] is null or list_contains($practices::bigint[], practice_id))"""
# Referrals of the last year by practice and study, and since when the study has had any.
_REFERRED = """select study_id, practice_id, count(*) filter (received_on > $cut_day::date - $look_back_days::integer) as n,
    min(received_on) as first_on
from seen where {population} and study_id is not null and practice_id is not null group by all"""
# Of those who have had the time, how many enrolled within it.
_CONVERTED = """select study_id, any_value(therapeutic_area) as area, count(*) as n,
    count(*) filter (enrolled_day between 0 and $conversion_days::integer) as enrolled
from seen
where {population} and study_id is not null and coalesce(enrolled_day >= 0, true) and received_on <= $cut_day::date - $conversion_days::integer
  and received_on > $cut_day::date - $conversion_days::integer - $look_back_days::integer
group by study_id"""


def answer(ask: Ask) -> Answer:
    """Every study with a gap that can be forecast, the least ready first."""
    found, left_out = gaps(ask)
    warm = set(ask.frame(_WARM, None, **SETTINGS)["practice_id"])
    referred, converted = ask.frame(_REFERRED, None, **SETTINGS), ask.frame(_CONVERTED, None, **SETTINGS)
    kept = {
        "study": whole(referred["study_id"]), "warm": referred["practice_id"].isin(warm).to_numpy() & (referred["n"] > 0).to_numpy(bool),
        "n": referred["n"].to_numpy("int64"), "first": days_of(referred["first_on"]),
    }  # fmt: skip
    shares = _conversions(converted)
    rows = [_row(one, len(warm), kept, shares, day_number(ask.as_of)) for one in found]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["deadline"] = days_to_dates(frame["deadline"]).to_numpy()
    frame = frame.astype({"category_id": "Int64", "n": "int64", "referring": "int64", "referrals": "int64"})
    frame = frame.sort_values(["value", "category"], ignore_index=True, na_position="last")
    said = (
        *unseen(ask),
        f"{len(warm):,} {'practice' if len(warm) == 1 else 'practices'} spoke with us in the last 90 days. Those that have not yet referred to a study count for nothing here.",
        "Assumes that each goes on referring to the study as in the last year and that as large a share enrols; the interval counts "
        "chance in the number of referrals alone.",
        *left_out,
        *_unlike(ask),
    )
    return Answer(frame, said, len(warm) if len(frame) or left_out else 0)


def _unlike(ask: Ask) -> tuple[str, ...]:
    """Filters that hold for a part of the figures only: without a word a few practices would seem to be all that a study has."""
    of_referrals = [
        name for name, chosen in (("specialty", ask.filters.specialties), ("channel", ask.filters.channels)) if chosen
    ]
    said = (
        [f"Only the referrals are filtered by {' and '.join(of_referrals)}, not whom we spoke with nor what is needed."]
        if of_referrals
        else []
    )
    if ask.filters.practices:
        said.append("What is needed is that of the whole study, not of the practices chosen.")
    return tuple(said)


def _row(one: Gap, warm: int, kept: dict[str, Any], shares: Callable[[int], float], cut: int) -> dict[str, Any]:
    own = kept["study"] == one.category_id
    mine, n = own & kept["warm"], kept["n"]
    referrals, everybody = int(n[mine].sum()), int(n[own].sum())
    known = min(cut - kept["first"][own].min() + 1, SETTINGS["look_back_days"]) if own.any() else np.nan
    chance = shares(one.category_id)
    scale = chance * (one.deadline - cut) / known if own.any() else 0.0
    low, high = (float(end) * scale for end in rates.byar(referrals, 1.0))
    expected = referrals * scale
    ratio = (expected, low, high)
    index = [np.nan if np.isnan(value) else 1.0 if not one.gap else min(value / one.gap, 1.0) for value in ratio]
    return {
        "category": one.category, "category_id": one.category_id, "n": warm, "referring": int(mine.sum()), "referrals": referrals,
        "conversion": chance, "deadline": one.deadline, "expected": expected, "expected_low": low, "expected_high": high,
        "needed": one.gap, "everybody": everybody * scale, "ratio": expected / one.gap if one.gap else np.nan,
        "value": index[0], "low": index[1], "high": index[2],
    }  # fmt: skip


def _conversions(converted: pd.DataFrame) -> Callable[[int], float]:
    """The share that enrols by study: of its own referrals that had the time, else of its therapeutic area's, else of all;
    NaN without any."""
    study, area = whole(converted["study_id"]), converted["area"].to_numpy(object)
    n, enrolled = (converted[name].to_numpy("int64") for name in ("n", "enrolled"))

    def of(asked: int) -> float:
        own = study == asked
        for pool in (own, np.isin(area, area[own]), np.full(len(study), True)):
            if n[pool].sum() >= SETTINGS["fewest_for_conversion"]:
                return float(proportions.share(enrolled[pool].sum(), n[pool].sum()))
        return float("nan")

    return of


METRIC = Metric(
    name="readiness_index",
    label="Readiness of the network",
    question="Are the relationships that are warm today enough to fill each study?",
    description=(
        "Participants expected by the deadline from practices that spoke with us in the last 90 days, against those that "
        "others than the own database must bring. Shown up to 100 percent, beside the absolute numbers."
    ),
    numerator="participants expected of warm practices by the deadline: their referrals to the study, times the share that enrols",
    denominator="the gap: what remains to the target less what the own database is expected to bring",
    unit="share",
    window="as of the day, to the planned last participant in",
    edge_cases=(
        "Warm is a conversation both ways in the last 90 days: a voicemail, a mailing or a gift is none, a refusal to be contacted neither.",
        "The pace of referring is that of the last 365 days, or since the study's first referral if that is later.",
        "The share that enrols is of the last year's referrals that had 180 days; below 10 of them it is the therapeutic area's, then that of all studies.",
        "Without a gap the index is 1: the own database is expected to suffice.",
        "Studies that are closed, past their deadline, without a target or a planned end, or too small for a forecast are left out; those not closed are counted.",
        "Practices chosen are those of the conversations and referrals, specialty and channel of the referrals alone; what is needed is the whole study's.",
    ),
    source="Gap as in M25; Byar's interval of the referrals.",
    dimensions=("study",),
    grains=(),
    answer=answer,
    columns={
        "referring": "of them referred to the study in the last year",
        "referrals": "referrals of theirs in the last year",
        "conversion": "share that enrols within 180 days",
        "deadline": "last participant planned in",
        "expected": "participants expected of them",
        "expected_low": "its 95% interval, low",
        "expected_high": "its 95% interval, high",
        "needed": "participants needed",
        "everybody": "expected of all practices",
        "ratio": "expected of needed, without a cap",
    },
    settings=SETTINGS,
    counts="practice",
    chart="ranking",
)
