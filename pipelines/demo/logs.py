"""Referral logs kept by hand, one per small site and year, each in its keeper's own manner.

Above the header stand a title and the site; months are parted by blank rows; a totals row ends the sheet. A
*sheet* knows record numbers and studies, a *diary* only names, for care. Both spell practices and people as they
come, and hold some rows that cannot be loaded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.demo import names, spellings
from pipelines.demo.clock import DAY, NEVER, Ints, as_date, moment
from pipelines.demo.ehr import patient_numbers
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

SHEET = ("Date Received", "Patient Name", "DOB", "MRN", "Referring Provider", "Referring Practice", "Referring NPI",
         "Site", "Study", "How Received", "Priority", "Reason", "Called To Schedule", "Appt Date/Time", "Status",
         "Outcome", "Notes")  # fmt: skip
MISTYPED = 23  # one in so many names of patients in a diary
DIARY = ("dateReferralReceived", "patientName", "dob", "phoneNumber", "insurance", "referringProvider",
         "referringPractice", "reason", "formsSent", "formReceived", "calledToSchedule", "apptDateTime", "notes")  # fmt: skip
STATUSES = {"refused": "Declined", "declined": "Declined", "prescreen_failed": "Declined", "unreachable": "Cancelled",
            "cancelled": "Cancelled", "screen_failed": "Completed", "withdrawn": "Completed", "study_closed": "Cancelled"}  # fmt: skip
INSURERS = ("Demo Health PPO", "Demo Health HMO", "Medicare", "Self pay", "")


@dataclass
class Keeper:
    """One site's manner: date and name styles, whether a workbook. ``steps`` are the paths' times as local
    seconds, ``NEVER`` for what lies after the last day."""

    network: Network
    referrals: Referrals
    paths: Paths
    steps: dict[str, Ints]
    site: int
    style: int
    book: bool
    rng: np.random.Generator

    @property
    def diary(self) -> bool:
        return str(self.network.sites.kept[self.site]) == "diary"

    def local(self, step: str, i: int) -> dt.datetime | None:
        """The wall-clock time of a step of referral ``i``, or None if it was not reached by the last day."""
        second = int(self.steps[step][i])
        return None if second == NEVER else moment(second)

    def day(self, value: dt.date | None) -> Any:
        """A day as this keeper writes it: a real date in a workbook, a text elsewhere."""
        if value is None:
            return None if self.book else ""
        return dt.date(value.year, value.month, value.day) if self.book else spellings.day(value, self.style)

    def birth(self, value: dt.date) -> Any:
        """A birth date: as any day, but always with the whole year."""
        return self.day(value) if self.book or self.style != 1 else f"{value:%m/%d/%Y}"


def write(folder: Folder, network: Network, referrals: Referrals, paths: Paths, seed: int) -> int:
    """Writes every log; returns how many referrals stand in them (repeats and rows without sense aside)."""
    written, steps = 0, _steps(network, referrals, paths)
    for turn, site in enumerate(np.flatnonzero(network.sites.kept != "ehr")):
        rng = stream(seed, f"log {site}")
        # Sheets and diaries alternate, and so do workbooks and text files within either kind.
        keeper = Keeper(network, referrals, paths, steps, int(site), turn % 5, turn // 2 % 5 == 0, rng)
        mine = np.flatnonzero((referrals.site == site) & (referrals.outgoing == 0) & (referrals.void == 0))
        years = np.array([as_date(day).year for day in referrals.day[mine]])
        for year in np.unique(years):
            _write_year(folder, keeper, mine[years == year], int(year))
        written += len(mine)
    return written


def _steps(network: Network, referrals: Referrals, paths: Paths) -> dict[str, Ints]:
    times = {name: getattr(paths, name) for name in ("contacted", "booked", "visit", "left")} | {
        "first_call": paths.attempts[:, 0]
    }
    local = {name: network.clock.local(values, referrals.zone) for name, values in times.items()}
    return {name: np.where(values // DAY > network.clock.last, NEVER, values) for name, values in local.items()}


def _write_year(folder: Folder, keeper: Keeper, mine: Ints, year: int) -> None:
    header = DIARY if keeper.diary else SHEET
    entry: Callable[[Keeper, int], list[Any]] = _diary if keeper.diary else _sheet
    truth = FileTruth("referral_log", planted={"spelling_variants": 0})
    body: list[list[Any]] = []
    last_month = 0
    for i in mine:
        month = as_date(keeper.referrals.day[i]).month
        if month != last_month and last_month:
            body.append([])  # a blank row between months
        last_month = month
        body.append(entry(keeper, int(i)))
    truth.records = len(mine)
    _spoil(keeper, body, header, truth)
    rows: list[list[Any]] = [*_title(keeper, year), list(header), *body]
    rows += [[], ["TOTAL", f"{truth.records} referrals", *[""] * (len(header) - 2)]]
    _save(folder, keeper, year, rows, truth)


def _title(keeper: Keeper, year: int) -> list[list[Any]]:
    sites = keeper.network.sites
    return [
        [f"{sites.name[keeper.site]} - Referral Log {year}"],
        ["Site:", str(sites.code[keeper.site])],
        ["Kept by: front desk"],
        [],
    ]


def _save(folder: Folder, keeper: Keeper, year: int, rows: list[list[Any]], truth: FileTruth) -> None:
    path = f"logs/{str(keeper.network.sites.code[keeper.site]).lower()}_referral_log_{year}"
    if keeper.book:
        folder.xlsx(f"{path}.xlsx", f"Referrals {year}", rows, truth, header=4)
    else:
        width = len(rows[4])
        folder.csv(
            f"{path}.csv",
            (row + [""] * (width - len(row)) for row in rows),
            truth,
            encoding="cp1252" if keeper.style == 3 else "utf-8-sig",
        )


def _sheet(keeper: Keeper, i: int) -> list[Any]:
    network, r, rng = keeper.network, keeper.referrals, keeper.rng
    provider, practice, npi = _referrer(keeper, i)
    name, born = _patient(int(r.patient[i]))
    visit = keeper.local("visit", i)
    status, outcome = _status(keeper, i)
    study = str(network.studies.code[r.study[i]]) if r.study[i] >= 0 else ""
    return [
        keeper.day(as_date(r.day[i])), name, keeper.birth(born), str(patient_numbers(r.patient[i : i + 1])[0]), provider, practice,
        npi, str(network.sites.code[keeper.site]) if rng.random() < 0.9 else str(network.sites.name[keeper.site]), study,
        names.CHANNELS[r.channel[i]], r.priority[i], r.condition[i], keeper.day(_first_call(keeper, i)), _moment(keeper, visit),
        status, outcome, names.COMMENTS_MIXED[0] if rng.random() < 0.02 else "",
    ]  # fmt: skip


def _diary(keeper: Keeper, i: int) -> list[Any]:
    r, rng = keeper.referrals, keeper.rng
    provider, practice, _ = _referrer(keeper, i)
    name, born = _patient(int(r.patient[i]))
    name = _mistyped(name) if i % MISTYPED == 0 else name
    called, visit = _first_call(keeper, i), keeper.local("visit", i)
    return [
        keeper.day(as_date(r.day[i])), name, keeper.birth(born), f"(555) 555-01{r.patient[i] % 100:02d}",
        INSURERS[int(rng.integers(0, len(INSURERS)))], provider, practice, r.condition[i], keeper.day(called),
        keeper.day(called) if rng.random() < 0.6 else keeper.day(None), keeper.day(called), _moment(keeper, visit),
        str(keeper.paths.reason[i]) if keeper.local("left", i) else "",
    ]  # fmt: skip


def _referrer(keeper: Keeper, i: int) -> tuple[str, str, str]:
    r, people, rng = keeper.referrals, keeper.network.people, keeper.rng
    person, office = int(r.person[i]), int(r.practice[i])
    kind = names.SOURCES[r.source[i]]
    provider = {"campaign": "Google ad", "self": "Self referral", "own_database": "Own database"}.get(kind, "")
    provider = provider or names.SOURCE_LABELS.get(kind, "").title()
    npi = ""
    if person >= 0 and r.named[i] == 2:
        style = keeper.style if rng.random() < 0.8 else int(rng.integers(0, 4))
        provider = spellings.physician(
            people.family[person], people.given[person], people.credential[person], min(style, 3)
        )
        npi = str(people.npi[person]) if people.known_npi[person] and rng.random() < 0.7 else ""
    practice = str(keeper.network.practices.name[office]) if office >= 0 and r.named[i] >= 1 else ""
    if practice and rng.random() < 0.22:
        practice = keeper.network.misspell(office, rng)
    return provider, practice, npi


def _patient(number: int) -> tuple[str, dt.date]:
    """Name and birth date of a patient: always the same, and nobody's."""
    words = names.PATIENT_NAMES
    family = f"Demo-{words[number % 20]}{words[number // 20 % 20].lower()}{number // 400}"
    return f"{family}, {names.GIVEN_NAMES[number * 7 % len(names.GIVEN_NAMES)]}", dt.date(1940, 1, 1) + dt.timedelta(
        days=number * 7919 % 23_000
    )


