"""What a person decides about a file, and what the file turned out to be."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.readers import Reading
from pipelines.sources import registry

Progress = Callable[[str, float], None]


def quiet(label: str, fraction: float) -> None:
    """Progress for nobody."""


@dataclass(frozen=True)
class Choices:
    """What a person decides about a file; ``None`` means: find out. ``columns`` maps field names to header
    positions, ``system`` names whose record numbers the file holds, ``date_order`` is mdy or dmy. ``snapshot`` says
    that the file holds everything its source and system have: rows of earlier files that it lacks are deleted.
    ``values`` says by field what the file's own words mean, ``constants`` gives fields one value for every row,
    ``mapping`` names the mapping that keeps all this for the next file with these headers. ``periods`` says of a table
    with one column per period that its numbers count ``each`` period alone or everything ``so_far``, or to ``keep`` its
    columns. ``besides`` says that a file which counts as another kind of export already is one of this kind, too."""

    source: str | None = None
    columns: dict[str, int] | None = None
    part: str | None = None
    header_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    no_header: bool = False
    skip_footer: int = 0
    date_order: str | None = None
    time_zone: str | None = None
    system: str | None = None
    snapshot: bool = False
    values: dict[str, dict[str, str]] | None = None
    constants: dict[str, str] | None = None
    mapping: str | None = None
    periods: str | None = None
    besides: bool = False


@dataclass(frozen=True)
class FoundFault:
    """Findings of one code, counted, with their sentence, what to do, and the first of them."""

    code: str
    severity: str
    count: int
    message: str
    remedy: str
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass
class Inspection:
    """What a file turned out to be, before anything counts. ``problem`` says why it cannot be loaded yet."""

    file_id: str
    file_name: str
    choices: Choices
    reading: Reading
    candidates: list[dict[str, Any]]
    source: str | None
    known_by: str | None
    columns: dict[str, int]
    context: dict[str, str]
    fingerprint: str
    counts: dict[str, int]
    findings: list[FoundFault]
    decisions: list[str]
    preview: list[dict[str, Any]]
    already_loaded: int | None
    problem: str | None
    folder: Path
    received_at: str
    time_zone: str
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Whoever closes the tab says goodbye to nobody: the prepared rows go with the last that knows of them.
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def part(self) -> str:
        """Which table of the file, where it holds several (sheets, files in an archive): each is a load of its own."""
        return self.reading.part or ""

    @property
    def already(self) -> str:
        """What is said of a file that counts already, and what to do to have it read otherwise; nothing of a new one."""
        if self.already_loaded is None:
            return ""
        was, wanted = (registry().get(name or "") for name in (self.details.get("loaded_as"), self.source))
        if was is None or wanted is None or was is wanted:
            return (
                f"This file is already loaded, as load {self.already_loaded}. Loading it again changes nothing; to have it read otherwise, "
                "undo that load first."
            )
        told = f"This file is already loaded, as load {self.already_loaded}: {was.title}. Nothing of it counts as {wanted.title}"
        if was.tells_what(wanted):
            return f"{told}, which would count the same things twice: undo that load to have it so instead."
        return (
            f"{told} yet. If it is both, load it as that, too (on Upload, or rapport ingest --source {wanted.name} --besides); if it is no "
            f"{was.title.lower()}, undo that load first."
        )

    @property
    def also(self) -> list[str]:
        """What else the table looks like, a sentence each, the likeliest first."""
        return [
            f"This file also looks like: {registry()[name].title}. Once it is loaded, it can be loaded as that, too, if it is both (on Upload, or "
            f"rapport ingest --source {name} --besides)."
            for name in self.besides
        ]

    @property
    def besides(self) -> list[str]:
        """The kinds of export that the table may be beside the one it was taken for."""
        return list(self.details.get("besides", ()))

    def discard(self) -> None:
        """Drop the prepared rows; the received file stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def scaled(on_progress: Progress, low: float, high: float) -> Progress:
    return lambda label, fraction: on_progress(label, low + (high - low) * fraction)
