"""The promises once more, slowly, in plain Python, from the facts: referrals, events, messages and appointments."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator
from typing import Any

from pipelines import business_time

Row = dict[str, Any]
Facts = dict[str, list[Row]]
MESSAGES = {"ack": "acknowledged", "appt_set": "appt_notice", "report": "report_sent", "kept": "outcome_notice",
            "not_kept": "outcome_notice"}  # fmt: skip


SITES: list[Row] = [
    {"site_id": 1, "name": "North", "time_zone": "America/New_York"},
    {"site_id": 2, "name": "West", "time_zone": "America/Los_Angeles", "holiday_calendar": "US-CA", "opens_min": 420, "closes_min": 960},
    {"site_id": 3, "name": "Abroad", "time_zone": "Europe/Berlin", "holiday_calendar": "DE-BE"},
    {"site_id": 4, "name": "Ever open", "time_zone": "America/Phoenix", "holiday_calendar": "none"},
]  # fmt: skip


def calendar(site: int | None) -> business_time.Calendar:
    """The calendar of a site, the default one where none is known."""
    for row in SITES:
        if row["site_id"] == site:
            return business_time.calendar(
                row.get("time_zone"), row.get("holiday_calendar"), row.get("opens_min"), row.get("closes_min")
            )
    return business_time.Calendar()


def steps(facts: Facts, referral: int, as_of: dt.date) -> Iterator[tuple[str, dt.date, bool]]:
    """(what, when, by itself) of everything known of a referral by the end of a day."""
    for row in facts["referral_event"]:
        if row["referral_id"] == referral and row["occurred_on"] <= as_of:
            yield row["code"], row["occurred_on"], False
    for row in facts["communication"]:
        if row.get("referral_id") == referral and row["sent_on"] <= as_of:
            yield MESSAGES.get(row["kind"], row["kind"]), row["sent_on"], bool(row.get("automatic"))
            if row["kind"] == "report" and row.get("received_on") and row["received_on"] <= as_of:
                yield "report_ack", row["received_on"], False


def visits(facts: Facts, referral: int, as_of: dt.date) -> list[Row]:
    """Its appointments as far as they had been booked, and their state recorded, by then."""
    return [row for row in facts["appointment"] if row["referral_id"] == referral and known(row, as_of)]


def known(visit: Row, as_of: dt.date) -> bool:
    """Whether an appointment was known by the end of a day, as its site has days."""
    if visit["status"] == "void":  # entered in error: it never was
        return False
    return bool(visit["created_on"] <= as_of and (visit["recorded_at"] is None or local_day(visit) <= as_of))


def local_day(visit: Row) -> dt.date:
    """The site's day on which the state of an appointment was recorded."""
    zone = zoneinfo.ZoneInfo(calendar(visit["site_id"]).time_zone)
    return visit["recorded_at"].replace(tzinfo=dt.UTC).astimezone(zone).date()  # type: ignore[no-any-return]


def first(days: Iterable[dt.date | None]) -> dt.date | None:
    """The earliest of those that are known."""
    return min((day for day in days if day is not None), default=None)


def loop(facts: Facts, referral: Row, as_of: dt.date) -> Row:
    """What the loop of one referral came to."""
    happened = list(steps(facts, referral["referral_id"], as_of))
    booked = visits(facts, referral["referral_id"], as_of)
    of = calendar(referral["performer_site_id"])
    came = referral["received_on"]

    def on(code: str) -> list[dt.date]:
        return [day for what, day, _ in happened if what == code]

    def after(days: Iterable[dt.date], since: dt.date | None) -> dt.date | None:
        return first(day for day in days if since is not None and day >= since)

    def apart(one: dt.date | None, other: dt.date | None) -> int | None:
        return None if one is None or other is None else business_time.between(of, one, other)

    acked, by_person = (
        first(on("acknowledged")),
        first(day for what, day, auto in happened if what == "acknowledged" and not auto),
    )
    made = first(
        [*on("scheduled"), *on("rescheduled"), *(row["created_on"] for row in booked if row["status"] != "proposed")]
    )
    kept = first([*on("kept"), *on("completed"),
                  *(row["start_on"] for row in booked if row["status"] in ("arrived", "fulfilled") and row["start_on"] <= as_of)])  # fmt: skip
    scheduled = first([made, kept])  # who walks in is scheduled and seen at once, and nobody can announce it
    announced = -1 if scheduled and made != scheduled else apart(scheduled, after(on("appt_notice"), scheduled))
    report = after(on("report_sent"), kept)
    return {
        "ack_bd": -1 if acked and acked < came else apart(came, acked),
        "person_ack_bd": -1 if by_person and by_person < came else apart(came, by_person),
        "followed_bd": apart(came, as_of), "scheduled_on": scheduled if scheduled and scheduled >= came else None,
        "scheduled_day": (scheduled - came).days if scheduled else None,
        "set_notice_bd": announced, "notice_followed_bd": apart(scheduled, as_of),
        "kept_on": kept if kept and kept >= came else None, "report_on": report,
        "report_day": (report - kept).days if report and kept else None,
        "first_start_at": came_at(facts, referral, [row for row in booked if row["status"] != "proposed"], as_of),
        "any_report_on": after(on("report_sent"), came),
    }  # fmt: skip


