"""The EHR's extracts, a file per year: referrals, their status history and the visits booked for them.

Epic column names, tab separated, dates as ``MM/DD/YYYY HH:MM:SS AM`` in the site's local time; only the history's
CHANGE_DATETIME and the visits' EXT_SVC_UTC_DTTM are UTC. A year's referral file repeats the last days of December
of the year before, because whoever runs the query starts it a little earlier to be safe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.demo import names
from pipelines.demo.clock import DAY, NEVER, Ints, Texts, as_date, day_number
from pipelines.demo.files import FileTruth, Folder, texts
from pipelines.demo.network import Network, stream
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

REFERRAL = (
    "REFERRAL_ID", "PAT_ID", "ENTRY_DATE", "RFL_STATUS_C_NAME", "REFERRING_PROV_ID_REFERRING_PROV_NAM",
    "REFERRING_PROV_ID", "REFERRING_NPI", "VENDOR_ID_VENDOR_NAME", "VENDOR_ID", "PROV_SPEC_C_NAME",
    "RFL_TYPE_C_NAME", "RSN_FOR_RFL_C_NAME", "RFL_CLASS_C_NAME", "START_DATE", "EXP_DATE", "REFD_TO_LOC_POS_ID",
    "REFD_TO_DEPT_ID", "REFD_TO_SPEC_C_NAME", "PRIORITY_C_NAME", "ACTUAL_NUM_VISITS", "SCHED_NUM_VISITS",
    "CLOSE_RSN_C_NAME", "SCHED_STATUS_C_NAME", "EXT_REF_DATE", "RFL_RECEIVED_DATE", "RESEARCH_STUDY_CODE",
    "REFERRAL_CHANNEL",
)  # fmt: skip
HISTORY = (
    "REFERRAL_ID", "LINE", "CHANGE_DATE", "CHANGE_TYPE_C_NAME", "CHANGE_USER_ID_NAME", "CHANGE_USER_ID",
    "PREVIOUS_VALUE", "CHANGE_DATETIME", "AUTH_HX_EVENT_NO", "AUTH_HX_NOTE_ID", "CHANGE_LOCAL_DTTM",
    "NEW_RFL_STATUS_C_NAME", "NEW_PEND_RSN_C_NAME", "NEW_FIN_PROV_STATUS_C_NAME", "NEW_FIN_VALID_END_DATE",
)  # fmt: skip
VISITS = (
    "REFERRAL_ID", "LINE_COUNT", "SERVICE_DATE", "SERVICE_TYPE_C_NAME", "CHARGE_ID", "CLAIM_ID", "SERIAL_NUMBER",
    "USER_ID_NAME", "USER_ID", "REASON", "TABLE_COUNT", "EXT_SVC_PROV_ID", "EXT_SVC_TIME", "EXT_SVC_POS_ID",
    "EXT_APPT_STATUS_C_NAME", "EXT_APPT_UNIQ_ID", "EXT_SVC_UTC_DTTM", "EXT_SVC_DTTM", "APPT_MADE_DATE",
)  # fmt: skip
# Status of the history -> which time of a path it marks.
STEPS = (("Pending Review", "acknowledged"), ("Authorized", "accepted"), ("Contacted", "contacted"),
         ("Scheduled", "booked"), ("Report Sent", "reported"))  # fmt: skip
ENDINGS = {"declined": "Patient Declined", "refused": "Denied", "prescreen_failed": "Denied", "unreachable": "Canceled",
           "cancelled": "Canceled", "study_closed": "Closed"}  # fmt: skip
AGAIN_DAYS = 4
Flags = NDArray[np.bool_]
CLINIC, TRIAL = "Consult and Treat", "Research"


@dataclass
class Extract:
    """What the three files are written from: the referrals that the EHR knows by the last day, and that day's
    end per referral (UTC)."""

    network: Network
    referrals: Referrals
    paths: Paths
    who: Ints
    end: Ints
    number: Texts


def write(folder: Folder, network: Network, referrals: Referrals, paths: Paths, seed: int) -> int:
    """Writes the yearly files of all three kinds and returns how many events the history holds."""
    end = network.clock.utc(np.full(len(referrals), (network.clock.last + 1) * DAY), referrals.zone)
    at_ehr = network.sites.kept[referrals.site] == "ehr"
    who = np.flatnonzero(at_ehr & (referrals.entered < end))
    extract = Extract(network, referrals, paths, who, end, numbers(len(referrals)))
    _write_referrals(folder, extract, stream(seed, "ehr"))
    return _write_history(folder, extract, stream(seed, "history")) + _write_visits(
        folder, extract, stream(seed, "visits")
    )


def numbers(n: int) -> Texts:
    """The EHR's referral number of each referral."""
    return np.array([f"4{1_000_000 + 3 * i:08d}" for i in range(n)], dtype=object)


