"""Who is looking, at which generation, and what was already computed for them.

Caches are keyed by everything that decides an answer - generation, scope, filters, day - and never by an
argument that hashing might skip; they are bounded, because the server freezes what it holds (see ``asgi``).
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import time
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import charts
from dashboard.serving import signin
from dashboard.serving.server import login_configured
from dashboard.sharing import shared
from dashboard.words import day, headed
from pipelines import metrics, quality
from pipelines.errors import NotAllowed, RapportError, WorkspaceError
from pipelines.metrics import Filters, Result, Scope
from pipelines.record.ledger import ACTIVE
from pipelines.workspace import DEFAULT_FOLDER, Workspace, open_workspace

log = logging.getLogger("rapport.dashboard")
SIGNED_OUT = "signed out"
Where = tuple[tuple[str, str], ...]
Question = tuple[str, str | None, str | None]  # metric, by, grain
RESULTS, FIGURES, PAGES_OF_ROWS = 256, 256, 32
ROWS_SHOWN = 500


@dataclass(frozen=True)
class Viewer:
    """Who is looking: a name for the trail, and whose rows they may see."""

    name: str
    scope: Scope


@dataclass(frozen=True)
class View:
    """Everything that decides what a page shows. Hashable: the key of every cache."""

    generation: str
    scope: Scope
    filters: Filters
    as_of: dt.date | None = None


def workspace() -> Workspace:
    """The workspace served, opened once per process. Raises ``WorkspaceError``."""
    return _workspace(os.environ.get("RAPPORT_WORKSPACE") or DEFAULT_FOLDER)


@lru_cache(maxsize=4)
def _workspace(folder: str) -> Workspace:
    return open_workspace(folder)


def viewer() -> Viewer:
    """The person at the screen. Without a login (loopback only) that is the machine's user, who sees all;
    with one, whatever the ledger grants to this (issuer, subject), looked up at every rerun. Raises
    ``NotAllowed`` for a signed-in person without a grant."""
    if not login_configured():
        return Viewer("local", Scope.everything())
    if not signed_in():
        raise NotAllowed("Your session has ended.", "Reload the page and sign in again.")
    subject = f"{st.user.get('iss', '')}|{st.user.get('sub', '')}"
    return Viewer(subject, _scope_of(subject))


def signed_in() -> bool:
    """Whether a login holds that is neither too old nor was left alone too long."""
    return bool(st.user.get("is_logged_in")) and signin.holds(st.user.to_dict(), time.time())


def sign_out() -> None:
    """End this login here, at once and for every copy of its cookie, and then at the provider. Streamlit alone would only have
    the browser forget the cookie: other tabs would go on, and a copy would hold until the day is over."""
    claims = st.user.to_dict()
    signin.end(claims, time.time())
    try:
        who = f"{claims.get('iss', '')}|{claims.get('sub', '')}"
        workspace().ledger.change_setting(SIGNED_OUT, json.dumps(signin.ended()), who)
    except RapportError as problem:  # a full disk: it holds until the server is started again
        log.warning("a sign-out could not be kept: %s", type(problem).__name__)
    st.logout()


def recall_signed_out() -> None:
    """What was signed out before this server was started stays so."""
    try:
        signin.recall(json.loads(workspace().ledger.setting(SIGNED_OUT, "{}")))
    except (RapportError, ValueError) as problem:
        log.warning("earlier sign-outs are not known: %s", type(problem).__name__)


def taken_away(make: Callable[[], bytes], **told: Any) -> Callable[[], bytes]:
    """``make`` for a download button, which runs it when it is clicked and outside of any run of the page, where nobody is asked
    who it is. So that is kept from now on: the file is made only while this login holds and may see what it may see now, and
    stands in the trail as an export of what is ``told``."""
    asked, claims = viewer(), st.user.to_dict() if login_configured() else None

    def made() -> bytes:
        if claims is not None and not (signin.holds(claims, time.time()) and _scope_of(asked.name) == asked.scope):
            raise NotAllowed("Your session has ended, or what you may see has changed.", "Reload the page.")
        _noted(asked.name, told)
        return make()

    return made


def _noted(who: str, told: dict[str, Any]) -> None:
    """Put an export into the trail. Raises ``WorkspaceError`` where that cannot be: nothing is given away that is not on record."""
    try:
        workspace().ledger.note(who, "export", **told)
    except WorkspaceError as problem:
        raise WorkspaceError(
            f"Nothing was given out: what is taken away is first noted in the audit trail. {problem.message}",
            problem.remedy,
        ) from None


def _scope_of(subject: str) -> Scope:
    return granted(workspace().ledger.setting(f"grant:{subject}", ""), subject)


def granted(text: str, subject: str) -> Scope:
    """The scope written in ``subject``'s grant: {"sites": null or ids, "studies": ..., "role": ...}. Fails closed: raises
    ``NotAllowed``, which tells the person the words an administrator needs, for what is no grant."""
    try:
        grant = json.loads(text)
        sites, studies, role = grant["sites"], grant["studies"], str(grant["role"])
        return Scope(_ids(sites), _ids(studies), role)
    except (ValueError, KeyError, TypeError):
        raise NotAllowed(
            "You are signed in, but nothing has been granted to you yet.",
            f"Ask your administrator to grant it, and send these words along: {subject}",
        ) from None


def may_load(scope: Scope) -> bool:
    """Whether someone may upload, see and undo loads. A file can hold rows of any site, so whoever is confined
    to some may not."""
    return scope.role == "analyst" and scope.sites is None and scope.studies is None


def may_see(scope: Scope, metric: str) -> bool:
    """Whether someone's role may see a metric at all."""
    return metrics.may_see(scope, metrics.registry()[metric])


