"""What every page is made of: a headed card that asks one metric, draws it, explains it and gives it away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from dashboard import charts, kinds, nouns, session
from dashboard.faults import told
from dashboard.session import View
from dashboard.words import counted, day, plain
from pipelines import export, metrics
from pipelines.errors import UnknownName
from pipelines.metrics import CHARTS, Metric, Result
from pipelines.metrics.caveats import few
from pipelines.metrics.shares import ESTIMATE


@dataclass(frozen=True)
class Part:
    """The rows of an answer whose ``column`` is ``value``; ``repeats``: whether each of them tells the same n."""

    column: str
    value: str
    repeats: bool = False


@dataclass(frozen=True)
class Counted:
    """What a card counts where that is not what its metric counts: the column with each row's n, and the noun."""

    column: str
    noun: str


# Whole numbers that say which, not how many: drawn without separators.
NAMES = ("load", "row", "first row", "source_row", "year", "no.")
CLICK = "Click a bar or point for the rows behind it"
PLACE = " · to change it: *Filters*, at the left below the pages (on a phone behind »)"
# Conditions behind a bar whose value alone would not say what it means, and those whose values are names, not codes.
YES_AND_NO = {"exited": ("left there", "still there")}
SAID = {"reached": "reached {} or a later stage", "hour": "{0}:00 to {0}:59"}
KEEPS_SIGNS = ("site", "study", "practice", "practitioner", "question", "reason")
LONGEST, NAMED = 80, 3  # what an address asks for in vain: characters of each told, and how many
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def demo_command() -> str:
    """What starts the demo beside this dashboard: on the port after its own."""
    return f'make demo ARGS="--port {int(st.get_option("server.port")) + 1}"'


def view() -> View:
    """The view that the entry script made of the address and the viewer."""
    found: View = st.session_state["view"]
    return found


def heading(title: str, lead: str, filtered: bool = True) -> bool:
    """A page's title and what it is for; ``filtered``: whether the filters mean anything on it. ``False`` when the workspace
    is empty: a newcomer is told what to do."""
    st.title(title)
    st.caption(lead)
    if not view().generation:
        empty()
        return False
    if filtered:
        st.caption("Showing: " + plain(" · ".join(st.session_state.get("view_words", ()))) + PLACE)
        _left_out()
    return True


def section(title: str) -> None:
    """The title of all that follows on a page, larger than those of its cards."""
    with st.container(key=f"section_{hashlib.sha256(title.encode()).hexdigest()[:8]}"):
        st.header(plain(title))


def _left_out() -> None:
    """What the address asks for and the figures therefore do not keep to."""
    asked = st.session_state.get("left_out", ())
    if asked:
        named = "; ".join(value if len(value) <= LONGEST else f"{value[:LONGEST]}…" for value in asked[:NAMED])
        more = f" and {len(asked) - NAMED:,} more" if len(asked) > NAMED else ""
        st.warning(plain(
            f"The address asks for what cannot be chosen here, because there is no such thing or you may not see it: {named}{more}. "
            "The figures are shown without that filter."
        ))  # fmt: skip


def empty() -> None:
    """What to do with an empty workspace."""
    with st.container(border=True, key="empty"):
        st.header("Nothing has been loaded yet")
        st.write(
            "Rapport works from files you already have: referral logs, EHR exports, screening logs, outreach logs and surveys. "
            "Load them, and each page shows what they tell. They stay on this machine."
        )
        if not session.may_load(view().scope):
            return
        st.page_link("app_pages/upload.py", label="Upload a first file", icon="⬆️")
        st.write(
            "To look around first, let Rapport invent a network of sixty sites: in its folder, in another terminal, type"
        )
        st.code(demo_command(), language=None)


