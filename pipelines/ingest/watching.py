"""A folder whose files are loaded once they are complete.

A file is complete when its size and time have not changed between two looks that are ``settle_s`` apart; names that
programs give to unfinished files are not looked at. Files stay where they are. What was taken is remembered by
content: the same bytes under another name are not loaded twice, a file that is replaced is loaded anew. A file that
cannot be loaded is tried again after ever longer waits, and the summary says why; a file that a person must mend
first (an unknown kind, a damaged file) is tried again only when it changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines import ingest
from pipelines.errors import FileRefused, RapportError, UnknownName, WorkspaceError
from pipelines.ingest import Choices, Inspection, Progress, opened
from pipelines.record.ledger import now
from pipelines.workspace import Workspace, write_durably

SUMMARY = "rapport-summary.json"  # written into the workspace, not into the folder: other programs look there
SETTLE_S = 5.0
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 3600.0
MOST_TRIES = 20
_UNFINISHED = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".swp",
    ".lock",
    ".upload",
)
_IGNORED = ("truth.json", "Thumbs.db", "desktop.ini", SUMMARY)
_READ = 1 << 20


@dataclass
class Seen:
    """One file of the folder as it was last looked at. ``outcome`` is waiting | loaded | known | mend | retry | gone."""

    size: int
    changed_ns: int
    since: float
    outcome: str = "waiting"
    reason: str = ""
    sha256: str | None = None
    tries: int = 0
    not_before: float = 0.0
    at: str = ""
    rows: dict[str, int] = field(default_factory=dict)

    def same(self, stat: os.stat_result) -> bool:
        return (self.size, self.changed_ns) == (stat.st_size, stat.st_mtime_ns)


class Watch:
    """One watched folder. ``look`` does one round; ``clock`` (seconds, monotonic) is there for tests."""

    def __init__(self, workspace: Workspace, folder: Path, *, settle_s: float = SETTLE_S, choices: Choices | None = None,
                 by: str = "watch", clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        self.workspace, self.folder, self.settle_s, self.choices, self.by, self.clock = (
            workspace,
            folder,
            settle_s,
            choices,
            by,
            clock,
        )
        self.seen: dict[str, Seen] = {}
        self.missing = False
        self._passed_over: set[str] = set()
        self._told: list[str] = []

    def look(self, on_progress: Progress | None = None) -> list[str]:
        """One round: load what has become complete. Returns the names of the files that were tried, or that cannot be."""
        self._told = []
        found = self._listed()
        for name in set(self.seen) - set(found) - self._passed_over:
            self.seen[name].outcome, self.seen[name].reason = (
                "gone",
                "The file is no longer in the folder; its load stays.",
            )
        ready = [name for name, path in sorted(found.items()) if self._ready(name, path)]
        if ready:
            self._take([found[name] for name in ready], ready, on_progress)
        self._write_summary()
        return sorted({*ready, *self._told})

    def _listed(self) -> dict[str, Path]:
        """The folder's files by their path within it. A folder that is away for a while (a network drive) is told of
        once and looked for again."""
        try:
            paths, passed_over = _files_below(self.folder)
        except OSError:
            self.missing = True
            return {}
        self.missing = False
        for name, why in passed_over:
            if name not in self.seen or self.seen[name].reason != why:
                self.seen[name] = Seen(0, 0, self.clock(), outcome="mend", reason=why, at=now())
                self._told.append(name)
        self._passed_over = {name for name, _ in passed_over}
        return {str(path.relative_to(self.folder)): path for path in paths}

    def _ready(self, name: str, path: Path) -> bool:
        try:
            stat = path.lstat()
        except OSError:
            return False
        known, moment = self.seen.get(name), self.clock()
        if known is None or not known.same(stat):
            known = self.seen[name] = Seen(stat.st_size, stat.st_mtime_ns, moment, reason=_GROWING)
        if known.outcome == "gone":
            known.outcome, known.reason = "waiting", _GROWING
        if known.outcome == "retry":
            return moment >= known.not_before and known.tries < MOST_TRIES
        complete = known.outcome == "waiting" and moment - known.since >= self.settle_s
        if complete and stat.st_size == 0:
            self._done(name, "mend", _EMPTY, {})
            self._told.append(name)
        return complete and stat.st_size > 0

    def _take(self, paths: list[Path], names: list[str], on_progress: Progress | None) -> None:
        """Load the ready files as one batch. Those whose content is already counted need not be read again."""
        fresh: list[tuple[str, Path]] = []
        for name, path in zip(names, paths, strict=True):
            try:
                digest = content_key(path)
            except FileRefused as problem:  # a pipe took its place
                self._done(name, "mend", str(problem), {})
                continue
            except OSError as problem:
                self._later(name, f"The file cannot be read ({problem.strerror}).")
                continue
            self.seen[name].sha256 = digest
            if self._counted(digest):
                self._done(name, "known", "A file with the same content is already loaded.", {})
            else:
                fresh.append((name, path))
        if fresh:
            self._ingest(fresh, on_progress)

    def _ingest(self, fresh: list[tuple[str, Path]], on_progress: Progress | None) -> None:
        by_path = {path: name for name, path in fresh}
        try:
            outcomes = ingest.ingest_files(
                self.workspace, list(by_path), self.by, self.choices, on_progress or (lambda *_: None)
            )
        except RapportError as problem:
            for name in by_path.values():
                self._later(name, str(problem))
            return
        for path, inspections, made in outcomes:
            if self._changed(by_path[path], path):
                for load in made:
                    ingest.undo(self.workspace, load.load_id, self.by)
                continue
            self._judge(by_path[path], inspections)

    def _changed(self, name: str, path: Path) -> bool:
        """Whether the file was written to while it was read: what was loaded of it is then taken back, and the file
        is looked at again from the beginning."""
        try:
            stat = path.lstat()  # so that a link put in a file's place is one, too
        except OSError:
            return False
        if self.seen[name].same(stat):
            return False
        self.seen[name] = Seen(
            stat.st_size, stat.st_mtime_ns, self.clock(), reason="It was written to while it was read."
        )
        return True

    def _judge(self, name: str, inspections: list[Inspection | Exception]) -> None:
        troubles = [one for one in inspections if isinstance(one, Exception)]
        passing = [trouble for trouble in troubles if isinstance(trouble, WorkspaceError) or _unopened(trouble)]
        problems = [one.problem for one in inspections if isinstance(one, Inspection) and one.problem]
        rows = _counts([one for one in inspections if isinstance(one, Inspection)])
        if passing:
            self._later(name, str(passing[0]))
        elif troubles or (problems and len(problems) == len(inspections)):
            self._done(name, "mend", " ".join(dict.fromkeys([*map(str, troubles), *problems])), rows)
        else:
            self._done(name, "loaded", " ".join(problems), rows)

    def _counted(self, digest: str) -> bool:
        return any(load.file_id == digest for load in self.workspace.ledger.loads("active"))

    def _later(self, name: str, reason: str) -> None:
        """Try again after a wait that doubles each time."""
        seen = self.seen[name]
        seen.tries += 1
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (seen.tries - 1))
        seen.outcome, seen.reason, seen.at, seen.not_before = "retry", reason, now(), self.clock() + wait
        if seen.tries >= MOST_TRIES:
            seen.outcome, seen.reason = (
                "mend",
                f"{reason} It was tried {MOST_TRIES} times; it is tried again when the file changes.",
            )

    def _done(self, name: str, outcome: str, reason: str, rows: dict[str, int]) -> None:
        seen = self.seen[name]
        seen.outcome, seen.reason, seen.at, seen.rows = outcome, reason, now(), rows

    def summary(self) -> dict[str, Any]:
        """What became of every file of the folder, for people and for programs."""
        files = [
            {"file": name, "outcome": seen.outcome, "reason": seen.reason, "at": seen.at, "tries": seen.tries, "sha256": seen.sha256, **seen.rows}
            for name, seen in sorted(self.seen.items())
        ]  # fmt: skip
        return {"folder": self.folder.name, "folder_missing": self.missing, "looked_at": now(), "files": files}

    def _write_summary(self) -> None:
        """Beside the workspace's other files; a full disk must not end the watch."""
        try:
            write_durably(self.workspace.root / SUMMARY, (json.dumps(self.summary(), indent=1) + "\n").encode())
        except OSError:
            return


