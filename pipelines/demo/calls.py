"""Telephones of the sites: a log with one row per call at most of them, 8x8's records of legs at two.

Offices ring in the morning and after lunch, patients at any time; the fuller the hour, the longer the wait and the more
give up. A transferred call has legs with numbers of their own, and talk time that includes being on hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.demo.clock import DAY, Ints, Texts, moment
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream

LOG = (
    "Call ID",
    "Start Time",
    "Queue",
    "Direction",
    "Caller Name",
    "Caller Number",
    "Wait Time",
    "Ring Time",
    "Hold Time",
    "Talk Time",
    "Disposition",
    "Site",
)
LEGS = ("Call ID", "Leg ID", "Start Time", "Start Time UTC", "Answer Time", "Answer Time UTC", "Stop Time", "Stop Time UTC", "Talk Time", "Hold Time", "Caller", "Callee",
        "Direction", "Cause", "Status", "Parent Call ID", "Transfer to Call ID", "Caller Name", "Callee Name", "Callee Service", "Site")  # fmt: skip
MONTHS_KEPT = 12  # telephone systems keep a year
PER_REFERRAL = 0.7
LINES = ("Referral line", "Scheduling", "Main number")
# Calls per hour of the day, 7:00 to 18:00.
HOURS = np.array([2, 8, 15, 16, 13, 7, 9, 13, 12, 9, 4], float)
WEEKDAYS = np.array([1.25, 1.05, 1.0, 0.98, 0.85, 0.04, 0.02])


@dataclass
class Calls:
    """One entry per call: site, local second of the start, line, seconds, and whether a person answered."""

    site: Ints
    start: Ints
    line: Ints
    outbound: Ints
    practice: Ints  # -1 where a patient or nobody known called
    queued: Ints
    ring: Ints
    hold: Ints
    talk: Ints
    end: Texts  # Answered | Abandoned | Voicemail

    def __len__(self) -> int:
        return len(self.site)


def write(folder: Folder, network: Network, seed: int) -> int:
    """Writes the telephone log and the legs of two sites; returns how many calls they hold."""
    rng = stream(seed, "calls")
    calls = _simulate(network, rng)
    with_legs = np.isin(calls.site, np.flatnonzero(network.sites.kept == "ehr")[:2])
    _write_log(folder, network, calls, np.flatnonzero(~with_legs))
    _write_legs(folder, network, calls, np.flatnonzero(with_legs), stream(seed, "legs"))
    return len(calls)


def _simulate(network: Network, rng: np.random.Generator) -> Calls:
    clock, sites, people = network.clock, network.sites, network.people
    n = int(network.size.referrals / 3 * PER_REFERRAL)
    days = np.arange(clock.last - 365 * MONTHS_KEPT // 12 + 1, clock.last + 1)
    weight = WEEKDAYS[(days + 3) % 7]
    day = np.sort(rng.choice(days, n, p=weight / weight.sum()))
    busy = sites.pull * (sites.activated < clock.last - 400)
    site = rng.choice(len(sites), n, p=busy / busy.sum())
    hour = 7 + rng.choice(len(HOURS), n, p=HOURS / HOURS.sum())
    load = HOURS[hour - 7] / HOURS.mean()
    outbound = rng.random(n) < 0.22
    queued = np.where(rng.random(n) < 0.35 + 0.25 * (load > 1.2), rng.exponential(38 * load), 0).astype(np.int64)
    patience = rng.exponential(260, n)
    gone, machine = patience < queued + 6, (rng.random(n) < 0.06) & (queued > 20)
    end = np.where(gone, "Abandoned", np.where(machine, "Voicemail", "Answered")).astype(object)
    end[outbound] = np.where(rng.random(int(outbound.sum())) < 0.6, "Answered", "No answer")
    answered = end == "Answered"
    home = [np.flatnonzero(people.site == one) for one in range(len(sites))]
    caller = np.array(
        [
            people.practice[some[int(u * len(some))]] if len(some := home[s]) else -1
            for s, u in zip(site, rng.random(n), strict=True)
        ]
    )
    offices = rng.random(n) < 0.44
    return Calls(
        site, day * DAY + hour * 3600 + rng.integers(0, 3600, n), rng.choice(3, n, p=[0.4, 0.35, 0.25]), outbound.astype(np.int64),
        np.where(offices & ~outbound, caller, -1), np.where(outbound, 0, np.where(gone, np.minimum(queued, patience), queued)).astype(np.int64),
        np.where(answered | outbound, rng.integers(3, 19, n), 0), np.where(answered & (rng.random(n) < 0.18), rng.integers(10, 140, n), 0),
        np.where(answered, 20 + rng.exponential(170, n), 0).astype(np.int64), end,
    )  # fmt: skip


def _length(second: int) -> str:
    return f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}"


def _caller(network: Network, calls: Calls, at: int) -> tuple[str, str]:
    """Name and number as the telephone shows them: practices in capitals, patients by name, some not at all."""
    office = int(calls.practice[at])
    if office >= 0:
        return str(network.practices.name[office]).upper(), f"555555{office % 10_000:04d}"
    return ("" if at % 3 else f"DEMO-CALLER {at % 499}"), f"55555501{at % 100:02d}"


def _write_log(folder: Folder, network: Network, calls: Calls, mine: Ints) -> None:
    mine = mine[np.argsort(calls.start[mine], kind="stable")]
    rows: list[list[str]] = [list(LOG)]
    for at in mine.tolist():
        name, number = _caller(network, calls, at)
        rows.append([
            f"C{100_000 + at}", f"{moment(int(calls.start[at])):%m/%d/%Y %I:%M:%S %p}", LINES[calls.line[at]], "Outbound" if calls.outbound[at] else "Inbound",
            "" if calls.outbound[at] else name, "" if calls.outbound[at] else number, _length(int(calls.queued[at])), _length(int(calls.ring[at])),
            _length(int(calls.hold[at])), _length(int(calls.talk[at])), str(calls.end[at]), str(network.sites.code[calls.site[at]]),
        ])  # fmt: skip
    if len(rows) > 1:
        folder.csv("calls/call_log.csv", rows, FileTruth("call_log", len(rows) - 1))


def _write_legs(folder: Folder, network: Network, calls: Calls, mine: Ints, rng: np.random.Generator) -> None:
    """Every call: the attendant's leg, the queue's leg, the leg of whoever answered, and one more where it was transferred."""
    rows: list[list[str]] = [list(LEGS)]
    utc = network.clock.utc(calls.start, network.sites.zone[calls.site])
    transferred = 0
    for at in mine[np.argsort(calls.start[mine], kind="stable")].tolist():
        legs = _legs(network, calls, at, int(calls.start[at]), int(utc[at]), bool(rng.random() < 0.2))
        transferred += any(leg[15] for leg in legs)
        rows += legs
    truth = FileTruth("cdr_8x8", len(rows) - 1, planted={"calls": len(mine), "transferred": transferred})
    if len(mine):
        folder.csv("calls/8x8_call_legs.csv", rows, truth)


def _legs(network: Network, calls: Calls, at: int, local: int, utc: int, passed_on: bool) -> list[list[str]]:
    name, number = _caller(network, calls, at)
    site, line = str(network.sites.code[calls.site[at]]), LINES[calls.line[at]]
    queued, ring, hold, talk, end = (
        int(calls.queued[at]),
        int(calls.ring[at]),
        int(calls.hold[at]),
        int(calls.talk[at]),
        str(calls.end[at]),
    )
    call = f"17{at:011d}"

    def leg(
        turn: int,
        begin: int,
        answer: int | None,
        stop: int,
        talked: int,
        held: int,
        to: str,
        service: str,
        cause: str,
        own: str = call,
        parent: str = "",
    ) -> list[str]:
        def when(second: int | None, base: int) -> str:
            return "" if second is None else f"{moment(base + second):%Y-%m-%d %H:%M:%S}"

        times = [text for second in (begin, answer, stop) for text in (when(second, local), when(second, utc))]
        return [own, f"{own}-{turn}", *times, _length(talked), _length(held), number, to, "Outgoing" if calls.outbound[at] else "Incoming", cause, "Completed", parent, "",
                name if not calls.outbound[at] else "", to, service, site]  # fmt: skip

    if calls.outbound[at]:
        answer = ring if end == "Answered" else None
        return [
            leg(
                1,
                0,
                answer,
                ring + talk + hold,
                talk + hold if answer else 0,
                hold,
                "Patient",
                "External",
                "Normal" if answer else "No answer",
            )
        ]
    after = queued + ring
    whole = after + talk + hold
    legs = [
        leg(1, 0, 0, 4, 0, 0, "Auto Attendant", "AutoAttendant", "Normal"),
        leg(
            2, 4, 4, max(5, queued), 0, 0, f"{line} queue", "CallQueue", "Abandoned" if end == "Abandoned" else "Normal"
        ),
    ]
    if end == "Voicemail":
        legs.append(leg(3, queued, queued, queued + 25, 0, 0, f"{line} voicemail", "Voicemail", "Voicemail"))
    elif end == "Answered" and passed_on:
        part = after + max(10, talk // 3)
        legs.append(leg(3, queued, after, part, part - after, 0, line, "User", "Normal"))
        legs.append(
            leg(
                1, part, part + 4, whole + 4, whole - part, hold, "Nurse", "User", "Normal", own=f"{call}9", parent=call
            )
        )
    elif end == "Answered":
        legs.append(leg(3, queued, after, whole, talk + hold, hold, line, "User", "Normal"))
    return legs
