"""Exams, looks at them, sessions, calls and campaigns of the screens' network, with dice of their own."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

Rows = dict[str, list[dict[str, Any]]]
MODALITIES = ("CT", "MR", "US", "DX")
CAMPAIGNS = ("Heart study search", "[Memory](http://tracker.example) video", "Practice mailing")


def add(rows: Rows, last: dt.date, practices: int) -> None:
    """Puts the rows of seven tables, and the questions about exams, beside those there are."""
    dice = random.Random(41)
    for name in ("imaging_study", "share_event", "collab_session", "campaign", "campaign_spend", "lead", "call"):
        rows[name] = []
    for number, referral in enumerate(row for row in rows["referral"] if row["referral_id"] % 3 == 0):
        _exam(dice, number, referral, rows)
    for number in range(400):
        _call(dice, number, last, practices, rows)
    for number, name in enumerate(CAMPAIGNS, start=1):
        rows["campaign"].append(
            {
                "campaign_id": number,
                "name": name,
                "medium": "search",
                "audience": "patients",
                "start_on": last - dt.timedelta(300),
                "study_id": number,
            }
        )
        for day in range(0, 300, 3):
            rows["campaign_spend"].append({
                "campaign_id": number, "spent_on": last - dt.timedelta(day), "spend": 40.0 + 10 * number, "currency": "USD", "impressions": 900, "clicks": 30,
            })  # fmt: skip
    for referral in rows["referral"]:
        if referral["referral_id"] % 4 == 0:
            _lead(dice, referral, rows)


def _exam(dice: random.Random, number: int, referral: dict[str, Any], rows: Rows) -> None:
    key = str(uuid.UUID(int=10**6 + number))
    ended = referral["received_at"] + dt.timedelta(days=6, minutes=dice.randrange(240))
    final = ended + dt.timedelta(minutes=dice.randrange(30, 3000))
    rows["imaging_study"].append({
        "study_uid_hash": key, "told_by": "ris", "referral_id": referral["referral_id"], "site_id": referral["performer_site_id"],
        "requester_org_id": referral["requester_org_id"], "modality": dice.choice(MODALITIES), "exam_end_at": ended, "exam_end_on": ended.date(), "final_at": final,
        "delivered_at": final + dt.timedelta(minutes=dice.randrange(200)), "protocol_changed": dice.random() < 0.05, "addendum_count": 0,
    })  # fmt: skip
    shares = [("shared", "staff", final)]
    if dice.random() < 0.7:
        shares.append(("viewed", "referrer", final + dt.timedelta(hours=dice.randrange(1, 90))))
    rows["share_event"] += [
        {"study_uid_hash": key, "action": action, "actor_role": role, "occurred_at": when}
        for action, role, when in shares
    ]
    if dice.random() < 0.1:
        rows["collab_session"].append({
            "session_id": number, "study_uid_hash": key, "invited_at": final, "invited_on": final.date(), "host_role": "radiologist",
            "joined_at": final + dt.timedelta(minutes=4) if dice.random() < 0.6 else None, "outcome": None,
        })  # fmt: skip
    if dice.random() < 0.5:
        rows["communication"].append({
            "communication_id": 10**7 + number, "referral_id": referral["referral_id"], "kind": "confirm_exam", "sent_at": final, "sent_on": final.date(),
            "answer": dice.choice(("yes", "yes", "no", None)),
        })  # fmt: skip


def _call(dice: random.Random, number: int, last: dt.date, practices: int, rows: Rows) -> None:
    start = dt.datetime.combine(last - dt.timedelta(dice.randrange(330)), dt.time(13)) + dt.timedelta(
        minutes=dice.randrange(500)
    )
    answered = dice.random() < 0.85
    rows["call"].append({
        "call_id": number, "site_id": dice.randrange(1, 5), "line": "Referral line", "direction": "inbound", "started_at": start, "started_on": start.date(),
        "queued_s": dice.randrange(90), "ring_s": 8, "hold_s": 0, "talk_s": 120 if answered else 0, "answered": answered, "abandoned": not answered,
        "caller_org_id": dice.randrange(1, practices + 1) if dice.random() < 0.6 else None, "legs": 1,
    })  # fmt: skip


def _lead(dice: random.Random, referral: dict[str, Any], rows: Rows) -> None:
    when = referral["received_at"] - dt.timedelta(days=2)
    rows["lead"].append({
        "lead_id": referral["referral_id"], "campaign_id": dice.randrange(1, 4), "patient_key": referral["patient_key"], "created_at": when, "created_on": when.date(),
        "status": dice.choice(("new", "qualified", "not_qualified", "referred")),
    })  # fmt: skip
