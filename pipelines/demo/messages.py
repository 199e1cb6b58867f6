"""The log of what was told to referrers, a file per year, from the EHR's outbox: receipts, appointment and outcome
notices, reports, continuity and progress notes, welcomes and thanks. Some are never sent; some are sent late."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.demo.clock import DAY, NEVER, Clock, Ints, moment
from pipelines.demo.ehr import numbers
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

HEADER = (
    "Message ID",
    "Sent",
    "Message Type",
    "Medium",
    "Referral ID",
    "Recipient Practice",
    "Automatic",
    "Delivered",
    "Site",
)
MEDIA = np.array(["Fax", "Portal", "Direct", "Mail"], dtype=object)


@dataclass
class Outbox:
    """Messages so far: which referral, when (UTC seconds), what, whether by itself."""

    referral: list[Ints] = field(default_factory=list)
    sent: list[Ints] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    automatic: list[bool] = field(default_factory=list)

    def add(self, who: Ints, sent: Ints, kind: str, automatic: bool = False) -> None:
        self.referral.append(who)
        self.sent.append(sent)
        self.kind.append(kind)
        self.automatic.append(automatic)


def write(folder: Folder, network: Network, referrals: Referrals, paths: Paths, seed: int) -> int:
    """Writes messages_YEAR.csv and returns how many messages they hold."""
    rng = stream(seed, "messages")
    clock = network.clock
    end = clock.utc(np.full(len(referrals), (clock.last + 1) * DAY), referrals.zone)
    named = (
        np.isin(referrals.source, (0, 1)) & (network.sites.kept[referrals.site] == "ehr") & (referrals.entered < end)
    )
    who = np.flatnonzero(named & referrals.countable & (referrals.outgoing == 0))
    outbox = _fill(clock, referrals, paths, who, rng)
    return _save(folder, network, referrals, outbox, end, rng)


def _fill(clock: Clock, referrals: Referrals, paths: Paths, who: Ints, rng: np.random.Generator) -> Outbox:
    outbox, zone = Outbox(), referrals.zone

    def later(times: Ints, of: Ints, days: float) -> Ints:
        after = times + (rng.exponential(days, len(of)) * DAY).astype(np.int64)
        return np.maximum(clock.office(after, zone[of], rng), times + 60)

    def some(mask: Any, share: float) -> Ints:
        chosen = who[np.asarray(mask)[who]]
        return np.asarray(chosen[rng.random(len(chosen)) < share])

    portal = some(np.isin(referrals.channel, (2, 3)), 0.97)
    outbox.add(portal, referrals.received[portal] + 60, "Acknowledgement", automatic=True)
    booked = some(paths.booked != NEVER, 0.74)
    outbox.add(booked, later(paths.booked[booked], booked, 0.8), "Appointment notice")
    kept = some((paths.visit != NEVER) & (paths.visit_status == "Completed"), 0.55)
    outbox.add(kept, later(paths.visit[kept], kept, 1.2), "Appointment kept")
    missed = some((paths.visit != NEVER) & (paths.visit_status != "Completed"), 0.38)
    outbox.add(missed, later(paths.visit[missed], missed, 2.0), "Appointment not kept")
    enrolled = some(paths.enrolled != NEVER, 0.6)
    outbox.add(enrolled, later(paths.enrolled[enrolled], enrolled, 6.0), "Continuity note")
    reported = some(paths.reported != NEVER, 0.9)
    outbox.add(reported, paths.reported[reported], "Report")
    for turn in range(1, 7):
        gone = paths.off_study[enrolled]
        on_study = enrolled[(gone == NEVER) | (paths.enrolled[enrolled] + turn * 50 * DAY < gone)]
        chosen = on_study[rng.random(len(on_study)) < 0.5]
        outbox.add(chosen, later(paths.enrolled[chosen] + turn * 50 * DAY, chosen, 5.0), "Progress note")
    first = _firsts(referrals, who)
    thanked = first[rng.random(len(first)) < 0.45]
    outbox.add(thanked, later(referrals.received[thanked], thanked, 5.0), "Thank you")
    return outbox


def _firsts(referrals: Referrals, who: Ints) -> Ints:
    """Each practice's first referral."""
    order = who[np.argsort(referrals.received[who], kind="stable")]
    order = order[referrals.practice[order] >= 0]
    _, place = np.unique(referrals.practice[order], return_index=True)
    return np.asarray(order[place])


def _save(folder: Folder, network: Network, referrals: Referrals, outbox: Outbox, end: Ints, rng: np.random.Generator) -> int:  # fmt: skip
    who, sent = np.concatenate(outbox.referral), np.concatenate(outbox.sent)
    sizes = [len(part) for part in outbox.referral]
    kind = np.repeat(np.array(outbox.kind, dtype=object), sizes)
    automatic = np.repeat(np.array(outbox.automatic), sizes)
    known = sent < end[who]
    order = np.flatnonzero(known)[np.argsort(sent[known], kind="stable")]
    number, zone = numbers(len(referrals)), referrals.zone
    year = np.array([moment(int(second)).year for second in sent[order]])
    medium = np.where(automatic[order], "Portal", MEDIA[rng.choice(4, len(order), p=[0.5, 0.2, 0.22, 0.08])])
    arrived = rng.random(len(order)) < 0.7
    local = network.clock.local(sent[order], zone[who[order]])
    for one in np.unique(year):
        rows: list[list[str]] = [list(HEADER)]
        for place in np.flatnonzero(year == one).tolist():
            i = int(order[place])
            office = int(referrals.practice[who[i]])
            told = moment(int(local[place]))
            rows.append([
                f"M{i:08d}", f"{told:%m/%d/%Y %I:%M %p}", str(kind[i]), str(medium[place]), str(number[who[i]]),
                str(network.practices.name[office]) if office >= 0 else "", "Yes" if automatic[i] else "No",
                f"{moment(int(local[place]) + 120):%m/%d/%Y %I:%M %p}" if arrived[place] else "",
                str(network.sites.code[referrals.site[who[i]]]),
            ])  # fmt: skip
        folder.csv(f"messages/messages_{one}.csv", rows, FileTruth("communication_log", len(rows) - 1))
    return len(order)
