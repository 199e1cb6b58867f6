"""Imaging departments: exams of about a third of the clinical referrals of every second EHR site, who looked at the
images, sessions of reading together, and whether the exam was what the referrer had in mind.

Links are opened by machines within seconds, technologists look at their own work, and a few reports bear a time
before their exam: what a metric must leave out is in here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.demo.clock import DAY, NEVER, Clock, Floats, Ints, Texts, moment
from pipelines.demo.ehr import numbers, patient_numbers
from pipelines.demo.files import FileTruth, Folder
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

EXAM_SHARE = 1 / 3
RIS = ("Accession #", "Study Instance UID", "MRN", "Order #", "Ordering Provider", "Ordering Practice", "Modality", "Exam Description", "Exam End", "Prelim", "Final",
       "Delivered", "Addenda", "Addendum Time", "Protocol Changed", "Report Status", "Site")  # fmt: skip
SHARES = (
    "Timestamp",
    "Event Time (UTC)",
    "User",
    "User Role",
    "Organization",
    "Action",
    "Accession Number",
    "Device",
    "User Agent",
    "IP Address",
    "Site",
)
SESSIONS = (
    "Session ID",
    "Accession",
    "Host Role",
    "Invited Practice",
    "Invited",
    "Joined",
    "Ended",
    "Audio",
    "Video",
    "Outcome",
    "Site",
)
CONFIRMATIONS = (
    "Message ID",
    "Sent",
    "Message Type",
    "Medium",
    "Referral ID",
    "Recipient Practice",
    "Answer",
    "Answered On",
    "Site",
)
EXAMS = (("CT", "CT ABDOMEN PELVIS W"), ("CT", "CT CHEST WO"), ("MR", "MR BRAIN WO"), ("MR", "MR LUMBAR SPINE WO"), ("US", "US THYROID"), ("US", "US ABDOMEN COMPLETE"),
         ("DX", "XR CHEST 2 VIEWS"), ("MG", "MG SCREENING BILATERAL"), ("PT", "PET CT SKULL THIGH"))  # fmt: skip
EXAM_SHARES = (0.16, 0.12, 0.16, 0.12, 0.12, 0.1, 0.12, 0.07, 0.03)
HOURS = {
    "CT": 5.0,
    "MR": 9.0,
    "US": 3.5,
    "DX": 2.0,
    "MG": 14.0,
    "PT": 12.0,
}  # median from the end of the exam to the final report
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile"
PREVIEWS = (
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Microsoft Office Existence Discovery",
    "GoogleImageProxy",
)


@dataclass
class Exams:
    """One entry per exam that ended by the last day. Times are UTC seconds, ``NEVER`` for what had not happened by then."""

    who: Ints
    number: Texts
    uid: Texts
    kind: Ints
    ended: Ints
    prelim: Ints
    final: Ints
    delivered: Ints
    addended: Ints
    changed: Ints

    def __len__(self) -> int:
        return len(self.who)


def write(folder: Folder, network: Network, referrals: Referrals, paths: Paths, seed: int) -> dict[str, int]:
    """Writes the worklist, the viewer's log, the sessions and the confirmations; returns how much of each."""
    exams = _exams(network, referrals, paths, stream(seed, "exams"))
    _write_worklist(folder, network, referrals, exams)
    shares = _write_shares(folder, network, referrals, exams, stream(seed, "image shares"))
    sessions = _write_sessions(folder, network, referrals, exams, stream(seed, "sessions"))
    asked = _write_confirmations(folder, network, referrals, exams, stream(seed, "confirmations"))
    return {"exams": len(exams), "share_events": shares, "sessions": sessions, "confirmations": asked}


def imaging_sites(network: Network) -> Ints:
    """The sites with an imaging department: every second of those with an EHR."""
    return np.flatnonzero(network.sites.kept == "ehr")[::2]


