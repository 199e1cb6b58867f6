"""Exams, questions about them, and sessions once more, slowly, in plain Python, from canonical rows."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from typing import Any

from oracle import promises
from pipelines import business_time

Row = dict[str, Any]
Facts = dict[str, list[Row]]
NOBODY = {"technologist", "radiologist", "staff", "admin", "bot", "patient"}


def zone(site: int | None) -> zoneinfo.ZoneInfo:
    """The clock of a site, New York's where none is known."""
    return zoneinfo.ZoneInfo(
        next((row["time_zone"] for row in promises.SITES if row["site_id"] == site), "America/New_York")
    )


def over(site: int | None, day: dt.date) -> dt.datetime:
    """When a day is over at a site (naive UTC)."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone(site))
    return midnight.astimezone(dt.UTC).replace(tzinfo=None)


def exams(facts: Facts, as_of: dt.date) -> list[Row]:
    """Every exam that had ended, with what was known of it by then; the worklist's word before the archive's."""
    found: dict[str, Row] = {}
    for row in sorted(facts["imaging_study"], key=lambda row: row["told_by"] == "ris"):
        known = found.setdefault(row["study_uid_hash"], {})
        known.update({name: value for name, value in row.items() if value is not None})
    return [_judged(facts, row, as_of) for row in found.values() if row["exam_end_on"] <= as_of]


def _judged(facts: Facts, row: Row, as_of: dt.date) -> Row:
    end = over(row.get("site_id"), as_of)
    final, delivered = (
        at if (at := row.get(name)) is not None and at < end else None for name in ("final_at", "delivered_at")
    )
    exam = row | {"final_at": final, "delivered_at": delivered, "over": end}
    exam["turnaround_error"] = final is not None and final < row["exam_end_at"]
    exam["delivery_error"] = final is not None and delivered is not None and delivered < final
    exam |= _looks(facts, exam)
    return exam


def _looks(facts: Facts, exam: Row) -> Row:
    events = [
        row
        for row in facts["share_event"]
        if row["study_uid_hash"] in (exam["study_uid_hash"], exam.get("accession_hash"))
        and row["occurred_at"] < exam["over"]
    ]
    shared = min((row["occurred_at"] for row in events if row["action"] == "shared"), default=None)
    looks = [
        row["occurred_at"]
        for row in events
        if row["action"] in ("viewed", "annotated", "exported") and _theirs(row, exam)
    ]
    if shared is None:
        return {"shared_at": None, "viewed_at": None, "view_error": False}
    return {
        "shared_at": shared, "viewed_at": min((at for at in looks if at >= shared), default=None), "view_error": any(at < shared for at in looks),
    }  # fmt: skip


def _theirs(event: Row, exam: Row) -> bool:
    if event["actor_role"] in NOBODY:
        return False
    if event["actor_org_id"] is None:
        return event["actor_role"] in ("referrer", "referrer_staff")
    return bool(event["actor_org_id"] == exam.get("requester_org_id"))


def minutes(exam: Row, measure: str, clock: str) -> int | None:
    """Whole minutes of one interval on one clock; None where it is not known or runs backwards."""
    begin, end, wrong = (
        (exam["exam_end_at"], exam["final_at"], exam["turnaround_error"])
        if measure == "exam end to final report"
        else (exam["final_at"], exam["delivered_at"], exam["delivery_error"])
    )
    if begin is None or end is None or wrong:
        return None
    if clock == "by the clock":
        return int((end - begin).total_seconds() // 60)
    return business_time.minutes(promises.calendar(exam.get("site_id")), begin, end)


def quantile(values: list[int], numerator: int, denominator: int) -> float:
    """The value that so many of all do not exceed, the mean of two where it falls between them."""
    ordered = sorted(values)
    whole, rest = divmod(numerator * len(ordered), denominator)
    if rest or whole == 0:
        return float(ordered[whole])
    return (ordered[whole - 1] + ordered[min(whole, len(ordered) - 1)]) / 2


def look_hours(exam: Row) -> tuple[int, int]:
    """(hours, 1 looked at | 0 not yet)."""
    if exam["viewed_at"] is not None:
        hours = max(1, math.ceil((exam["viewed_at"] - exam["shared_at"]).total_seconds() / 3600))
        return (hours, 1) if hours <= 720 else (721, 0)
    return min(721, int((exam["over"] - exam["shared_at"]).total_seconds() // 3600)), 0


def questions(facts: Facts, as_of: dt.date) -> list[str | None]:
    """The answer of each referral that counts and was asked about, as far as it had come by then."""
    void = {row["referral_id"] for row in facts["referral"] if row.get("void")}
    asked: dict[int, list[tuple[dt.date, dt.datetime, int, str]]] = {}
    for row in facts["communication"]:
        if row["kind"] == "confirm_exam" and row["sent_on"] <= as_of and row["referral_id"] not in void:
            answers = asked.setdefault(row["referral_id"], [])
            day = row["answered_on"] or row["sent_on"]
            if row["answer"] and day <= as_of:
                answers.append((day, row["sent_at"], row["communication_id"], row["answer"]))
    return [max(answers)[3] if answers else None for answers in asked.values()]
