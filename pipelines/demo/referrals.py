"""Who was referred, when, by whom, where and for what: the arrivals, before anything becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipelines.demo import names
from pipelines.demo.clock import DAY, NEVER, Clock, Floats, Ints, Texts
from pipelines.demo.network import Network, stream

RESEARCH_SHARE = 0.42
OTHER_SOURCES = {"self": 0.30, "campaign": 0.33, "own_database": 0.22, "registry": 0.08, "event": 0.07}
DUPLICATE_SHARE, VOID_SHARE, OUTGOING_SHARE, LATE_SHARE = 0.012, 0.003, 0.012, 0.02


@dataclass
class Referrals:
    """One entry per referral in order of receipt. ``person`` and ``practice`` are -1 where nobody of that kind
    referred, ``study`` -1 for care; ``named`` is what the file will tell of the referrer: 2 all, 1 the practice
    only, 0 nothing. Instants are UTC seconds; ``day`` is local. ``copy_of`` points at the referral repeated."""

    person: Ints
    practice: Ints
    site: Ints
    zone: Ints
    area: Ints
    study: Ints
    source: Ints
    channel: Ints
    day: Ints
    authored: Ints
    received: Ints
    entered: Ints
    patient: Ints
    condition: Texts
    priority: Texts
    named: Ints
    copy_of: Ints
    void: Ints
    outgoing: Ints

    def __len__(self) -> int:
        return len(self.day)

    def take(self, order: Ints) -> Referrals:
        """The referrals at ``order``. ``copy_of`` is not renumbered."""
        return Referrals(**{field.name: getattr(self, field.name)[order] for field in fields(self)})

    @property
    def countable(self) -> Ints:
        """True for what a volume counts: no repeat, no entry in error, none sent away."""
        return np.asarray((self.copy_of < 0) & (self.void == 0) & (self.outgoing == 0))


@dataclass
class Arrivals:
    """Person (-1 for none), practice, site, area, day and kind of source (index into names.SOURCES)."""

    person: Ints
    practice: Ints
    site: Ints
    area: Ints
    day: Ints
    source: Ints
    study: Ints


def simulate(network: Network, seed: int) -> Referrals:
    """Every referral of the span, by order of receipt."""
    rng = stream(seed, "arrivals")
    some = [_from_people(network, rng), _from_elsewhere(network, rng)]
    arrivals = Arrivals(*(np.concatenate([getattr(one, f.name) for one in some]) for f in fields(Arrivals)))
    _assign_studies(network, arrivals, stream(seed, "studies of referrals"))
    referrals = _received(network, arrivals, stream(seed, "receipt"))
    _shift_nights(network, referrals)
    return _ordered(_with_copies(network, referrals, stream(seed, "copies")))


def _from_people(network: Network, rng: np.random.Generator) -> Arrivals:
    people, clock = network.people, network.clock
    busy = np.concatenate([[0.0], np.cumsum(clock.weights())])
    begin = busy[people.starts - clock.first]
    exposure = np.maximum(0, busy[np.minimum(people.stops, clock.last + 1) - clock.first] - begin)
    expected = people.per_year * exposure / 365.25
    factor = 0.915 * network.size.referrals / expected.sum()
    people.per_year *= factor
    count = rng.poisson(expected * factor)
    person = np.repeat(np.arange(len(people)), count)
    turn = np.arange(len(person)) - np.repeat(np.cumsum(count) - count, count)
    # A regular referrer spreads the referrals out; another sends them as they come.
    even = (turn + rng.random(len(person))) / count[person]
    when = np.where(people.regular[person] == 1, even, rng.random(len(person)))
    day = np.searchsorted(busy, begin[person] + when * exposure[person], side="right") - 1 + clock.first
    here = ~((day >= people.away_from[person]) & (day < people.away_to[person]))
    return _choose(network, person[here], np.minimum(day[here], clock.last), rng)


def _choose(network: Network, person: Ints, day: Ints, rng: np.random.Generator) -> Arrivals:
    people, sites = network.people, network.sites
    n = len(person)
    other = people.second_site[person]
    goes = (rng.random(n) < 0.18) & (sites.activated[other] <= day)
    site = np.where(goes, other, people.site[person])
    own = people.area[person]
    weight = np.array([area.weight for area in names.AREAS])
    mix = rng.choice(len(weight), n, p=weight / weight.sum())
    offered = _offered(network)[site, mix]
    again = rng.choice(len(weight), n, p=weight / weight.sum())
    mix = np.where(offered | (rng.random(n) < 0.4), mix, again)  # what a site studies is what it is sent
    area = np.where((own >= 0) & (rng.random(n) < 0.93), own, mix)
    practice_only = rng.random(n) < 0.03
    source = np.where(practice_only, names.SOURCES.index("practice"), 0)
    return Arrivals(person, people.practice[person], site, area, day, source, np.full(n, -1))


def _offered(network: Network) -> Ints:
    studies = network.studies
    offered = np.zeros((len(network.sites), len(names.AREAS)), dtype=bool)
    offered[studies.pair_site, studies.area[studies.pair_study]] = True
    return offered


def _from_elsewhere(network: Network, rng: np.random.Generator) -> Arrivals:
    """Patients who come by themselves, by an advertisement, from the site's own records: all of them for a study."""
    studies, clock = network.studies, network.clock
    n = int(network.size.referrals * 0.075)
    ends = np.where(studies.pair_closes == NEVER, clock.last, studies.pair_closes)
    begins = np.maximum(studies.pair_opens, clock.first)
    span = np.maximum(0, np.minimum(ends, clock.last) - begins)
    weight = span * studies.pull[studies.pair_study] * network.sites.pull[studies.pair_site]
    pair = rng.choice(len(span), n, p=weight / weight.sum())
    busy = np.concatenate([[0.0], np.cumsum(clock.weights())])
    low, high = busy[begins[pair] - clock.first], busy[begins[pair] + span[pair] - clock.first]
    day = np.searchsorted(busy, low + rng.random(n) * (high - low), side="right") - 1 + clock.first
    held = (day >= studies.paused_from[pair]) & (day < studies.paused_to[pair])
    pair, day = pair[~held], day[~held]
    kinds = rng.choice(len(OTHER_SOURCES), len(pair), p=list(OTHER_SOURCES.values()))
    source = np.array([names.SOURCES.index(kind) for kind in OTHER_SOURCES])[kinds]
    none, study = np.full(len(pair), -1), studies.pair_study[pair]
    return Arrivals(none, none, studies.pair_site[pair], studies.area[study], day, source, study)