def _ids(value: Any) -> tuple[int, ...] | None:
    return None if value is None else tuple(int(item) for item in value)


def has_data() -> bool:
    """Whether any load counts. Asked first: an empty workspace has nothing to compute."""
    return _has_data(_folder(), workspace().ledger.revision)


@lru_cache(maxsize=8)
def _has_data(folder: str, revision: int) -> bool:
    return bool(_workspace(folder).ledger.loads(ACTIVE))


def generation() -> str:
    """Name of the published generation, read anew at every rerun, so that a load made by another process shows
    at the next interaction."""
    current = workspace().warehouse.current
    if current is None:
        with workspace().warehouse.read() as reader:
            return reader.generation
    return current


def is_stale(view: View) -> bool:
    """Whether a load, an undo or a change of grants has overtaken ``view``: a card that reruns alone asks this,
    because the entry script, which asks for both anew, is not run then."""
    try:
        return view.generation != generation() or view.scope != viewer().scope
    except NotAllowed:
        return True  # the entry script will say what has changed


def data_cut(view: View) -> dt.date:
    """The last day the data speak for."""
    return _data_cut(_folder(), view.generation)


@shared(8)
def _data_cut(folder: str, generation: str) -> dt.date:
    with _workspace(folder).warehouse.read() as reader:
        return reader.data_cut or dt.datetime.now(dt.UTC).date()


def overdue() -> pd.DataFrame:
    """The feeds whose next file has not come, as *Data quality* lists them. Never change it."""
    return _overdue(_folder(), quality.known_by(workspace().ledger), dt.datetime.now(dt.UTC).date())


@shared(4)
def _overdue(folder: str, known: Hashable, today: dt.date) -> pd.DataFrame:
    return quality.measure(_workspace(folder), today).overdue


def options(view: View) -> dict[str, Any]:
    """What this viewer can filter by: label -> member for each kind of choice, and the ``first`` and ``last`` day."""
    return _options(_folder(), view.generation, view.scope)


@shared(32)
def _options(folder: str, generation: str, scope: Scope) -> dict[str, Any]:
    found = metrics.options(scope, warehouse=_workspace(folder).warehouse)
    found["channels"] = [(code, headed(code.replace("_", " "))) for code in found["channels"]]
    return {name: labelled(value) if isinstance(value, list) else value for name, value in found.items()}


def chosen_names(view: View, filters: Filters) -> dict[int, str]:
    """The names of the sites, studies and practices that ``filters`` choose by number."""
    wanted = {*filters.sites, *filters.studies, *filters.practices}
    if not wanted:
        return {}
    known = options(view)
    return {
        key: label for kind in ("sites", "studies", "practices") for label, key in known[kind].items() if key in wanted
    }


