"""A page's questions answered on the machine's other core while the page is drawn.

A page draws its cards from the first to the last; meanwhile one thread answers what the cards will ask, from the last to the
first, until they meet. DuckDB plans and runs without holding Python, so a page of ten questions is there in two thirds of the
time. Nothing is asked twice: whoever comes second waits for the first (see ``sharing``).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dashboard import session
from dashboard.session import Question, View
from pipelines.errors import RapportError

log = logging.getLogger("rapport.dashboard")
# One for all who look: fifty people are served no sooner by more threads than there are cores.
_HELPER = ThreadPoolExecutor(1, "ahead")


def ask(view: View, questions: Sequence[Question]) -> None:
    """Begin to answer ``questions``, of which the page asks the first itself; returns at once. An earlier day is left to the
    page, which tells who waits for it."""
    if view.as_of is None:
        _HELPER.submit(_answer, view, tuple(questions))


def _answer(view: View, questions: tuple[Question, ...]) -> None:
    try:
        for question in reversed(questions[1:]):
            if not session.is_asked(view, *question):
                session.result(view, *question)
    except RapportError as problem:  # the card that asks the same is told, and tells
        log.debug("a question ahead was not answered: %s", type(problem).__name__)