def _assign_studies(network: Network, arrivals: Arrivals, rng: np.random.Generator) -> None:
    """Gives about 42% of the referrals a study that was open at the site on the day and fits the condition."""
    best, study = _open_study(network, arrivals, rng)
    already = arrivals.study >= 0
    wanted = RESEARCH_SHARE * len(best) - already.sum()
    chance = min(0.97, wanted / max(1, (~already & (study >= 0)).sum()))
    take = ~already & (study >= 0) & (rng.random(len(best)) < chance)
    arrivals.study = np.where(take, study, arrivals.study)


def _open_study(network: Network, arrivals: Arrivals, rng: np.random.Generator) -> tuple[Floats, Ints]:
    # One pass per study and site over the referrals of that site and area; the highest draw wins.
    studies = network.studies
    group = arrivals.site * len(names.AREAS) + arrivals.area
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(len(network.sites) * len(names.AREAS) + 1))
    best, study = np.full(len(group), -np.inf), np.full(len(group), -1)
    for pair, (number, site) in enumerate(zip(studies.pair_study, studies.pair_site, strict=True)):
        key = site * len(names.AREAS) + studies.area[number]
        some = order[edges[key] : edges[key + 1]]
        day = arrivals.day[some]
        closes, held = studies.pair_closes[pair], studies.paused_from[pair]
        is_open = (day >= studies.pair_opens[pair]) & ((closes == NEVER) | (day < closes))
        is_open &= (held == NEVER) | (day < held) | (day >= studies.paused_to[pair])
        draw = np.where(is_open, rng.gumbel(size=len(some)) + np.log(studies.pull[number]), -np.inf)
        wins = draw > best[some]
        best[some[wins]], study[some[wins]] = draw[wins], number
    return best, study