def _exams(network: Network, referrals: Referrals, paths: Paths, rng: np.random.Generator) -> Exams:
    clock = network.clock
    able = (
        np.isin(referrals.site, imaging_sites(network))
        & (referrals.study < 0)
        & referrals.countable
        & (referrals.source <= 1)
    )
    kept = np.where(paths.visit_status == "Completed", paths.visit, paths.second_visit)
    end = clock.utc(np.full(len(referrals), (clock.last + 1) * DAY), referrals.zone)
    ordered = able & (rng.random(len(referrals)) < EXAM_SHARE)
    who = np.flatnonzero(ordered & (kept != NEVER) & (kept < end - 3 * 3600) & (referrals.entered < end))
    n = len(who)
    kind = rng.choice(len(EXAMS), n, p=EXAM_SHARES)
    ended = kept[who] + rng.integers(15, 75, n) * 60 + rng.integers(0, 60, n)
    final, prelim = _reports(clock, referrals, who, kind, ended, rng)
    by_fax = rng.random(n) < 0.2
    delivered = final + np.where(by_fax, rng.exponential(9 * 3600, n), rng.integers(30, 900, n)).astype(np.int64)
    delivered[rng.random(n) < 0.03] = NEVER
    addended = np.where(rng.random(n) < 0.035, final + rng.integers(3600, 20 * DAY, n), NEVER)
    wrong = rng.random(n) < 0.003  # a report signed on the wrong exam: before this one ended
    final[wrong], prelim[wrong] = ended[wrong] - rng.integers(600, 7200, int(wrong.sum())), NEVER
    limit = end[who]
    told = [
        np.where((times != NEVER) & (times < limit), times, NEVER) for times in (prelim, final, delivered, addended)
    ]
    numbered = [
        np.array([f"{head}{3 * i + tail}" for i in who.tolist()], dtype=object)
        for head, tail in (("A", 2_000_000), ("1.2.826.0.1.3680043.9.9999.", 1))
    ]
    return Exams(
        who,
        numbered[0],
        numbered[1],
        kind,
        ended,
        told[0],
        told[1],
        told[2],
        told[3],
        (rng.random(n) < 0.042).astype(np.int64),
    )


