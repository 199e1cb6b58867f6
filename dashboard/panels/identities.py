"""Who is who on the screen: two records side by side, a decision, and taking it back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import notices, session, show
from dashboard.panels import inspection
from dashboard.words import counted, headed, plain
from pipelines.errors import RapportError
from pipelines.identity import review
from pipelines.identity.patients import PATIENT
from pipelines.identity.resolve import DIFFERENT, SAME
from pipelines.identity.told import AGREES, DIFFERS, NEARLY, SILENT, TOLD, Entity, Line, Pair, Record
from pipelines.record.ledger import LATER

KINDS = {"Practitioners": "practitioner", "Practices": "organization", "Patients": PATIENT}
MARKS = {AGREES: "✓ agrees", NEARLY: "≈ nearly", DIFFERS: "✗ differs", SILENT: "– not known"}
WRITTEN = {"practitioner": "spelling", "organization": "spelling", PATIENT: "key"}  # what an entity has several of
NO_IDENTIFIERS = (
    "Patients' names, birth dates and numbers are kept nowhere, so none is shown: only in which of them two patients agree, "
    "told from keyed hashes. Look them up in your own records by the files and systems named here, if you must."
)
SAID = {SAME: "the same", DIFFERENT: "different", LATER: "put off"}


def to_decide(kind: str) -> None:
    """The queue, one pair of it side by side, and the three answers."""
    if kind == PATIENT:
        st.caption(NO_IDENTIFIERS)
    pairs = review.queue(session.workspace(), kind)
    if not pairs:
        st.success("Nothing waits: every record is either clearly somebody known or clearly somebody new.")
        return
    st.caption(
        f"{'More than ' if len(pairs) >= review.MOST else ''}{counted(len(pairs), 'pair')} to decide, those with the most referrals first. Select a row; a decision leads on to the next."
    )
    frame = pd.DataFrame([
        {"one": pair.left, "other": pair.right, "referrals": pair.referrals, "likeness": pair.score, "put off": "yes" if pair.later else ""}
        for pair in pairs
    ])  # fmt: skip
    chosen = show.table(frame, key=f"pairs_{kind}_{_mark()}", alt="Pairs that may be one, the weightiest first", choose=True,
                        height=min(260, 38 + 36 * len(pairs)))  # fmt: skip
    _side_by_side(pairs[chosen or 0])


def _side_by_side(pair: Pair) -> None:
    left, right, lines = review.compare(session.workspace(), pair.kind, pair.left_id, pair.right_id)
    with st.container(border=True, key="side_by_side"):
        st.header("Are these the same?")
        st.write(plain(review.REASONS[pair.reason]))
        for column, entity in zip(st.columns(2), (left, right), strict=True):
            with column:
                _entity(entity, WRITTEN[pair.kind])
        _lines(pair, lines)
        # The buttons bear the pair in their keys: a second click, or one in a tab that is behind, answers what it was asked
        # about or nothing, and never the pair that has come up since.
        asked = f"{pair.kind}_{left.entity_id}_{right.entity_id}"
        same, different, later = st.columns(3)
        if same.button("The same", key=f"say_same_{asked}", type="primary", width="stretch"):
            _say(pair.kind, left.entity_id, right.entity_id, SAME)
        if different.button("Different", key=f"say_different_{asked}", width="stretch"):
            _say(pair.kind, left.entity_id, right.entity_id, DIFFERENT)
        if later.button("Later", key=f"say_later_{asked}", width="stretch", disabled=pair.later):
            _say(pair.kind, left.entity_id, right.entity_id, LATER)


def _lines(pair: Pair, lines: list[Line]) -> None:
    """What agrees and what differs; of patients in words, and beside it what each is known by."""
    compared = [line for line in lines if line.verdict != TOLD]
    if pair.kind == PATIENT:
        judged = [{"": line.what, "Verdict": MARKS[line.verdict], "How far": line.left} for line in compared]
    else:  # on a phone three columns have room
        judged = [
            {"": f"{line.what}: {MARKS[line.verdict]}", "One": line.left, "Other": line.right} for line in compared
        ]
    _laid_out(judged, "What agrees and what differs")
    told = [{"": line.what, "One": line.left, "Other": line.right} for line in lines if line.verdict == TOLD]
    if told:
        _laid_out(told, "What each is known by")


def _laid_out(rows: list[dict[str, str]], alt: str) -> None:
    """A table that wraps its words, so that both sides can be read on a phone."""
    frame = pd.DataFrame([{name: plain(cell) for name, cell in row.items()} for row in rows])
    st.table(frame, border="horizontal", hide_index=True, alt=alt)


def _entity(entity: Entity, written: str) -> None:
    st.markdown(f"**{plain(entity.label)}**")
    st.caption(
        f"{counted(entity.referrals, 'referral')} · {counted(len(entity.spellings), written)} · written in {plain(', '.join(map(headed, entity.sources)))} · "
        f"record {entity.entity_id}"
    )


def joined(kind: str) -> None:
    """Search what was joined, and take a record out of it."""
    label, hint = ("Number contains", "part of a number") if kind == PATIENT else ("Name contains", "part of a name")
    search = st.text_input(label, key=f"search_{kind}", placeholder=hint)
    found = review.joined(session.workspace(), kind, search)
    if not found:
        st.info("No entity of several records has that in its name.")
        return
    labels = {
        f"{one.label} · {counted(len(one.spellings), WRITTEN[kind])} · {counted(one.referrals, 'referral')} · {one.entity_id}": one
        for one in found
    }
    chosen = labels[st.selectbox("Which", list(labels), key=f"which_{kind}")]
    records = review.records(session.workspace(), kind, chosen.entity_id)
    row = show.table(_table(records), key=f"records_{chosen.entity_id}_{_mark()}", alt="The records joined into one", choose=True)  # fmt: skip
    picked = None if row is None else records[row]
    if picked is None or picked.leads:
        st.caption(
            "Select a record other than the first to take it out: the first is the one the others were found to be."
        )
        return
    if st.button(
        f"Take {plain(picked.spelling)} out", key=f"take_out_{chosen.entity_id}_{picked.record_id}", type="primary"
    ):
        _say(kind, chosen.entity_id, picked.record_id, DIFFERENT)


def _table(records: list[Record]) -> pd.DataFrame:
    return pd.DataFrame([
        {"spelling": one.spelling, "source": one.source, "referrals": one.referrals, **{what: "; ".join(values) for what, values in one.facts.items()}}
        for one in records
    ])  # fmt: skip


def decided() -> None:
    """Every decision, with who and when; one that holds can be taken back."""
    told = review.decisions(session.workspace())
    if not told:
        st.write("Nobody has decided anything yet.")
        return
    frame = pd.DataFrame([
        {"no.": one.decision_id, "one": left, "other": right, "said": SAID[one.verdict], "when (UTC)": one.decided_at[:16].replace("T", " "),
         "by": one.decided_by, "taken back (UTC)": (one.undone_at or "")[:16].replace("T", " ")}
        for one, left, right in told
    ])  # fmt: skip
    row = show.table(frame, key=f"decisions_{_mark()}", alt="Decisions, newest first", choose=True)
    chosen = told[row or 0][0]
    if not chosen.holds:
        st.caption(f"Decision {chosen.decision_id} was taken back.")
    elif st.button(f"Take decision {chosen.decision_id} back", key=f"take_back_{chosen.decision_id}", type="primary"):
        advance, done = inspection.progress("Taking it back")
        try:
            review.undo(session.workspace(), chosen.decision_id, session.viewer().name, advance)
        except RapportError as problem:
            st.error(plain(problem))
            return
        finally:
            done()
        _told(f"Decision {chosen.decision_id} is taken back: every number is as before it.")
        st.rerun()


def _say(kind: str, left_id: int, right_id: int, verdict: str) -> None:
    advance, done = inspection.progress("Applying it")
    try:
        number = review.decide(session.workspace(), kind, left_id, right_id, verdict, session.viewer().name, advance)
    except RapportError as problem:
        st.error(plain(problem))
        return
    finally:
        done()
    _told(f"Decision {number}: {SAID[verdict]}. It can be taken back under Decided.")
    st.rerun()


def _told(said: str) -> None:
    """Said at the head of the page, and beside the next pair."""
    st.session_state["identity_said"] = said
    notices.leave(said)


def _mark() -> int:
    """Changes with every load and decision, so that an old selection is never kept for a new table."""
    return len(session.workspace().ledger.identity_decisions()) + 1000 * session.workspace().ledger.revision
