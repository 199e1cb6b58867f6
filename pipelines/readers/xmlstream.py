"""XML read as it streams by, with nothing in it that attacks need: no document types, so no entities of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, NoReturn
from xml.parsers import expat

from pipelines.errors import FileRefused

_PIECE = 1 << 18
BETWEEN = "|"  # between the namespace and the name of an element or attribute


def parse(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
    damaged: tuple[str, str],
) -> None:
    """Call ``start(name, attributes)``, ``end(name)`` and ``text(characters)`` for what ``stream`` holds.

    Raises ``FileRefused`` for damaged XML, in the words of ``damaged`` (what it is, what to do), and for a document type.
    """
    parser = expat.ParserCreate(namespace_separator=BETWEEN)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        piece = stream.read(_PIECE).lstrip()
        while piece:
            parser.Parse(piece, False)
            piece = stream.read(_PIECE)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(*damaged) from error


def _refuse(*_: object) -> NoReturn:
    raise FileRefused(
        "The file holds XML declarations (a document type) that no data need, so it was not opened.",
        "Save it again in the program it came from.",
    )