def _received(network: Network, arrivals: Arrivals, rng: np.random.Generator) -> Referrals:
    n, clock = len(arrivals.day), network.clock
    zone = network.sites.zone[arrivals.site]
    channel = _channels(network, arrivals, rng)
    received = clock.utc(arrivals.day * DAY + _seconds(channel, rng), zone)
    written = rng.exponential(0.8, n) * np.isin(channel, (0, 6)) * DAY + rng.exponential(1500, n)
    named = np.where(rng.random(n) < 0.025, 0, np.where(arrivals.source == 1, 1, 2))
    conditions = np.array([area.conditions for area in names.AREAS], dtype=object)
    return Referrals(
        person=np.where(arrivals.source == 0, arrivals.person, -1), practice=arrivals.practice, site=arrivals.site, zone=zone,
        area=arrivals.area, study=arrivals.study, source=arrivals.source, channel=channel, day=clock.local_day(received, zone),
        authored=received - written.astype(np.int64), received=received, entered=_entered(received, channel, zone, clock, rng),
        patient=_patients(arrivals, rng), condition=conditions[arrivals.area, rng.integers(0, 4, n)],
        priority=_priorities(arrivals, rng),
        named=np.where(arrivals.source > 1, 2, named), copy_of=np.full(n, -1),
        void=(rng.random(n) < VOID_SHARE).astype(np.int64), outgoing=((rng.random(n) < OUTGOING_SHARE) & (arrivals.study < 0)).astype(np.int64),
    )  # fmt: skip


def _priorities(arrivals: Arrivals, rng: np.random.Generator) -> Texts:
    """Urgent is what needs care soon; a study can wait."""
    drawn = rng.choice(
        np.array(["Routine", "Urgent", "STAT", ""], dtype=object), len(arrivals.day), p=[0.84, 0.11, 0.01, 0.04]
    )
    return np.where((arrivals.study >= 0) & np.isin(drawn, ("Urgent", "STAT")), "Routine", drawn)


def _channels(network: Network, arrivals: Arrivals, rng: np.random.Generator) -> Ints:
    """Fax gives way to the portal and the EHR over the years; each practice has its habit; one changes in a day."""
    n, clock = len(arrivals.day), network.clock
    habit = rng.random(len(network.practices) + 1)[arrivals.practice]
    moved = 0.22 * (arrivals.day - clock.first) / (clock.last - clock.first)
    place = np.clip(0.72 * habit + 0.28 * rng.random(n) + moved, 0, 0.999)
    channel = np.searchsorted([0.54, 0.66, 0.72, 0.75, 0.79], place)
    channel = np.array([0, 1, 5, 6, 4, 3])[channel]
    channel = np.where((channel == 3) & (habit > 0.55), 2, channel)
    practice, day = network.switch
    mine = (arrivals.practice == practice) & (rng.random(n) < 0.97)
    channel = np.where(mine, np.where(arrivals.day < day, 0, 2), channel)
    return np.where(arrivals.source > 1, np.where(rng.random(n) < 0.7, 7, 1), channel)


def _seconds(channel: Ints, rng: np.random.Generator) -> Ints:
    n = len(channel)
    two_peaks = np.where(rng.random(n) < 0.55, rng.normal(10.2, 1.3, n), rng.normal(14.6, 1.4, n))
    office = np.clip(two_peaks, 7.6, 17.9) * 3600
    machine = np.isin(channel, (2, 3, 7)) & (rng.random(n) < 0.16)
    return np.where(machine, rng.integers(0, DAY, n), office).astype(np.int64)


