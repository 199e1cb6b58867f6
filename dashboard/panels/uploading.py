"""The steps of an upload, kept in the session: received -> inspected (again, when corrected) -> loaded -> undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import notices, session
from dashboard.panels import columns, inspection
from dashboard.words import counted, plain
from pipelines import ingest
from pipelines.errors import FileRefused, RapportError
from pipelines.ingest import Choices, Inspection, Load

KEPT = "inspections"  # session state: (file id, choices) -> what the file turned out to be, and by which loads it counted then
ASKED = "asked_to_load"  # session state: the reading beside which Load was clicked
OVERTAKEN = "load_overtaken"  # session state: that reading stood no longer, so that nothing was loaded
PROPOSED = "proposed"  # session state: file id -> the choices that were proposed for it, before anybody said anything
CHOSEN = "chosen_anew"  # session state: the file that is being read again by other choices
UNFINISHED = "load_unfinished"  # session state: the name of the file whose load has begun and not ended
MOST_KEPT = 8
Counting = tuple[int, ...]


def receive(uploaded: list[object]) -> dict[str, str]:
    """Keep the dropped files; returns label -> file id of those that could be kept, and says what was wrong with
    the others. The bytes are safe on disk when this returns, and what was dropped last is the one looked at."""
    received: dict[str, str] = st.session_state.setdefault("received", {})
    kept: dict[str, str] = {}
    fresh: list[str] = []
    for file in uploaded:
        token = str(file.file_id)  # type: ignore[attr-defined]
        name = str(file.name)  # type: ignore[attr-defined]
        try:
            label = _unused(ingest.clean_name(name), kept)
            if token not in received:
                received[token] = ingest.receive(session.workspace(), name, file, session.viewer().name)  # type: ignore[arg-type]
                fresh.append(label)
            kept[label] = received[token]
        except FileRefused as problem:
            st.error(plain(f"{ingest.clean_name(name)}: {problem}"))
    if fresh:
        st.session_state["which_file"] = fresh[0]
    return kept


def _unused(name: str, taken: dict[str, str]) -> str:
    return name if name not in taken else f"{name} ({len(taken) + 1})"


def inspected(file_id: str, suggest: bool = False) -> Inspection:
    """What a file turned out to be under the choices made so far; for a file that nobody knows, under what is
    proposed. ``suggest`` asks for what its columns may mean even if it is known. Raises ``FileRefused``."""
    choices = st.session_state.setdefault("choices", {}).get(file_id, Choices())
    found = _inspected(file_id, choices, suggest or choices.source is not None)
    proposed = columns.proposal(found)
    if proposed is None or choices.source is not None:
        return found
    st.session_state["choices"][file_id] = st.session_state.setdefault(PROPOSED, {})[file_id] = proposed
    return _inspected(file_id, proposed, True)


def is_proposed(found: Inspection) -> bool:
    """Whether the file is read as was proposed for it, and nobody has said anything yet."""
    return bool(st.session_state.get(PROPOSED, {}).get(found.file_id) == found.choices)


def _inspected(file_id: str, choices: Choices, suggest: bool) -> Inspection:
    kept: dict[str, tuple[Inspection, Counting]] = st.session_state.setdefault(KEPT, {})
    key = _key(file_id, choices)
    known = kept.get(key)
    if known is None or known[1] != _counting(known[0]) or (suggest and "kinds" not in known[0].details):
        _drop(kept, key)
        advance, done = inspection.progress("Reading the file", lambda: give_up(file_id))
        try:
            found = ingest.inspect(session.workspace(), file_id, choices, advance, suggest=suggest)
        finally:
            done()
        kept[key] = found, _counting(found)
        while len(kept) > MOST_KEPT:
            _drop(kept, next(iter(kept)))
    return kept[key][0]


def _counting(found: Inspection) -> Counting:
    """The loads by which the table counts now. Undone or made since, here or in another window, it is to be read anew: what may be
    loaded of it, and that it counts already, was told of what counted when it was read."""
    return tuple(load.load_id for load in session.workspace().ledger.active_loads(found.file_id, found.part))


def _drop(kept: dict[str, tuple[Inspection, Counting]], key: str) -> None:
    if key in kept:
        kept.pop(key)[0].discard()


def give_up(file_id: str) -> None:
    """Stop reading a file until somebody asks for it again."""
    st.session_state.setdefault("given_up", set()).add(file_id)


def given_up(file_id: str) -> bool:
    """Whether reading this file was cancelled; offers to read it after all."""
    stopped: set[str] = st.session_state.setdefault("given_up", set())
    if file_id not in stopped:
        return False
    st.info("Reading was cancelled. Nothing was loaded; the file itself is kept.")
    if st.button("Read it after all", key="read_again"):
        stopped.discard(file_id)
        st.rerun()
    return True


def choose(file_id: str, choices: Choices, beside: bool = False) -> None:
    """Read the file again, with these choices; ``beside``: what becomes of its rows stands beside what was changed, and need not be
    said at the edge of the window after each of a dozen changes."""
    st.session_state.setdefault("choices", {})[file_id] = choices
    if not beside:
        st.session_state[CHOSEN] = file_id
    forget(file_id)


def read_again_notice(found: Inspection) -> None:
    """What became of the file's rows by the choices just made; the figures themselves stand above what was changed."""
    if st.session_state.get(CHOSEN) != found.file_id:
        return
    del st.session_state[CHOSEN]
    notices.leave(f"{found.file_name} was read again: {will_load(found)}.")


def will_load(found: Inspection) -> str:
    """What becomes of the file's rows, as it is read now, in words that follow a colon."""
    if found.problem:
        return "it cannot be loaded yet, see what is missing"
    kept_out = found.counts["rows_rejected"]
    return f"{counted(found.counts['rows_loaded'], 'row')} will load" + (f", {kept_out:,} kept out" if kept_out else "")


