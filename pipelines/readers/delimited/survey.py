"""What the bytes of a delimited file say about its quotes and line ends, counted apart from any parser.

It is half of the proof that a file may be parsed as it lies (see ``clean``), and is taken in a thread of its own while
other questions are asked of the file. Two ways give the same answer (a property test compares them): numpy looks at a
large file six times as fast, but to import it takes longer than to look at a small one without.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

LARGE = 8_000_000  # bytes from which on numpy is worth its import
CHUNK = 1 << 20
_QUOTE, _BREAK, _RETURN, _SPACE = b'"\n\r '
_BEGINNING = b"\0 "  # what stands before a file: nothing that ends a line, something a quote may follow


@dataclass
class Survey:
    """What one pass over the bytes tells. ``records`` counts line ends outside quotes (and a last line without one),
    ``quoted_breaks`` those within; ``before`` are the bytes that stand before quotes which open."""

    records: int = 0
    quoted_breaks: int = 0
    quotes: bool = False
    blank_lines: bool = False
    balanced: bool = True
    before: set[int] = field(default_factory=set)

    def loose(self, delimiter: str) -> bool:
        """Whether some quote opens in the middle of a cell. One may follow another: it stands for itself, doubled."""
        return not self.before <= {_BREAK, _SPACE, _QUOTE, *delimiter.encode()}


class Look(Protocol):
    """A way to look at ``chunk``, of which the first two bytes are the last two of the one before it: adds to the survey
    what it tells and returns whether a quote is open at its end, given whether one was at its beginning."""

    def __call__(self, survey: Survey, chunk: bytes, inside: bool) -> bool: ...


@contextmanager
def begun(path: Path) -> Iterator[Future[Survey]]:
    """The survey of the file at ``path``, begun at once and given up at the end of the block."""
    done = threading.Event()
    with ThreadPoolExecutor(1, "survey") as pool:
        try:
            yield pool.submit(take, path, done=done)
        finally:
            done.set()


def take(path: Path, look: Look | None = None, chunk: int = CHUNK, done: threading.Event | None = None) -> Survey:
    """Survey a file ``chunk`` bytes at a time, by ``look`` (else the way that suits its size). What is told of a file
    when ``done`` is set before the end is told of its first part only."""
    survey, inside, tail = Survey(), False, _BEGINNING
    how = look or (by_array if path.stat().st_size >= LARGE else by_pieces)
    with path.open("rb") as file:
        file.seek(len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0)
        while (read := file.read(chunk)) and not (done and done.is_set()):
            seen = tail + read
            inside, tail = how(survey, seen, inside), seen[-2:]
    survey.records += not tail.endswith(b"\n")
    survey.balanced = not inside
    return survey


def by_pieces(survey: Survey, chunk: bytes, inside: bool) -> bool:
    """Look at a chunk by parting it at its quotes: every other piece lies within them."""
    pieces = chunk[2:].split(b'"')
    pieces[0] = chunk[1:2] + pieces[0]
    survey.quotes = survey.quotes or len(pieces) > 1
    # A piece without a byte lies between two quotes.
    survey.before |= {piece[-1] if piece else _QUOTE for piece in pieces[1 if inside else 0 : -1 : 2]}
    pieces[0] = pieces[0][1:]
    within = b'"'.join(pieces[0 if inside else 1 :: 2]).count(b"\n")
    survey.quoted_breaks += within
    survey.records += chunk.count(b"\n", 2) - within
    survey.blank_lines = survey.blank_lines or b"\n\n" in chunk or (b"\r" in chunk and b"\n\r\n" in chunk)
    return inside != (len(pieces) % 2 == 0)


def by_array(survey: Survey, chunk: bytes, inside: bool) -> bool:
    """Look at a chunk by the places of its quotes and line ends: a line end after an odd number of quotes lies within."""
    import numpy as np  # only where it pays; see the module

    codes = np.frombuffer(chunk, np.uint8)
    quotes = np.flatnonzero(codes[2:] == _QUOTE) + 2
    breaks = np.flatnonzero(codes == _BREAK)
    survey.quotes = survey.quotes or bool(quotes.size)
    survey.before |= set(np.flatnonzero(np.bincount(codes[quotes[int(inside) :: 2] - 1])).tolist())
    counted = breaks[breaks >= 2]
    within = int(np.count_nonzero((np.searchsorted(quotes, counted) + int(inside)) & 1))
    survey.quoted_breaks += within
    survey.records += counted.size - within
    if not survey.blank_lines:
        gaps = np.diff(breaks)
        returned = codes[breaks[1:] - 1] == _RETURN
        survey.blank_lines = bool(((gaps == 1) | ((gaps == 2) & returned)).any())
    return inside != bool(quotes.size % 2)
