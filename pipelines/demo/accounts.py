"""What the liaisons keep beside their log: the people at each practice, what was agreed with it, and what was given.

Gifts follow chance alone: nothing in the demo ties them to referrals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.demo import names, spellings
from pipelines.demo.clock import Ints, Texts, as_date
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream

CONTACTS = (
    "Account Name",
    "Practice ZIP",
    "First Name",
    "Last Name",
    "Title",
    "Front Line",
    "Preferred Contact Method",
    "Do Not Contact",
    "Email",
)
TITLES = ("Referral Coordinator", "Front Desk", "Office Manager", "Medical Assistant", "Receptionist", "Nurse")
REACHED_BY = ("Phone", "Email", "Fax", "In person", "")
RELATIONSHIPS = ("Account", "Practice ZIP", "Our Site", "Preferred Referral Method", "Visit Frequency", "Tier", "Account Owner", "Therapeutic Area",
                 "Since")  # fmt: skip
WAYS = ("Fax", "Portal", "EHR", "Phone")
CADENCES = {
    "A": ("Every 30 days", "Monthly", "Every 45 days"),
    "B": ("Every 60 days", "Every 2 months"),
    "C": ("Quarterly", "Every 120 days", ""),
}
GIFTS = (
    "Date Given",
    "Recipient",
    "Recipient NPI",
    "Description",
    "Category",
    "Fair Market Value",
    "Cash Equivalent",
    "Given By",
)
ITEMS = (("Working lunch", "Meal", 22.0), ("Coffee and pastries", "Meal", 9.0), ("Anatomical model", "Educational item", 48.0), ("Textbook", "Educational item", 85.0),
         ("Fruit basket", "Gift", 40.0), ("Pens and notepads", "Gift", 6.0), ("Symposium dinner", "Meal", 68.0))  # fmt: skip


@dataclass
class Contacts:
    """Every contact person: the practice, how they are called, what they do, their address ("" for none)."""

    practice: Ints
    given: Texts
    family: Texts
    title: Texts
    email: Texts
    out: Ints

    def __len__(self) -> int:
        return len(self.practice)

    def full(self, who: int) -> str:
        """First and last name."""
        return f"{self.given[who]} {self.family[who]}"


def people(network: Network, seed: int) -> Contacts:
    """One to three contact persons for most practices."""
    rng = stream(seed, "contacts")
    n = len(network.practices)
    count = np.where(rng.random(n) < 0.9, 1 + rng.binomial(2, 0.35, n), 0)
    practice = np.repeat(np.arange(n), count)
    title = np.array(TITLES, dtype=object)[rng.choice(len(TITLES), len(practice), p=[0.34, 0.22, 0.2, 0.1, 0.08, 0.06])]
    email = np.array([f"desk{place}@practice.invalid" for place in range(len(practice))], dtype=object)
    email[rng.random(len(practice)) < 0.2] = ""
    return Contacts(
        practice, np.array(names.GIVEN_NAMES, dtype=object)[rng.integers(0, len(names.GIVEN_NAMES), len(practice))],
        np.array(names.FAMILY_NAMES, dtype=object)[rng.integers(0, len(names.FAMILY_NAMES), len(practice))], title, email,
        (rng.random(len(practice)) < 0.03).astype(np.int64),
    )  # fmt: skip


def write(folder: Folder, network: Network, contacts: Contacts, seed: int) -> dict[str, int]:
    """Writes contacts.csv, relationships.xlsx and gift_log.csv; returns how many rows of each can be loaded."""
    return {
        "contacts": _write_contacts(folder, network, contacts, stream(seed, "contact sheet")),
        "relationships": _write_relationships(folder, network, stream(seed, "relationships")),
        "gifts": _write_gifts(folder, network, stream(seed, "gifts")),
    }


def _write_contacts(folder: Folder, network: Network, contacts: Contacts, rng: np.random.Generator) -> int:
    practices = network.practices
    reached = rng.integers(0, len(REACHED_BY), len(contacts))
    rows: list[list[str]] = [list(CONTACTS)]
    for i in range(len(contacts)):
        office = int(contacts.practice[i])
        rows.append([
            str(practices.name[office]), str(practices.postal[office]), str(contacts.given[i]), str(contacts.family[i]), str(contacts.title[i]),
            "Yes" if contacts.title[i] == "Medical Assistant" and i % 3 == 0 else "", REACHED_BY[int(reached[i])], "Yes" if contacts.out[i] else "No",
            str(contacts.email[i]),
        ])  # fmt: skip
    rows.append(["", "", "Nobody", "Known", "Front Desk", "", "", "", ""])
    folder.csv(
        "contacts.csv", rows, FileTruth("contact_list", len(contacts) + 1, rejects=1, planted={"no_practice": 1})
    )
    return len(contacts)


def _write_relationships(folder: Folder, network: Network, rng: np.random.Generator) -> int:
    """The busier half of the practices, at the site that most of their people use."""
    referring, practices, clock = network.people, network.practices, network.clock
    busy = np.bincount(referring.practice, weights=referring.per_year, minlength=len(practices))
    kept = np.sort(np.argsort(-busy)[: max(8, int(0.55 * len(practices)))])
    rank = {int(office): place for place, office in enumerate(kept[np.argsort(-busy[kept])])}
    rows: list[list[Any]] = [list(RELATIONSHIPS)]
    for office in kept.tolist():
        sites = referring.site[referring.practice == office]
        tier = "A" if rank[office] < 0.2 * len(kept) else "B" if rank[office] < 0.6 * len(kept) else "C"
        real = (
            names.AREAS[int(rng.integers(0, len(names.AREAS)))].name
            if practices.area[office] == -1 and rng.random() < 0.06
            else ""
        )
        since = as_date(clock.first - 200 + int(rng.integers(0, 900)))
        rows.append([
            str(practices.name[office]), str(practices.postal[office]), str(network.sites.code[int(np.bincount(sites).argmax())]),
            WAYS[int(rng.choice(len(WAYS), p=[0.66, 0.2, 0.09, 0.05]))], CADENCES[tier][int(rng.integers(0, len(CADENCES[tier])))], tier,
            names.LIAISONS[int(practices.metro[office]) % len(names.LIAISONS)], real, since,
        ])  # fmt: skip
    folder.xlsx("relationships.xlsx", "Accounts", rows, FileTruth("relationship_sheet", len(kept)))
    return len(kept)


def _write_gifts(folder: Folder, network: Network, rng: np.random.Generator) -> int:
    referring, clock = network.people, network.clock
    n = max(60, network.size.touches // 25)
    who = rng.integers(0, len(referring), n)
    who[: n // 6] = rng.choice(len(referring), 3, replace=False)[rng.integers(0, 3, n // 6)]  # three who are given much
    day = np.sort(rng.integers(clock.first, clock.last + 1, n))
    rng.shuffle(who)
    rows: list[list[str]] = [list(GIFTS)]
    for person, when in zip(who.tolist(), day.tolist(), strict=True):
        what, kind, usual = ITEMS[int(rng.integers(0, len(ITEMS)))]
        rows.append([
            spellings.day(as_date(when), 0),
            spellings.physician(referring.family[person], referring.given[person], referring.credential[person], 1),
            str(referring.npi[person]), what, kind, f"${usual * float(rng.lognormal(0, 0.3)):,.2f}", "No" if rng.random() < 0.5 else "",
            names.LIAISONS[int(rng.integers(0, len(names.LIAISONS)))],
        ])  # fmt: skip
    for place, text in ((5, "Coffee shop gift card"), (12, "Cash for parking")):
        rows.insert(place, [*rows[place][:3], text, "Gift", "$25.00", "Yes", rows[place][7]])
    rows.insert(20, [*rows[20][:5], "", *rows[20][6:]])
    folder.csv("gift_log.csv", rows, FileTruth("gift_log", len(rows) - 1, rejects=3, planted={"cash_equivalents": 2}))
    return len(rows) - 4