def _entered(received: Ints, channel: Ints, zone: Ints, clock: Clock, rng: np.random.Generator) -> Ints:
    """When the record was keyed in: at once for interfaces, within two days for paper, weeks late for a few."""
    n = len(received)
    machine = np.isin(channel, (2, 3, 4, 7))
    by_hand = clock.office(received + rng.exponential(0.45 * DAY, n).astype(np.int64), zone, rng)
    late = rng.random(n) < LATE_SHARE
    much_later = clock.office(received + rng.integers(12 * DAY, 80 * DAY, n), zone, rng)
    return np.where(
        late, much_later, np.where(machine, received + rng.integers(2, 90, n), np.maximum(by_hand, received))
    )


def _shift_nights(network: Network, referrals: Referrals) -> None:
    """Moves a few portal and EHR referrals into the hours around each change of the clocks, which chance may spare."""
    people = network.people
    able = (referrals.study < 0) & (network.sites.kept[referrals.site] == "ehr") & np.isin(referrals.channel, (2, 3, 4))
    able &= (referrals.person >= 0) & (people.stops[referrals.person] > network.clock.last)
    for zone, instant in network.clock.shifts():
        near = np.flatnonzero(
            able
            & (referrals.zone == zone)
            & (abs(referrals.received - instant) < 25 * DAY)
            & (referrals.received < instant)
        )
        some = near[-4:]
        referrals.received[some] = instant + np.array([-2700, -900, 900, 2700])[: len(some)]
        referrals.authored[some], referrals.entered[some] = referrals.received[some] - 60, referrals.received[some] + 30
        referrals.day[some] = network.clock.local_day(referrals.received[some], referrals.zone[some])


def _patients(arrivals: Arrivals, rng: np.random.Generator) -> Ints:
    """Mostly new patients; some are sent again, by the same practitioner, a month or more after the last time."""
    n = len(arrivals.day)
    patient = rng.permutation(n) + 1
    order = np.lexsort((arrivals.day, arrivals.person))
    earlier, later = order[:-1], order[1:]
    gap = arrivals.day[later] - arrivals.day[earlier]
    same = (arrivals.person[later] == arrivals.person[earlier]) & (arrivals.person[later] >= 0)
    again = same & (gap > 30) & (arrivals.study[later] < 0) & (rng.random(n - 1) < 0.12)
    patient[later[again]] = patient[earlier[again]]
    return patient


def _with_copies(network: Network, referrals: Referrals, rng: np.random.Generator) -> Referrals:
    """Adds the same patient sent again by the same practitioner within a week, under a new number."""
    able = np.flatnonzero(
        (referrals.source == 0) & (referrals.void == 0) & (referrals.outgoing == 0) & (referrals.named == 2)
    )
    chosen = np.sort(rng.choice(able, int(len(referrals) * DUPLICATE_SHARE), replace=False))
    copies = referrals.take(chosen)
    shift = rng.integers(6 * 3600, 6 * DAY, len(chosen))
    copies.received = network.clock.office(copies.received + shift, copies.zone, rng)
    # The next office hour can be days away: only what is still within the week, and the span, is a repeat.
    copies.day = network.clock.local_day(copies.received, copies.zone)
    copies.authored, copies.entered, copies.copy_of = copies.received - 600, copies.received + 60, chosen
    keep = np.flatnonzero(
        (copies.received - referrals.received[chosen] <= 6 * DAY) & (copies.day <= network.clock.last)
    )
    kept = copies.take(keep)
    both = {f.name: np.concatenate([getattr(referrals, f.name), getattr(kept, f.name)]) for f in fields(Referrals)}
    return Referrals(**both)


def _ordered(referrals: Referrals) -> Referrals:
    order = np.argsort(referrals.received, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    out = referrals.take(order)
    out.copy_of = np.where(out.copy_of >= 0, place[out.copy_of], -1)
    return out
