"""A small invented network as canonical rows, loaded without files: what the pages are tested on.

A few names are hostile on purpose: whatever a file says must reach a screen as text.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd

from pipelines.model import create_table_sql, table
from pipelines.workspace import Workspace
from screens import imaging

LAST = dt.date(2026, 6, 17)
FIRST = dt.date(2024, 5, 1)
IMAGE = "![free](http://tracker.example/pixel.png) Clinic"
SCRIPT = "<img src=x onerror=alert(1)> & Sons"
FORMULA = '=HYPERLINK("http://tracker.example","pay")'
SITES = ("Riverside", "Hillcrest", "Bay View", "North Shore")
STUDIES = (("CARD-101", "Cardiology"), ("ONC-202", "Oncology"), ("NEU-303", "Neurology"))
PRACTICES = (IMAGE, SCRIPT, FORMULA, *(f"{name} Family Medicine" for name in (
    "Ash", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Gum", "Hazel", "Ivy", "Juniper", "Kapok", "Larch", "Maple", "Nutmeg",
    "Oak", "Pine", "Quince", "Rowan", "Spruce", "Teak", "Upas")))  # fmt: skip
CHANNELS = ("fax", "portal", "phone", "ehr", "unknown")
SPECIALTIES = ("Cardiology", "Family Medicine", "Internal Medicine", "Neurology")
COMMENT = "Quick answers. [click](http://tracker.example) **bold** <b>x</b>"
LEAVING = (("declined", "not interested"), ("screen_failed", "excluded medication"), ("lost", "unreachable by phone"))

Rows = dict[str, list[dict[str, Any]]]


def tables(seed: int = 7, referrals: int = 900) -> Rows:
    """Canonical rows of every table the charts need, the same for a seed."""
    dice = random.Random(seed)
    rows: Rows = {
        "site": [{"site_id": i + 1, "code": f"S{i + 1:02d}", "name": name, "time_zone": "America/New_York"} for i, name in enumerate(SITES)],
        "research_study": [
            {"study_id": i + 1, "code": code, "title": f"A study of {area.lower()}", "therapeutic_area": area, "target_enrol": 80}
            for i, (code, area) in enumerate(STUDIES)
        ],
        "organization": [{"organization_id": i + 1, "name": name, "kind": "practice"} for i, name in enumerate(PRACTICES)],
        "practitioner": [
            {"practitioner_id": i + 1, "family_name": f"Doe{i:02d}", "given_name": "Ann", "specialty": SPECIALTIES[i % 4]}
            for i in range(len(PRACTICES))
        ],
        "practitioner_role": [{"practitioner_id": i + 1, "organization_id": i + 1} for i in range(len(PRACTICES))],
        "referral_source": [
            {"source_id": i + 1, "kind": "practitioner", "practitioner_id": i + 1, "organization_id": i + 1} for i in range(len(PRACTICES))
        ],
    }  # fmt: skip
    for name in ("referral", "referral_event", "research_subject", "subject_event", "communication", "appointment"):
        rows[name] = []
    for number in range(1, referrals + 1):
        _refer(dice, number, rows)
    rows["touch"] = [_touch(dice, number) for number in range(1, 121)]
    _survey(dice, rows)
    imaging.add(rows, LAST, len(PRACTICES))
    _accounts(random.Random(seed), rows)
    return rows


def _refer(dice: random.Random, number: int, rows: Rows) -> None:
    practice = min(int(dice.expovariate(0.16)), len(PRACTICES) - 1)
    span = (LAST - FIRST).days - (160 if practice in (1, 4) else 0)  # two practices have gone quiet
    received = dt.datetime.combine(FIRST, dt.time(14, 30)) + dt.timedelta(
        days=dice.randrange(span), minutes=dice.randrange(240)
    )
    study = dice.randrange(1, 4)
    known = dice.random() > 0.06
    rows["referral"].append({
        "referral_id": number, "source_key": f"R{number:05d}", "direction": "in", "patient_key": str(uuid.UUID(int=number)),
        "source_id": practice + 1 if known else None, "requester_practitioner_id": practice + 1 if known else None,
        "requester_org_id": practice + 1 if known else None, "performer_site_id": dice.randrange(1, 5), "study_id": study,
        "intent": "research", "channel": dice.choice(CHANNELS), "received_at": received, "received_on": received.date(),
        "void": dice.random() < 0.01,
    })  # fmt: skip
    if dice.random() < 0.85:
        rows["referral_event"].append(
            _event(number, "contact_made", received + dt.timedelta(days=dice.randrange(1, 6)))
        )
    if dice.random() < 0.7:
        _screen(dice, number, study, received, rows)
    _tell(random.Random(number), number, received, rows)


def _tell(dice: random.Random, number: int, received: dt.datetime, rows: Rows) -> None:
    """Messages and a visit, with dice of their own so that what comes after falls as it did before."""

    def say(kind: str, days: int) -> None:
        sent = received + dt.timedelta(days=days)
        rows["communication"].append({
            "communication_id": 10 * number + len(kind), "referral_id": number, "kind": kind, "sent_at": sent, "sent_on": sent.date(),
            "automatic": kind == "ack" and dice.random() < 0.4,
        })  # fmt: skip

    if dice.random() < 0.8:
        say("ack", dice.randrange(5))
    if dice.random() < 0.5:
        start = received + dt.timedelta(days=dice.randrange(3, 20))
        status = dice.choice(("fulfilled", "fulfilled", "noshow", "cancelled"))
        rows["appointment"].append({
            "appointment_id": number, "referral_id": number, "site_id": 1, "created_at": received, "created_on": received.date(),
            "start_at": start, "start_on": start.date(), "status": status,
        })  # fmt: skip
        if dice.random() < 0.6:
            say("report" if status == "fulfilled" else "not_kept", 24)


def _event(number: int, code: str, moment: dt.datetime) -> dict[str, Any]:
    return {"referral_id": number, "seq": 0, "code": code, "occurred_at": moment, "occurred_on": moment.date()}


def _screen(dice: random.Random, number: int, study: int, received: dt.datetime, rows: Rows) -> None:
    rows["research_subject"].append(
        {
            "subject_id": number,
            "study_id": study,
            "site_id": 1,
            "referral_id": number,
            "patient_key": str(uuid.UUID(int=number)),
        }
    )
    steps = ["prescreen_pass", "consented", "screened", "eligible", "randomized"]
    moment = received
    for code in steps[: dice.choice((1, 2, 3, 4, 5, 5))]:
        moment += dt.timedelta(days=dice.randrange(4, 20))
        rows["subject_event"].append(_milestone(number, code, moment))
    if rows["subject_event"][-1]["code"] != "randomized" and dice.random() < 0.7:
        code, reason = dice.choice(LEAVING)
        rows["subject_event"].append(_milestone(number, code, moment + dt.timedelta(days=5)) | {"reason_code": reason})


def _milestone(number: int, code: str, moment: dt.datetime) -> dict[str, Any]:
    return {"subject_id": number, "code": code, "attempt": 1, "occurred_at": moment, "occurred_on": moment.date()}


def _touch(dice: random.Random, number: int) -> dict[str, Any]:
    moment = dt.datetime.combine(LAST, dt.time(15)) - dt.timedelta(days=dice.randrange(500))
    return {
        "touch_id": number, "organization_id": dice.randrange(1, len(PRACTICES) + 1), "site_id": 1, "liaison": dice.choice(("Kim", "Lee")),
        "channel": "visit", "purpose": "introduce study", "outcome": "positive", "occurred_at": moment, "occurred_on": moment.date(),
    }  # fmt: skip


def _accounts(dice: random.Random, rows: Rows) -> None:
    """People at the desks, what was agreed, what was shown, sent and given; with dice of their own."""
    offices = range(1, len(PRACTICES) + 1)
    rows["contact_person"] = [
        {"contact_id": i, "organization_id": i, "display_name": f"Desk {i:02d}", "role": "front_desk", "is_front_line": True, "opt_out": i == 3,
         "address_key": str(uuid.UUID(int=i))}
        for i in offices
    ]  # fmt: skip
    rows["relationship"] = [
        {"source_id": i, "site_id": 1 + i % 4, "preferred_channel": dice.choice(CHANNELS[:4]), "cadence_days": dice.choice((30, 60, 120)), "tier": "A"} for i in offices
    ]  # fmt: skip
    for touch in rows["touch"]:
        if dice.random() < 0.5:
            touch["contact_id"] = touch["organization_id"]
    rows["touch_study"] = [
        {"touch_id": touch["touch_id"], "study_id": dice.randrange(1, 4), "profile_version": "1.0"}
        for touch in rows["touch"][::3]
    ]
    rows["study_profile"] = [
        {"study_id": i, "version": "1.0", "plain_text": "A study.", "irb_approved_on": FIRST} for i in (1, 2)
    ]
    rows["newsletter_event"] = [
        {"recipient_key": str(uuid.UUID(int=i)), "organization_id": i, "issue": "June", "action": action, "occurred_on": LAST - dt.timedelta(days=9),
         "occurred_at": dt.datetime.combine(LAST - dt.timedelta(days=9), dt.time(13))}
        for i in offices for action in ("sent", "delivered", *(("clicked",) if i % 3 == 0 else ()))
    ]  # fmt: skip
    rows["gift_ledger"] = [
        {"ledger_id": i, "practitioner_id": 1 + i % 5, "given_on": LAST - dt.timedelta(days=i), "description": "Working lunch", "category": "Meal",
         "fair_value_usd": 20 * (1 + i % 5), "cash_equivalent": False}
        for i in range(30)
    ]  # fmt: skip
    rows["enrolment_count"] = [
        {"study_id": 3, "site_id": 4, "as_of_on": LAST - dt.timedelta(days=30 * back), "screened": 30 - 2 * back, "screen_failed": 12 - back, "enrolled": 14 - back}
        for back in range(6)
    ]  # fmt: skip


def _survey(dice: random.Random, rows: Rows) -> None:
    rows["survey"] = [{"survey_id": 1, "name": "Referrer survey"}]
    for name in ("survey_invite", "survey_response", "survey_answer"):
        rows[name] = []
    for number in range(1, 241):
        sent = LAST - dt.timedelta(days=dice.randrange(720))
        practice, site = dice.randrange(1, len(PRACTICES) + 1), dice.randrange(1, 5)
        rows["survey_invite"].append({"invite_id": number, "survey_id": 1, "organization_id": practice, "site_id": site, "sent_on": sent, "delivered": dice.random() > 0.05})  # fmt: skip
        if dice.random() < 0.55:
            done = dt.datetime.combine(sent, dt.time(16)) + dt.timedelta(days=dice.randrange(1, 9))
            rows["survey_response"].append({
                "response_id": number, "survey_id": 1, "invite_id": number, "organization_id": practice, "site_id": site,
                "completed_at": done, "completed_on": done.date(), "anonymous": number % 5 == 0,
            })  # fmt: skip
            rows["survey_answer"] += _answers(dice, number)


def _answers(dice: random.Random, number: int) -> Iterable[dict[str, Any]]:
    yield {"response_id": number, "item_code": "nps", "item_label": "How likely are you to recommend us?", "kind": "nps", "scale_max": 10, "value_num": float(dice.choice((4, 6, 7, 8, 9, 9, 10, 10)))}  # fmt: skip
    for code, label in (("overall", "Overall, how satisfied are you?"), ("reply", "How quickly do we answer?")):
        yield {"response_id": number, "item_code": code, "item_label": label, "kind": "rating", "scale_max": 5, "value_num": float(dice.choice((2, 3, 4, 5, 5)))}  # fmt: skip
    if dice.random() < 0.3:
        yield {
            "response_id": number,
            "item_code": "comment",
            "item_label": "Anything else?",
            "kind": "comment",
            "value_text": COMMENT,
        }


def put(workspace: Workspace, rows: Rows, *, name: str = "network.csv", rejected: int = 3) -> int:
    """Record ``rows`` as one load, as a mapped file would leave them, and publish; returns the load's number."""
    file_id = hashlib.sha256(f"{name} {workspace.ledger.revision}".encode()).hexdigest()
    size = len(rows["referral"])
    counts = {"rows_in": size + rejected, "rows_loaded": size, "rows_rejected": rejected, "rows_duplicate": 0}
    detail = {
        "choices": {},
        "decisions": ["Dates are read as month first."],
        "notes": [],
        "findings": [],
        "received_at": "2026-06-18T12:00:00",
    }
    load_id = workspace.ledger.begin_load(
        file_id=file_id,
        part="",
        file_name=name,
        source="referral_log",
        system="log",
        by="test",
        counts=counts,
        detail=detail,
    )
    folder = workspace.record / str(load_id)
    folder.mkdir(parents=True)
    for table_name, found in rows.items():
        frame = pd.DataFrame(found).assign(
            source_system="test", source_file_id=file_id, source_row=range(2, len(found) + 2),
            row_hash=[int(hashlib.md5(repr(row).encode()).hexdigest()[:15], 16) for row in found], ingested_at=dt.datetime(2026, 6, 17, 22, 0),
        )  # fmt: skip
        with duckdb.connect() as con:
            con.execute(create_table_sql(table(table_name), "made"))
            con.register("found", frame)
            con.execute("insert into made by name select * from found")
            con.execute(f"copy made to '{folder / f'{table_name}.parquet'}' (format parquet)")
    workspace.ledger.activate(load_id, "test")
    workspace.warehouse.publish()
    return load_id
