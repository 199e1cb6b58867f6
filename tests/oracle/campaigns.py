"""Campaigns and calls once more, slowly, in plain Python, from canonical rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

Row = dict[str, Any]
Facts = dict[str, list[Row]]
QUALIFIED = ("qualified", "referred")


def leads(facts: Facts, as_of: dt.date) -> list[Row]:
    """One row per person (or answer nobody can be told from) and campaign, with what came of it."""
    answers = [_as_of(row, as_of) for row in facts["lead"] if row["created_on"] <= as_of and row["status"] != "void"]
    found: dict[tuple[Any, ...], Row] = {}
    for row in sorted(answers, key=lambda row: (row["created_at"], row["lead_id"])):
        who = row["patient_key"] or (
            f"practice {row['organization_id']}" if row["organization_id"] else f"answer {row['lead_id']}"
        )
        found.setdefault((row["campaign_id"], who), row)
    return [_judged(facts, answers, row, as_of) for row in found.values()]


def _as_of(row: Row, as_of: dt.date) -> Row:
    known = row["status_on"] is None or row["status_on"] <= as_of
    return row | {"status": row["status"] if known else "new"}


def _judged(facts: Facts, answers: list[Row], lead: Row, as_of: dt.date) -> Row:
    person = lead["patient_key"]
    enrolled, says = _randomised(facts, person, as_of)
    after = enrolled is not None and enrolled >= lead["created_on"]
    mine = [row for row in answers if person and row["patient_key"] == person]
    contacts = [(row["created_at"], row["campaign_id"], row["created_on"]) for row in mine]
    contacts += [
        (row["received_at"], -1, row["received_on"])
        for row in facts["referral"]
        if person and row["patient_key"] == person and row["source_id"] != 2 and row["received_on"] <= as_of
    ]
    before = [one for one in contacts if enrolled is None or one[2] <= enrolled]
    campaigns = [one for one in before if one[1] != -1]
    theirs = mine or [
        row
        for row in answers
        if lead["organization_id"] and not row["patient_key"] and row["organization_id"] == lead["organization_id"]
    ]
    own = [row for row in theirs if row["campaign_id"] == lead["campaign_id"]] or [lead]
    last = max(own, key=lambda row: (row["created_at"], row["lead_id"]))
    return lead | {
        "last_status": last["status"], "last_status_on": last["status_on"] or last["created_on"], "by_practice": not person and bool(lead["organization_id"]),
        "qualified": after or any(row["status"] in QUALIFIED for row in own),
        "randomised_on": enrolled if after else None, "time_error": enrolled is not None and not after,
        "first contact": after and min(contacts)[1] == lead["campaign_id"],
        "last contact": after and bool(before) and max(before)[1] == lead["campaign_id"],
        "as stated": after and says and bool(campaigns) and max(campaigns)[1] == lead["campaign_id"],
        "new_practice": lead["organization_id"] if _began(facts, lead, as_of) else None,
    }  # fmt: skip


def _randomised(facts: Facts, person: Any, as_of: dt.date) -> tuple[dt.date | None, bool]:
    """The person's first randomisation by then, and whether a log of theirs that knows of one says a campaign."""
    days, says = [], False
    for subject in facts["research_subject"]:
        if person is None or subject["patient_key"] != person:
            continue
        own = [
            row["occurred_on"]
            for row in facts["subject_event"]
            if row["subject_id"] == subject["subject_id"] and row["occurred_on"] <= as_of
        ]
        days += own
        says = says or bool(own and subject["source_kind"] == "campaign")
    return min(days, default=None), says


def _began(facts: Facts, lead: Row, as_of: dt.date) -> bool:
    days = [
        row["received_on"]
        for row in facts["referral"]
        if row["requester_org_id"]
        and row["requester_org_id"] == lead["organization_id"]
        and row["received_on"] <= as_of
    ]
    return bool(days) and min(days) >= lead["created_on"]


def waited(call: Row) -> int | None:
    """Seconds in the queue and ringing."""
    if call["queued_s"] is None and call["ring_s"] is None:
        return None
    return (call["queued_s"] or 0) + (call["ring_s"] or 0)
