"""The liaisons' log: visits and calls, more of them where referrals fell, which is why before/after flatters them."""

from __future__ import annotations

import numpy as np

from pipelines.demo import counts, names, spellings
from pipelines.demo.accounts import Contacts
from pipelines.demo.clock import NEVER, Floats, Ints, as_date
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream

HEADER = ("Date", "Liaison", "Practice", "Provider", "Channel", "Purpose", "Outcome", "Minutes", "Next Visit", "Site", "Contact Person",
          "Contact Role", "Study Presented", "Profile Version")  # fmt: skip
CHANNELS = ("Visit", "Call", "Email", "Mail", "Event", "Webinar")
PURPOSES = (
    "Introduce a study",
    "Drop off materials",
    "Check in",
    "Follow up on a referral",
    "Thank you",
    "New provider",
)
OUTCOMES = ("Positive", "No fit now", "Not reached", "Complaint", "Opted out")
MINUTES = np.array([25, 8, 3, 2, 60, 45])


def write(folder: Folder, network: Network, contacts: Contacts, seed: int) -> int:
    """Writes outreach_log.csv; returns how many touches it holds. Outreach changes nothing in the demo."""
    rng = stream(seed, "outreach")
    extra = _Extra(network, contacts, stream(seed, "outreach contacts"))
    practice, day = _touches(network, rng)
    truth = FileTruth("outreach_log", len(day), planted={"no_provider": 0, "spelling_variants": 0})
    rows: list[list[str]] = [list(HEADER)]
    members = np.argsort(network.people.practice, kind="stable")
    first = np.searchsorted(network.people.practice[members], np.arange(len(network.practices) + 1))
    draws = _draws(len(day), rng)
    lists = [values.tolist() for values in draws.values()]
    for office, when, *drawn in zip(practice.tolist(), day.tolist(), *lists, strict=True):
        some = members[first[office] : first[office + 1]]
        draw = dict(zip(draws, drawn, strict=True))
        rows.append(
            [*_row(network, office, when, some, draw, truth, rng), *extra.cells(office, when, int(draw["purpose"]))]
        )
    _spoil(rows, truth)
    folder.csv("outreach_log.csv", rows, truth)
    return len(day)


def _touches(network: Network, rng: np.random.Generator) -> tuple[Ints, Ints]:
    people, clock, n = network.people, network.clock, network.size.touches
    busy = np.sqrt(np.bincount(people.practice, weights=people.per_year, minlength=len(network.practices)) + 1)
    usual = rng.choice(len(busy), int(n * 0.78), p=busy / busy.sum())
    day = rng.integers(clock.first, clock.last + 1, len(usual))
    lapsed = np.flatnonzero(people.why != "")
    called_on = rng.choice(lapsed, n - len(usual))
    after = people.stops[called_on] + rng.integers(15, 170, len(called_on))
    keep = after <= clock.last
    practice, day = np.concatenate([usual, people.practice[called_on[keep]]]), np.concatenate([day, after[keep]])
    weekday = (day + 3) % 7
    day = np.where(weekday >= 5, day - (weekday - 4), day)
    order = np.argsort(day, kind="stable")
    return practice[order], np.maximum(day[order], clock.first)


def _draws(n: int, rng: np.random.Generator) -> dict[str, Ints | Floats]:
    channel = rng.choice(len(CHANNELS), n, p=[0.46, 0.27, 0.15, 0.04, 0.05, 0.03])
    return {
        "channel": channel, "purpose": rng.integers(0, len(PURPOSES), n),
        "outcome": rng.choice(len(OUTCOMES), n, p=[0.52, 0.2, 0.22, 0.05, 0.01]),
        "minutes": np.maximum(1, (MINUTES[channel] * rng.lognormal(0, 0.35, n)).astype(np.int64)),
        "next": np.where(rng.random(n) < 0.42, rng.integers(14, 100, n), NEVER), "named": rng.random(n),
        "member": rng.random(n), "spelled": rng.random(n), "seen": rng.random(n),
    }  # fmt: skip


def _row(
    network: Network,
    practice: int,
    day: int,
    some: Ints,
    draw: dict[str, float],
    truth: FileTruth,
    rng: np.random.Generator,
) -> list[str]:
    people, sites = network.people, network.sites
    person = int(some[int(draw["member"] * len(some))])
    name = str(network.practices.name[practice])
    if draw["spelled"] < 0.08:
        name = network.misspell(practice, rng)
        truth.planted["spelling_variants"] += 1
    provider = ""
    if draw["named"] < 0.6:
        provider = spellings.physician(people.family[person], people.given[person], people.credential[person], 0)
    else:
        truth.planted["no_provider"] += 1
    date, again = as_date(day), draw["next"]
    return [
        f"{date.month}/{date.day}/{date.year}", names.LIAISONS[int(network.practices.metro[practice]) % len(names.LIAISONS)], name, provider,
        CHANNELS[int(draw["channel"])], PURPOSES[int(draw["purpose"])], OUTCOMES[int(draw["outcome"])],
        str(int(draw["minutes"])) if draw["seen"] < 0.9 else "", "" if again == NEVER else spellings.day(as_date(day + int(again)), 0),
        str(sites.code[people.site[person]]),
    ]  # fmt: skip


class _Extra:
    """Whom the liaison spoke with at the desk, and which study was presented with which text."""

    def __init__(self, network: Network, contacts: Contacts, rng: np.random.Generator) -> None:
        self.network, self.contacts, self.rng = network, contacts, rng
        self.first = np.searchsorted(contacts.practice, np.arange(len(network.practices) + 1))

    def cells(self, practice: int, day: int, purpose: int) -> list[str]:
        """Contact person, role, study and version, each "" where the log leaves it blank."""
        return [*self._contact(practice), *self._study(day, purpose)]

    def _contact(self, practice: int) -> list[str]:
        first, last = int(self.first[practice]), int(self.first[practice + 1])
        if first == last or self.rng.random() > 0.4:
            return ["", ""]
        who = int(self.rng.integers(first, last))
        return [self.contacts.full(who), str(self.contacts.title[who]) if self.rng.random() < 0.5 else ""]

    def _study(self, day: int, purpose: int) -> list[str]:
        studies = self.network.studies
        open_now = np.flatnonzero((studies.opens <= day) & ((studies.closed == NEVER) | (studies.closed > day)))
        if PURPOSES[purpose] != "Introduce a study" or not len(open_now):
            return ["", ""]
        study = int(self.rng.choice(open_now))
        inforce = [version for version, _, effective in counts.versions(self.network, study) if effective <= day]
        return [str(studies.code[study]), inforce[-1] if inforce else ""]


def _spoil(rows: list[list[str]], truth: FileTruth) -> None:
    # Three rows without a day, and one entered twice.
    for place in (7, 30, 60):
        rows.insert(place, ["TBD", *rows[place][1:]])
    rows.insert(90, list(rows[90]))
    truth.records, truth.rejects, truth.repeats = truth.records + 4, 3, 1
    truth.planted["unreadable_date"] = 3
