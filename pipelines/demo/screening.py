"""Screening and enrolment logs: one per study over all its sites, as the sponsor's template lays them out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from pipelines.demo import names, spellings
from pipelines.demo.clock import NEVER, Ints, as_date
from pipelines.demo.ehr import numbers, patient_numbers
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals
from pipelines.demo.truth import known

HEADER = ("Site Number", "Subject ID", "Referral ID", "MRN", "Date of Consent", "Date Screened", "Eligible for Enrollment?",
          "Ineligibility Reason (if applicable)", "Date Randomized", "Date Off Study", "Off Study Reason",
          "Consent to Share", "Recruitment Source")  # fmt: skip
SAID = {"practitioner": "Physician referral", "practice": "Referring practice", "self": "Self referral", "campaign": "Advertisement", "own_database": "Own database",
        "registry": "Registry", "event": "Health fair"}  # fmt: skip


def write(folder: Folder, network: Network, referrals: Referrals, paths: Paths, seed: int) -> tuple[int, int]:
    """Writes the logs; returns how many subjects and how many of their milestones they hold."""
    clock = network.clock
    days = {
        name: clock.local_day(getattr(paths, name), referrals.zone)
        for name in ("consented", "screened", "judged", "enrolled", "off_study", "left")
    }
    for values in days.values():
        values[values > clock.last] = NEVER
    number, told = numbers(len(referrals)), known(network, referrals)
    alone = np.bincount(referrals.patient)[referrals.patient] == 1
    subjects = milestones = 0
    for study in range(len(network.studies)):
        who = np.flatnonzero(told & (referrals.study == study) & (days["consented"] != NEVER))
        who = who[np.argsort(days["consented"][who], kind="stable")]
        rows, truth = _rows(
            network, referrals, paths, days, number, alone, who, study, stream(seed, f"screening {study}")
        )
        _save(folder, network, study, rows, truth)
        subjects += len(who)
        milestones += sum(
            int((days[name][who] != NEVER).sum())
            for name in ("consented", "screened", "judged", "enrolled", "off_study")
        )
    return subjects, milestones


def _rows(network: Network, r: Referrals, paths: Paths, days: dict[str, Ints], number: Any, alone: Any, who: Ints, study: int,
          rng: np.random.Generator) -> tuple[list[list[Any]], FileTruth]:  # fmt: skip
    book, style = study % 4 == 0, study % 5
    hidden = (rng.random(len(who)) < 0.08) & alone[who]
    by_hand = network.sites.kept[r.site[who]] != "ehr"
    mrn = patient_numbers(r.patient[who])
    truth = FileTruth("screening_log", len(who), planted={"no_referral_id": int((hidden | by_hand).sum())})
    rows: list[list[Any]] = []
    seen: dict[int, int] = {}
    for turn, i in enumerate(who):
        site = int(r.site[i])
        seen[site] = seen.get(site, 0) + 1
        known = "" if hidden[turn] or by_hand[turn] else number[i]
        start = [network.sites.code[site], f"{network.sites.code[site]}-{seen[site]:03d}", known, mrn[turn]]
        share = ("Yes", "Yes", "Yes", "No", "")[int(r.patient[i]) % 5]
        rows.append([*start, *_milestones(paths, days, int(i), book, style), share, _said(r, int(i))])
    if len(rows) > 3:
        spoiled = [*rows[2]]
        spoiled[1:4] = ["", "", ""]
        rows.insert(3, spoiled)
        truth.records, truth.rejects, truth.planted["no_subject_id"] = truth.records + 1, 1, 1
    return rows, truth


def _said(r: Referrals, i: int) -> str:
    """What the participant said who sent them: mostly what is true, sometimes the advertisement seen on the way, sometimes nothing."""
    patient = int(r.patient[i])
    if patient % 11 == 0:
        return ""
    return SAID["campaign" if patient % 23 == 0 else names.SOURCES[r.source[i]]]


def _milestones(paths: Paths, days: dict[str, Ints], i: int, book: bool, style: int) -> list[Any]:
    def day(name: str) -> Any:
        value = int(days[name][i])
        if value == NEVER:
            return None if book else ("N/A" if style == 1 and name == "enrolled" else "")
        return as_date(value) if book else _spelled(as_date(value), style)

    judged = days["judged"][i] != NEVER
    verdict = ("Yes" if paths.eligible[i] else "No") if judged else ""
    reason = paths.reason[i] if judged and paths.outcome[i] == "screen_failed" else ""
    left_early = paths.outcome[i] == "withdrawn" and days["left"][i] != NEVER
    off = day("left") if left_early else day("off_study")
    why = paths.reason[i] if left_early else paths.off_reason[i] if days["off_study"][i] != NEVER else ""
    return [day("consented"), day("screened"), verdict, reason, day("enrolled"), off, why]


def _spelled(value: dt.date, style: int) -> str:
    return spellings.day(value, (0, 3, 0, 2, 3)[style])


def _save(folder: Folder, network: Network, study: int, body: list[list[Any]], truth: FileTruth) -> None:
    code = str(network.studies.code[study])
    top: list[list[Any]] = [
        ["Screening and Enrollment Log"], ["Investigator Name:", "Demo Investigator"], ["Protocol:", code],
        ["Sponsor:", str(network.studies.sponsor[study])], [],
    ]  # fmt: skip
    rows = [*top, list(HEADER), *body, [], [f"Total screened: {truth.records}"]]
    path = f"screening/{code.lower()}_screening_log"
    if study % 4 == 0:
        folder.xlsx(f"{path}.xlsx", "Screening", rows, truth, header=len(top))
    else:
        folder.csv(f"{path}.csv", (row + [""] * (len(HEADER) - len(row)) for row in rows), truth)
