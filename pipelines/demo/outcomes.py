"""What became of each referral: the whole path, also beyond the last day that is written out.

Times are UTC seconds, ``NEVER`` where a step was not reached. The path is the truth that the metrics are tested
against; the files show only what had happened by the last day.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipelines.demo import names
from pipelines.demo.clock import DAY, NEVER, Clock, Floats, Ints, Texts
from pipelines.demo.network import Network, Studies, pick, stream
from pipelines.demo.referrals import Referrals

ATTEMPTS = 4
# How much more or less readily a patient of each kind of source comes along, in log-odds.
SOURCE_LIFT = {"practitioner": 0.25, "practice": 0.05, "self": 0.1, "campaign": -0.75, "own_database": 0.3,
               "registry": -0.35, "event": -0.45}  # fmt: skip


@dataclass
class Paths:
    """One entry per referral. ``left`` is when it ended without success, as ``outcome`` (declined, unreachable,
    prescreen_failed, screen_failed, withdrawn, cancelled, refused, study_closed, enrolled, or blank) because of
    ``reason``. ``attempts`` has a column for each call that was not answered."""

    acknowledged: Ints
    accepted: Ints
    attempts: Ints
    contacted: Ints
    prescreened: Ints
    consented: Ints
    screened: Ints
    judged: Ints
    eligible: Ints
    enrolled: Ints
    off_study: Ints
    booked: Ints
    visit: Ints
    visit_status: Texts
    second_visit: Ints
    reported: Ints
    left: Ints
    outcome: Texts
    reason: Texts
    off_reason: Texts

    @classmethod
    def empty(cls, n: int) -> Paths:
        """Paths on which nothing has happened."""
        texts = {"visit_status", "outcome", "reason", "off_reason"}
        made = {f.name: np.full(n, "", dtype=object) if f.name in texts else np.full(n, NEVER) for f in fields(cls)}
        made["attempts"], made["eligible"] = np.full((n, ATTEMPTS), NEVER), np.zeros(n, dtype=np.int64)
        return cls(**made)


def simulate(network: Network, referrals: Referrals, seed: int) -> Paths:
    """The path of every referral."""
    rng = stream(seed, "outcomes")
    paths = Paths.empty(len(referrals))
    _answer(network, referrals, paths, rng)
    open_ = (referrals.copy_of < 0) & (referrals.void == 0)
    reached = _reach(network, referrals, paths, open_, rng)
    _care(network.clock, referrals, paths, np.flatnonzero(reached & (referrals.study < 0)), rng)
    _research(network, referrals, paths, np.flatnonzero(reached & (referrals.study >= 0)), rng)
    _close_studies(network, referrals, paths)
    _report(network.clock, referrals, paths, rng)
    _hasten(network.clock, referrals, paths, stream(seed, "urgent"))
    return paths


def _odds(base: Floats | float, shift: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(np.log(base / (1 - np.asarray(base))) + shift))))


def _lift(network: Network, referrals: Referrals) -> Floats:
    lift = np.array([SOURCE_LIFT[kind] for kind in names.SOURCES])[referrals.source]
    specialist = (referrals.person >= 0) & (network.people.area[referrals.person] == referrals.area)
    return np.asarray(lift + 0.35 * specialist + network.sites.care[referrals.site])


def _later(start: Ints, days: Floats, zone: Ints, clock: Clock, rng: np.random.Generator) -> Ints:
    """Office time about ``days`` after ``start``, and never before it."""
    return np.maximum(clock.office(start + (days * DAY).astype(np.int64), zone, rng), start + 300)


def _answer(network: Network, referrals: Referrals, paths: Paths, rng: np.random.Generator) -> None:
    n, clock, zone = len(referrals), network.clock, referrals.zone
    instant = np.isin(referrals.channel, (2, 3))
    slow = _later(referrals.received, rng.exponential(0.7, n), zone, clock, rng)
    paths.acknowledged = np.where(instant | (rng.random(n) < 0.06), NEVER, slow)
    paths.accepted = _later(
        np.maximum(paths.acknowledged, referrals.received), rng.exponential(0.6, n), zone, clock, rng
    )
    copies, void = referrals.copy_of >= 0, referrals.void == 1
    refused = (rng.random(n) < 0.045) & (referrals.study < 0) & ~copies & ~void
    left = _later(paths.accepted, rng.exponential(1.0, n), zone, clock, rng)
    paths.left = np.where(copies | void | refused, left, NEVER)
    paths.outcome[refused], paths.reason[refused] = "refused", pick(rng, names.REFUSAL_REASONS, int(refused.sum()))
    paths.outcome[copies | void] = "cancelled"
    paths.reason[copies], paths.reason[void] = "Duplicate referral", "Entered in error"
    paths.accepted = np.where(paths.left != NEVER, NEVER, paths.accepted)


def _reach(network: Network, referrals: Referrals, paths: Paths, open_: Ints, rng: np.random.Generator) -> Ints:
    """Calls until somebody answers: true for who was reached. Whoever was not is given up after 2 to 3 calls."""
    n, clock, zone = len(referrals), network.clock, referrals.zone
    open_ = open_ & (paths.left == NEVER)
    reached = rng.random(n) < _odds(0.79, 0.6 * _lift(network, referrals))
    missed = np.where(reached, np.minimum(rng.geometric(0.74, n) - 1, 3), rng.integers(2, ATTEMPTS, n))
    wait = np.exp(rng.normal(0.1, 0.8, n)) * np.where(referrals.priority == "Urgent", 0.3, 1.0)
    call = _later(paths.accepted, np.where(open_, wait, 0), zone, clock, rng)
    for turn in range(ATTEMPTS):
        now = open_ & (turn < missed)
        paths.attempts[:, turn] = np.where(now, call, NEVER)
        call = np.where(now, _later(call, rng.uniform(0.7, 3.5 + 2 * turn, n), zone, clock, rng), call)
    paths.contacted = np.where(open_ & reached, call, NEVER)
    gone = open_ & ~reached
    paths.left = np.where(gone, _later(call, rng.uniform(2, 9, n), zone, clock, rng), paths.left)
    paths.outcome[gone], paths.reason[gone] = "unreachable", names.UNREACHABLE_REASON
    return np.asarray(open_ & reached)


def _care(clock: Clock, referrals: Referrals, paths: Paths, who: Ints, rng: np.random.Generator) -> None:
    n, zone = len(who), referrals.zone[who]
    contacted = paths.contacted[who]
    declined = rng.random(n) < 0.08
    _leave(
        paths,
        who[declined],
        contacted[declined] + 600,
        "declined",
        pick(rng, names.DECLINE_REASONS, int(declined.sum())),
    )
    who, contacted, zone = who[~declined], contacted[~declined], zone[~declined]
    paths.booked[who] = contacted + rng.integers(60, 1500, len(who))
    _book(clock, referrals, paths, who, np.exp(rng.normal(2.35, 0.75, len(who))), rng)


def _book(clock: Clock, referrals: Referrals, paths: Paths, who: Ints, lead: Floats, rng: np.random.Generator) -> None:
    """A visit ``lead`` days after booking: kept, missed or cancelled; a missed one is often made up for."""
    urgent = np.where(referrals.priority[who] == "Urgent", 0.25, 1.0)
    visit = _later(paths.booked[who], lead * urgent, referrals.zone[who], clock, rng)
    paths.visit[who] = visit - visit % 900  # on the quarter hour
    kinds = np.array(["Completed", "No Show", "Canceled", "Left without seen"], dtype=object)
    missed = 0.08 + 0.004 * np.minimum(lead, 30)
    draw = rng.random(len(who))
    which = np.where(draw < missed, 1, np.where(draw < missed + 0.07, 2, np.where(draw < missed + 0.08, 3, 0)))
    paths.visit_status[who] = kinds[which]
    again = who[(which > 0) & (rng.random(len(who)) < 0.5)]
    second = _later(paths.visit[again], rng.uniform(4, 25, len(again)), referrals.zone[again], clock, rng)
    paths.second_visit[again] = second - second % 900
    given_up = who[(which > 0) & (paths.second_visit[who] == NEVER)]
    after = _later(paths.visit[given_up], rng.uniform(5, 20, len(given_up)), referrals.zone[given_up], clock, rng)
    _leave(paths, given_up, after, "cancelled", np.full(len(given_up), "Patient cancelled", dtype=object))


def _research(network: Network, referrals: Referrals, paths: Paths, who: Ints, rng: np.random.Generator) -> None:
    """Prescreen, consent, screening and randomisation of those who were reached, each a fork with a reason."""
    studies, clock, lift = network.studies, network.clock, _lift(network, referrals)
    speed = np.exp(-0.25 * network.sites.care)
    contacted = paths.contacted[who]
    fails = rng.random(len(who)) > _odds(studies.pass_prescreen[referrals.study[who]], 0.5 * lift[who])
    _leave(
        paths,
        who[fails],
        contacted[fails] + 900,
        "prescreen_failed",
        pick(rng, names.PRESCREEN_FAIL_REASONS, int(fails.sum())),
    )
    who = who[~fails]
    paths.prescreened[who] = paths.contacted[who] + 900
    says_no = rng.random(len(who)) > _odds(studies.pass_consent[referrals.study[who]], 0.8 * lift[who])
    after = _later(paths.contacted[who], rng.exponential(4, len(who)), referrals.zone[who], clock, rng)
    _leave(paths, who[says_no], after[says_no], "declined", pick(rng, names.DECLINE_REASONS, int(says_no.sum())))
    who = who[~says_no]
    lead = np.exp(rng.normal(2.0, 0.85, len(who))) * speed[referrals.site[who]]
    paths.booked[who] = paths.contacted[who] + 1800
    paths.consented[who] = _later(paths.booked[who], lead, referrals.zone[who], clock, rng)
    _held(studies, clock, referrals, paths, who)
    paths.visit[who], paths.visit_status[who] = paths.consented[who] - paths.consented[who] % 900, "Completed"
    _screen(network, referrals, paths, who, rng)


def _held(studies: Studies, clock: Clock, referrals: Referrals, paths: Paths, who: Ints) -> None:
    # Nobody consents to a study that is held: they come when it goes on.
    held = studies.paused_from[studies.paused_from != NEVER]
    if not len(held):
        return
    begin, end = int(held[0]), int(studies.paused_to[studies.paused_to != NEVER][0])
    day = paths.consented[who] // DAY
    waits = who[(referrals.study[who] == studies.troubled) & (day >= begin) & (day < end)]
    paths.consented[waits] += (end - paths.consented[waits] // DAY) * DAY // (7 * DAY) * 7 * DAY + 7 * DAY


def _screen(network: Network, referrals: Referrals, paths: Paths, who: Ints, rng: np.random.Generator) -> None:
    studies, clock = network.studies, network.clock
    zone, n = referrals.zone[who], len(who)
    soon = _later(paths.consented[who], rng.exponential(4, n), zone, clock, rng)
    paths.screened[who] = np.where(rng.random(n) < 0.45, paths.consented[who] + 1800, soon)
    paths.judged[who] = _later(paths.screened[who], 2 + rng.gamma(1.5, 8.0, n), zone, clock, rng)
    passes = rng.random(n) < _odds(
        studies.pass_screen[referrals.study[who]], 0.3 * network.sites.care[referrals.site[who]]
    )
    failed, good = who[~passes], who[passes]
    reasons = np.array(names.SCREEN_FAIL_REASONS, dtype=object)
    usual = rng.choice(len(reasons), len(failed), p=[0.28, 0.19, 0.16, 0.13, 0.07, 0.11, 0.06])
    troubled = (referrals.study[failed] == studies.troubled) & (rng.random(len(failed)) < 0.65)
    _leave(paths, failed, paths.judged[failed], "screen_failed", reasons[np.where(troubled, 2, usual)])
    paths.eligible[good] = 1
    stays = rng.random(len(good)) < 0.94
    gone = good[~stays]
    after = _later(paths.judged[gone], rng.exponential(6, len(gone)), referrals.zone[gone], clock, rng)
    _leave(
        paths, gone, after, "withdrawn", pick(rng, ("Withdrew consent", "Moved away", "Lost to follow-up"), len(gone))
    )
    good = good[stays]
    paths.enrolled[good] = _later(
        paths.judged[good], 1 + rng.gamma(1.2, 7.0, len(good)), referrals.zone[good], clock, rng
    )
    paths.outcome[good] = "enrolled"
    _end(clock, referrals, paths, good, rng)


def _end(clock: Clock, referrals: Referrals, paths: Paths, who: Ints, rng: np.random.Generator) -> None:
    length = np.where(rng.random(len(who)) < 0.17, rng.uniform(14, 300, len(who)), rng.uniform(200, 420, len(who)))
    paths.off_study[who] = _later(paths.enrolled[who], length, referrals.zone[who], clock, rng)
    early = length < 200
    why = np.array(names.OFF_STUDY_REASONS, dtype=object)[rng.integers(1, 4, len(who))]
    paths.off_reason[who] = np.where(early, why, "Completed")


def _leave(paths: Paths, who: Ints, when: Ints, outcome: str, reason: Texts) -> None:
    paths.left[who], paths.outcome[who], paths.reason[who] = when, outcome, reason


def _close_studies(network: Network, referrals: Referrals, paths: Paths) -> None:
    """Cuts each path at the day its study closed to enrolment: what had not happened by then does not."""
    closes = np.where(referrals.study >= 0, network.studies.closed[referrals.study], NEVER)
    who = np.flatnonzero((closes != NEVER) & (referrals.copy_of < 0) & (referrals.void == 0))
    limit = network.clock.utc(closes[who] * DAY, referrals.zone[who])
    ended = np.where(paths.enrolled[who] != NEVER, paths.enrolled[who], paths.left[who])
    cut, limit = who[ended >= limit], limit[ended >= limit]
    for name in (
        "contacted",
        "prescreened",
        "consented",
        "screened",
        "judged",
        "enrolled",
        "off_study",
        "booked",
        "visit",
    ):
        values = getattr(paths, name)
        values[cut] = np.where(values[cut] >= limit, NEVER, values[cut])
    paths.attempts[cut] = np.where(paths.attempts[cut] >= limit[:, None], NEVER, paths.attempts[cut])
    paths.eligible[cut] *= paths.judged[cut] != NEVER
    paths.left[cut], paths.outcome[cut], paths.reason[cut] = limit, "study_closed", "Study closed to enrollment"
    paths.off_reason[cut] = ""


def _report(clock: Clock, referrals: Referrals, paths: Paths, rng: np.random.Generator) -> None:
    kept = np.where(paths.visit_status == "Completed", paths.visit, paths.second_visit)
    who = np.flatnonzero((kept != NEVER) & (rng.random(len(kept)) < 0.71) & (referrals.source <= 1))
    paths.reported[who] = _later(kept[who], rng.gamma(1.5, 3.0, len(who)), referrals.zone[who], clock, rng)


def _hasten(clock: Clock, referrals: Referrals, paths: Paths, rng: np.random.Generator) -> None:
    """Gives seven of eight urgent referrals for care a visit within 48 hours, on a Saturday if need be: reached at once,
    seen next day. What happened after the visit moves with it."""
    urgent = np.isin(referrals.priority, ("Urgent", "STAT")) & (referrals.study < 0) & referrals.countable
    who = np.flatnonzero(urgent & (rng.random(len(referrals)) < 0.88))
    n, zone, received = len(who), referrals.zone[who], referrals.received[who]
    hours = rng.uniform(5, 36, n)
    visit = clock.office(received + (hours * 3600).astype(np.int64), zone, rng)
    late = visit - received > 47 * 3600
    visit = np.where(late, received + (rng.uniform(18, 46, n) * 3600).astype(np.int64), visit)
    visit -= visit % 900
    before = (visit - received).astype(float)
    old = paths.visit[who]
    for name, share in (("acknowledged", 0.08), ("accepted", 0.15), ("contacted", 0.3), ("booked", 0.32)):
        times = getattr(paths, name)
        known = times[who] != NEVER if name == "acknowledged" else np.full(n, True)
        times[who] = np.where(known, received + (share * before).astype(np.int64), NEVER)
    paths.attempts[who] = NEVER
    fresh = old == NEVER  # never reached, declined or refused, had nobody hurried
    paths.visit[who], moved = visit, np.where(fresh, 0, visit - old)
    paths.visit_status[who[fresh]] = "Completed"
    for name in ("second_visit", "left"):
        times = getattr(paths, name)
        times[who] = np.where(times[who] == NEVER, NEVER, times[who] + moved)
    for name in ("left", "second_visit"):
        getattr(paths, name)[who[fresh]] = NEVER
    paths.outcome[who[fresh]], paths.reason[who[fresh]] = "", ""
    kept = np.where(paths.visit_status[who] == "Completed", visit, paths.second_visit[who])
    told = (kept != NEVER) & (rng.random(n) < 0.78) & (referrals.source[who] <= 1)
    paths.reported[who] = np.where(
        told, _later(np.where(told, kept, received), rng.gamma(1.5, 2.0, n), zone, clock, rng), NEVER
    )