def forget(file_id: str) -> None:
    """Drop what was prepared of a file; the file itself stays."""
    kept: dict[str, tuple[Inspection, Counting]] = st.session_state.get(KEPT, {})
    for key in [key for key in kept if key.startswith(file_id)]:
        _drop(kept, key)


def _key(file_id: str, choices: Choices) -> str:
    return f"{file_id} {json.dumps(vars(choices), sort_keys=True)}"


def load_button(found: Inspection) -> bool:
    """The button that loads what stands beside it; whether it was clicked. What a person told a moment before the click, a name
    or the study of every row, may come together with it or be read while it is on its way, so the click bears the reading that was looked at."""
    ready = found.problem is None and found.already_loaded is None
    if ready and is_proposed(found):
        ready = st.checkbox(
            "I have looked at the columns below: they mean what is proposed", key=f"looked_{found.file_id[:12]}"
        )
    clicked = st.button(f"Load {counted(found.counts['rows_loaded'], 'row')}", type="primary", disabled=not ready, on_click=_ask_to_load,
                        args=(_key(found.file_id, found.choices),), key=f"load_{found.file_id[:12]}")  # fmt: skip
    if st.session_state.pop(OVERTAKEN, False):
        st.warning(
            "Nothing was loaded: something was changed just before the click, and the file has been read with it. Look at the numbers, then load."
        )
    return clicked


def _ask_to_load(reading: str) -> None:
    st.session_state[ASKED] = reading


def may_load(found: Inspection, clicked: bool, changed: Choices | None) -> bool:
    """Whether Load was ``clicked`` beside this reading of the file, and nothing was ``changed`` since but the name it is kept by. A
    click beside another reading loads nothing and is answered; a second one, after the load that the first asked for, is none."""
    asked = st.session_state.pop(ASKED, None)
    if asked is None or found.already_loaded is not None or found.problem is not None:
        return False
    named = changed is not None and columns.is_only_named(found, changed)
    if clicked and asked == _key(found.file_id, found.choices) and (changed is None or named):
        found.choices = changed or found.choices
        return True
    st.session_state[OVERTAKEN] = True
    if changed is None:
        st.rerun()
    return False


def load(found: Inspection) -> None:
    """Make the file count, and show the charts of the new generation from the next rerun on."""
    with _unfinished(found.file_name):
        advance, done = inspection.progress("Loading: stay on this page until it is done", lambda: None)
        try:
            made = ingest.load(session.workspace(), found, session.viewer().name, advance)
            st.session_state["just_loaded"] = made.load_id
            notices.leave(_told(made))
        finally:
            done()
    forget(found.file_id)


@contextmanager
def _unfinished(name: str) -> Iterator[None]:
    """Around a load, which ends where the page is left or Cancel is clicked, by what is no ``Exception``: it is then taken back,
    and the next page that is drawn says so."""
    st.session_state[UNFINISHED] = name
    try:
        yield
    except Exception:
        del st.session_state[UNFINISHED]  # told where it went wrong
        raise
    del st.session_state[UNFINISHED]


def stopped_notice() -> None:
    """That a load was stopped before it was done, on whichever page comes next."""
    name = st.session_state.pop(UNFINISHED, None)
    if name is not None:
        st.warning(plain(f"{name} was not loaded: the load was stopped, by Cancel or because its page was left before it was done. Nothing of it counts."))  # fmt: skip


def loaded_notice() -> None:
    """What the last load of this session did, where to see it, and how to take it back."""
    load_id = st.session_state.get("just_loaded")
    made = next((load for load in ingest.loads(session.workspace()) if load.load_id == load_id), None)
    if made is None or made.status != "active":
        return
    with st.container(border=True, key="just_loaded_card"):
        st.success(plain(_told(made)))
        left, middle, right = st.columns(3)
        left.page_link("app_pages/overview.py", label="See the Overview")
        with middle:
            inspection.rejects_button(made, made.rows_rejected, "just_rejects")
        if right.button("Undo this load", key=f"just_undo_{made.load_id}"):
            undo(made.load_id)


def _told(made: Load) -> str:
    parts = [f"{made.file_name} is loaded (load {made.load_id}): {counted(made.rows_loaded, 'row')} loaded"]
    if made.rows_rejected:
        parts.append(f"{made.rows_rejected:,} kept out")
    if made.rows_duplicate:
        parts.append(counted(made.rows_duplicate, "repeat"))
    return ", ".join(parts) + "."


def undo(load_id: int) -> None:
    """Take a load out of every number and draw the page anew."""
    try:
        ingest.undo(session.workspace(), load_id, session.viewer().name)
    except RapportError as problem:
        st.error(plain(problem))
        return
    st.session_state["just_undone"] = load_id
    notices.leave(_undone(load_id))
    st.rerun()


def undone_notice() -> None:
    """That the load taken back a moment ago counts no longer."""
    load_id = st.session_state.pop("just_undone", None)
    if load_id is not None:
        st.success(_undone(load_id))


def _undone(load_id: int) -> str:
    return f"Load {load_id} is undone: every number is as it was before it."


def again(old: Load) -> None:
    """Load an undone file again, as it was mapped then."""
    with _unfinished(old.file_name):
        advance, done = inspection.progress("Loading again: stay on this page until it is done")
        try:
            found = ingest.inspect(session.workspace(), old.file_id, Choices(**old.detail["choices"]), advance)
            made = ingest.load(session.workspace(), found, session.viewer().name, advance)
            st.session_state["just_loaded"] = made.load_id
            notices.leave(_told(made))
        finally:
            done()
    st.rerun()
