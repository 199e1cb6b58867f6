"""What is told of records that may be one, to whoever decides: the pair, both sides, and line by line what agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

AGREES, NEARLY, DIFFERS, SILENT = "agrees", "nearly", "differs", "one is silent"
TOLD = "told"  # of each side by itself: nothing to judge by


@dataclass(frozen=True)
class Entity:
    """A practitioner, a practice or a patient as it is known now: ``facts`` are the values its records give, by what they
    say; ``spellings`` how its records write the name; ``sources`` the systems or logs that name it."""

    entity_id: int
    label: str
    referrals: int
    facts: Mapping[str, tuple[str, ...]]
    spellings: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One line of a comparison: what is compared, both sides, and whether they agree. Of patients ``left`` says in
    words how far they agree, and ``right`` nothing."""

    what: str
    left: str
    right: str
    verdict: str


@dataclass(frozen=True)
class Pair:
    """Two entities that may be one. ``score`` is the likeness of their most alike records."""

    kind: str
    left_id: int
    right_id: int
    left: str
    right: str
    referrals: int
    score: int
    reason: str
    later: bool


@dataclass(frozen=True)
class Record:
    """One record of an entity: the name as files write it, where it came from, and how many referrals name it."""

    record_id: int
    spelling: str
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    files: int = 0
    referrals: int = 0
    leads: bool = False
