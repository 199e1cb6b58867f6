"""The newsletter: who subscribed and left, and what became of each issue, as an e-mail tool exports it."""

from __future__ import annotations

import numpy as np

from pipelines.demo.accounts import Contacts
from pipelines.demo.clock import NEVER, as_date
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream

AUDIENCE = (
    "Email Address",
    "First Name",
    "Last Name",
    "Company",
    "MEMBER_RATING",
    "OPTIN_TIME",
    "OPTIN_IP",
    "UNSUB_TIME",
    "EUID",
)
ACTIVITY = ("Email Address", "Company", "Campaign Name", "Send Date", "Bounced", "Opens", "Clicks", "Unsubscribed")
EVERY = 61  # days between two issues


def write(folder: Folder, network: Network, contacts: Contacts, seed: int) -> int:
    """Writes newsletter_audience.csv and newsletter_activity.csv; returns how many deliveries they tell of."""
    rng, clock = stream(seed, "newsletter"), network.clock
    able = np.flatnonzero(contacts.email != "")
    who = able[rng.random(len(able)) < 0.75]
    joined = clock.first + rng.integers(-200, 700, len(who))
    leaves = np.where(rng.random(len(who)) < 0.12, joined + rng.integers(90, 700, len(who)), NEVER)
    leaves = np.where(leaves <= clock.last, leaves, NEVER)
    bad = rng.random(len(who)) < 0.04  # an address that is no longer anybody's
    rows: list[list[str]] = [list(AUDIENCE)]
    for place, person in enumerate(who.tolist()):
        rows.append([
            str(contacts.email[person]), str(contacts.given[person]), str(contacts.family[person]), str(network.practices.name[contacts.practice[person]]),
            str(1 + person % 5), f"{as_date(int(joined[place])).isoformat()} 10:15:00", "192.0.2.10",
            "" if leaves[place] == NEVER else f"{as_date(int(leaves[place])).isoformat()} 09:00:00", f"m{person:06d}",
        ])  # fmt: skip
    folder.csv("newsletter_audience.csv", rows, FileTruth("newsletter_audience", len(who)))
    return _issues(folder, network, contacts, who, joined, leaves, bad, rng)


def _issues(folder: Folder, network: Network, contacts: Contacts, who: np.ndarray, joined: np.ndarray, leaves: np.ndarray, bad: np.ndarray,
            rng: np.random.Generator) -> int:  # fmt: skip
    clock = network.clock
    keen = rng.beta(1.2, 3.0, len(who))
    rows: list[list[str]] = [list(ACTIVITY)]
    delivered = 0
    for day in range(clock.first + 30, clock.last + 1, EVERY):
        date = as_date(day)
        on = np.flatnonzero((joined < day) & ((leaves == NEVER) | (leaves > day)))
        opens, clicks = rng.random(len(on)) < 0.25 + 0.7 * keen[on], rng.random(len(on)) < 0.5 * keen[on]
        for place, opened, clicked in zip(on.tolist(), opens.tolist(), clicks.tolist(), strict=True):
            person = int(who[place])
            rows.append([
                str(contacts.email[person]), str(network.practices.name[contacts.practice[person]]), f"Newsletter {date:%B %Y}", f"{date.isoformat()} 09:00:00",
                "Hard" if bad[place] else "", str(int(not bad[place] and (opened or clicked))), str(int(not bad[place] and clicked)), "",
            ])  # fmt: skip
            delivered += not bad[place]
    folder.csv("newsletter_activity.csv", rows, FileTruth("newsletter_activity", len(rows) - 1))
    return int(delivered)