def card(
    title: str,
    metric: str,
    draw: Callable[..., go.Figure],
    *,
    key: str,
    by: str | None = None,
    grain: str | None = None,
    settings: tuple[Any, ...] = (),
    note: str = "",
    unfinished: str = "",
    drill: bool = True,
    part: Part | None = None,
    counts: Counted | None = None,
    blank: str = "",
    above: Result | None = None,
    none: str = "",
) -> Result:
    """One metric drawn by ``draw(result, *settings)``, with its n, day, caveats, definition, rows and downloads. Of an answer
    about many the card may be about a ``part``: only its n and figures are then told, and what its n ``counts`` may be another thing
    than its metric's. ``unfinished``: how a period not yet over
    is drawn, said where there is one; ``blank``: what is said where the answer leaves nothing to draw; ``above``: an answer that
    stands above on the page, whose caveats are not said again here; ``none``: what it means that nothing is left. Raises what ``compute`` raises; returns the whole result for
    the page to say more about it.
    """
    result = session.result(view(), metric, by, grain)
    told_of = of_horizon(result if part is None else of_part(result, part), settings)
    told_of = told_of if counts is None else counting(told_of, counts)
    with st.container(border=True, key=f"card_{key}"):
        st.header(plain(title))
        if told_of.n == 0 or told_of.frame.empty:
            nothing(told_of, key, none)
        else:
            said = [note, "" if _firm(told_of.frame, settings).all() else unfinished]
            known = above.caveats if above else ()
            _drawn(title, told_of, draw, key, settings, " · ".join(filter(None, said)), drill, part, blank, known)
    return result


def of_part(result: Result, part: Part) -> Result:
    """The rows of ``result`` that are about ``part``, and how many they count: each row's n, or the largest where all rows
    repeat one (the days of a forecast). Horizons and clocks count the same ones again."""
    frame = result.frame[result.frame[part.column] == part.value].reset_index(drop=True)
    once = frame
    for again in {"horizon", "clock"} & set(frame):
        once = once[once[again] == once[again].min()]
    n = int(once["n"].max() if part.repeats else once["n"].sum()) if len(frame) else 0
    return replace(_of(n, result), frame=frame)


def counting(result: Result, counts: Counted) -> Result:
    """``result`` with the n that is counted in a column of its own, under its own noun."""
    n = int(result.frame[counts.column].sum()) if len(result.frame) else 0
    return replace(_of(n, result), metric=replace(result.metric, counts=counts.noun))


def _of(n: int, result: Result) -> Result:
    """``result`` about ``n`` of what it counts: whether these are few is said of them, no longer of all."""
    others = [caveat for caveat in result.caveats if caveat != few(result.n)]
    return replace(result, n=n, caveats=tuple(filter(None, (*others, few(n)))))


def of_horizon(result: Result, settings: tuple[Any, ...]) -> Result:
    """An answer about several horizons without the caveat that the latest had too little time, where all had the time of the
    one that is drawn."""
    if ESTIMATE not in result.caveats or "mature" not in result.frame or not _firm(result.frame, settings).all():
        return result
    return replace(result, caveats=tuple(caveat for caveat in result.caveats if caveat != ESTIMATE))


def _firm(frame: pd.DataFrame, settings: tuple[Any, ...]) -> NDArray[np.bool_]:
    """Whether the figures will not move any more, of the rows of the horizon that is drawn, the first of ``settings``; of all
    rows of a frame that knows of none. A row without a figure has none that could move: nothing of it is drawn."""
    firm = np.asarray(charts.firm(frame), bool)
    if "value" in frame:
        firm |= frame["value"].isna().to_numpy()
    if "horizon" not in frame or not settings:
        return firm
    drawn = frame["horizon"].to_numpy() == settings[0]
    return firm[drawn] if drawn.any() else firm


def _condition_of(result: Result, part: Part | None) -> dict[str, str]:
    """What chooses the rows behind a ``part``, where the metric knows how."""
    return {part.column: part.value} if part and part.column in result.metric.picks else {}


def nothing(result: Result, key: str, none: str = "") -> None:
    """A card with nothing in it says why, and what would fill it; ``none`` where nothing is an answer, not a filter too many."""
    st.info(plain(kinds.why_nothing(result, view(), none)))
    definition(result.metric, key)


@st.fragment
def _drawn(
    title: str,
    result: Result,
    draw: Callable[..., go.Figure],
    key: str,
    settings: tuple[Any, ...],
    note: str,
    drill: bool,
    part: Part | None,
    blank: str = "",
    known: tuple[str, ...] = (),
) -> None:
    """The chart and what belongs to it: a fragment, so that a click on a bar reruns this card alone."""
    if session.is_stale(view()):
        st.rerun()
    with told(f"the card {key}"):
        figure, spoken = session.drawing(draw, view(), result.metric.name, result.by, result.grain, *settings)
        if charts.is_blank(figure):
            st.info(plain(blank or "There is nothing to draw yet."))
            facts(result, known=known)
            about(result, key)
            return
        event = st.plotly_chart(
            figure, key=f"{key}_{_mark(result, settings)}", config=charts.CONFIG,
            alt=f"{title}: {nouns.counted_of(result.metric, result.n)} up to {day(result.as_of)}. {spoken}".rstrip(),
            on_select="rerun" if drill else "ignore", selection_mode="points",
        )  # fmt: skip
        condition = picked(event) if drill else {}
        facts(result, " · ".join(filter(None, (note, CLICK if drill and not condition else ""))), known)
        if condition:
            _rows(result, condition, key)
        about(result, key, drill, _condition_of(result, part))