def came_at(facts: Facts, referral: Row, booked: list[Row], as_of: dt.date) -> dt.datetime | None:
    """When the patient's first visit starts, or when they were seen before the day of it."""
    start = min((row["start_at"] for row in booked), default=None)
    seen = [row for row in facts["referral_event"] if row["referral_id"] == referral["referral_id"] and row["code"] == "kept"
            and row["occurred_on"] <= as_of]  # fmt: skip
    day, booked_on = first(row["occurred_on"] for row in seen), first(row["start_on"] for row in booked)
    if day is None or (booked_on is not None and day >= booked_on):
        return start
    at: dt.datetime = min(row["occurred_at"] for row in seen)
    return max(at, referral["received_at"]) if day == referral["received_on"] else at


def was_late(facts: Facts, referral: Row, as_of: dt.date) -> bool:
    """Whether a step of one referral came, or has still not come, later than promised (none of these ends before it is done)."""
    happened = list(steps(facts, referral["referral_id"], as_of))
    booked = visits(facts, referral["referral_id"], as_of)
    loop_of, of, came = loop(facts, referral, as_of), calendar(referral["performer_site_id"]), referral["received_on"]

    def days(*codes: str) -> list[dt.date]:
        return [day for what, day, _ in happened if what in codes]

    def over(since: dt.date | None, until: dt.date | None, limit: int) -> bool:
        return since is not None and business_time.between(of, since, until or as_of) > limit

    acked = first(days("acknowledged"))
    ack_late = over(came, acked if acked and acked >= came else None, 2)
    made = [*days("scheduled", "rescheduled"), *(row["created_on"] for row in booked if row["status"] != "proposed")]
    kept = first([*days("kept", "completed"), *(row["start_on"] for row in booked
                  if row["status"] in ("arrived", "fulfilled") and row["start_on"] <= as_of)])  # fmt: skip
    contact_late = over(first(days("accepted")), first([first(days("contact_made")), first(made), kept]), 3)
    missed = max([*days("no_show"), *(row["start_on"] for row in booked if row["status"] == "noshow" and row["start_on"] <= as_of)], default=None)  # fmt: skip
    miss_late = False
    if missed and not (kept and kept >= missed):
        again = max([*days("scheduled", "rescheduled"), *(row["created_on"] for row in booked)], default=None)
        told = first(day for day in days("outcome_notice", "report_sent", "handback") if day >= missed)
        miss_late = over(missed, first([again if again and again >= missed else None, told]), 3)
    ends = first([loop_of["scheduled_on"], loop_of["kept_on"]]) or as_of + dt.timedelta(1)
    urgent_late = referral["priority"] != "routine" and (ends - came).days > 1
    report_late = over(loop_of["kept_on"], loop_of["report_on"], 5)
    return ack_late or contact_late or miss_late or urgent_late or report_late


def outcome(visit: Row, as_of: dt.date) -> str:
    """What has come of an appointment."""
    of = calendar(visit["site_id"])
    if visit["status"] in ("arrived", "fulfilled") and visit["start_on"] <= as_of:
        return "kept"
    if visit["status"] in ("noshow", "left_unseen"):
        return {"noshow": "no_show"}.get(visit["status"], visit["status"])
    if visit["status"] == "cancelled":
        told = visit.get("recorded_at")
        late = told is not None and dt.timedelta() < visit["start_at"] - told < dt.timedelta(hours=24)
        return "cancelled_late" if late else "cancelled"
    return "unresolved" if business_time.between(of, visit["start_on"], as_of) > 1 else "to_come"


def told_after(facts: Facts, visit: Row, as_of: dt.date) -> int | None:
    """Business days from an appointment to the first outcome notice at or after it; that the patient came does not tell
    of a visit that was missed, nor the other way round."""
    kept = visit["status"] in ("arrived", "fulfilled")
    days = [row["occurred_on"] for row in facts["referral_event"] if row["referral_id"] == visit["referral_id"] and row["code"] == "outcome_notice"]  # fmt: skip
    days += [row["sent_on"] for row in facts["communication"] if row.get("referral_id") == visit["referral_id"] and row["kind"] == ("kept" if kept else "not_kept")]  # fmt: skip
    days = [day for day in days if visit["start_on"] <= day <= as_of]
    return business_time.between(calendar(visit["site_id"]), visit["start_on"], min(days)) if days else None