def labelled(members: Iterable[Any]) -> dict[str, Any]:
    """Label -> id for (id, label) pairs, label -> label for bare labels. Two members of one name are told apart
    by the end of their id, which is the same in every generation."""
    named = [(member if isinstance(member, tuple | list) else (member, member)) for member in members]
    seen: dict[str, int] = {}
    for _, label in named:
        seen[str(label)] = seen.get(str(label), 0) + 1
    return {(f"{label} ({abs(key) % 10_000:04d})" if seen[str(label)] > 1 else str(label)): key for key, label in named}


def result(
    view: View, metric: str, by: str | None = None, grain: str | None = None, members: int | None = None
) -> Result:
    """A metric's answer for this view, with rows for at most so many ``members`` of the cut. Shared between sessions of equal
    scope: never change its frame."""
    asked = (_folder(), view, metric, by, grain, members)
    with _patience(view, metric, _result.is_kept(*asked)):
        return _result(*asked)


def _patience(view: View, metric: str, known: bool) -> AbstractContextManager[None]:
    """What somebody reads who waits for an earlier day: what is being done, and that it is done once. Nothing where the answer
    is ``known``, or is about today, which nobody waits for."""
    if known or view.as_of is None:
        return nullcontext()
    label = metrics.registry()[metric].label
    return st.spinner(f"Working out what was known on {day(view.as_of)}: {label}. Only the first questions about a day take long.",
                      show_time=True)  # fmt: skip


def is_asked(view: View, metric: str, by: str | None, grain: str | None) -> bool:
    """Whether somebody has this answer or is making it."""
    return _result.is_begun(_folder(), view, metric, by, grain)


@shared(RESULTS)
def _result(folder: str, view: View, metric: str, by: str | None, grain: str | None, members: int | None) -> Result:
    return metrics.compute(
        metric, view.scope, view.filters, by, grain, view.as_of, warehouse=_workspace(folder).warehouse, members=members
    )


def drawing(draw: Callable[..., go.Figure], view: View, metric: str, by: str | None, grain: str | None,
            *settings: Any) -> tuple[go.Figure, str]:  # fmt: skip
    """``draw(result, *settings)`` and how far it reaches, in words, made once per view. Never change the figure."""
    return _figure(_folder(), draw, view, metric, by, grain, settings)


@shared(FIGURES)
def _figure(folder: str, draw: Callable[..., go.Figure], view: View, metric: str, by: str | None, grain: str | None,
            settings: tuple[Any, ...]) -> tuple[go.Figure, str]:  # fmt: skip
    asked = _result(folder, view, metric, by, grain, None)
    drawn = draw(asked, *settings)
    return drawn, charts.spoken(drawn)


def rows(view: View, metric: str, where: Where, named: bool = False) -> tuple[pd.DataFrame, int]:
    """The rows behind one bar, newest first and at most ``ROWS_SHOWN``, and how many there are; ``named``: with what names each
    record whatever the day."""
    asked = (_folder(), view, metric, where, named)
    with _patience(view, metric, _rows.is_kept(*asked)):
        return _rows(*asked)


@shared(PAGES_OF_ROWS)
def _rows(folder: str, view: View, metric: str, where: Where, named: bool) -> tuple[pd.DataFrame, int]:
    return metrics.rows(
        metric,
        view.scope,
        view.filters,
        view.as_of,
        dict(where),
        ROWS_SHOWN,
        named=named,
        warehouse=_workspace(folder).warehouse,
    )


def is_recorded(view: View, metric: str, as_of: dt.date | None = None) -> bool:
    """Whether anything of the kind that a metric counts is there for this viewer, whatever the filters: by a day, else by now."""
    return _is_recorded(_folder(), replace(view, filters=Filters(), as_of=as_of), metric)


@shared(RESULTS)
def _is_recorded(folder: str, view: View, metric: str) -> bool:
    return metrics.is_recorded(metric, view.scope, view.as_of, warehouse=_workspace(folder).warehouse)


def result_dimensions(metric: str) -> tuple[str, ...]:
    """The dimensions a metric can be cut by."""
    return metrics.registry()[metric].dimensions


def forget() -> None:
    """Empty every cache (tests, and after a change of settings)."""
    for cached in (_workspace, _has_data, _data_cut, _options, _result, _figure, _rows, _is_recorded):
        cached.cache_clear()


def _folder() -> str:
    return os.environ.get("RAPPORT_WORKSPACE") or DEFAULT_FOLDER