def tile(
    label: str, value: str, line: str, said: str | None = None, delta: str | None = None, sure: bool = False
) -> None:
    """A figure with its interval and n on a line of their own, where they can neither be overlooked nor cut off."""
    with st.container(border=True, height="stretch"):
        arrow: Any = "auto" if sure else "off"
        st.metric(label, value, delta, delta_color="normal" if sure else "off", delta_arrow=arrow, help=said)
        st.caption(plain(line))


def listing(title: str, result: Result, columns: dict[str, Any], *, key: str, alt: str, lead: str = "") -> None:
    """The rows of a result that a card above it draws, as a table with its n, day, definition and downloads; the caveats
    stand with the chart. Nothing where there are no rows."""
    if result.frame.empty:
        return
    with st.container(border=True, key=f"card_{key}"):
        st.header(plain(title))
        if lead:
            st.caption(plain(lead))
        table(result.frame, key=key, alt=alt, columns=columns)
        facts(replace(result, caveats=()))
        definition(result.metric, key)
        downloads(result, key, "this table")


def facts(result: Result, note: str = "", known: tuple[str, ...] = ()) -> None:
    """n, the day, and the plain sentences that belong to the figure, but for those ``known`` from above."""
    said = [
        nouns.counted_of(result.metric, result.n),
        f"as of {day(result.as_of)}",
        *(caveat for caveat in result.caveats if caveat not in known),
        *([note] if note else []),
    ]
    st.caption(plain(" · ".join(text.rstrip(".") for text in said)))


def picked(event: Any) -> dict[str, str]:
    """The condition behind the bar that was clicked; empty when none was. It comes back from the browser, so it
    is only ever handed to ``metrics.rows``, which takes known names and binds the values."""
    points = (event or {}).get("selection", {}).get("points", []) if hasattr(event, "get") else []
    for point in points:
        found = point.get("customdata")
        text = found[0] if isinstance(found, list) and found else found
        try:
            parts = json.loads(text) if isinstance(text, str) else None
        except ValueError:
            parts = None
        if isinstance(parts, dict):
            return {str(name): str(value) for name, value in parts.items()}
    return {}


def _rows(result: Result, condition: dict[str, str], key: str) -> None:
    """The rows that meet ``condition``, all of the view's where it is empty, each with its file and row, and the files to take
    them away, which say which rows they hold and how many there are."""
    try:
        frame, total = session.rows(view(), result.metric.name, tuple(sorted(condition.items())))
    except UnknownName:
        st.caption("This bar has no rows of its own to show.")
        return
    names = " · ".join(_condition_words(condition))
    cut = f", the newest {len(frame):,} shown" if total > len(frame) else ""
    st.markdown(f"**{plain(names) or 'All'}**: {counted(total, 'row')}{cut}")
    table(frame, key=f"rows_{key}", alt=f"Rows behind {names}")
    which = f"Rows behind: {names or 'all of it'}, {counted(total, 'row')}" + cut.replace("shown", "in this file")
    held = replace(result, frame=frame, n=total, by=None, grain=None, caveats=(which, *result.caveats))
    downloads(held, f"rows_{key}", "these rows")


def _condition_words(condition: dict[str, str]) -> list[str]:
    grain = condition.get("grain")
    return [_condition_word(name, value, grain) for name, value in condition.items() if name != "grain"]


def _condition_word(name: str, value: str, grain: str | None) -> str:
    """One part of what was clicked, as the chart's own legend says it: who reads "true" does not know of what."""
    if name == "period":
        return charts.period_name(value, grain)
    if value in ("true", "false"):
        yes, no = YES_AND_NO.get(name, (name, f"not {name}"))
        return yes if value == "true" else no
    return SAID.get(name, "{}").format(value if name in KEEPS_SIGNS else value.replace("_", " "))


