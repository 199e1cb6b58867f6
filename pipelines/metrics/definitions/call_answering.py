"""Telephone calls answered.

Frame, one row per category and period: ``category``, ``category_id``, ``period``, ``complete``, ``n`` (calls to us, those given up at once
left out), ``hits`` (answered by a person), ``value`` (share), ``low``, ``high`` (Wilson), ``abandoned`` (the caller gave up),
``abandoned_share``, ``abandoned_low``, ``abandoned_high``, ``in_time`` (answered within 30 seconds), ``in_time_share``, ``elsewhere``
(voicemail, busy and the like), ``short`` (given up within 5 seconds; not in n).
"""

from __future__ import annotations

from pipelines.metrics.declare import GRAINS, Answer, Metric
from pipelines.metrics.engine import Ask
from pipelines.metrics.shares import shares
from pipelines.statistics import proportions

SETTINGS = {"short_seconds": 5, "in_time_seconds": 30}
_SHORT = "abandoned and coalesce(wait_s <= 5, false)"


def answer(ask: Ask) -> Answer:
    """Share of calls that a person answered."""
    counts = {
        "abandoned": f"abandoned and not ({_SHORT})",
        "in_time": "answered and wait_s <= 30",
        "timed": "answered and wait_s is not null",
        "short": _SHORT,
        "untold": "loss_unknown",
    }
    frame = shares(ask, "answered", f"not ({_SHORT})", counts)
    frame["elsewhere"] = frame["n"] - frame["hits"] - frame["abandoned"] - frame["untold"]
    judged = frame["n"].where(frame["untold"] == 0)
    frame["abandoned_share"] = proportions.share(frame["abandoned"], judged)
    frame["abandoned_low"], frame["abandoned_high"] = proportions.interval(frame["abandoned"], judged)
    known = frame["n"].where(frame["timed"] == frame["hits"], frame["n"] - frame["hits"] + frame["timed"])
    frame["in_time_share"] = proportions.share(frame["in_time"], known)
    short = int(frame["short"].sum())
    told = [f"{short:,} calls were given up within 5 seconds and are not counted."] if short else []
    unknown = int(
        ask.frame("select count(*) as n from scoped where direction = 'inbound' and unknown_end")["n"].iloc[0]
    )
    if unknown:
        told.append(f"Of {unknown:,} calls the file does not say how they ended: not counted.")
    if untold := int(frame["untold"].sum()):
        told.append(f"Of {untold:,} calls that nobody answered the file does not say whether the caller gave up.")
    return Answer(frame.drop(columns=["timed", "untold"]), tuple(told), int(frame["n"].sum()))


METRIC = Metric(
    name="call_answering",
    label="Calls answered",
    question="When somebody calls, does a person answer?",
    description="Share of incoming calls that a person answered, with those in which the caller gave up and those answered within 30 seconds.",
    numerator="calls that a person answered",
    denominator="incoming calls, without those given up within 5 seconds",
    unit="share",
    window="by the local day of the call",
    edge_cases=(
        "The legs of a call are one call; an attendant, a queue or a mailbox is no person.",
        "A call of which the log tells only that an attendant took it has an end nobody told, and is not counted.",
        "A voicemail is neither answered nor given up.",
        "Where a telephone log tells of no call what came of it, who was talked with was answered; whether the others gave up is not known.",
        "Calls among ourselves and calls we make are left out.",
        "Whose name the telephone shows as a practice's is known to be one; anybody else may be one too.",
    ),
    source="Wilson interval (1927); short abandons left out as call centres do.",
    dimensions=("site", "line", "practice"),
    grains=GRAINS,
    answer=answer,
    columns={
        "hits": "answered by a person", "abandoned": "the caller gave up", "abandoned_share": "share of calls", "abandoned_low": "lower end of its interval",
        "abandoned_high": "upper end of its interval", "in_time": "answered within 30 seconds", "in_time_share": "share of calls whose wait is known",
        "elsewhere": "voicemail, busy and the like", "short": "given up within 5 seconds",
    },
    relation="phone_call",
    population="direction = 'inbound' and not unknown_end",
    picks={"answered": "cast(answered as varchar) = lower($pick)", "abandoned": "cast(abandoned as varchar) = lower($pick)"},
    settings=SETTINGS,
    chart="trend",
)  # fmt: skip
