"""The entry script, run at every interaction: who is looking, what the address asks for, then the page.

The list of pages below is the table of contents; each is one short file in ``app_pages``.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import filters, notices, session
from dashboard.faults import told
from dashboard.panels import uploading
from dashboard.serving import signin
from dashboard.serving.server import login_configured
from dashboard.session import View
from pipelines.metrics import Filters, Scope

HERE = Path(__file__).parent
PAGES = {
    "": [st.Page("app_pages/overview.py", title="Overview", default=True)],
    "Referrers": [
        st.Page("app_pages/volume.py", title="Referral volume", url_path="volume"),
        st.Page("app_pages/conversion.py", title="Conversion to enrolment", url_path="conversion"),
        st.Page("app_pages/dormancy.py", title="Dormant relationships", url_path="dormancy"),
        st.Page("app_pages/practice.py", title="Before a visit", url_path="practice"),
        st.Page("app_pages/feedback.py", title="Feedback scores", url_path="feedback"),
        st.Page("app_pages/promises.py", title="Promises to referrers", url_path="promises"),
        st.Page("app_pages/appointments.py", title="Appointments", url_path="appointments"),
        st.Page("app_pages/imaging.py", title="Imaging for referrers", url_path="imaging"),
        st.Page("app_pages/campaigns.py", title="Campaigns and calls", url_path="campaigns"),
        st.Page("app_pages/changes.py", title="Changes", url_path="changes"),
    ],
    "Studies": [
        st.Page("app_pages/recruitment.py", title="Recruitment", url_path="recruitment"),
        st.Page("app_pages/readiness.py", title="Readiness", url_path="readiness"),
        st.Page("app_pages/releases.py", title="Released figures", url_path="releases"),
    ],
    "Compliance": [
        st.Page("app_pages/compensation.py", title="Compensation ledger", url_path="compensation"),
    ],
    "Data": [
        st.Page("app_pages/upload.py", title="Upload", url_path="upload"),
        st.Page("app_pages/loads.py", title="Loads", url_path="loads"),
        st.Page("app_pages/data_quality.py", title="Data quality", url_path="data_quality"),
        st.Page("app_pages/identity_review.py", title="Who is who", url_path="who_is_who"),
        st.Page("app_pages/dictionary.py", title="Data dictionary", url_path="dictionary"),
        st.Page("app_pages/metrics.py", title="Metric dictionary", url_path="metrics"),
    ],
}
# Pages that not everybody may open stand by the metric that decides it; the others are for whoever may see referrals.
ASKS = {"compensation": "compensation_headroom"}
FOR_ALL = ("dictionary", "metrics")
FOR_LOADING = ("upload", "loads", "data_quality", "who_is_who")
FOR_RELEASES = ("analyst", "manager")
# White, which the framework writes on the main button of a form, has too little contrast on the dark theme's colour (2.5:1).
BUTTONS = "<style>[data-testid^=stBaseButton-primary]:not(:disabled) {color: light-dark(#fff, #0d1219)}</style>"
# Whoever goes from control to control by the keyboard sees where they are; the framework shows it on few, and of a box to write or
# to choose in by the colour of its thin border alone.
BOXES = (
    "[role=group]:has([role=combobox]:focus-visible), [data-testid=stDateInputField]:has([role=spinbutton]:focus-visible), "
    ":is([data-testid=stTextInputRootElement], [data-testid=stTextAreaRootElement], [data-testid=stNumberInputContainer])"
    ":has(:is(input, textarea):focus-visible), label:has(:is([role=switch], [type=checkbox], [type=radio]):focus-visible)"
)
MARK = "outline: 3px solid light-dark(#1f6aa5, #5aa8e8) !important"
FOCUS = (
    f"<style>:is(a, button, summary, [role=button], [role=radio]):focus-visible {{{MARK}; outline-offset: 1px}} "
    f"{BOXES} {{{MARK}; outline-offset: -1px}}</style>"
)
# A control that is drawn anew keeps the focus. The content policy lets the page run this script because it comes from this server.
KEEPS_FOCUS = '<script src="/focus.js"></script>'
# A table's tools, which a finger always sees, would cover the line above it; two records side by side must fit a phone.
ON_PHONES = """<style>
@media (hover: none) {[data-testid=stElementContainer]:has([data-testid=stDataFrame]) {margin-top: 2.25rem}}
@media (max-width: 640px) {[data-testid=stTable] table {table-layout: fixed; width: 100%}
[data-testid=stTable] :is(td, th, p) {overflow-wrap: anywhere !important; word-break: normal}}
</style>"""
# Titles of sections, larger than those of cards. The address of a heading is of no use to anybody, and a stop for the keyboard at each.
HEADINGS = """<style>[class*=st-key-section_] h2 {font-size: 1.35rem}
[data-testid=stHeaderActionElements] {display: none}</style>"""
# What a change of a column's meaning does to the file's rows stays in sight down the whole list of its columns.
LOAD_BAR = """<style>
[data-testid=stLayoutWrapper]:has(> .st-key-load_bar) {position: sticky; top: 0; z-index: 90; padding: 0.5rem 0;
background: light-dark(#ffffff, #12171f); border-bottom: 1px solid light-dark(#cdd4de, #3a4555)}
@media (max-width: 768px) {[data-testid=stLayoutWrapper]:has(> .st-key-load_bar) {top: 3.75rem}}
</style>"""
OVERTAKEN = (
    "The data were brought up to date since you last looked: the figures are drawn anew, and rows that stood open below a chart "
    "are closed."
)
TABLES_ONLY = (*FOR_LOADING, *FOR_ALL, "compensation", "releases")


def main() -> None:
    st.set_page_config(page_title="Rapport", page_icon=str(HERE / "icon.png"), layout="wide")
    st.html(BUTTONS + FOCUS + ON_PHONES + HEADINGS + LOAD_BAR)
    st.html(KEEPS_FOCUS, unsafe_allow_javascript=True)
    if not signed_in():
        return
    page = None
    with told("the page"):
        found = st.navigation(reached(pages(session.viewer().scope)), expanded=True)
        if leads_on(found):
            found.run()
        st.set_page_config(
            page_title=f"{found.title} · Rapport"
        )  # the name of the browser's tab, of which some have several
        drawn = found.url_path not in TABLES_ONLY and found.visibility == "visible"
        st.session_state["view"] = asked(drawn)
        overtaken(st.session_state["view"].generation if drawn else "")
        page = found
    if login_configured():
        signin.way_out(session.sign_out)  # below the filters; also for whom nothing is granted yet
    if page:
        above = st.container()
        with told("the page"):
            page.run()
        with above:
            uploading.stopped_notice()  # only now: the page may have begun the load again
        notices.show()


def overtaken(generation: str) -> None:
    """Say that this tab's charts are now of another ``generation`` than those it drew last; it is empty on a page that draws none,
    as the one on which somebody loads a file and sees it done."""
    before = st.session_state.get("generation_drawn", "")
    if generation and before and generation != before:
        notices.leave(OVERTAKEN)
    st.session_state["generation_drawn"] = generation


def pages(scope: Scope) -> dict[str, list[Page]]:
    """The pages of this viewer."""
    listed = {section: [page for page in found if may_open(scope, page.url_path)] for section, found in PAGES.items()}
    return {section: found for section, found in listed.items() if found}


def reached(listed: dict[str, list[Page]]) -> dict[str, list[Page]]:
    """The pages, each at its own address, and at the addresses of the others a page that says they are not this viewer's.
    Whoever has no overview gets a page at the root that leads on to their first one: Streamlit would else serve that one at the
    root alone, and say of its address that there is no such page."""
    if not listed:
        return listed
    first = next(iter(listed.values()))[0]
    start = listed.get("") or [
        st.Page(partial(st.switch_page, first), title=first.title, url_path="start", default=True, visibility="hidden")
    ]
    return {"": [*start, *closed(listed, first)], **{section: found for section, found in listed.items() if section}}


def leads_on(page: Page) -> bool:
    """Whether it is the page at the root that only leads on to another."""
    return page.visibility == "hidden" and not page.url_path


def closed(listed: dict[str, list[Page]], first: Page) -> list[Page]:
    """A page at the address of each that is not this viewer's, for whoever comes by a bookmark or by what a colleague sent.
    Streamlit would say that there is no such page and draw another one below these words."""
    own = {page.url_path for found in listed.values() for page in found}
    return [
        st.Page(partial(not_yours, page.title, first), title=page.title, url_path=page.url_path, visibility="hidden")
        for found in PAGES.values()
        for page in found
        if page.url_path and page.url_path not in own
    ]


def not_yours(title: str, first: Page) -> None:
    """What stands at the address of a page that this viewer may not open, and the way to their ``first`` one."""
    st.title("Not one of your pages")
    st.write(
        f"*{title}* is a page for other roles, or for those who may see all sites and studies. Nothing of it is shown to you. "
        "If you need it, ask your administrator."
    )
    st.page_link(first, label=f"Go to {first.title}")


def may_open(scope: Scope, page: str) -> bool:
    """Whether the page is for this viewer: a sponsor reads released figures and what they mean, nothing else."""
    if page in FOR_LOADING:
        return session.may_load(scope)
    if page == "releases":  # of whole studies: who sees some sites could never read one; a sponsor is told so
        return scope.role == "sponsor" or (scope.role in FOR_RELEASES and scope.sites is None)
    return page in FOR_ALL or session.may_see(scope, ASKS.get(page, "referral_volume"))


def signed_in() -> bool:
    """Whether the page may be drawn: always on loopback without a login, else after signing in."""
    if not login_configured() or session.signed_in():
        return True
    signin.ask(ended=bool(st.user.get("is_logged_in")))
    return False


def asked(drawn: bool) -> View:
    """The view: this viewer's scope, the published generation, and the filters of the address. The controls are
    there on every page, closed where nothing is ``drawn``: a control that is left out loses its place in the address."""
    viewer = session.viewer()
    bare = View(session.generation() if session.has_data() else "", viewer.scope, Filters())
    if not bare.generation or viewer.scope.role == "sponsor":
        return bare
    cut = session.data_cut(bare)
    with st.sidebar.expander("Filters" if drawn else "Filters of the charts", expanded=drawn, key=f"filters_{drawn}"):
        chosen = filters.controls(session.options(bare), cut)
    st.session_state["view_words"], st.session_state["left_out"] = chosen.words, chosen.left_out
    return View(bare.generation, bare.scope, chosen.filters, chosen.as_of)


main()
