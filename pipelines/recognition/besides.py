"""What else a table is: people keep one sheet for two things, the referrals and what became of those screened of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.sources import registry

if TYPE_CHECKING:
    from pipelines.recognition import Candidate

LEAST = 2  # columns that say a day or a number and mean nothing to the first kind
_TELLING = frozenset({"date", "datetime", "integer", "number"})


def kinds(source: str | None, columns: Mapping[str, int], candidates: Sequence[Candidate]) -> list[str]:
    """The kinds of export that the table of ``source`` may be as well, the likeliest first: those that have what makes a file
    one of theirs, tell of other things, and have a meaning for days or numbers that mean nothing to ``source``."""
    known = registry()
    if source not in known:
        return []
    found: list[str] = []
    for one in candidates:
        other = known[one.source]
        if (
            one.signed
            and not any(known[name].tells_what(other) for name in (source, *found))
            and len(_told(one) - set(columns.values())) >= LEAST
        ):
            found.append(one.source)
    return found


def are_both(first: Candidate, second: Candidate) -> bool:
    """Whether a table that may be of either kind is of both: each tells of other things, by columns of its own."""
    if registry()[first.source].tells_what(registry()[second.source]):
        return False
    return all(_told(one) - set(other.columns.values()) for one, other in ((first, second), (second, first)))


def _told(one: Candidate) -> set[int]:
    """The columns in which a kind finds a day or a number."""
    declared = registry()[one.source]
    return {place for name, place in one.columns.items() if declared.field(name).kind in _TELLING}