def content_key(path: Path) -> str:
    """SHA-256 of a file's bytes: how the archive names it."""
    digest = hashlib.sha256()
    with opened(path) as file:
        while chunk := file.read(_READ):
            digest.update(chunk)
    return digest.hexdigest()


def finished_name(name: str) -> bool:
    """Whether a name is one of a finished file: programs mark the others with a dot, a tilde or an ending."""
    lower = name.lower()
    return not name.startswith((".", "~$", "~")) and not lower.endswith(_UNFINISHED) and name not in _IGNORED


PassedOver = list[tuple[str, str]]  # (path within the folder, why)
_LINK = "It is a link to another place, and links are not followed. Put the file itself into the folder."
_GROWING = "It may still be written to. It is loaded once it has stayed the same for a while."
_EMPTY = "It is empty. It is looked at again when something is written to it; else export it again."
_NO_FILE = "It is not a plain file (a pipe, perhaps). Put the file itself into the folder."


def files_in(folder: Path) -> tuple[list[Path], PassedOver]:
    """The finished files of a folder and its folders, in the order of their names, and what was passed over. Raises
    ``UnknownName`` when there is no such folder or it may not be read."""
    try:
        files, passed_over = _files_below(folder)
        return sorted(files), passed_over
    except OSError as problem:
        raise UnknownName(
            f"The folder {folder.name} cannot be read ({problem.strerror}).", "Check its name and your rights to it."
        ) from None


def _files_below(folder: Path) -> tuple[list[Path], PassedOver]:
    """Whoever may put files into the folder must not reach others through it: links are not followed, pipes not opened, and
    a folder within that cannot be read keeps nothing else from being read. ``OSError`` is about ``folder`` itself."""
    files: list[Path] = []
    passed_over: PassedOver = []
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as problem:
            if place == folder:
                raise
            passed_over.append((str(place.relative_to(folder)), f"The folder cannot be read ({problem.strerror})."))
            continue
        for entry in entries:
            path = Path(entry.path)
            if not finished_name(entry.name):
                continue
            if entry.is_symlink():
                passed_over.append((str(path.relative_to(folder)), _LINK))
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif entry.is_file(follow_symlinks=False):
                files.append(path)
            else:
                passed_over.append((str(path.relative_to(folder)), _NO_FILE))
    return files, passed_over


def shown_name(name: str) -> str:
    """A path within the folder, fit to be printed: names may hold control characters, or bytes that are no text."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _unopened(trouble: Exception) -> bool:
    return "cannot be opened" in str(trouble)


def _counts(inspections: list[Inspection]) -> dict[str, int]:
    names = ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate")
    return {name: sum(one.counts[name] for one in inspections) for name in names}
