"""Who is in the network: sites, studies, practices and practitioners, with what drives their behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pipelines.demo import names, spellings
from pipelines.demo.clock import NEVER, Clock, Floats, Ints, Texts

# Real NPIs begin with 1; the block below begins with 2 and is not issued, so no number here is anybody's.
FIRST_PERSON, FIRST_PRACTICE = 290_000_000, 299_000_000
LAPSE_SHARE = 0.12


@dataclass(frozen=True)
class Size:
    """How much of everything to make."""

    sites: int
    studies: int
    practices: int
    practitioners: int
    referrals: int
    touches: int
    invites: int

    @classmethod
    def at(cls, scale: float) -> Size:
        """The sizes at ``scale``; sites and studies shrink with its square root, so that a small demo has some."""
        slow = min(1.0, scale**0.5) if scale < 1 else scale
        return cls(
            sites=max(8, round(60 * slow)), studies=max(10, round(40 * slow)), practices=max(20, round(1500 * scale)),
            practitioners=max(80, round(6000 * scale)), referrals=max(400, round(150_000 * scale)),
            touches=max(100, round(40_000 * scale)), invites=max(120, round(27_000 * scale)),
        )  # fmt: skip


@dataclass
class Sites:
    """``kept`` is ehr | sheet (hand-kept, with studies and record numbers) | diary (hand-kept, care only).
    ``pull``, ``care`` and ``nps`` are its share of the work, how well it converts and how well it is liked."""

    code: Texts
    name: Texts
    metro: Ints
    zone: Ints
    kept: Texts
    activated: Ints
    pull: Floats
    care: Floats
    nps: Floats

    def __len__(self) -> int:
        return len(self.code)


@dataclass
class Studies:
    """Studies, and in ``pair_*`` each study at each of its sites. ``pass_*`` are stage probabilities."""

    code: Texts
    nct: Texts
    title: Texts
    sponsor: Texts
    phase: Texts
    area: Ints
    opens: Ints
    planned_last: Ints
    closed: Ints
    pull: Floats
    pass_prescreen: Floats
    pass_consent: Floats
    pass_screen: Floats
    troubled: int
    pair_study: Ints
    pair_site: Ints
    pair_opens: Ints
    pair_closes: Ints
    paused_from: Ints
    paused_to: Ints
    target: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    pair_target: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.code)


@dataclass
class Practices:
    """``area`` is the specialty of a single-specialty practice, -1 for primary care, -2 for several;
    ``also`` is the name of its second vendor record in the EHR, or its own name."""

    name: Texts
    npi: Texts
    vendor: Texts
    area: Ints
    metro: Ints
    postal: Texts
    size: Ints
    also: Texts

    def __len__(self) -> int:
        return len(self.name)


@dataclass
class Practitioners:
    """``per_year`` is the rate of referring while active, from ``starts`` to ``stops`` (days); ``why`` is why
    somebody lapsed, blank for who did not. ``known_npi`` tells whether anybody writes the NPI down."""

    family: Texts
    given: Texts
    credential: Texts
    specialty: Texts
    taxonomy: Texts
    npi: Texts
    number: Texts
    known_npi: Ints
    area: Ints
    practice: Ints
    site: Ints
    second_site: Ints
    per_year: Floats
    regular: Ints
    starts: Ints
    stops: Ints
    away_from: Ints
    away_to: Ints
    why: Texts

    def __len__(self) -> int:
        return len(self.npi)

    @property
    def full_name(self) -> Texts:
        """``FAMILY, GIVEN`` as an EHR writes it."""
        return np.array(
            [f"{f.upper()}, {g.upper()}" for f, g in zip(self.family, self.given, strict=True)], dtype=object
        )


@dataclass
class Network:
    """Everything that exists before the first referral. ``switch`` is (practice, day): from then on it uses the
    portal and no longer the fax."""

    size: Size
    clock: Clock
    sites: Sites
    studies: Studies
    practices: Practices
    people: Practitioners
    switch: tuple[int, int] = (0, 0)
    spelled: dict[str, str] = field(default_factory=dict)

    def misspell(self, practice: int, rng: np.random.Generator) -> str:
        """Another spelling of a practice, kept in ``spelled`` with the official one."""
        official = str(self.practices.name[practice])
        variant = spellings.practice(official, rng)
        if variant != official:
            self.spelled[variant] = official
        return variant


def stream(seed: int, part: str) -> np.random.Generator:
    """The random numbers of one part of the demo, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, *part.encode()])