def _mistyped(name: str) -> str:
    """The given name without its second letter, as a hurried hand writes it."""
    family, given = name.split(", ")
    return f"{family}, {given[0]}{given[2:]}"


def _first_call(keeper: Keeper, i: int) -> dt.date | None:
    when = keeper.local("first_call", i) or keeper.local("contacted", i)
    return when.date() if when else None


def _moment(keeper: Keeper, when: dt.datetime | None) -> Any:
    if when is None or keeper.book:
        return when
    return f"{spellings.day(when.date(), keeper.style)} {when:%I:%M %p}"


def _status(keeper: Keeper, i: int) -> tuple[str, str]:
    paths = keeper.paths
    if keeper.local("left", i):
        return STATUSES[paths.outcome[i]], str(paths.reason[i])
    if keeper.local("visit", i):
        return str(paths.visit_status[i] if paths.visit_status[i] != "Left without seen" else "No Show"), ""
    if keeper.local("booked", i):
        return "Scheduled", ""
    return ("Pending", "") if keeper.local("contacted", i) else ("Received", "")


def _spoil(keeper: Keeper, body: list[list[Any]], header: tuple[str, ...], truth: FileTruth) -> None:
    """Adds the rows that no log is without: no date, no sensible date, a wrong NPI, one row twice, the header again."""
    filled = [row for row in body if row]
    if not filled:
        return
    rng = keeper.rng
    for kind, value in (
        ("no_date", ""),
        ("unreadable_date", "tbd"),
        ("impossible_date", "13/45/2025"),
        ("future_date", "2061-03-04"),
    ):
        row = list(filled[int(rng.integers(0, len(filled)))])
        row[0], row[1] = value, f"Demo-Reject {kind.replace('_', ' ').title()}, Robin"
        body.insert(int(rng.integers(0, len(body) + 1)), row)
        truth.planted[kind] = 1
    truth.rejects += 4
    if not keeper.diary:
        _spoil_npi(filled, rng, truth)
    again = int(rng.integers(0, len(filled)))
    body.insert(body.index(filled[again]) + 1, list(filled[again]))
    truth.repeats += 1
    truth.records += 5
    if keeper.style == 2:
        body.insert(len(body) // 2, list(header))
        truth.planted["repeated_header"] = 1
    truth.planted["blank_rows"] = sum(not row for row in body) + 2
    truth.planted["spelling_variants"] = _variants(keeper, body)


def _spoil_npi(filled: list[list[Any]], rng: np.random.Generator, truth: FileTruth) -> None:
    with_npi = [row for row in filled if row[6]]
    for kind in ("mangled_npi", "wrong_npi"):
        if with_npi:
            row = with_npi[int(rng.integers(0, len(with_npi)))]
            row[6] = "2.9E+09" if kind == "mangled_npi" else "2900000001"
            truth.planted[kind] = 1


def _variants(keeper: Keeper, body: list[list[Any]]) -> int:
    official = set(keeper.network.practices.name)
    where = (DIARY if keeper.diary else SHEET).index("referringPractice" if keeper.diary else "Referring Practice")
    return sum(1 for row in body if row and row[where] and row[where] not in official)
