"""What the most used pages ask with untouched filters is answered before anybody asks it: at the start, and anew in the
background whenever a load or an undo has published another generation.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Iterable

from dashboard import charts, filters, session
from dashboard.session import Question
from pipelines.metrics import Filters, Scope

log = logging.getLogger("rapport.dashboard")
EVERY_S = 2.0
# The server does not say that it is ready before these are answered: fifty people who arrive at once would else wait for
# them together. First what the pages ask that most people open first.
FIRST_ASKED: tuple[Question, ...] = (
    ("referral_volume", None, "month"), ("unattributed_share", None, None), ("relationship_state", "practice", None),
    ("slipped_patients", None, None), ("recruitment_pace", None, None), ("relationship_survival", "practice", None),
    ("conversion", None, None), ("feedback_nps", None, None), ("active_referrers", None, "month"), ("new_referrers", None, "month"),
    ("unattributed_share", None, "month"), ("complete_to_date", None, None), ("conversion", None, "month"), ("conversion_curve", None, None),
    ("enrolment_funnel", None, None), ("exit_reasons", None, None), ("feedback_nps", None, "quarter"),
    ("feedback_response", None, "quarter"), ("feedback_top_box", None, None), ("feedback_weighted", None, None),
    ("comments_answered", None, "quarter"), ("comment_words", None, None), ("feedback_comments", None, None),
)  # fmt: skip
# The pages that are opened daily besides. Not all pages: what each keeps in memory adds up.
LATER_ASKED: tuple[Question, ...] = (
    ("acknowledgement", None, "month"), ("set_notice", None, "month"), ("outcome_notice", None, "month"), ("welcome", None, "month"),
    ("urgent_scheduling", None, "month"), ("loop_closed", None, "month"), ("ever_slipped", None, "month"), ("progress_sharing", None, None),
    ("specialist_reports", None, None), ("channel_friction", "channel", None), ("recruitment_forecast", None, None),
    ("recruitment_sites", None, None), ("enrolled_sources", None, None), ("recruitment_backtest", None, None),
)  # fmt: skip


def first_view() -> session.View:
    """What someone who may see everything is shown before they touch a filter."""
    bare = session.View(session.generation(), Scope.everything(), Filters())
    start, stop = filters.period_days(filters.DEFAULT_PERIOD, session.data_cut(bare))
    return session.View(bare.generation, bare.scope, Filters(start=start, stop=stop))


def ask(questions: Iterable[Question]) -> str | None:
    """Answer ``questions`` for the published generation, and return its name; ``None`` if nothing is loaded."""
    if not session.has_data():
        return None
    view = first_view()
    session.options(view)
    for metric, by, grain in questions:
        session.result(view, metric, by, grain)
    session.drawing(charts.volume, view, "referral_volume", None, "month")  # the first chart of all
    session.overdue()  # said on the first page
    return view.generation


def at_start() -> None:
    """Open the workspace, import what the first pages need and answer what they ask, before the server says that it is
    ready."""
    import openpyxl  # noqa: F401  # the first download should not wait for it
    import plotly.offline
    import plotly.tools  # noqa: F401  # nor the first chart
    from PIL import Image

    from dashboard import show  # noqa: F401
    from dashboard.panels import inspection  # noqa: F401

    Image.preinit()  # of the icon: the first page would else load the readers of five formats
    ask((*FIRST_ASKED, *LATER_ASKED))
    # With its first element Streamlit asks whether it runs in a console, for which Python looks up the files of two thousand
    # modules, once: a third of a second in which nobody else is served.
    inspect.stack()


class Warmer:
    """A thread that answers the pages' questions for each generation once, as soon as it is there. A failure is logged by its
    kind and costs nobody anything: whoever asks is then told by the page."""

    def __init__(self) -> None:
        self.done: str | None = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warmer", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the question under way."""
        self._end.set()
        self._thread.join(timeout=5)

    def look(self) -> None:
        """Answer everything, if a generation has come for which that was not done. One that a stopped load has left to be made
        is made first: the list of loads would else say that it counts, and no figure would have it."""
        session.workspace().warehouse.catch_up()
        if session.generation() == self.done:
            return
        self.done = session.generation()
        ask(question for question in (*FIRST_ASKED, *LATER_ASKED) if not self._end.is_set())

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.look()
            except Exception as problem:
                log.warning("answering ahead failed: %s", type(problem).__name__)
            self._end.wait(EVERY_S)
