"""Advertising: campaigns for studies, what they cost by day on two platforms, and who answered.

Whoever comes by an advertisement (a referral of that kind) answered one a few days before; most who answer never get
that far. One mailing in six addresses practices. Cost follows answers, with days on which money brought nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.demo import names
from pipelines.demo.clock import DAY, NEVER, Clock, Ints, Texts, as_date, moment
from pipelines.demo.ehr import patient_numbers
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.referrals import Referrals

LIST = ("Campaign Name", "Channel", "Target Audience", "Start Date", "End Date", "UTM", "Protocol Number")
GOOGLE = ("Campaign", "Day", "Currency code", "Cost", "Impr.", "Clicks", "CTR")
META = (
    "Campaign name",
    "Ad set name",
    "Reporting starts",
    "Reporting ends",
    "Amount spent (USD)",
    "Impressions",
    "Link clicks",
)
LEADS = (
    "Lead ID",
    "Created At",
    "Campaign",
    "MRN",
    "First Name",
    "Last Name",
    "DOB",
    "Phone",
    "Email",
    "Practice",
    "Status",
    "Status Date",
    "Study",
    "Site",
)
STATUSES = ("New", "Contacted", "Not qualified", "Unable to reach", "Qualified", "Duplicate")
MEDIA = ("Search", "Social", "Search", "Social", "Search", "Direct mail")
COST = {"Search": 46.0, "Social": 28.0, "Direct mail": 85.0}  # a lead


@dataclass
class Campaigns:
    """One entry per campaign: which study it is for, its medium and its first and last day."""

    name: Texts
    study: Ints
    medium: Texts
    first: Ints
    last: Ints

    def __len__(self) -> int:
        return len(self.name)


@dataclass
class Leads:
    """One entry per answer: campaign, local second, referral that came of it (-1 none), site, study, status, practice (-1)."""

    campaign: Ints
    at: Ints
    referral: Ints
    site: Ints
    study: Ints
    status: Texts
    practice: Ints

    def __len__(self) -> int:
        return len(self.campaign)


def write(folder: Folder, network: Network, referrals: Referrals, seed: int) -> dict[str, int]:
    """Writes the list, the platforms' reports and the leads; returns how many campaigns and leads there are."""
    rng = stream(seed, "campaigns")
    campaigns = _campaigns(network, referrals, rng)
    if not len(campaigns):
        return {"campaigns": 0, "leads": 0}
    leads = _leads(network, referrals, campaigns, rng)
    _write_list(folder, network, campaigns)
    _write_spend(folder, network.clock, campaigns, leads, stream(seed, "spend"))
    _write_leads(folder, network, referrals, campaigns, leads)
    return {"campaigns": len(campaigns), "leads": len(leads)}


def _came(referrals: Referrals) -> Ints:
    return np.flatnonzero(
        (referrals.source == names.SOURCES.index("campaign")) & (referrals.void == 0) & (referrals.copy_of < 0)
    )


def _campaigns(network: Network, referrals: Referrals, rng: np.random.Generator) -> Campaigns:
    """Two campaigns for each study that advertises, one after the other with a gap, and mailings to practices."""
    clock, studies = network.clock, network.studies
    came = _came(referrals)
    made: list[tuple[str, int, str, int, int]] = []
    for study in range(len(studies)):
        days = referrals.day[came[referrals.study[came] == study]]
        if not len(days):
            continue
        first, last = int(days.min()) - 6, int(days.max())
        middle = (first + last) // 2
        area = names.AREAS[studies.area[study]].name
        for turn, (begin, end) in enumerate(((first, middle), (middle + 1, last))):
            medium = MEDIA[(2 * study + turn) % 5]
            made.append(
                (
                    f"{area} {studies.code[study]} {medium} {turn + 1}",
                    study,
                    medium,
                    max(begin, clock.first),
                    min(end, clock.last),
                )
            )
        if study % 6 == 0:
            made.append(
                (
                    f"Practices {studies.code[study]} mailing",
                    study,
                    "Direct mail",
                    max(first, clock.first),
                    min(first + 40, clock.last),
                )
            )
    columns: list[Any] = list(zip(*made, strict=True)) if made else [()] * 5
    return Campaigns(np.array(columns[0], dtype=object), np.array(columns[1], dtype=np.int64), np.array(columns[2], dtype=object),
                     np.array(columns[3], dtype=np.int64), np.array(columns[4], dtype=np.int64))  # fmt: skip


