"""The stories the demo tells can be found in its files by reading them, without the code that wrote them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from zoneinfo import ZoneInfo

import pytest

from tests.demo.conftest import Demo, stamp

LEFT_OUT = {"Duplicate referral", "Entered in error"}


def countable(written: Demo) -> list[dict[str, str]]:
    return [
        row
        for row in written.referrals()
        if row["CLOSE_RSN_C_NAME"] not in LEFT_OUT and row["RFL_CLASS_C_NAME"] == "Incoming"
    ]


def received(row: dict[str, str]) -> dt.datetime:
    return stamp(row["RFL_RECEIVED_DATE"] or row["ENTRY_DATE"])


def luhn(npi: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed("80840" + npi)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def test_every_npi_of_the_roster_is_valid_and_from_the_block_that_is_not_issued(written: Demo) -> None:
    numbers = {row["NPI"] for row in written.table("npi_roster.csv")}
    assert all(luhn(npi) and npi.startswith("29") and len(npi) == 10 for npi in numbers)


def test_nobody_can_take_a_patient_for_a_person(written: Demo) -> None:
    assert all(row["PAT_ID"].startswith("ZZDEMO") for row in written.referrals())
    for path in written.of("referral_log"):
        column = {"Patient Name", "patientName"}
        rows = (
            written.table(path, "Date Received")
            if "Date Received" in str(written.grid(path)[4])
            else written.table(path, "dateReferralReceived")
        )
        named = [value for row in rows for key, value in row.items() if key in column and value]
        assert all(name.startswith("Demo-") or name in column or "referrals" in name for name in named)


def test_the_ehr_holds_the_declared_countable_referrals_of_each_site(written: Demo) -> None:
    hand_kept = written.truth.quirks["hand_kept_sites"]
    told = {site: n for site, n in written.truth.referrals["countable_by_site"].items() if site not in hand_kept}
    assert Counter(row["REFD_TO_LOC_POS_ID"] for row in countable(written)) == told


def test_hand_kept_logs_hold_the_declared_referrals_of_their_sites(written: Demo) -> None:
    for site in written.truth.quirks["hand_kept_sites"]:
        files = [told for path, told in written.truth.files.items() if path.startswith(f"logs/{site.lower()}_")]
        rows = sum(told["records"] - told["rejects"] - told["repeats"] for told in files)
        assert rows >= written.truth.referrals["countable_by_site"][site] > rows * 0.95


def test_the_declared_kinds_left_out_can_be_counted_in_the_extracts(written: Demo) -> None:
    rows = list(written.referrals())
    reasons = Counter(row["CLOSE_RSN_C_NAME"] for row in rows)
    assert sum(row["RFL_STATUS_C_NAME"] == "Entered in Error" for row in rows) == written.truth.referrals["void"] > 0
    assert 0 < reasons["Duplicate referral"] <= written.truth.referrals["duplicates"]
    assert sum(row["RFL_CLASS_C_NAME"] == "Outgoing" for row in rows) == written.truth.referrals["outgoing"]


def test_who_is_enrolled_in_the_logs_is_as_many_as_the_truth_says(written: Demo) -> None:
    hand_kept = written.truth.quirks["hand_kept_sites"]
    enrolled = Counter()
    for path in written.of("screening_log"):
        protocol = written.grid(path)[2][1]
        rows = written.table(path, "Site Number")
        enrolled[protocol] += sum(
            row.get("Date Randomized") not in (None, "", "N/A")
            and bool(row["Subject ID"])
            and row["Site Number"] not in hand_kept
            for row in rows
        )
    told = {study: shares["enrolled_in_files"] for study, shares in written.truth.conversion["study"].items()}
    assert enrolled == Counter(told)
    assert sum(told.values()) == written.truth.conversion["all"]["enrolled_in_files"] > 0


def test_true_conversion_rises_with_the_horizon_and_differs_by_study(written: Demo) -> None:
    for shares in (written.truth.conversion["all"], *written.truth.conversion["study"].values()):
        assert 0 <= shares["by_30"] <= shares["by_60"] <= shares["by_90"] <= shares["by_180"] <= shares["ever"] <= 1
    large = [shares["ever"] for shares in written.truth.conversion["study"].values() if shares["n"] >= 60]
    assert max(large) > 2 * min(large)


def test_the_study_in_trouble_fails_at_screening_and_is_paused(written: Demo) -> None:
    trouble = written.truth.quirks["study_in_trouble"]
    verdicts = Counter(
        str(row.get("Eligible for Enrollment?"))
        for row in written.table(f"screening/{trouble['protocol'].lower()}_screening_log.xlsx", "Site Number")
    )
    assert verdicts["No"] > 2 * verdicts["Yes"]
    plan = [row for row in written.table("study_plan.csv") if row["Protocol Number"] == trouble["protocol"]]
    assert trouble["paused_from"] in {row["Paused From"] for row in plan}
    assert written.truth.conversion["study"][trouble["protocol"]]["enrolled_in_files"] < trouble["target"] / 2


def test_about_one_practitioner_in_eight_lapses_and_then_refers_nobody(written: Demo) -> None:
    people = written.truth.counts["practitioners"]
    assert 0.09 < len(written.truth.lapsed) / people < 0.15
    last = defaultdict(lambda: dt.date.min)
    for row in written.referrals():
        if row["CLOSE_RSN_C_NAME"] not in LEFT_OUT:
            last[row["REFERRING_NPI"]] = max(last[row["REFERRING_NPI"]], received(row).date())
    for who in written.truth.lapsed:
        # Without a received date only the day of entry is known, which can be weeks later.
        assert last[who["npi"]] <= dt.date.fromisoformat(who["lapsed_on"]) + dt.timedelta(days=85)
        assert who["last_referral_on"] is None or who["last_referral_on"] <= who["lapsed_on"]


def test_sites_that_open_late_have_no_referral_before(written: Demo) -> None:
    opened = written.truth.quirks["sites_opened_late"]
    assert opened
    first = min(received(row).date() for row in written.referrals() if row["REFD_TO_LOC_POS_ID"] in opened)
    assert first >= dt.date.fromisoformat(min(opened.values()))


def test_one_practice_goes_from_fax_to_portal_in_a_day(written: Demo) -> None:
    switch = written.truth.quirks["channel_switch"]
    day = dt.date.fromisoformat(switch["on"])
    before, after = Counter(), Counter()
    for row in written.referrals():
        if row["VENDOR_ID_VENDOR_NAME"] == switch["practice"]:
            (before if received(row).date() < day else after)[row["REFERRAL_CHANNEL"]] += 1
    assert before["Fax"] > 0.85 * before.total()
    assert after["Portal"] > 0.85 * after.total()


def test_about_one_in_seven_npis_is_missing(written: Demo) -> None:
    named = [row for row in written.referrals() if row["REFERRING_PROV_ID"]]
    assert 0.11 < sum(not row["REFERRING_NPI"] for row in named) / len(named) < 0.20


def test_some_referrals_are_entered_weeks_after_they_came(written: Demo) -> None:
    late = [
        row
        for row in written.referrals()
        if row["RFL_RECEIVED_DATE"]
        and stamp(row["ENTRY_DATE"]) - stamp(row["RFL_RECEIVED_DATE"]) > dt.timedelta(days=10)
    ]
    assert 0.005 < len(late) / written.truth.referrals["in_files"] < 0.04


def test_utc_and_local_times_of_the_history_agree_with_the_sites_zone(written: Demo) -> None:
    zones = {row["Site Code"]: ZoneInfo(row["Time Zone"]) for row in written.table("sites.xlsx")}
    assert len({zone.key for zone in zones.values()}) == 2
    site = {row["REFERRAL_ID"]: row["REFD_TO_LOC_POS_ID"] for row in written.referrals()}
    for path in written.of("epic_referral_hist"):
        for row in written.table(path):
            at = stamp(row["CHANGE_DATETIME"]).replace(tzinfo=dt.UTC).astimezone(zones[site[row["REFERRAL_ID"]]])
            assert at.replace(tzinfo=None) == stamp(row["CHANGE_LOCAL_DTTM"])


def test_the_hour_that_comes_twice_is_in_the_history_twice(written: Demo) -> None:
    nights = written.truth.quirks["clock_change_nights"]
    twice = Counter(night["local"] for night in nights)
    assert max(twice.values()) >= 2
    assert not any(night["local"][11:13] == "02" and night["local"][5:7] == "03" for night in nights)


def test_a_history_begins_with_a_request_and_counts_its_lines(written: Demo) -> None:
    lines: dict[str, list[int]] = defaultdict(list)
    for path in sorted(written.of("epic_referral_hist")):
        for row in written.table(path):
            lines[row["REFERRAL_ID"]].append(int(row["LINE"]))
            assert (row["NEW_RFL_STATUS_C_NAME"] == "New Request") == (row["LINE"] == "1")
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in lines.values())
    assert set(lines) == {row["REFERRAL_ID"] for row in written.referrals()}


def test_weekends_are_quiet_and_the_last_year_is_busier_than_the_first(written: Demo) -> None:
    days = [received(row) for row in countable(written)]
    assert sum(day.weekday() >= 5 for day in days) < 0.08 * len(days)
    first, last = dt.datetime(2024, 11, 1), dt.datetime(2025, 11, 1)
    assert sum(day >= last for day in days) > sum(day < first for day in days)


def test_practices_differ_in_size_and_practitioners_in_cadence(written: Demo) -> None:
    rows = countable(written)
    people, practices = Counter(row["REFERRING_PROV_ID"] for row in rows), Counter(row["VENDOR_ID"] for row in rows)
    people.pop(""), practices.pop("")
    assert max(people.values()) > 100
    assert min(people.values()) <= 6
    assert max(practices.values()) > 10 * sorted(practices.values())[len(practices) // 4]


def test_specialists_refer_what_is_theirs(written: Demo) -> None:
    theirs = [row for row in written.referrals() if row["PROV_SPEC_C_NAME"] == "Cardiovascular Disease"]
    assert not theirs or sum(row["REFD_TO_SPEC_C_NAME"] == "Cardiovascular Disease" for row in theirs) > 0.8 * len(
        theirs
    )


def test_practices_are_written_in_more_than_one_way(written: Demo) -> None:
    names = {row["VENDOR_ID_VENDOR_NAME"] for row in written.referrals()}
    spelled = written.truth.practices
    assert names & set(spelled["second_vendor_records"])
    official = {row["Provider Organization Name (Legal Business Name)"] for row in written.table("npi_roster.csv")} - {
        ""
    }
    assert all(any(one.startswith(name.upper()) for one in official) for name in spelled["handwritten"].values())


def test_survey_scores_add_up_to_the_true_score(written: Demo) -> None:
    scores: list[int] = []
    for path in written.of("surveymonkey"):
        scores += [
            int(row["How likely are you to recommend us to a colleague?"]) for row in written.table(path, further=1)
        ]
    for path in written.of("qualtrics"):
        scores += [int(row["Q1"]) for row in written.table(path, further=2) if row["Status"] != "Survey Preview"]
    assert len(scores) == written.truth.surveys["responses"]
    nps = 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / len(scores)
    assert nps == pytest.approx(written.truth.surveys["nps"], abs=0.01)
    by_site = [site["nps"] for site in written.truth.surveys["by_site"].values() if site["n"] >= 10]
    assert max(by_site) - min(by_site) > 15