def about(result: Result, key: str, drill: bool = False, condition: dict[str, str] | None = None) -> None:
    """Below a chart: how it is computed, its figures as a table, and the files to take away; with ``drill`` also the rows
    behind all of it (those that meet ``condition``), for whoever cannot click a bar."""
    definition(result.metric, key)
    with st.expander("Figures and downloads", key=f"figures_{key}", on_change="rerun") as figures:
        if not figures.open:
            return  # a table costs more than a chart: it is made when someone wants it
        table(result.frame, key=f"table_{key}", alt=charts.sentence(result), columns=_columns(result))
        downloads(result, key, "these figures")
        if drill and st.toggle("Show the rows behind these figures", key=f"behind_{key}"):
            _rows(result, condition or {}, f"all_{key}")


def downloads(result: Result, key: str, what: str = "") -> None:
    """Workbook and CSV of a result, made when asked for; ``what`` they are of, where there is room to say it."""
    of = f" of {what}" if what else ""
    left, right = st.columns(2)
    chosen = session.chosen_names(view(), result.filters)
    name = export.file_name(result, "xlsx").removesuffix(".xlsx") + ("-rows" if key.startswith("rows_") else "")
    left.download_button(
        f"Workbook{of}", _taken(result, "workbook", partial(export.workbook, names=chosen)), f"{name}.xlsx", XLSX, key=f"xlsx_{key}",
        on_click="ignore", width="stretch",
    )  # fmt: skip
    right.download_button(
        f"CSV{of}", _taken(result, "csv", export.csv), f"{name}.csv", "text/csv", key=f"csv_{key}",
        on_click="ignore", width="stretch",
    )  # fmt: skip


def _taken(result: Result, kind: str, make: Callable[[Result], bytes]) -> Callable[[], bytes]:
    return session.taken_away(partial(make, result), metric=result.metric.name, format=kind, rows=len(result.frame))


def definition(metric: Metric, key: str) -> None:
    """How is this computed? From the metric's own declaration, sent when someone opens it: a page of twelve cards would
    send twelve that nobody reads at every change of a filter."""
    with st.expander("How is this computed?", key=f"how_{key}", on_change="rerun") as how:
        if how.open:
            st.markdown(definition_text(metric))


def definitions(names: Iterable[str]) -> None:
    """How each of several figures is computed, one below the other."""
    for name in names:
        metric = metrics.registry()[name]
        st.markdown(f"**{plain(metric.label)}**")
        st.markdown(definition_text(metric))


def definition_text(metric: Metric) -> str:
    """A metric's declaration as Markdown."""
    lines = [
        plain(metric.description), "",
        f"- **Counted:** {plain(metric.numerator)}", f"- **Out of:** {plain(metric.denominator)}", f"- **Unit:** {plain(metric.unit)}",
        f"- **Time:** {plain(metric.window)}", *(f"- {plain(case)}" for case in metric.edge_cases),
    ]  # fmt: skip
    if metric.settings:
        told = "; ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in metric.settings.items())
        lines.append(f"- **Settings:** {plain(told)}")
    lines.append(f"- **Seen by:** {plain(', '.join(metric.roles))}. **Drawn as:** {plain(CHARTS[metric.chart])}")
    return "\n".join([*lines, "", f"*Method: {plain(metric.source)}*"])


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    alt: str,
    columns: dict[str, Any] | None = None,
    height: int | str = "auto",
    choose: bool = False,
) -> int | None:
    """A table. Cells are drawn on a canvas, never read as Markdown, so names may stand here as they are.

    With ``choose`` one of its rows can be selected: the place of that row in ``frame``, else ``None``."""
    shown = (
        frame if columns is None else frame[[name for name in columns if name in frame and frame[name].notna().any()]]
    )
    config = {str(name): (columns or {}).get(str(name)) or _column(str(name), shown[name]) for name in shown}
    shown = _per_cent(shown, config)
    # A cell that says nothing is left empty: the default writes "None".
    drawn: dict[str, Any] = {
        "key": key, "alt": alt, "column_config": config, "hide_index": True, "height": height, "placeholder": "",
    }  # fmt: skip
    if not choose:
        st.dataframe(shown, **drawn)
        return None
    chosen = st.dataframe(shown, on_select="rerun", selection_mode="single-row", **drawn)["selection"]["rows"]
    return int(chosen[0]) if chosen and chosen[0] < len(shown) else None