def _leads(network: Network, referrals: Referrals, campaigns: Campaigns, rng: np.random.Generator) -> Leads:
    clock = network.clock
    public = campaigns.medium != "Direct mail"
    came = _came(referrals)
    before = np.maximum(referrals.day[came] - rng.integers(0, 6, len(came)), clock.first)
    place = np.array(
        [_running(campaigns, int(referrals.study[i]), int(day)) for i, day in zip(came, before, strict=True)]
    )
    came, before, place = came[place >= 0], before[place >= 0], place[place >= 0]
    at = np.minimum(
        before * DAY + rng.integers(7 * 3600, 23 * 3600, len(came)),
        clock.local(referrals.received[came], referrals.zone[came]) - 600,
    )
    n = 2 * len(came)
    idle = rng.choice(np.flatnonzero(public), n) if public.any() else np.zeros(0, np.int64)
    span = np.maximum(1, campaigns.last[idle] - campaigns.first[idle] + 1)
    other_at = (campaigns.first[idle] + (rng.random(len(idle)) * span).astype(np.int64)) * DAY + rng.integers(
        7 * 3600, 23 * 3600, len(idle)
    )
    status = np.array(STATUSES, dtype=object)[rng.choice(6, len(idle), p=[0.12, 0.2, 0.36, 0.2, 0.09, 0.03])]
    mailed = np.flatnonzero(~public)
    answers = np.repeat(mailed, 6)
    office = rng.integers(0, len(network.practices), len(answers))
    office_at = np.minimum((campaigns.first[answers] + rng.integers(3, 35, len(answers))), clock.last) * DAY + 14 * 3600
    none = np.full(len(idle), -1)
    sites = _a_site(network, rng)
    return Leads(
        np.concatenate([place, idle, answers]), np.concatenate([at, other_at, office_at]), np.concatenate([came, none, np.full(len(answers), -1)]),
        np.concatenate([referrals.site[came], sites[campaigns.study[idle]], sites[campaigns.study[answers]]]),
        np.concatenate([referrals.study[came], campaigns.study[idle], campaigns.study[answers]]),
        np.concatenate([np.full(len(came), "Sent to site", dtype=object), status, np.full(len(answers), "Qualified", dtype=object)]),
        np.concatenate([np.full(len(came), -1), none, office]),
    )  # fmt: skip


def _running(campaigns: Campaigns, study: int, day: int) -> int:
    """The study's campaign for the public that ran on a day, or the nearest one; -1 if it has none."""
    mine = np.flatnonzero((campaigns.study == study) & (campaigns.medium != "Direct mail"))
    if not len(mine):
        return -1
    away = np.maximum(0, np.maximum(campaigns.first[mine] - day, day - campaigns.last[mine]))
    return int(mine[np.argmin(away)])


def _a_site(network: Network, rng: np.random.Generator) -> Ints:
    """One of the sites of each study, for answers that nothing came of."""
    studies = network.studies
    found = np.zeros(len(studies), dtype=np.int64)
    for study in range(len(studies)):
        mine = studies.pair_site[studies.pair_study == study]
        found[study] = mine[int(rng.random() * len(mine))] if len(mine) else 0
    return found


def _write_list(folder: Folder, network: Network, campaigns: Campaigns) -> None:
    rows: list[list[Any]] = [list(LIST)]
    for i in range(len(campaigns)):
        name = str(campaigns.name[i])
        rows.append([
            name, campaigns.medium[i], "Practices" if campaigns.medium[i] == "Direct mail" else "Patients", as_date(campaigns.first[i]), as_date(campaigns.last[i]),
            name.lower().replace(" ", "-"), str(network.studies.code[campaigns.study[i]]),
        ])  # fmt: skip
    folder.xlsx("campaigns/campaigns.xlsx", "Campaigns", rows, FileTruth("campaign_list", len(campaigns)))


