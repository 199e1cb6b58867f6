"""The lists that other files refer to: sites, studies, their plan, and the provider roster in NPPES columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.demo import names
from pipelines.demo.clock import NEVER, ZONES, as_date
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

SITES = ("Site Code", "Site Name", "City", "State", "ZIP", "Time Zone", "Activated On")
STUDIES = ("Protocol Number", "NCT Number", "Title", "Sponsor", "Therapeutic Area", "Phase", "Status", "Target Enrollment",
           "Planned First Patient In", "Planned Last Patient In", "Closed On")  # fmt: skip
PLAN = ("Protocol Number", "Site Code", "Activated On", "Paused From", "Paused To", "Closed On", "Site Target", "Plan Date",
        "Cumulative Target")  # fmt: skip
_PLACE = "Provider Business Practice Location Address"
ROSTER = (
    "NPI", "Entity Type Code", "Replacement NPI", "Employer Identification Number (EIN)",
    "Provider Organization Name (Legal Business Name)", "Provider Last Name (Legal Name)", "Provider First Name",
    "Provider Middle Name", "Provider Name Prefix Text", "Provider Name Suffix Text", "Provider Credential Text",
    "Provider First Line Business Practice Location Address", f"{_PLACE} City Name", f"{_PLACE} State Name",
    f"{_PLACE} Postal Code", f"{_PLACE} Telephone Number", f"{_PLACE} Fax Number", "Provider Enumeration Date",
    "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date", "NPI Reactivation Date",
    "Healthcare Provider Taxonomy Code_1", "Healthcare Provider Primary Taxonomy Switch_1",
)  # fmt: skip


def set_targets(network: Network, referrals: Referrals, paths: Paths, seed: int) -> None:
    """Gives studies and their sites targets near what they will reach, except the study in trouble."""
    studies, rng = network.studies, stream(seed, "targets")
    done = paths.enrolled != NEVER
    reached = np.bincount(referrals.study[done], minlength=len(studies)).astype(float)
    last = np.where(studies.closed == NEVER, studies.planned_last, studies.closed)
    share = np.clip((network.clock.last - studies.opens) / np.maximum(60, last - studies.opens), 0.1, 1)
    target = np.maximum(12, reached / share * rng.uniform(0.85, 1.3, len(studies)))
    target[studies.troubled] = max(40, 3.4 * reached[studies.troubled] / share[studies.troubled])
    studies.target = (np.round(target / 5) * 5).astype(np.int64)
    weight = network.sites.pull[studies.pair_site] + 0.3
    total = np.bincount(studies.pair_study, weights=weight, minlength=len(studies))
    studies.pair_target = np.maximum(2, studies.target[studies.pair_study] * weight / total[studies.pair_study]).astype(
        np.int64
    )


def write(folder: Folder, network: Network, seed: int) -> None:
    """Writes sites.xlsx, studies.xlsx, study_plan.csv and npi_roster.csv."""
    _write_sites(folder, network)
    _write_studies(folder, network)
    _write_plan(folder, network)
    _write_roster(folder, network, stream(seed, "roster"))


def _day(value: int) -> Any:
    return None if value == NEVER else as_date(value)


def _iso(value: int) -> str:
    return "" if value == NEVER else as_date(value).isoformat()


def _write_sites(folder: Folder, network: Network) -> None:
    sites = network.sites
    rows: list[list[Any]] = [list(SITES)]
    for i in range(len(sites)):
        city, state, prefix, zone = names.METROS[sites.metro[i]]
        rows.append([sites.code[i], sites.name[i], city, state, f"{prefix}01", ZONES[zone], _day(sites.activated[i])])
    late = int((sites.activated > network.clock.first).sum())
    folder.xlsx("sites.xlsx", "Sites", rows, FileTruth("site_list", len(sites), planted={"opened_late": late}))


def _write_studies(folder: Folder, network: Network) -> None:
    s, clock = network.studies, network.clock
    rows: list[list[Any]] = [list(STUDIES)]
    for i in range(len(s)):
        held = (
            i == s.troubled
            and (s.paused_from[s.pair_study == i] != NEVER).any()
            and clock.last < int(s.paused_to.max())
        )
        status = (
            "Closed to Enrollment"
            if s.closed[i] != NEVER
            else "Suspended"
            if held
            else "Recruiting"
            if s.opens[i] <= clock.last
            else "Not Yet Recruiting"
        )
        rows.append([
            s.code[i], s.nct[i], s.title[i], s.sponsor[i], names.AREAS[s.area[i]].name, s.phase[i], status, int(s.target[i]),
            _day(s.opens[i]), _day(s.planned_last[i]), _day(s.closed[i]),
        ])  # fmt: skip
    folder.xlsx("studies.xlsx", "Studies", rows, FileTruth("study_list", len(s)))


def _write_plan(folder: Folder, network: Network) -> None:
    """A row per study, site and quarter, and one per study and month for the study as a whole (no site)."""
    s = network.studies
    rows: list[list[str]] = [list(PLAN)]
    for pair in range(len(s.pair_study)):
        study = int(s.pair_study[pair])
        fixed = [str(s.code[study]), str(network.sites.code[s.pair_site[pair]])]
        fixed += [_iso(int(values[pair])) for values in (s.pair_opens, s.paused_from, s.paused_to, s.pair_closes)]
        fixed.append(str(s.pair_target[pair]))
        for day, cumulative in _line(int(s.pair_opens[pair]), int(s.planned_last[study]), int(s.pair_target[pair]), 91):
            rows.append([*fixed, _iso(day), str(cumulative)])
    whole = 0
    for study in range(len(s)):
        for day, cumulative in _line(int(s.opens[study]), int(s.planned_last[study]), int(s.target[study]), 61):
            rows.append([str(s.code[study]), *[""] * 6, _iso(day), str(cumulative)])
            whole += 1
    folder.csv("study_plan.csv", rows, FileTruth("study_site_plan", len(rows) - 1, planted={"whole_study": whole}))


def _line(start: int, end: int, target: int, step: int) -> list[tuple[int, int]]:
    """Cumulative targets that begin slowly and end at ``target`` on the last planned day."""
    end = max(end, start + step)
    days = [*range(start + step, end, step), end]
    return [(day, round(target * ((day - start) / (end - start)) ** 1.25)) for day in days]


def _write_roster(folder: Folder, network: Network, rng: np.random.Generator) -> None:
    people, practices = network.people, network.practices
    rows: list[list[str]] = [list(ROSTER)]
    listed = np.flatnonzero(rng.random(len(people)) > 0.04)
    truth = FileTruth("nppes_roster", planted={"not_listed": len(people) - len(listed), "deactivated": 0})
    for i in listed.tolist():
        rows.append(_person(network, i, rng))
        truth.planted["deactivated"] += rows[-1][20] != ""
    again = rng.choice(len(rows) - 1, max(1, len(rows) // 1000), replace=False) + 1
    rows += [list(rows[line]) for line in again]  # subsets of the national file repeat some providers
    for i in range(len(practices)):
        rows.append(_organisation(network, i))
    truth.records, truth.repeats = len(rows) - 1, len(again)
    folder.csv("npi_roster.csv", rows, truth)


def _address(network: Network, practice: int) -> list[str]:
    practices = network.practices
    city, state, *_ = names.METROS[practices.metro[practice]]
    phone = f"555555{practice % 10_000:04d}"
    return [
        f"{100 + practice * 7 % 9800} DEMO PARKWAY",
        city.upper(),
        state,
        f"{practices.postal[practice]}{practice % 9000 + 1000}",
        phone,
        phone,
    ]


def _person(network: Network, i: int, rng: np.random.Generator) -> list[str]:
    people = network.people
    gone = people.why[i] == "retired" and rng.random() < 0.7
    until = as_date(int(people.stops[i]) + 20) if gone and people.stops[i] + 20 <= network.clock.last else None
    updated = as_date(network.clock.first - int(rng.integers(0, 900)))
    return [
        str(people.npi[i]), "1", "", "", "", people.family[i].upper(), people.given[i].upper(), "", "DR." if people.credential[i] in ("MD", "DO") else "",
        "", people.credential[i], *_address(network, int(people.practice[i])), "07/01/2009", f"{updated:%m/%d/%Y}",
        "RT" if until else "", f"{until:%m/%d/%Y}" if until else "", "", people.taxonomy[i], "Y",
    ]  # fmt: skip


def _organisation(network: Network, i: int) -> list[str]:
    taxonomy = (
        "261QP2300X"
        if network.practices.area[i] == -1
        else "261QM1300X"
        if network.practices.area[i] == -2
        else names.AREAS[network.practices.area[i]].taxonomy
    )
    name = f"{network.practices.name[i].upper()} {('LLC', 'PC', 'PLLC', 'INC')[i % 4]}"
    return [
        str(network.practices.npi[i]),
        "2",
        "",
        "<UNAVAIL>",
        name,
        *[""] * 6,
        *_address(network, i),
        "03/02/2010",
        "01/15/2023",
        "",
        "",
        "",
        taxonomy,
        "Y",
    ]