def worded(frame: pd.DataFrame, *, key: str, alt: str) -> None:
    """A table of sentences, whose cells wrap. On a phone, where each column would have room for a letter or two, a row's cells stand
    below one another, each after the name of its column; of two, the first names the other. Cells may hold any text."""
    told = frame.rename(columns=lambda name: str(name)[:1].upper() + str(name)[1:])
    told = told.assign(**{str(name): [plain("" if pd.isna(cell) else cell) for cell in told[name]] for name in told})
    with st.container(key=key):
        st.html(_stacked(f".st-key-{key}", [str(name) for name in told]))
        st.table(told, border="horizontal", hide_index=True, alt=alt)


def _stacked(place: str, columns: list[str]) -> str:
    names = "".join(
        f'{place} td:nth-child({number})::before {{content: "{name}: "; opacity: 0.75}}'
        for number, name in enumerate(columns, 1)
        if name
    )
    if len(columns) == 2:
        names = f'{place} td {{display: inline !important}} {place} td:first-child {{opacity: 0.75}} {place} td:first-child::after {{content: ": "}}'
    return f"""<style>@media (max-width: 640px) {{
{place} thead {{position: absolute; clip-path: inset(50%)}}
{place} :is(table, tbody, tr, td) {{display: block !important; width: auto !important}}
{place} tr {{padding: 0.5rem 0}}
{place} td {{border: 0 !important; padding: 0.1rem 0 !important; white-space: normal !important}}
{place} td :is(div, p) {{display: inline !important; white-space: normal !important}}
{names}}}</style>"""


def _per_cent(frame: pd.DataFrame, config: dict[str, Any]) -> pd.DataFrame:
    """Shares as everywhere else, with one decimal, and ``config`` to match: Streamlit's own per cent writes 0%, 0.4% and
    58.02% below one another."""
    shares = [name for name, one in config.items() if (one.get("type_config") or {}).get("format") == "percent"]
    for name in shares:
        config[name] = config[name] | {"type_config": config[name]["type_config"] | {"format": "%.1f%%"}}
    return frame.assign(**{name: 100 * frame[name].astype(float) for name in shares}) if shares else frame


def _column(name: str, values: pd.Series) -> Any:
    label = name.replace("_", " ")
    label = label[:1].upper() + label[1:]
    if pd.api.types.is_datetime64_any_dtype(values) or name.endswith("_on"):
        return st.column_config.DateColumn(label, format="YYYY-MM-DD")
    if name in ("value", "low", "high", "p_active") and values.dropna().between(0, 1).all():
        return st.column_config.NumberColumn(label, format="percent")
    if pd.api.types.is_float_dtype(values):
        return st.column_config.NumberColumn(label, format="%.1f")
    if pd.api.types.is_integer_dtype(values) and name not in NAMES and not name.endswith("_id"):
        return st.column_config.NumberColumn(label, format="%,d")
    return st.column_config.Column(label)


def _columns(result: Result) -> dict[str, Any]:
    """The columns of a result's frame that mean something to a reader, under the names the metric gives them."""
    hidden = {"category_id"} | (
        {"category"} if not result.by and set(result.frame.get("category", ())) <= {"All"} else set()
    )
    hidden |= set() if result.grain else {"period", "complete"}
    return {str(name): None for name in result.frame.columns if name not in hidden}


def choose(
    label: str, options: tuple[str, ...], key: str, words: dict[str, str] | None = None, default: int = 0
) -> str:
    """A row of buttons bound to the address; always one of ``options``."""
    names = {(words or {}).get(option, option.replace("_", " ").capitalize()): option for option in options}
    chosen = st.segmented_control(label, list(names), default=list(names)[default], key=key, required=True, wrap=True,
                                  bind="query-params")  # fmt: skip
    return names.get(str(chosen), options[default])


def cut(metric: str, key: str, leave_out: tuple[str, ...] = ()) -> str | None:
    """Which dimension to cut a metric by, bound to the address; ``None`` for the whole."""
    allowed = [name for name in session.result_dimensions(metric) if name not in leave_out]
    names = {name.replace("_", " ").capitalize(): name for name in allowed}
    chosen = st.selectbox("Cut by", ["The whole", *names], key=key, bind="query-params")
    return names.get(str(chosen))


def _mark(result: Result, settings: tuple[Any, ...]) -> str:
    """A key that changes with whatever changes the chart, so that an old selection is never kept for a new one."""
    text = repr((result.generation, result.filters, result.as_of, result.by, result.grain, settings))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