def with_check_digit(nine: int) -> str:
    """The ten-digit NPI of a nine-digit number: Luhn over 80840 and the nine digits."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in str(nine)[::2])
    plain = sum(int(digit) for digit in str(nine)[1::2])
    return f"{nine}{-(24 + doubled + plain) % 10}"


def build(size: Size, clock: Clock, seed: int) -> Network:
    """The whole network. Pure: the same arguments give the same network."""
    sites = _sites(size, clock, stream(seed, "sites"))
    studies = _studies(size, sites, clock, stream(seed, "studies"))
    practices = _practices(size, sites, stream(seed, "practices"))
    people = _people(size, practices, sites, clock, stream(seed, "people"))
    _lapse(people, practices, clock, stream(seed, "lapse"))
    network = Network(size, clock, sites, studies, practices, people)
    network.switch = _switch(people, sites, clock)
    return network


def pick(rng: np.random.Generator, words: tuple[str, ...], n: int) -> Texts:
    """``n`` of ``words``, as objects."""
    return np.array(words, dtype=object)[rng.integers(0, len(words), n)]


def _places(rng: np.random.Generator, n: int) -> list[str]:
    every = [f"{head} {tail}" for head in names.PLACE_HEADS for tail in names.PLACE_TAILS]
    return [every[i % len(every)] for i in rng.permutation(max(n, len(every)))[:n]]


def _sites(size: Size, clock: Clock, rng: np.random.Generator) -> Sites:
    n = size.sites
    metro = np.arange(n) % len(names.METROS)
    zone = np.array([names.METROS[m][3] for m in metro])
    activated = clock.first - rng.integers(90, 2500, n)
    late = np.arange(n) % 6 == 3  # one in six opens while the demo runs
    activated[late] = clock.first + rng.integers(120, 850, int(late.sum()))
    activated -= (activated + 3) % 7  # a Monday
    pull = rng.lognormal(0, 0.5, n) * np.where(late, 0.7, 1.0)
    kept = _kept(n, pull, late)
    pull[kept != "ehr"] *= 0.55
    return Sites(
        code=np.array([f"S{101 + i}" for i in range(n)], dtype=object),
        name=np.array([f"{place} Research {names.METROS[m][0]}" for place, m in zip(_places(rng, n), metro, strict=True)], dtype=object),
        metro=metro, zone=zone, kept=kept, activated=activated, pull=pull,
        care=rng.normal(0, 0.3, n), nps=rng.normal(0, 0.25, n),
    )  # fmt: skip


def _kept(n: int, pull: Floats, late: Ints) -> Texts:
    # The smallest fifth of the sites keep a sheet by hand; every second one of them knows record numbers.
    kept = np.full(n, "ehr", dtype=object)
    small = np.argsort(pull + late * 100)[: max(2, n // 5)]
    kept[small[::2]], kept[small[1::2]] = "sheet", "diary"
    return kept


def _studies(size: Size, sites: Sites, clock: Clock, rng: np.random.Generator) -> Studies:
    n = size.studies
    weight = np.array([area.weight for area in names.AREAS])
    area = np.concatenate(
        [
            np.argsort(-weight)[np.arange(min(n, len(weight)))],
            rng.choice(len(weight), max(0, n - 12), p=weight / weight.sum()),
        ]
    )
    opens = clock.first + rng.integers(-240, 800, n)
    opens[0] = clock.first + 120
    length = rng.integers(420, 1100, n)
    troubled = 0
    planned = opens + length
    slip = rng.integers(-60, 90, n)
    closed = np.where(planned + slip <= clock.last - 20, planned + slip, NEVER)
    closed[troubled], planned[troubled] = NEVER, clock.last + 60
    studies = Studies(
        code=np.array([_protocol(i, rng) for i in range(n)], dtype=object),
        nct=np.array([f"NCT99{100_000 + 37 * i:06d}" for i in range(n)], dtype=object),
        title=np.array([_title(int(a), rng) for a in area], dtype=object),
        sponsor=pick(rng, names.SPONSORS, n), phase=pick(rng, ("Phase 2", "Phase 2/3", "Phase 3", "Phase 3", "Phase 4"), n),
        area=area, opens=opens, planned_last=planned, closed=closed, pull=rng.lognormal(0, 0.5, n),
        pass_prescreen=rng.uniform(0.42, 0.82, n), pass_consent=rng.uniform(0.62, 0.9, n),
        pass_screen=rng.uniform(0.36, 0.8, n), troubled=troubled,
        **_pairs(n, opens, closed, sites, clock, rng),
    )  # fmt: skip
    studies.pass_screen[troubled], studies.pass_prescreen[troubled], studies.pull[troubled] = 0.21, 0.42, 1.6
    _pause(studies, clock)
    return studies


def _pairs(n: int, opens: Ints, closed: Ints, sites: Sites, clock: Clock, rng: np.random.Generator) -> dict[str, Ints]:
    can = np.flatnonzero(sites.kept != "diary")
    weight = sites.pull[can] / sites.pull[can].sum()
    chosen = [
        rng.choice(can, min(len(can), max(5, int(count * len(can) / 55))), replace=False, p=weight)
        for count in rng.integers(7, 34, n)
    ]
    study = np.repeat(np.arange(n), [len(some) for some in chosen])
    site = np.concatenate(chosen)
    start = np.maximum(opens[study] + rng.exponential(55, len(study)).astype(np.int64), sites.activated[site] + 14)
    end = closed[study]
    early = (rng.random(len(study)) < 0.06) & (start + 200 < clock.last)
    end = np.where(early & (end == NEVER), start + 190, end)
    keep = (end == NEVER) | (end > start + 30)
    return {
        "pair_study": study[keep], "pair_site": site[keep], "pair_opens": start[keep], "pair_closes": end[keep],
        "paused_from": np.full(int(keep.sum()), NEVER), "paused_to": np.full(int(keep.sum()), NEVER),
    }  # fmt: skip


def _pause(studies: Studies, clock: Clock) -> None:
    # The study in trouble was opened slowly and held for four months while its protocol was amended.
    mine = np.flatnonzero(studies.pair_study == studies.troubled)
    studies.pair_opens[mine] += np.arange(len(mine)) * 9
    begins = clock.first + 540
    studies.paused_from[mine[studies.pair_opens[mine] < begins - 30]] = begins
    studies.paused_to[mine[studies.pair_opens[mine] < begins - 30]] = begins + 120


def _protocol(index: int, rng: np.random.Generator) -> str:
    letters = "".join(chr(65 + int(i)) for i in rng.integers(0, 26, 3))
    return f"{letters}-{201 + index}"


def _title(area: int, rng: np.random.Generator) -> str:
    condition = names.AREAS[area].conditions[int(rng.integers(0, 4))]
    design = ("A randomized, double-blind trial", "An open-label study", "A long-term safety study")[
        int(rng.integers(0, 3))
    ]
    return f"{design} in adults with {condition.lower() if condition[1:2].islower() else condition}"


def _practices(size: Size, sites: Sites, rng: np.random.Generator) -> Practices:
    n = size.practices
    by_metro = np.bincount(sites.metro, weights=sites.pull, minlength=len(names.METROS))
    metro = rng.choice(len(by_metro), n, p=by_metro / by_metro.sum())
    towns = np.unique(sites.metro)  # every site has a practice near it
    metro[: min(n, len(towns))] = towns[:n]
    weight = np.array([area.weight for area in names.AREAS])
    kind = rng.random(n)
    specialty = rng.choice(len(weight), n, p=weight / weight.sum())
    area = np.where(kind < 0.56, -1, np.where(kind < 0.9, specialty, -2))
    extra = rng.multinomial(
        size.practitioners - n, _shares(np.minimum(rng.lognormal(0, 1.1, n) * np.where(area == -2, 3, 1), 22))
    )
    zips = [f"{names.METROS[m][2]}{int(rng.integers(1, 100)):02d}" for m in metro]
    name = _practice_names(area, metro)
    return Practices(
        name=name, also=spellings.vendors(name, rng), npi=np.array([with_check_digit(FIRST_PRACTICE + 7 * i) for i in range(n)], dtype=object),
        vendor=np.array([f"{700_100 + 3 * i}" for i in range(n)], dtype=object),
        area=area, metro=metro, postal=np.array(zips, dtype=object), size=1 + extra,
    )  # fmt: skip


def _shares(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())


def _practice_names(area: Ints, metro: Ints) -> Texts:
    """One name per practice. A place is used once per field, so that no two practices differ in a filler word only."""
    primary = ("Family Medicine", "Internal Medicine Associates", "Primary Care", "Family Practice")
    places = _places(np.random.default_rng(len(area)), 800)
    used: dict[str, int] = {}
    out = []
    for number, kind in enumerate(area):
        if kind == -1:
            field_, place = "primary", primary[number % 4]
        elif kind == -2:
            field_, place = "several", ("Medical Group", "Multispecialty Clinic", "Health Partners")[number % 3]
        else:
            field_ = names.AREAS[kind].field
            place = f"{field_} {('Associates', 'Group', 'Specialists', 'Clinic')[number % 4]}"
        turn = used[field_] = used.get(field_, -1) + 1
        again = "" if turn < len(places) else f" {names.METROS[metro[number]][0]}"
        out.append(f"{places[turn % len(places)]} {place}{again}")
    return np.array(out, dtype=object)


def _people(size: Size, practices: Practices, sites: Sites, clock: Clock, rng: np.random.Generator) -> Practitioners:
    practice = np.repeat(np.arange(len(practices)), practices.size)
    n = len(practice)
    area = np.where(practices.area[practice] == -2, rng.integers(-1, len(names.AREAS), n), practices.area[practice])
    specialty, taxonomy, credential = _training(area, rng)
    site, second = _habits(practices.metro[practice], sites, rng)
    starts = np.where(rng.random(n) < 0.87, clock.first, clock.first + rng.integers(20, 950, n))
    opened = sites.activated[site] + rng.exponential(110, n).astype(np.int64)
    # People of one practice refer alike: half of the spread is between practices.
    rate = np.exp(rng.normal(1.55, 0.8, n) + rng.normal(0, 0.65, len(practices))[practice])
    rate[rng.random(n) < 0.07] = 0.0
    return Practitioners(
        family=pick(rng, names.FAMILY_NAMES, n), given=pick(rng, names.GIVEN_NAMES, n),
        credential=credential, specialty=specialty, taxonomy=taxonomy,
        npi=np.array([with_check_digit(FIRST_PERSON + 11 * i) for i in range(n)], dtype=object),
        number=np.array([f"E{1_000_300 + 7 * i}" for i in range(n)], dtype=object),
        known_npi=(rng.random(n) > 0.03).astype(np.int64), area=area, practice=practice, site=site, second_site=second,
        per_year=np.where(rate > 0, np.clip(rate, 1.6, 110), 0), regular=(rng.random(n) < 0.35).astype(np.int64),
        starts=np.minimum(np.maximum(starts, np.where(sites.activated[site] > clock.first, opened, clock.first)), clock.last - 30),
        stops=np.full(n, clock.last + 1), away_from=np.full(n, NEVER), away_to=np.full(n, NEVER),
        why=np.full(n, "", dtype=object),
    )  # fmt: skip


def _training(area: Ints, rng: np.random.Generator) -> tuple[Texts, Texts, Texts]:
    n = len(area)
    which = rng.choice(len(names.GENERALISTS), n, p=[share for *_, share in names.GENERALISTS])
    columns = []
    for part in range(3):
        special = [(a.specialty, a.taxonomy, "MD")[part] for a in names.AREAS]
        general = [one[part] for one in names.GENERALISTS]
        columns.append(
            np.array([special[a] if a >= 0 else general[w] for a, w in zip(area, which, strict=True)], dtype=object)
        )
    columns[2] = np.where((area >= 0) & (rng.random(n) < 0.12), "DO", columns[2])
    return columns[0], columns[1], columns[2]


def _habits(metro: Ints, sites: Sites, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """The site that each practitioner mostly uses, and another in the same town (the same one if it has one only)."""
    first, second = np.zeros(len(metro), dtype=np.int64), np.zeros(len(metro), dtype=np.int64)
    for town in np.unique(metro):
        near = np.flatnonzero(sites.metro == town)
        here = np.flatnonzero(metro == town)
        first[here] = rng.choice(near, len(here), p=_shares(sites.pull[near]))
        second[here] = rng.choice(near, len(here))
    return first, second


def _lapse(people: Practitioners, practices: Practices, clock: Clock, rng: np.random.Generator) -> None:
    """Ends the referring of about 12% (a third of them because the whole practice was bought) and sends 2% away for months."""
    able = (people.per_year >= 3) & (people.starts < clock.last - 400)
    wanted = int(LAPSE_SHARE * len(people))
    reasons = ("retired", "moved away", "refers to a competitor", "unhappy with us", "left practice")
    gone: list[int] = []
    for practice in rng.permutation(len(practices)):
        members = np.flatnonzero((people.practice == practice) & able)
        if len(gone) >= wanted // 3 or not 2 <= len(members) <= max(3, wanted // 6):
            continue
        _stop(
            people,
            members,
            np.full(len(members), rng.integers(clock.first + 200, clock.last - 40)),
            "practice acquired",
        )
        gone.extend(int(member) for member in members)
    rest = np.setdiff1d(np.flatnonzero(able), gone)
    single = rng.choice(rest, min(len(rest), wanted - len(gone)), replace=False)
    earliest = np.maximum(people.starts[single] + 150, clock.first + 150)
    _stop(people, single, rng.integers(earliest, clock.last - 30), "")
    people.why[single] = pick(rng, reasons, len(single))
    away = rng.choice(np.setdiff1d(rest, single), max(1, len(people) // 50), replace=False)
    people.away_from[away] = rng.integers(np.maximum(people.starts[away] + 60, clock.first + 60), clock.last - 280)
    people.away_to[away] = people.away_from[away] + rng.integers(150, 250, len(away))


def _stop(people: Practitioners, who: Ints, day: Ints, why: str) -> None:
    people.stops[who] = np.maximum(day, people.starts[who] + 120)
    people.why[who] = why


def _switch(people: Practitioners, sites: Sites, clock: Clock) -> tuple[int, int]:
    # The busiest practice at EHR sites that is not half the network: its fax goes quiet and its portal busy.
    stays = (people.why == "") & (sites.kept[people.site] == "ehr") & (people.starts < clock.first + 60)
    busy = np.bincount(people.practice, weights=people.per_year * stays)
    return int(np.argmax(np.where(busy < 0.06 * busy.sum(), busy, 0))), clock.first + 610
