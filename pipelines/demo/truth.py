"""What the demo knows and its files do not say: kept beside them as truth.json, for the tests."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.demo.clock import DAY, NEVER, Ints, as_date, moment
from pipelines.demo.ehr import numbers
from pipelines.demo.names import SOURCES
from pipelines.demo.network import Network
from pipelines.demo.outcomes import Paths
from pipelines.demo.referrals import Referrals

HORIZONS = (30, 60, 90, 180)


@dataclass
class Truth:
    """Everything planted. ``referrals`` counts what the files tell by the last day; ``conversion`` is the share
    of countable research referrals of the EHR sites that is enrolled within 30, 60, 90 and 180 days of receipt,
    counted on the whole path, also beyond the last day; ``lapsed`` and ``paused`` are practitioners."""

    seed: int
    scale: float
    start: str
    until: str
    referrals: dict[str, Any] = field(default_factory=dict)
    conversion: dict[str, Any] = field(default_factory=dict)
    lapsed: list[dict[str, Any]] = field(default_factory=list)
    paused: list[dict[str, Any]] = field(default_factory=list)
    practices: dict[str, Any] = field(default_factory=dict)
    quirks: dict[str, Any] = field(default_factory=dict)
    surveys: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes it as JSON, keys in a fixed order."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Truth:
        """Reads what ``save`` wrote."""
        return cls(**json.loads(path.read_text("utf-8")))


def known(network: Network, referrals: Referrals) -> Ints:
    """True for the referrals that stand in a file: entered by the last day, or written into a log by then."""
    end = network.clock.utc(np.full(len(referrals), (network.clock.last + 1) * DAY), referrals.zone)
    at_ehr = network.sites.kept[referrals.site] == "ehr"
    logged = ~at_ehr & (referrals.void == 0) & (referrals.outgoing == 0)
    return np.asarray((at_ehr & (referrals.entered < end)) | logged)


def count(network: Network, referrals: Referrals) -> dict[str, Any]:
    """How many referrals the files hold, in all and by month, site and year, and how many a volume leaves out."""
    told = known(network, referrals)
    countable = told & referrals.countable
    months = np.array([as_date(day).strftime("%Y-%m") for day in range(network.clock.first, network.clock.last + 1)])
    month = months[np.clip(referrals.day - network.clock.first, 0, len(months) - 1)]
    return {
        "in_files": int(told.sum()), "countable": int(countable.sum()),
        "research": int((countable & (referrals.study >= 0)).sum()),
        "duplicates": int((told & (referrals.copy_of >= 0)).sum()), "void": int((told & (referrals.void == 1)).sum()),
        "outgoing": int((told & (referrals.outgoing == 1)).sum()), "unattributed": int((countable & (referrals.named == 0)).sum()),
        "entered_late": int((countable & (referrals.entered - referrals.received > 10 * DAY)).sum()),
        "not_yet_entered": int((~told & (referrals.void == 0)).sum()),
        "countable_by_month": _tally(month[countable]), "countable_by_site": _tally(network.sites.code[referrals.site[countable]]),
    }  # fmt: skip


def _tally(labels: Any) -> dict[str, int]:
    names, numbers = np.unique(labels.astype(str), return_counts=True)
    return {str(name): int(number) for name, number in zip(names, numbers, strict=True)}


def convert(network: Network, referrals: Referrals, paths: Paths) -> dict[str, Any]:
    """True conversion to enrolment: in all, by study, by half-year of receipt and by kind of source."""
    use = (referrals.study >= 0) & referrals.countable & known(network, referrals)
    use &= network.sites.kept[referrals.site] == "ehr"
    enrolled_on = network.clock.local_day(paths.enrolled, referrals.zone)
    days = np.where(paths.enrolled == NEVER, 10**6, enrolled_on - referrals.day)
    seen = (paths.enrolled != NEVER) & (enrolled_on <= network.clock.last)
    half = np.array([f"{as_date(day).year}-H{1 + as_date(day).month // 7}" for day in referrals.day])
    groups = {
        "study": network.studies.code[referrals.study], "half_year": half.astype(object), "site": network.sites.code[referrals.site],
        "source": np.array(SOURCES, dtype=object)[referrals.source],
    }  # fmt: skip
    out: dict[str, Any] = {"all": _shares(days[use], seen[use])}
    for name, label in groups.items():
        values, which = np.unique(label[use].astype(str), return_inverse=True)
        out[name] = {
            str(value): _shares(days[use][which == turn], seen[use][which == turn]) for turn, value in enumerate(values)
        }
    return out


def _shares(days: Ints, seen: Ints) -> dict[str, Any]:
    by = {f"by_{horizon}": round(float((days <= horizon).mean()), 6) for horizon in HORIZONS}
    return {"n": len(days), "enrolled_in_files": int(seen.sum()), "ever": round(float((days < 10**6).mean()), 6), **by}


def lapsed(network: Network, referrals: Referrals) -> list[dict[str, Any]]:
    """Who stopped referring, when and why; ``last_referral_on`` is the last one ever sent, if any."""
    people = network.people
    last = np.full(len(people), NEVER)
    by_person = referrals.person >= 0
    np.maximum.at(last, referrals.person[by_person], referrals.day[by_person])
    sent = np.bincount(referrals.person[by_person], minlength=len(people))
    return [
        _who(network, i) | {
            "why": str(people.why[i]), "lapsed_on": as_date(people.stops[i]).isoformat(), "referrals": int(sent[i]),
            "last_referral_on": None if last[i] == NEVER else as_date(last[i]).isoformat(),
        }
        for i in np.flatnonzero(people.why != "").tolist()
    ]  # fmt: skip


def paused(network: Network) -> list[dict[str, Any]]:
    """Who sent nobody for months and then came back."""
    people = network.people
    return [
        _who(network, i) | {"from": as_date(people.away_from[i]).isoformat(), "to": as_date(people.away_to[i]).isoformat()}
        for i in np.flatnonzero(people.away_from != NEVER).tolist()
    ]  # fmt: skip


def _who(network: Network, i: int) -> dict[str, Any]:
    people = network.people
    return {
        "npi": str(people.npi[i]), "practitioner": f"{people.family[i]}, {people.given[i]}",
        "practice": str(network.practices.name[people.practice[i]]), "per_year": round(float(people.per_year[i]), 3),
    }  # fmt: skip


def quirks(network: Network, referrals: Referrals) -> dict[str, Any]:
    """The stories in the data, by name."""
    sites, studies = network.sites, network.studies
    practice, day = network.switch
    late = np.flatnonzero(sites.activated > network.clock.first)
    trouble = studies.troubled
    held = studies.paused_from[studies.paused_from != NEVER]
    return {
        "channel_switch": {"practice": str(network.practices.name[practice]), "on": as_date(day).isoformat(), "from": "Fax", "to": "Portal"},
        "sites_opened_late": {str(sites.code[i]): as_date(sites.activated[i]).isoformat() for i in late},
        "study_in_trouble": {
            "protocol": str(studies.code[trouble]), "target": int(studies.target[trouble]),
            "paused_from": as_date(held[0]).isoformat() if len(held) else None,
        },
        "clock_change_nights": _nights(network, referrals),
        "hand_kept_sites": {str(sites.code[i]): str(sites.kept[i]) for i in np.flatnonzero(sites.kept != "ehr")},
    }  # fmt: skip


def spellings(network: Network) -> dict[str, Any]:
    """Other spellings of practices, each with the official name: second vendor records, and what hands wrote."""
    practices = network.practices
    twice = practices.also != practices.name
    second = {str(also): str(name) for name, also in zip(practices.name[twice], practices.also[twice], strict=True)}
    return {"second_vendor_records": second, "handwritten": network.spelled}


def _nights(network: Network, referrals: Referrals) -> list[dict[str, str]]:
    """EHR referrals received within an hour of a change of the clocks: number, UTC and wall-clock time."""
    local, number = network.clock.local(referrals.received, referrals.zone), numbers(len(referrals))
    at_ehr = known(network, referrals) & (network.sites.kept[referrals.site] == "ehr")
    out = []
    for zone, instant in network.clock.shifts():
        near = np.flatnonzero(at_ehr & (referrals.zone == zone) & (abs(referrals.received - instant) < 3600))
        out += [
            {"referral": number[i], "utc": str(moment(referrals.received[i])), "local": str(moment(local[i]))}
            for i in near
        ]
    return out