def patient_numbers(patient: Ints) -> Texts:
    """Record numbers nobody can take for real ones."""
    return np.array([f"ZZDEMO{number:07d}" for number in patient], dtype=object)


def _years(network: Network, days: Ints) -> Ints:
    last = as_date(network.clock.last).year
    starts = [
        day_number(as_date(network.clock.first).replace(year=y, month=1, day=1))
        for y in range(as_date(network.clock.first).year, last + 1)
    ]
    return np.searchsorted(np.array(starts), days, side="right") - 1 + as_date(network.clock.first).year


def _write_referrals(folder: Folder, extract: Extract, rng: np.random.Generator) -> None:
    clock, who = extract.network.clock, extract.who
    columns, planted = _columns(extract, rng)
    entered = clock.local_day(extract.referrals.entered[who], extract.referrals.zone[who])
    order = np.argsort(extract.referrals.entered[who], kind="stable")
    year_of = _years(extract.network, entered)
    for year in np.unique(year_of):
        first = day_number(as_date(clock.first).replace(year=int(year), month=1, day=1))
        before = order[(entered[order] >= first - AGAIN_DAYS) & (entered[order] < first)]
        mine = order[year_of[order] == year]
        rows = np.concatenate([before, _with_repeats(mine, rng)])
        truth = FileTruth(
            "epic_referral", len(rows) + 2, rejects=2, repeats=len(rows) - len(before) - len(mine), again=len(before)
        )
        truth.planted = {name: int(flags[rows].sum()) for name, flags in planted.items()}
        table = [[*texts(column[rows]), "", ""] for column in columns]
        junk = _half_written(clock.days(entered[rows[-1:]])[0])
        for column, text in zip(table, junk, strict=True):
            column[-2:] = [text, text.replace("03:12:44", "03:12:51")]
        folder.tsv(f"ehr/REFERRAL_{year}.tsv", REFERRAL, table, truth)


def _half_written(day: str) -> list[str]:
    """An interface's half-written record: no number, so nothing can be made of it."""
    filled = {
        "ENTRY_DATE": f"{day} 03:12:44 AM",
        "RFL_STATUS_C_NAME": "Incomplete",
        "PAT_ID": "ZZDEMO9999999",
        "RFL_CLASS_C_NAME": "Incoming",
    }
    return [filled.get(name, "") for name in REFERRAL]


def _with_repeats(rows: Ints, rng: np.random.Generator) -> Ints:
    # A few lines stand in the file twice, one below the other: a join of the analyst's that was not unique.
    twice = (rng.random(len(rows)) < 0.001).astype(np.int64)
    twice[:1] = 1
    return np.repeat(rows, 1 + twice)


