"""Every imaging metric, built from canonical rows through the marts, against a slow calculation from the same rows."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from oracle import imaging, plain, promises
from oracle.network import Facts
from pipelines.generation import describe
from pipelines.metrics import Scope, compute, rows

ALL = Scope.everything()
CUT = dt.date(2026, 3, 10)  # two days after clocks went forward in America
FEW = settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
DAYS = st.sampled_from([dt.date(2026, 2, 13), *(dt.date(2026, 3, 4) + dt.timedelta(place) for place in range(8))])
ROLES = ("referrer", "referrer_staff", "technologist", "radiologist", "bot", "staff", "unknown", "patient")
LOOK = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from([None, 1, 2]),
    st.integers(-90, 9000),
    st.sampled_from(["viewed", "exported", "failed", "annotated"]),
)
CASE = st.fixed_dictionaries({
    "day": DAYS, "second": st.integers(0, 86_399), "site": st.sampled_from([None, 1, 2, 3, 4]), "practice": st.sampled_from([None, 1, 2]),
    "final": st.none() | st.integers(-40, 7000), "delivered": st.none() | st.integers(-40, 2000), "archive": st.booleans(), "by_accession": st.booleans(),
    "shared": st.none() | st.integers(0, 3000), "looks": st.lists(LOOK, max_size=4), "changed": st.sampled_from([None, True, False]), "addenda": st.integers(0, 2), "void": st.booleans(),
    "asked": st.lists(st.tuples(st.integers(0, 6), st.sampled_from([None, "yes", "no"]), st.none() | st.integers(0, 5)), max_size=2),
    "session": st.none() | st.tuples(st.integers(0, 600), st.none() | st.integers(-9, 60), st.integers(-3, 60), st.sampled_from([None, "joined", "declined"])),
})  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> Facts:
    made = Facts(CUT, promises.SITES)
    made._insert(
        "organization",
        [{"organization_id": number, "name": f"Practice {number}", "kind": "practice"} for number in (1, 2)],
    )
    describe(made.con, ())
    return made


def key(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


def network(cases: list[dict[str, Any]]) -> imaging.Facts:
    """Canonical rows of the cases."""
    facts: imaging.Facts = {
        name: [] for name in ("referral", "communication", "imaging_study", "share_event", "collab_session")
    }
    for number, case in enumerate(cases, start=1):
        ended = dt.datetime.combine(case["day"], dt.time()) + dt.timedelta(seconds=case["second"])
        local = ended.replace(tzinfo=dt.UTC).astimezone(imaging.zone(case["site"])).date()
        facts["referral"].append({
            "referral_id": number, "direction": "in", "intent": "clinical", "received_at": ended - dt.timedelta(days=9), "received_on": local - dt.timedelta(days=9),
            "patient_key": key(number), "void": case["void"],
        })  # fmt: skip
        exam = {"study_uid_hash": key(number), "exam_end_at": ended, "exam_end_on": local, "modality": "CT"}
        final = None if case["final"] is None else ended + dt.timedelta(minutes=case["final"], seconds=17)
        delivered = (
            None if final is None or case["delivered"] is None else final + dt.timedelta(minutes=case["delivered"])
        )
        facts["imaging_study"].append(exam | {
            "told_by": "ris", "accession_hash": key(500 + number), "referral_id": number, "site_id": case["site"], "requester_org_id": case["practice"],
            "final_at": final, "delivered_at": delivered, "protocol_changed": case["changed"], "addendum_count": case["addenda"],
        })  # fmt: skip
        if case["archive"]:  # says less, and later
            facts["imaging_study"].append(exam | {"told_by": "archive", "exam_end_at": ended - dt.timedelta(minutes=3)})
        logged = key(500 + number) if case["by_accession"] else key(number)
        began = ended + dt.timedelta(minutes=case["shared"] or 0)
        events = [("shared", "staff", None, began)] if case["shared"] is not None else []
        events += [
            (action, role, org, began + dt.timedelta(minutes=minute)) for role, org, minute, action in case["looks"]
        ]
        facts["share_event"] += [
            {"study_uid_hash": logged, "action": action, "actor_role": role, "actor_org_id": org, "occurred_at": when}
            for action, role, org, when in events
        ]
        for turn, (later, answer, wait) in enumerate(case["asked"]):
            sent = local + dt.timedelta(days=later)
            facts["communication"].append({
                "communication_id": 10 * number + turn, "referral_id": number, "kind": "confirm_exam", "sent_at": dt.datetime.combine(sent, dt.time(15)), "sent_on": sent,
                "answer": answer, "answered_on": None if wait is None else sent + dt.timedelta(days=wait),
            })  # fmt: skip
        if case["session"]:
            later, wait, length, outcome = case["session"]
            invited = ended + dt.timedelta(minutes=later)
            joined = None if wait is None else invited + dt.timedelta(minutes=wait)
            facts["collab_session"].append({
                "session_id": number, "study_uid_hash": logged, "invited_at": invited, "invited_on": invited.date(), "joined_at": joined,
                "ended_at": None if joined is None else joined + dt.timedelta(minutes=length), "outcome": outcome,
            })  # fmt: skip
    return facts


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=7))
def test_turnaround_is_of_final_reports_on_both_clocks(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    known = imaging.exams(facts, CUT)
    frame = compute("report_turnaround", ALL, warehouse=warehouse.fill(facts)).frame
    for row in frame.itertuples():
        delivery = row.measure == "final report to delivery"
        of = [exam for exam in known if exam["final_at"] is not None] if delivery else known
        times = [found for exam in of if (found := imaging.minutes(exam, row.measure, row.clock)) is not None]
        assert row.n == len(times)
        assert row.errors == sum(exam["delivery_error" if delivery else "turnaround_error"] for exam in of)
        assert row.open == sum(exam["delivered_at" if delivery else "final_at"] is None for exam in of)
        assert row.addended == sum(exam.get("addendum_count", 0) > 0 for exam in of)
        if times:
            assert (row.value, row.p90) == (imaging.quantile(times, 1, 2), imaging.quantile(times, 9, 10))
        else:
            assert math.isnan(row.value)
    assert len(frame) or not known


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=7))
def test_the_first_look_is_the_practices_own(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    shared = [exam for exam in imaging.exams(facts, CUT) if exam["shared_at"] is not None]
    times = [imaging.look_hours(exam) for exam in shared if not exam["view_error"]]
    followed = [
        int((exam["over"] - exam["shared_at"]).total_seconds() // 3600) for exam in shared if not exam["view_error"]
    ]
    result = compute("image_views", ALL, warehouse=warehouse.fill(facts))
    for row in result.frame.itertuples():
        assert (row.n, row.followed) == (len(times), sum(hours >= row.horizon for hours in followed))
        assert row.reached == sum(what == 1 and hours <= row.horizon for hours, what in times)
        wanted = plain.incidence(times, row.horizon) if row.followed else math.nan
        assert row.value == pytest.approx(wanted, nan_ok=True)
    wrong = sum(exam["view_error"] for exam in shared)
    assert any(f"{wrong:,} were looked at before" in caveat for caveat in result.caveats) == (wrong > 0)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=7))
def test_no_answer_is_not_yes_and_a_reminder_is_no_question(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    answers, exams = imaging.questions(facts, CUT), imaging.exams(facts, CUT)
    known = [exam["protocol_changed"] for exam in exams if exam.get("protocol_changed") is not None]
    frame = compute("exam_envisioned", ALL, warehouse=warehouse.fill(facts)).frame
    assert len(frame) == bool(answers or exams)
    for row in frame.itertuples():
        assert (row.n, row.hits, row.answered) == (
            len(answers),
            answers.count("yes"),
            len(answers) - answers.count(None),
        )
        assert (row.exams, row.changed) == (len(known), sum(known))
        assert row.value == pytest.approx(answers.count("yes") / len(answers) if answers else math.nan, nan_ok=True)
        assert row.changed_per_1000 == pytest.approx(1000 * sum(known) / len(known) if known else math.nan, nan_ok=True)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=7))
def test_sessions_are_counted_per_hundred_exams(warehouse: Facts, cases: Any) -> None:
    facts = network(cases)
    exams = imaging.exams(facts, CUT)
    invited = [row for row in facts["collab_session"] if row["invited_on"] <= CUT]
    wrong = [
        row for row in invited
        if row["joined_at"] is not None and (row["joined_at"] < row["invited_at"] or (row["ended_at"] is not None and row["ended_at"] < row["joined_at"]))
    ]  # fmt: skip
    fine = [row for row in invited if row not in wrong]
    came = sum(row["outcome"] == "joined" if row["outcome"] else row["joined_at"] is not None for row in fine)
    frame = compute("collaboration_sessions", ALL, warehouse=warehouse.fill(facts)).frame
    for row in frame.itertuples():
        assert (row.n, row.sessions, row.accepted, row.errors) == (len(exams), len(fine), came, len(wrong))
        assert row.value == pytest.approx(100 * len(fine) / len(exams) if exams else math.nan, nan_ok=True)


@FEW
@given(cases=st.lists(CASE, min_size=1, max_size=7))
def test_parts_of_imaging_metrics_sum_to_the_whole(warehouse: Facts, cases: Any) -> None:
    warehouse.fill(network(cases))
    for metric, counts in (("report_turnaround", ["n", "errors", "open"]), ("exam_envisioned", ["n", "hits", "answered", "exams", "changed"]),
                           ("collaboration_sessions", ["n", "sessions", "accepted"]), ("image_views", ["n", "reached"])):  # fmt: skip
        whole = compute(metric, ALL, warehouse=warehouse).frame
        for by in ("site", "modality", "practice"):
            parts = compute(metric, ALL, by=by, warehouse=warehouse).frame
            assert list(parts[counts].sum()) == list(whole[counts].sum()), (metric, by)


def case(**told: Any) -> dict[str, Any]:
    return {"day": dt.date(2026, 3, 6), "second": 21 * 3600, "site": 1, "practice": 1, "final": 60, "delivered": 5, "archive": False, "by_accession": False, "shared": 70,
            "looks": [], "changed": False, "addenda": 0, "asked": [], "void": False, "session": None} | told  # fmt: skip


# The exam ends on Friday 6 March at 16:00 in New York, where the site works from 8 to 17; clocks go forward on Sunday.
TURNAROUNDS: dict[str, tuple[dict[str, Any], tuple[float, float] | None]] = {
    "within the hour": (case(final=45), (45, 45)),
    "an hour and a half later the site is closed": (case(final=90), (90, 60)),
    "on Monday morning, an hour of the weekend missing": (case(final=64 * 60), (64 * 60, 120)),
    "seconds make no minute in business hours": (case(second=21 * 3600 + 59, final=4 + 2 / 60), (4, 4)),
    "a preliminary report is none": (case(final=None), None),
    "a report before its exam is an error": (case(final=-10), None),
    "a report of tomorrow is not known yet": (case(day=CUT, final=24 * 60), None),
}


@pytest.mark.parametrize("name", TURNAROUNDS)
def test_turnaround_by_the_clock_and_in_business_hours(warehouse: Facts, name: str) -> None:
    given_, wanted = TURNAROUNDS[name]
    frame = compute("report_turnaround", ALL, warehouse=warehouse.fill(network([given_]))).frame
    found = frame[frame["measure"] == "exam end to final report"].set_index("clock")["value"]
    if wanted is None:
        assert found.isna().all()
    else:
        assert (found["by the clock"], found["business hours"]) == wanted


LOOKS: dict[str, tuple[list[Any], bool]] = {
    "whoever ordered": ([("referrer", 1, 60, "viewed")], True),
    "anybody of the practice": ([("unknown", 1, 60, "exported")], True),
    "a practice that did not order": ([("referrer", 2, 60, "viewed")], False),
    "a referrer of a practice the log does not name": ([("referrer", None, 60, "viewed")], True),
    "a machine that previews the link": ([("bot", None, 1, "viewed")], False),
    "a technologist": ([("technologist", 1, 60, "viewed")], False),
    "a failed attempt": ([("referrer", 1, 60, "failed")], False),
    "a day late": ([("referrer", 1, 24 * 60 + 1, "viewed")], False),
}


@pytest.mark.parametrize("name", LOOKS)
def test_who_counts_as_having_looked_within_a_day(warehouse: Facts, name: str) -> None:
    looks, wanted = LOOKS[name]
    frame = compute("image_views", ALL, warehouse=warehouse.fill(network([case(looks=looks)]))).frame
    assert frame.loc[frame["horizon"] == 24, "reached"].iloc[0] == wanted


def test_an_exam_without_an_order_number_belongs_to_the_patients_latest_referral(warehouse: Facts) -> None:
    facts = network([case(), case(day=dt.date(2026, 2, 13))])
    facts["imaging_study"] = [
        row | {"referral_id": None, "patient_key": key(2), "requester_org_id": None}
        for row in facts["imaging_study"][:1]
    ]
    _, total = rows("report_turnaround", ALL, warehouse=warehouse.fill(facts))
    assert total == 1
    assert warehouse.con.execute("select referral_id from exam").fetchall() == [(2,)]


def test_rows_behind_a_modality_and_a_look_can_be_chosen(warehouse: Facts) -> None:
    warehouse.fill(network([case(looks=[("referrer", 1, 60, "viewed")]), case()]))
    assert rows("report_turnaround", ALL, where={"modality": "CT"}, warehouse=warehouse)[1] == 2
    assert rows("image_views", ALL, where={"viewed": "true"}, warehouse=warehouse)[1] == 1


def test_what_was_asked_about_a_void_or_repeated_referral_counts_for_nothing(warehouse: Facts) -> None:
    asked = [(1, "yes", None)]
    facts = network([case(asked=asked), case(asked=asked, void=True), case(asked=asked)])
    facts["referral"][2] |= {
        "patient_key": key(1),
        "received_at": facts["referral"][0]["received_at"] + dt.timedelta(hours=1),
    }
    found = compute("exam_envisioned", ALL, warehouse=warehouse.fill(facts)).frame.iloc[0]
    assert (found["n"], found["hits"], found["exams"]) == (
        1,
        1,
        3,
    )  # the exams took place, whatever became of the order
