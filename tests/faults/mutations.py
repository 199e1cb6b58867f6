"""Seeded damage to files of any format, and a road on which thousands of damaged files can be tried.

    report = run({"clinic_log.csv": data, ...}, count=10_000, seed=1)

makes ``count`` mutants of the given files in turn (byte flips, cuts, repeated and swapped pieces, edited cells) and
reads each in a child process with the limits of the ordinary one. The child does what ``pipelines.worker`` does with
a job, but lives on from file to file: starting Python for each would take most of the time. What may not happen is
counted: a child that dies, a file that takes longer than a minute of work, an error that is no sentence for a person, rows
that are neither loaded nor rejected nor duplicate.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_S = 60.0  # of processor time
PATIENCE = 20  # times as long on the wall
MEMORY_MB = {"workbook": 1024, "text": 1400}  # as in pipelines.ingest.inspecting
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
NASTY = (b"\0", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\\", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1a", b"=", b"\xed\xa0\x80",
         b"\xe2\x80\xa8", b"9" * 400, b'""', b'"""', b"\r\r\n", b"{", b"}", b"<", b"|", b"^~\\&")  # fmt: skip
CELLS = (b"", b" ", b"NULL", b"1e400", b"-0", b"2026-02-30", b"0000-00-00", b"13/13/2026", b"99999999999999999999", b"=1+1", b"\xe2\x80\x8f",
         b"x" * 70_000, b"Total", b"#REF!", b"'", b'a"b', b"a,b", b"\xc3\x28", b"true", b"1/0", b"<b>", b"--", b"n/a")  # fmt: skip


def flip_bytes(data: bytes, chance: random.Random) -> bytes:
    """Some bytes become others."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20, 200))):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def cut(data: bytes, chance: random.Random) -> bytes:
    """The end, the beginning or a piece in the middle is missing."""
    low, high = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return chance.choice((data[:low], data[high:], data[:low] + data[high:]))


def insert(data: bytes, chance: random.Random) -> bytes:
    """Bytes that mean something to some reader stand where they should not."""
    for _ in range(chance.choice((1, 1, 3, 10))):
        place = chance.randrange(len(data) + 1)
        data = data[:place] + chance.choice(NASTY) + data[place:]
    return data


def repeat(data: bytes, chance: random.Random) -> bytes:
    """A piece occurs twice, or again somewhere else."""
    low, high = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    piece, place = data[low : min(high, low + 20_000)], chance.randrange(len(data) + 1)
    return data[:place] + piece * chance.choice((1, 1, 3)) + data[place:]


def edit_cells(data: bytes, chance: random.Random) -> bytes:
    """Cells of a text file hold something else. A file without lines gets bytes swapped for those texts."""
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 3, 10))):
        row = chance.randrange(len(lines))
        mark = max((b",", b"\t", b";", b"|"), key=lines[row].count)
        cells = lines[row].split(mark)
        cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        lines[row] = mark.join(cells)
    return b"\n".join(lines)


def shuffle_lines(data: bytes, chance: random.Random) -> bytes:
    """Lines change places, vanish, or occur twice."""
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 3, 20))):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        if chance.random() < 0.3 and len(lines) > 1:
            lines.pop(one)
    return b"\n".join(lines)


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_bytes,
    cut,
    insert,
    repeat,
    edit_cells,
    shuffle_lines,
)


def mutate(
    data: bytes, chance: random.Random, ways: Sequence[Callable[[bytes, random.Random], bytes]] = MUTATIONS
) -> bytes:
    """``data`` damaged in one to three ways; never empty."""
    made = data
    for _ in range(chance.choice((1, 1, 2, 3))):
        made = chance.choice(ways)(made or b"a", chance)
    return made or b"\n"


@dataclass
class Report:
    """What came of the mutants. ``faults`` names each that may not be: (file, number of the mutant, what)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, int, str]] = field(default_factory=list)

    def __str__(self) -> str:
        counted = ", ".join(f"{count:,} {what}" for what, count in self.outcomes.most_common())
        return f"{self.outcomes.total():,} mutants: {counted}; {len(self.faults)} faults"