def _columns(extract: Extract, rng: np.random.Generator) -> tuple[list[Texts], dict[str, Flags]]:
    network, who = extract.network, extract.who
    r, clock = extract.referrals.take(who), network.clock
    end = extract.end[who]
    told, planted = _referrer(extract, r, rng)
    no_date = (rng.random(len(who)) < 0.008) & (r.study < 0)
    received = clock.local(r.received, r.zone)
    values = {
        "REFERRAL_ID": extract.number[who], "PAT_ID": patient_numbers(r.patient), **told,
        "ENTRY_DATE": clock.stamps(clock.local(r.entered, r.zone)),
        "RFL_RECEIVED_DATE": np.where(no_date, "", clock.stamps(received)),
        "EXT_REF_DATE": clock.stamps(clock.local(r.authored, r.zone) // DAY * DAY),
        "START_DATE": clock.stamps(received // DAY * DAY), "EXP_DATE": clock.stamps((received // DAY + 180) * DAY),
        "RFL_TYPE_C_NAME": np.where(r.study >= 0, TRIAL, CLINIC), "RSN_FOR_RFL_C_NAME": r.condition,
        "RFL_CLASS_C_NAME": np.where(r.outgoing == 1, "Outgoing", "Incoming"),
        "REFD_TO_LOC_POS_ID": network.sites.code[r.site], "REFD_TO_DEPT_ID": _departments(network, r, rng),
        "REFD_TO_SPEC_C_NAME": np.array([area.specialty for area in names.AREAS], dtype=object)[r.area],
        "PRIORITY_C_NAME": r.priority, "REFERRAL_CHANNEL": np.array(names.CHANNELS, dtype=object)[r.channel],
        "RESEARCH_STUDY_CODE": np.where(r.study >= 0, network.studies.code[r.study], ""),
        **_status(extract.paths, who, end),
    }  # fmt: skip
    planted |= {
        "blank_received": no_date, "void": r.void == 1, "outgoing": r.outgoing == 1, "repeat_within_7_days": r.copy_of >= 0,
        "entered_late": r.entered - r.received > 10 * DAY, "unattributed": r.named == 0, "blank_priority": r.priority == "",
    }  # fmt: skip
    return [values[name] for name in REFERRAL], planted


def _referrer(extract: Extract, r: Referrals, rng: np.random.Generator) -> tuple[dict[str, Texts], dict[str, Flags]]:
    """Who referred, as the extract tells it: NPIs missing on about 15%, some practices under two vendor records."""
    people, practices = extract.network.people, extract.network.practices
    n = len(r)
    known, office = (r.person >= 0) & (r.named == 2), (r.practice >= 0) & (r.named >= 1)
    without = (rng.random(n) < 0.13) | (people.known_npi[r.person] == 0)
    wrong = known & ~without & (rng.random(n) < 0.002)
    npi = np.where(known & ~without, people.npi[r.person], "")
    npi[wrong] = [text[:9] + str((int(text[9]) + 1) % 10) for text in npi[wrong]]
    other = (rng.random(n) < 0.3) & (practices.also != practices.name)[r.practice]
    no_office = office & known & (rng.random(n) < 0.03)
    office &= ~no_office
    label = np.array([names.SOURCE_LABELS.get(kind, "") for kind in names.SOURCES], dtype=object)[r.source]
    vendor = np.array([f"{int(number) + 1}" for number in practices.vendor], dtype=object)
    told = {
        "REFERRING_PROV_ID_REFERRING_PROV_NAM": np.where(known, people.full_name[r.person], label),
        "REFERRING_PROV_ID": np.where(known, people.number[r.person], ""), "REFERRING_NPI": npi,
        "PROV_SPEC_C_NAME": np.where(known, people.specialty[r.person], ""),
        "VENDOR_ID_VENDOR_NAME": np.where(office, np.where(other, practices.also[r.practice], practices.name[r.practice]), ""),
        "VENDOR_ID": np.where(office, np.where(other, vendor[r.practice], practices.vendor[r.practice]), ""),
    }  # fmt: skip
    return told, {
        "missing_npi": known & (npi == ""),
        "wrong_npi": wrong,
        "second_vendor_record": office & other,
        "blank_practice": no_office,
    }


def _departments(network: Network, r: Referrals, rng: np.random.Generator) -> Texts:
    made = np.array(
        [f"{site + 101}{area:02d}" for site in range(len(network.sites)) for area in range(12)], dtype=object
    )
    return np.where(rng.random(len(r)) < 0.05, "", made[r.site * 12 + r.area])


def _status(paths: Paths, who: Ints, end: Ints) -> dict[str, Texts]:
    """Authorisation status, closing reason and visit counts as they stood on the last day."""

    def by_now(name: str) -> Ints:
        times = getattr(paths, name)[who]
        return np.asarray((times != NEVER) & (times < end))

    status = np.where(
        by_now("accepted"), "Authorized", np.where(by_now("acknowledged"), "Pending Review", "New Request")
    ).astype(object)
    status = np.where(by_now("reported") | by_now("enrolled"), "Closed", status)
    gone = by_now("left")
    ended = np.array([ENDINGS.get(outcome, "Closed") for outcome in paths.outcome[who]], dtype=object)
    ended = np.where(ended == "Patient Declined", "Closed", ended)
    kept = (by_now("visit") & (paths.visit_status[who] == "Completed")).astype(int) + by_now("second_visit").astype(int)
    booked = by_now("booked").astype(int)
    return {
        "RFL_STATUS_C_NAME": np.where(paths.reason[who] == "Entered in error", "Entered in Error", np.where(gone, ended, status)),
        "CLOSE_RSN_C_NAME": np.where(gone & (ended != "Authorized"), paths.reason[who], ""),
        "ACTUAL_NUM_VISITS": kept.astype(str).astype(object), "SCHED_NUM_VISITS": booked.astype(str).astype(object),
        "SCHED_STATUS_C_NAME": np.where(kept > 0, "Completed", np.where(booked > 0, "Scheduled", "Not Scheduled")),
    }  # fmt: skip


def _write_history(folder: Folder, extract: Extract, rng: np.random.Generator) -> int:
    network, clock = extract.network, extract.network.clock
    who, when, status, reason = _events(extract)
    order = np.lexsort((when, who))
    who, when, status, reason = who[order], when[order], status[order], reason[order]
    fresh = np.concatenate([[True], who[1:] != who[:-1]])
    start = np.flatnonzero(fresh)
    line = np.arange(len(who)) - np.repeat(start, np.diff(np.append(start, len(who)))) + 1
    previous = np.where(fresh, "", np.concatenate([[""], status[:-1]]))
    local = clock.local(when, extract.referrals.zone[who])
    staff = rng.integers(0, len(names.STAFF), len(who))
    blank = np.full(len(who), "", dtype=object)
    values = [
        extract.number[who], _small(line), clock.stamps(local // DAY * DAY), np.full(len(who), "Status", dtype=object),
        np.array(names.STAFF, dtype=object)[staff], _small(staff + 9001), previous, clock.stamps(when), blank, blank,
        clock.stamps(local), status, reason, blank, blank,
    ]  # fmt: skip
    year_of = _years(network, local // DAY)
    for year in np.unique(year_of):
        rows = np.flatnonzero(year_of == year)
        folder.tsv(
            f"ehr/REFERRAL_HIST_{year}.tsv",
            HISTORY,
            [texts(column[rows]) for column in values],
            FileTruth("epic_referral_hist", len(rows)),
        )
    return len(who)


def _small(values: Ints) -> Texts:
    made = np.array([str(i) for i in range(int(values.max(initial=0)) + 1)], dtype=object)
    return made[values]


def _events(extract: Extract) -> tuple[Ints, Ints, Texts, Texts]:
    """Every change of status by the last day: referral, instant, status, reason."""
    paths, who = extract.paths, extract.who
    parts = [
        (
            who,
            extract.referrals.received[who],
            np.full(len(who), "New Request", dtype=object),
            np.full(len(who), "", dtype=object),
        )
    ]
    timed = [(status, getattr(paths, name)) for status, name in STEPS]
    timed += [("Attempted Contact", paths.attempts[:, turn]) for turn in range(paths.attempts.shape[1])]
    for status, times in timed:
        mine = who[(times[who] != NEVER) & (times[who] < extract.end[who])]
        parts.append(
            (mine, times[mine], np.full(len(mine), status, dtype=object), np.full(len(mine), "", dtype=object))
        )
    # Screen failures and withdrawals stand in the screening logs; the EHR never hears of them.
    ends = np.isin(paths.outcome[who].astype(str), list(ENDINGS)) & (paths.left[who] < extract.end[who])
    mine = who[ends]
    ending = np.array([ENDINGS[outcome] for outcome in paths.outcome[mine]], dtype=object)
    parts.append((mine, paths.left[mine], ending, paths.reason[mine]))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return columns[0], columns[1], columns[2], columns[3]


def _write_visits(folder: Folder, extract: Extract, rng: np.random.Generator) -> int:
    network, clock, paths = extract.network, extract.network.clock, extract.paths
    parts = []
    for turn, name in ((1, "visit"), (2, "second_visit")):
        times = getattr(paths, name)
        mine = extract.who[(times[extract.who] != NEVER) & (paths.booked[extract.who] < extract.end[extract.who])]
        if turn == 2:
            mine = mine[paths.visit[mine] < extract.end[mine]]
        happened = times[mine] < extract.end[mine]
        status = np.where(happened, paths.visit_status[mine] if turn == 1 else "Completed", "Scheduled")
        parts.append((mine, times[mine], np.full(len(mine), turn), status))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(joined[1], kind="stable")
    who, when, line, status = (column[order] for column in joined)
    local = clock.local(when, extract.referrals.zone[who])
    # A visit that makes up for a missed one is booked within the two days after it.
    made = np.where(line == 1, paths.booked[who], np.minimum(paths.visit[who] + (1 + who % 13) * 3 * 3600, when - 3600))
    blank = np.full(len(who), "", dtype=object)
    columns = {
        "REFERRAL_ID": extract.number[who], "LINE_COUNT": _small(line), "SERVICE_DATE": clock.stamps(local // DAY * DAY),
        "SERVICE_TYPE_C_NAME": np.where(extract.referrals.study[who] >= 0, "Research Visit", "Office Visit"),
        "REASON": np.where(status == "Canceled", "Patient request", ""),
        "EXT_SVC_POS_ID": network.sites.code[extract.referrals.site[who]], "EXT_APPT_STATUS_C_NAME": status,
        "EXT_APPT_UNIQ_ID": np.array([f"A{number[1:]}-{visit}" for number, visit in zip(extract.number[who], line.tolist(), strict=True)], dtype=object),
        "EXT_SVC_UTC_DTTM": clock.stamps(when), "EXT_SVC_DTTM": clock.stamps(local), "APPT_MADE_DATE": clock.stamps(clock.local(made, extract.referrals.zone[who])),
        "USER_ID_NAME": np.array(names.STAFF, dtype=object)[rng.integers(3, 5, len(who))],
    }  # fmt: skip
    values = [columns.get(name, blank) for name in VISITS]
    year_of = _years(network, local // DAY)
    for year in np.unique(year_of):
        rows = np.flatnonzero(year_of == year)
        folder.tsv(
            f"ehr/REFERRAL_APT_{year}.tsv",
            VISITS,
            [texts(column[rows]) for column in values],
            FileTruth("appointments", len(rows)),
        )
    return len(who)
