"""The mapping screen: what each column of a file means, what its words mean, and what holds for every row.

Every change is tried at once on the file itself, so what would be found wrong shows beside it before anything counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.words import counted, named, plain
from pipelines import sources
from pipelines.ingest import Choices, Inspection
from pipelines.layouts import periods
from pipelines.mapping.named import allowed
from pipelines.sources import Field, Source

PERIODS = {
    periods.EACH: "count each period alone",
    periods.SO_FAR: "count everything so far",
    periods.KEEP: "are something else: leave the columns as they are",
}
UNUSED = "(not used)"
UNKNOWN_KIND = "(say what it is)"
ENOUGH = 4  # columns
MOST_WORDS = 12  # unknown words of one column that are asked about at a time
FOR_EVERY_ROW = ("study", "site", "survey", "practice", "source", "channel", "direction", "service", "basis")


def proposal(found: Inspection) -> Choices | None:
    """For a file nobody knows: the likeliest kind and columns, as something to look at and correct; ``None`` where no kind
    explains enough of the file's columns to be more than a guess, which somebody might load without looking."""
    best = next((kind for kind in found.details.get("kinds") or () if _explains(found, kind)), None)
    if found.source is not None or best is None:
        return None
    return replace(found.choices, source=best["source"], columns=_suggested(best))