def run(seeds: Mapping[str, bytes], count: int, seed: int, ways: Sequence[Callable[[bytes, random.Random], bytes]] = MUTATIONS,
        keep: Path | None = None) -> Report:  # fmt: skip
    """Try ``count`` mutants of the files ``seeds`` (name -> bytes), in turn. The same ``seed`` makes the same mutants.
    Those that must not be are kept in the folder ``keep``."""
    report, child, names = Report(), None, sorted(seeds)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            name = names[number % len(names)]
            data = mutate(seeds[name], random.Random(f"{seed}/{number}"), ways)
            child = child or _Child(Path(folder))
            answer = child.ask(name, data)
            what = verdict(answer)
            report.outcomes[what.split(":")[0]] += 1
            if what.split(":")[0] not in ("loadable", "shape unknown", "refused", "too big", "nothing to load"):
                report.faults.append((name, number, what))
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{number}-{name}").write_bytes(data)
            if answer is None or "failed" in answer or "hung" in answer or child.used >= 500:
                child.stop()
                child = None
        if child:
            child.stop()
    return report


def verdict(answer: dict[str, Any] | None) -> str:
    """One of: loadable | shape unknown | nothing to load | refused | too big, which may be; or died | hung | traceback |
    unbalanced, which may not."""
    if answer is None:
        return "died"
    if "hung" in answer:
        return "hung"
    if "refused" in answer:
        return "refused"
    if "failed" in answer:
        kind, place = answer["failed"]
        return "too big" if kind == "MemoryError" or "OutOfMemory" in kind else f"traceback: {kind} {place}"
    mapped = answer["mapped"]
    if mapped is None:
        return "shape unknown"
    if mapped["missing"]:
        return "nothing to load"
    parts = mapped["rows_loaded"] + mapped["rows_rejected"] + mapped["rows_duplicate"]
    return (
        "loadable" if mapped["rows_in"] == parts else f"unbalanced: {mapped['rows_in']} rows in, {parts} accounted for"
    )


class _Child:
    """A child that does one job after another."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.used = folder, 0
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, cwd=Path(__file__).resolve().parents[2], env={**os.environ, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def ask(self, name: str, data: bytes) -> dict[str, Any] | None:
        """The answer to one file, or None when the child died of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.used += 1
        path = self.folder / "plain"
        path.write_bytes(data)
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps({"path": str(path), "name": name}) + "\n")
            self._process.stdin.flush()
        begun = self._worked()
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._process.stdout, selectors.EVENT_READ)
            for _ in range(PATIENCE):
                if waiting.select(LONGEST_S):
                    break
                if self._worked() - begun >= LONGEST_S:
                    return {"hung": True}
            else:
                return {"hung": True}
        line = self._process.stdout.readline()
        return json.loads(line) if line else None

    def _worked(self) -> float:
        """Seconds of processor time the child has had, or by the clock where the system does not tell. On a busy machine a
        child that waits its turn has not hung."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def _serve() -> None:
    """The child's half: one line of JSON in, one out, until the input ends."""
    from pipelines import sandbox, worker
    from pipelines.errors import RapportError

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    limited = False
    for line in sys.stdin:
        order = json.loads(line)
        if not limited:
            kind = "workbook" if Path(order["path"]).read_bytes()[:4] in WORKBOOKS else "text"
            sandbox._limit(
                MEMORY_MB[kind] + 200, 100_000
            )  # a little more: what one file leaves behind counts for the next
            limited = True
        with tempfile.TemporaryDirectory() as out:
            try:
                result = worker.handle(_job(order["path"], order["name"], out), lambda label, fraction: None)
                answer: dict[str, Any] = {"mapped": result.get("mapped")}
                if answer["mapped"]:
                    keep = ("rows_in", "rows_loaded", "rows_rejected", "rows_duplicate", "missing")
                    answer["mapped"] = {name: answer["mapped"][name] for name in keep}
            except RapportError:
                answer = {"refused": True}
            except BaseException as error:
                places = [
                    f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
                ]
                answer = {"failed": [type(error).__name__, f"{' > '.join(places[-4:])} {str(error)[:300]}"]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _job(path: str, name: str, out: str) -> dict[str, Any]:
    return {
        "path": path, "name": name, "out": out, "options": {}, "source": None, "columns": None, "system": None,
        "choices": {"date_order": None, "time_zone": "America/New_York"}, "file_id": "f" * 64, "received_at": "2026-06-30T12:00:00",
        "zones": [], "saved_mappings": {}, "secret": "00" * 32, "workbook": None, "time_zone": "America/New_York",
        "values": None, "constants": None, "suggest": False, "codes": {}, "taxonomy": [], "dictionary": [],
    }  # fmt: skip


if __name__ == "__main__":
    _serve()