def _reports(
    clock: Clock, referrals: Referrals, who: Ints, kind: Ints, ended: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Final and preliminary reports: two thirds are read in the day, the rest wait for office hours."""
    n = len(who)
    median = np.array([HOURS[modality] for modality, _ in EXAMS])[kind]
    urgent = np.where(referrals.priority[who] == "Routine", 1.0, 0.5)
    wait = (median * urgent * np.exp(rng.normal(0, 0.85, n)) * 3600).astype(np.int64)
    waits = rng.random(n) < 0.35
    final = np.where(waits, np.maximum(clock.office(ended + wait, referrals.zone[who], rng), ended + 900), ended + wait)
    prelim = np.where(rng.random(n) < 0.3, ended + (0.3 * (final - ended)).astype(np.int64), NEVER)
    return final, prelim


def _stamp(second: int) -> str:
    return "" if second == NEVER else f"{moment(second):%m/%d/%Y %H:%M:%S}"


def _office(network: Network, referrals: Referrals, i: int) -> str:
    office = int(referrals.practice[i])
    return str(network.practices.name[office]) if office >= 0 and referrals.named[i] >= 1 else ""


def _write_worklist(folder: Folder, network: Network, referrals: Referrals, exams: Exams) -> None:
    clock, zone = network.clock, referrals.zone[exams.who]
    local = {
        name: clock.local(getattr(exams, name), zone).tolist()
        for name in ("ended", "prelim", "final", "delivered", "addended")
    }
    order_number, mrn, full = (
        numbers(len(referrals)),
        patient_numbers(referrals.patient[exams.who]),
        network.people.full_name,
    )
    rows: list[list[str]] = [list(RIS)]
    for at in np.argsort(exams.ended, kind="stable").tolist():
        i = int(exams.who[at])
        person, (modality, words) = int(referrals.person[i]), EXAMS[exams.kind[at]]
        final, addended = local["final"][at], local["addended"][at]
        status = (
            "Addendum"
            if addended != NEVER
            else "Final"
            if final != NEVER
            else "Prelim"
            if local["prelim"][at] != NEVER
            else "Unread"
        )
        rows.append([
            str(exams.number[at]), str(exams.uid[at]), str(mrn[at]), str(order_number[i]), str(full[person]) if person >= 0 and referrals.named[i] == 2 else "",
            _office(network, referrals, i), modality, words, _stamp(local["ended"][at]), _stamp(local["prelim"][at]), _stamp(final), _stamp(local["delivered"][at]),
            "1" if addended != NEVER else "0", _stamp(addended), "Yes" if exams.changed[at] else "No", status, str(network.sites.code[referrals.site[i]]),
        ])  # fmt: skip
    wrong = int(((exams.final != NEVER) & (exams.final < exams.ended)).sum())
    _keep(
        folder,
        "imaging/ris_exams.csv",
        rows,
        FileTruth("ris_exams", len(rows) - 1, planted={"final_before_exam": wrong}),
    )


def _keep(folder: Folder, path: str, rows: list[list[str]], truth: FileTruth) -> None:
    if len(rows) > 1:  # a header alone is no file that anybody would hand over
        folder.csv(path, rows, truth)


@dataclass
class Looks:
    """Entries of the viewer's log: which exam, when (UTC), what, in which role, by which agent."""

    exam: list[Ints]
    at: list[Ints]
    action: list[str]
    role: list[str]
    agent: list[str]

    def add(self, exam: Ints, at: Ints, action: str, role: str, agent: str = BROWSER) -> None:
        for column, value in zip((self.exam, self.at), (exam, at), strict=True):
            column.append(value)
        self.action.append(action)
        self.role.append(role)
        self.agent.append(agent)


def _write_shares(
    folder: Folder, network: Network, referrals: Referrals, exams: Exams, rng: np.random.Generator
) -> int:
    looks = Looks([], [], [], [], [])
    done = np.flatnonzero(exams.final != NEVER)

    def some(of: Ints, share: float) -> Ints:
        return np.asarray(of[rng.random(len(of)) < share])

    def after(of: Ints, hours: Floats) -> Ints:
        return np.asarray(exams.final[of] + (hours * 3600).astype(np.int64))

    shared = some(done, 0.72)
    looks.add(shared, exams.final[shared] + 120, "Share sent", "Image library")
    for agent in PREVIEWS:
        seen = some(shared, 0.12)
        looks.add(seen, exams.final[seen] + 122 + rng.integers(0, 20, len(seen)), "Link opened", "Guest", agent)
    own = some(np.arange(len(exams)), 0.3)
    looks.add(own, exams.ended[own] + rng.integers(60, 900, len(own)), "Viewed", "Technologist")
    read = some(done, 0.4)
    looks.add(read, exams.final[read] - rng.integers(60, 900, len(read)), "Viewed", "Radiologist")
    first = some(shared, 0.66)
    looks.add(first, after(first, 0.1 + np.exp(rng.normal(1.9, 1.4, len(first)))), "Viewed", "Referring physician")
    staff = some(shared, 0.25)
    looks.add(staff, after(staff, 0.2 + np.exp(rng.normal(2.4, 1.3, len(staff)))), "Viewed", "Referring office", PHONE)
    again = some(first, 0.2)
    looks.add(again, after(again, 24 + rng.exponential(60, len(again))), "Exported", "Referring physician")
    return _save_shares(folder, network, referrals, exams, looks)


def _save_shares(folder: Folder, network: Network, referrals: Referrals, exams: Exams, looks: Looks) -> int:
    exam, at = np.concatenate(looks.exam), np.concatenate(looks.at)
    sizes = [len(part) for part in looks.exam]
    action, role, agent = (
        np.repeat(np.array(column, dtype=object), sizes) for column in (looks.action, looks.role, looks.agent)
    )
    clock, zone = network.clock, referrals.zone[exams.who[exam]]
    end = clock.utc(np.full(len(exam), (clock.last + 1) * DAY), zone)
    order = np.flatnonzero(at < end)
    order = order[np.lexsort((exam[order], at[order]))]
    local = clock.local(at, zone)
    rows: list[list[str]] = [list(SHARES)]
    for turn in order.tolist():
        i = int(exams.who[exam[turn]])
        theirs = str(role[turn]).startswith("Referring")
        rows.append([
            _stamp(int(local[turn])), _stamp(int(at[turn])), f"user{turn % 977}@example.invalid", str(role[turn]), _office(network, referrals, i) if theirs else "",
            str(action[turn]), str(exams.number[exam[turn]]), "mobile" if agent[turn] == PHONE else "desktop", str(agent[turn]), f"192.0.2.{turn % 250 + 1}",
            str(network.sites.code[referrals.site[i]]),
        ])  # fmt: skip
    truth = FileTruth(
        "image_share_log",
        len(rows) - 1,
        planted={
            "link_previews": int((role[order] == "Guest").sum()),
            "technologists": int((role[order] == "Technologist").sum()),
        },
    )
    _keep(folder, "imaging/image_share.csv", rows, truth)
    return len(order)


def _write_sessions(
    folder: Folder, network: Network, referrals: Referrals, exams: Exams, rng: np.random.Generator
) -> int:
    clock = network.clock
    able = np.flatnonzero(exams.final != NEVER)
    chosen = able[rng.random(len(able)) < 0.035]
    zone = referrals.zone[exams.who[chosen]]
    invited = clock.office(exams.final[chosen] + rng.integers(600, 2 * DAY, len(chosen)), zone, rng)
    chosen, invited = chosen[invited < (clock.last + 1) * DAY], invited[invited < (clock.last + 1) * DAY]
    order = np.argsort(invited, kind="stable")
    rows: list[list[object]] = [list(SESSIONS)]
    for number, turn in enumerate(order.tolist()):
        at = int(chosen[turn])
        i = int(exams.who[at])
        draw, wait, length = rng.random(), int(rng.integers(20, 900)), int(rng.integers(120, 2400))
        start = int(clock.local(invited[turn : turn + 1], referrals.zone[i : i + 1])[0])
        came = draw < 0.64
        outcome = "Joined" if came else "Declined" if draw < 0.78 else "Missed"
        rows.append([
            f"CS-{10_001 + number}", str(exams.number[at]), "Radiologist" if draw < 0.9 else "Referring physician", _office(network, referrals, i), moment(start),
            moment(start + wait) if came else "", moment(start + wait + length) if came else "", "Yes", "Yes" if draw < 0.3 else "No", outcome,
            str(network.sites.code[referrals.site[i]]),
        ])  # fmt: skip
    if len(rows) > 1:
        folder.xlsx(
            "imaging/collaboration_sessions.xlsx", "Sessions", rows, FileTruth("collaboration_log", len(rows) - 1)
        )
    return len(rows) - 1


def _write_confirmations(
    folder: Folder, network: Network, referrals: Referrals, exams: Exams, rng: np.random.Generator
) -> int:
    """A question after the report, answered by half of the practices, and nearly always with yes."""
    clock = network.clock
    able = np.flatnonzero(exams.final != NEVER)
    chosen = able[rng.random(len(able)) < 0.5]
    zone = referrals.zone[exams.who[chosen]]
    sent = clock.local(exams.final[chosen] + rng.integers(600, 30 * 3600, len(chosen)), zone)
    answered = sent // DAY + rng.integers(0, 9, len(chosen))
    said = (rng.random(len(chosen)) < 0.54) & (answered <= clock.last)
    yes = rng.random(len(chosen)) < np.where(exams.changed[chosen] == 1, 0.7, 0.95)
    known = np.flatnonzero(sent // DAY <= clock.last)
    known = known[np.argsort(sent[known], kind="stable")]
    order_number = numbers(len(referrals))
    rows: list[list[str]] = [list(CONFIRMATIONS)]
    for at in known.tolist():
        i = int(exams.who[chosen[at]])
        rows.append([
            f"X{i:08d}", f"{moment(int(sent[at])):%m/%d/%Y %I:%M %p}", "Exam confirmation", "Portal", str(order_number[i]), _office(network, referrals, i),
            ("Yes" if yes[at] else "No") if said[at] else "", f"{moment(int(answered[at]) * DAY):%m/%d/%Y}" if said[at] else "",
            str(network.sites.code[referrals.site[i]]),
        ])  # fmt: skip
    _keep(folder, "imaging/exam_confirmations.csv", rows, FileTruth("communication_log", len(rows) - 1))
    return len(known)