def _explains(found: Inspection, kind: dict[str, Any]) -> bool:
    """Whether a kind has a meaning for at least half of the file's columns, or for ``ENOUGH`` of them."""
    return int(kind["fields"]) >= min(ENOUGH, (len(found.reading.header) + 1) // 2)


def _suggested(kind: dict[str, Any]) -> dict[str, int]:
    return {one["name"]: one["place"] for one in kind["suggestions"]}


def panel(found: Inspection) -> Choices | None:
    """Draw the screen; the new choices when something was changed."""
    key = found.file_id[:12] + found.part[:8]
    kinds = {kind["source"]: kind for kind in found.details.get("kinds") or ()}
    st.header("What the columns mean")
    source = _kind(found, kinds, key)
    if source is None:
        return None
    if source.name != found.source:
        return replace(
            found.choices,
            source=source.name,
            columns=_suggested(kinds[source.name]) if source.name in kinds else None,
            values=None,
        )
    _needs(found, source)
    how = _periods(found, key)
    columns = _columns(found, source, kinds.get(source.name), key)
    constants = _constants(found, source, columns, key)
    words = _words(found, source, key)
    name = _name(found, key)
    changed = replace(
        found.choices,
        source=source.name,
        columns=columns,
        constants=constants or None,
        values=words or None,
        mapping=name,
        periods=how,
    )
    if (how == periods.KEEP) != (found.details.get("periods") == periods.KEEP):  # other columns, to be found out anew
        return replace(found.choices, source=source.name, columns=None, values=None, periods=how)
    return changed if changed != _as_read(found) else None


def _as_read(found: Inspection) -> Choices:
    """The choices by which the file was read, with what was found out filled in."""
    return replace(
        found.choices,
        source=found.source,
        periods=found.details.get("periods"),
        columns=found.columns,
        constants=found.choices.constants or None,
        values=found.details.get("values") or None,
    )


def is_only_named(found: Inspection, changed: Choices) -> bool:
    """Whether ``changed`` reads the file as it was read, and keeps it by another name."""
    chosen = (
        found.choices.source is not None
    )  # what was known by its headers is kept as a mapping once it is read as one
    return chosen and replace(changed, mapping=found.choices.mapping) == _as_read(found)


def _kind(found: Inspection, kinds: dict[str, dict[str, Any]], key: str) -> Source | None:
    """Which kind of file it is: the likely ones first, each with why."""
    registry = sources.registry()
    likely = [name for name in kinds if name in registry]
    names = [*likely, *(name for name in registry if name not in likely)]
    index = names.index(found.source) if found.source in names else None
    chosen = st.selectbox(
        "Kind of file", names, index=index, key=f"kind_{key}_{found.source}", placeholder=UNKNOWN_KIND,
        format_func=lambda name: plain(registry[name].title) + (" (likely)" if name in likely[:1] and name != found.known_by else ""),
    )  # fmt: skip
    if chosen is None:
        return None
    told = kinds.get(chosen)
    if told:
        st.caption(plain(f"{registry[chosen].description} {counted(told['fields'], 'column')} of the file fit it."))
    return registry[chosen]


def _periods(found: Inspection, key: str) -> str | None:
    """What the numbers of a table with one column per period count, where it was laid out with one row per period."""
    now = found.details.get("periods")
    if not found.reading.counts and now != periods.KEEP:
        return found.choices.periods
    names = list(PERIODS)
    said = st.radio("The numbers in the table's columns", names, index=names.index(now) if now in names else None, format_func=PERIODS.get,
                    key=f"periods_{key}_{now}", horizontal=True)  # fmt: skip
    if found.reading.counts:
        st.caption(
            "In nearly every row they never fall, so they look like everything so far."
            if found.details.get("rising")
            else "They rise and fall, so they look like counts of each period."
        )
    return said


def _needs(found: Inspection, source: Source) -> None:
    """Which fields a row cannot do without, and whether a column gives them."""
    known = set(found.columns) | set(found.context)
    wanted: list[tuple[tuple[str, ...], str]] = [
        ((declared.name,), declared.label) for declared in source.fields if declared.required
    ]
    wanted += [(group, " or ".join(source.field(name).label for name in group[:4])) for group in source.one_of]
    if wanted:
        told = [f"{'✓' if known & set(names) else '✗ no column yet for'} {label}" for names, label in wanted]
        st.markdown("Every row needs: " + plain(" · ".join(told)))


def _columns(found: Inspection, source: Source, kind: dict[str, Any] | None, key: str) -> dict[str, int]:
    """One line per column of the file: its header and examples, what it means, and why that is suggested."""
    header, examples = found.reading.header, found.details.get("examples") or []
    meaning = {place: name for name, place in found.columns.items()}
    reasons = {(one["name"], one["place"]): one["reasons"] for one in (kind or {}).get("suggestions", ())}
    offered = {one["place"]: one["name"] for one in (kind or {}).get("suggestions", ())}
    picked: dict[int, str] = {}
    for place, text in enumerate(header):
        left, right = st.columns([2, 3], vertical_alignment="center")
        shown = ", ".join(examples[place]) if place < len(examples) and examples[place] else "(empty)"
        left.markdown(f"**{plain(text or f'column {place + 1}')}**")
        left.caption(plain(shown))
        name = _meaning(
            source, meaning.get(place), text or f"column {place + 1}", f"col_{key}_{source.name}_{place}", right
        )
        if name:
            picked[place] = name
            why = reasons.get((name, place))
        else:
            other = offered.get(place)
            why = [f"it could be {source.field(other).label}", *reasons[other, place]] if other else None
        if why:
            right.caption(plain(("Suggested because " if name else "Perhaps ") + ", and ".join(why) + "."))
    # Of two columns with one meaning the one that was just told so has it.
    ordered = sorted(picked, key=lambda place: (picked[place] == meaning.get(place), place))
    chosen: dict[str, int] = {}
    for place in ordered:
        chosen.setdefault(picked[place], place)
    return chosen


def _meaning(source: Source, now: str | None, header: str, key: str, place: Any) -> str | None:
    labels = {UNUSED: None, **{_label(declared): declared.name for declared in source.fields}}
    names = list(labels.values())
    picked = place.selectbox(f"Meaning of {named(header)}", list(labels), index=names.index(now) if now in names else 0, key=f"{key}_{now}",
                             label_visibility="collapsed")  # fmt: skip
    return labels.get(str(picked))


def _label(declared: Field) -> str:
    return (
        declared.label
        + (" (needed)" if declared.required else "")
        + (" (kept out of every number)" if declared.phi else "")
    )


def _constants(found: Inspection, source: Source, columns: dict[str, int], key: str) -> dict[str, str]:
    """Values for every row, for what the file does not say (which study a log belongs to)."""
    told = dict(found.choices.constants or {})
    needed = {declared.name for declared in source.fields if declared.required} | {
        name for group in source.one_of for name in group
    }
    open_fields = [
        declared for declared in source.fields
        if declared.name not in columns and not declared.phi and declared.kind in ("text", "name", "enum")
        and (declared.name in FOR_EVERY_ROW or declared.name in needed or declared.name in told)
    ]  # fmt: skip
    if not open_fields:
        return {}
    needy = found.problem is not None
    with st.expander("The same for every row", expanded=needy or bool(told), key=f"constants_{key}"):
        st.caption(
            "What the file leaves out because it is always the same: the study a log belongs to, the site that kept it."
        )
        for declared in open_fields:
            if declared.kind == "enum":
                told[declared.name] = _one_of(
                    source, declared, told.get(declared.name, ""), f"constant_{key}_{source.name}_{declared.name}"
                )
                continue
            text = st.text_input(declared.label, told.get(declared.name, ""), key=f"constant_{key}_{source.name}_{declared.name}",
                                 placeholder=found.context.get(declared.name) or declared.example)  # fmt: skip
            told[declared.name] = text.strip()
    return {name: text for name, text in told.items() if text}


def _one_of(source: Source, declared: Field, now: str, key: str) -> str:
    """One of the words that a field of few words knows, or none: a spelling of each of its values."""
    spelled = {
        value: next((text for text, meant in declared.values.items() if meant == value), value)
        for value in allowed(source, declared.name)
    }
    texts = list(dict.fromkeys(["", *spelled.values(), now]))
    meanings = {text: value for value, text in spelled.items()}
    shown = {text: str(meanings.get(text, text)).replace("_", " ") or "(not said)" for text in texts}
    return str(
        st.selectbox(declared.label, texts, index=texts.index(now), key=key, format_func=lambda text: shown[str(text)])
    )


def _words(found: Inspection, source: Source, key: str) -> dict[str, dict[str, str]]:
    """What the file's own words for states mean: asked about words that nobody knows, kept with the mapping."""
    told = {name: dict(words) for name, words in (found.details.get("values") or {}).items()}
    asked = {name: words for name, words in (found.details.get("unknown") or {}).items() if allowed(source, name)}
    if not asked and not told:
        return {}
    with st.expander("What its words mean", expanded=bool(asked), key=f"words_{key}"):
        for name in dict.fromkeys([*asked, *told]):
            declared = source.field(name)
            st.markdown(f"**{plain(declared.label)}**")
            rows = dict(asked.get(name, [])[:MOST_WORDS]) | dict.fromkeys(told.get(name, {}))
            for text, count in rows.items():
                value = _word(source, name, text, count, told.get(name, {}).get(text), key)
                if value:
                    told.setdefault(name, {})[text] = value
                else:
                    told.get(name, {}).pop(text, None)
            if len(asked.get(name, [])) > MOST_WORDS:
                st.caption(f"and {len(asked[name]) - MOST_WORDS} more words; they come up once these are told.")
    return {name: words for name, words in told.items() if words}


def _word(source: Source, name: str, text: str, count: int | None, now: str | None, key: str) -> str | None:
    choices = ["(leave unknown)", *allowed(source, name)]
    left, right = st.columns([2, 3], vertical_alignment="center")
    left.markdown(plain(text) + (f" · {counted(count, 'row')}" if count else ""))
    picked = right.selectbox(f"Meaning of {named(text)}", choices, index=choices.index(now) if now in choices else 0,
                             format_func=lambda value: str(value).replace("_", " "), key=f"word_{key}_{name}_{text}", label_visibility="collapsed")  # fmt: skip
    return None if picked == choices[0] else str(picked)


def _name(found: Inspection, key: str) -> str | None:
    """Under which name all this is kept for the next file with the same headers."""
    usual = found.file_name.rpartition(".")[0] or found.file_name
    text = st.text_input("Keep this as", found.choices.mapping or "", placeholder=usual, key=f"name_{key}",
                         help="The next file with these headers is read the same way, without asking.")  # fmt: skip
    return text.strip() or None