def _write_spend(folder: Folder, clock: Clock, campaigns: Campaigns, leads: Leads, rng: np.random.Generator) -> None:
    for medium, head, path in (
        ("Search", GOOGLE, "google_ads"),
        ("Social", META, "meta_ads"),
        ("Direct mail", ("Campaign", "Date", "Amount"), "mailings"),
    ):
        mine = np.flatnonzero(campaigns.medium == medium)
        rows, total = [], 0.0
        for i in mine.tolist():
            budget = COST[medium] * max(3, int((leads.campaign == i).sum())) * float(rng.uniform(0.7, 1.5))
            days = np.arange(campaigns.first[i], campaigns.last[i] + 1, 14 if medium == "Direct mail" else 1)
            share = rng.gamma(2.0, 1.0, len(days)) * np.where(rng.random(len(days)) < 0.05, 0, 1)
            cost = np.round(budget * share / max(share.sum(), 1e-9), 2)
            for day, spent in zip(days.tolist(), cost.tolist(), strict=True):
                if spent:
                    rows.append((day, str(campaigns.name[i]), spent))
                    total += spent
        _save_spend(folder, medium, head, path, sorted(rows), total)


def _save_spend(
    folder: Folder, medium: str, head: tuple[str, ...], path: str, rows: list[tuple[int, str, float]], total: float
) -> None:
    if not rows:
        return
    first, last = as_date(rows[0][0]), as_date(rows[-1][0])
    width = len(head)
    grid: list[list[str]] = []
    truth = FileTruth("campaign_spend", len(rows))
    if medium == "Search":
        grid += [
            ["Campaign report", *[""] * (width - 1)],
            [f"{first:%B %-d, %Y} - {last:%B %-d, %Y}", *[""] * (width - 1)],
        ]
    grid.append(list(head))
    for day, name, spent in rows:
        clicks = max(1, int(spent / 2.3))
        if medium == "Search":
            grid.append(
                [name, as_date(day).isoformat(), "USD", f"{spent:,.2f}", f"{clicks * 41:,}", f"{clicks:,}", "2.44%"]
            )
        elif medium == "Social":
            grid.append(
                [
                    name,
                    "All adults",
                    as_date(day).isoformat(),
                    as_date(day).isoformat(),
                    f"{spent:.2f}",
                    str(clicks * 63),
                    str(clicks),
                ]
            )
        else:
            grid.append([name, f"{as_date(day):%m/%d/%Y}", f"${spent:,.2f}"])
    if medium == "Search":
        truth.planted["totals_row"] = 1
        grid.append(["Total: Campaigns", "", "USD", f"{total:,.2f}", "", "", ""])
    folder.csv(f"campaigns/{path}.csv", grid, truth)


def _write_leads(folder: Folder, network: Network, referrals: Referrals, campaigns: Campaigns, leads: Leads) -> None:
    order = np.lexsort((np.arange(len(leads)), leads.at))
    order = order[leads.at[order] // DAY <= network.clock.last]
    mrn = patient_numbers(referrals.patient)
    rows: list[list[str]] = [list(LEADS)]
    for number, i in enumerate(order.tolist()):
        referral, office = int(leads.referral[i]), int(leads.practice[i])
        entered = referral >= 0 and int(referrals.entered[referral]) != NEVER
        person = number * 37
        born = as_date(-11_000 + number * 7919 % 23_000)
        since = min(int(leads.at[i]) // DAY + 2, network.clock.last)
        rows.append([
            f"L-{100_001 + number}", f"{moment(int(leads.at[i])):%Y-%m-%d %H:%M}", str(campaigns.name[leads.campaign[i]]), str(mrn[referral]) if entered else "",
            *(["", "", ""] if office >= 0 else [names.GIVEN_NAMES[person % len(names.GIVEN_NAMES)], f"Demo-{names.PATIENT_NAMES[person % 20]}{number}", born.isoformat()]),
            f"(555) 555-01{number % 100:02d}", f"lead{number}@example.invalid", str(network.practices.name[office]) if office >= 0 else "", str(leads.status[i]),
            as_date(since).isoformat(), str(network.studies.code[leads.study[i]]), str(network.sites.code[leads.site[i]]),
        ])  # fmt: skip
    if len(rows) > 1:
        folder.csv("campaigns/leads.csv", rows, FileTruth("lead_list", len(rows) - 1))
