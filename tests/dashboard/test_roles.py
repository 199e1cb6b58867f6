"""Role by page by filter by export: what each may open, what it shows them, and what they can take away."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard import session
from pipelines import export, metrics
from pipelines.errors import NotAllowed
from pipelines.metrics import Filters, Scope
from pipelines.workspace import Workspace

SITE, STUDY = 1, 2  # Riverside, ONC-202
VIEWERS = {
    "analyst": Scope.everything(),
    "analyst of a site": Scope((SITE,), None, "analyst"),
    "manager of a site": Scope((SITE,), None, "manager"),
    "liaison of a site": Scope((SITE,), None, "liaison"),
    "manager of a study": Scope(None, (STUDY,), "manager"),
    "nobody": Scope((), (), "manager"),
}
CONFINED = [name for name in VIEWERS if name != "analyst"]
CHARTS = ("overview", "volume", "conversion", "dormancy", "feedback")
WHOLE_FILES = ("upload", "loads", "data_quality")
FILTERS = {
    "none": Filters(),
    "own site": Filters(sites=(SITE,)),
    "another's site": Filters(sites=(2,)),
    "a study": Filters(studies=(STUDY,)),
}


def _as(monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    monkeypatch.setattr(session, "viewer", lambda: session.Viewer("someone", scope))


@pytest.mark.parametrize("who", VIEWERS)
def test_every_chart_page_opens_for_every_role_without_a_fault(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    _as(monkeypatch, VIEWERS[who])
    app.run()
    for page in CHARTS[1:]:
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
        assert not app.error, page


@pytest.mark.parametrize("who", CONFINED)
def test_pages_of_whole_files_are_for_analysts_of_everything(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    _as(monkeypatch, VIEWERS[who])
    app.run()
    for page in WHOLE_FILES:
        with pytest.raises(ValueError, match="page"):
            app.switch_page(f"app_pages/{page}.py")


def test_a_sponsor_is_shown_no_figure_that_is_not_released(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sponsor = Scope(None, (STUDY,), "sponsor")
    _as(monkeypatch, sponsor)
    app.run()
    assert not app.error
    assert [title.value for title in app.title] == ["Released figures"]
    assert not app.metric
    app.switch_page("app_pages/releases.py").run()  # its own address: the root leads there, and is not it
    assert [title.value for title in app.title] == ["Released figures"]
    for page in (*CHARTS, *WHOLE_FILES, "recruitment", "readiness", "practice"):
        with pytest.raises(ValueError, match="page"):
            app.switch_page(f"app_pages/{page}.py")
    for metric in metrics.registry():
        with pytest.raises(NotAllowed):
            metrics.compute(metric, sponsor, warehouse=loaded.warehouse)
        with pytest.raises(NotAllowed):
            metrics.rows(metric, sponsor, warehouse=loaded.warehouse)


def test_whoever_watches_over_compensation_sees_the_ledger_and_nothing_of_referrals(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _as(monkeypatch, Scope(None, None, "compliance"))
    app.run()
    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == ["Compensation ledger"]
    for page in CHARTS:
        with pytest.raises(ValueError, match="page"):
            app.switch_page(f"app_pages/{page}.py")
    assert not any(app.session_state["view"].filters.practices)
    assert (
        session.options(session.View(session.generation(), Scope(None, None, "compliance"), Filters()))["practices"]
        == {}
    )


@pytest.mark.parametrize("who", ["manager of a site", "liaison of a site"])
def test_whoever_works_with_referrers_has_no_compensation_ledger(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    _as(monkeypatch, VIEWERS[who])
    app.run()
    with pytest.raises(ValueError, match="page"):
        app.switch_page("app_pages/compensation.py")
    with pytest.raises(NotAllowed):
        metrics.compute("compensation_headroom", VIEWERS[who], warehouse=loaded.warehouse)


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("who", VIEWERS)
def test_rows_and_their_exports_hold_only_what_is_in_the_scope(view: session.View, who: str, filters: str) -> None:
    scope, chosen = VIEWERS[who], FILTERS[filters]
    mine = session.View(view.generation, scope, chosen)
    frame, total = session.rows(mine, "referral_volume", ())
    assert len(frame) == min(total, session.ROWS_SHOWN)
    for site in set(frame["site"]):
        assert scope.sites is None or site == "Riverside"
        assert not chosen.sites or (site == "Riverside") == (chosen.sites == (SITE,))
    assert scope.studies is None or set(frame["study"]) <= {"ONC-202"}
    if who == "nobody" or (scope.sites == (SITE,) and chosen.sites == (2,)):
        assert total == 0
    _exports_agree(session.result(mine, "referral_volume", by="site"), scope)


def _exports_agree(result: Any, scope: Scope) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(export.workbook(result))).worksheets[0]
    cells = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
    text = export.csv(result).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))
    for other in ("Hillcrest", "Bay View", "North Shore"):
        if scope.sites is not None:
            assert other not in cells
            assert other not in text


@pytest.mark.parametrize(
    ("role", "first"), [("sponsor", "releases"), ("compliance", "compensation"), ("manager", None)]
)
def test_the_first_page_of_who_has_no_overview_has_an_address_of_its_own(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch, role: str, first: str | None
) -> None:
    _as(monkeypatch, Scope(None, None, role))
    drawn: list[dict[str, list[Any]]] = []
    navigation = session.st.navigation
    monkeypatch.setattr(session.st, "navigation", lambda pages, **how: drawn.append(pages) or navigation(pages, **how))
    app.run()
    addresses = {page.url_path: page.visibility for section in drawn[-1].values() for page in section}
    assert addresses[""] == ("hidden" if first else "visible")
    assert first is None or addresses[first] == "visible"


@pytest.mark.parametrize(("role", "page", "leads_to"), [("manager", "Loads", "Overview"), ("sponsor", "Referral volume", "Released figures")])  # fmt: skip
def test_a_bookmark_of_a_page_that_is_not_theirs_says_so_and_leads_on(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch, role: str, page: str, leads_to: str
) -> None:
    _as(monkeypatch, Scope(None, (STUDY,), role))
    drawn: list[dict[str, list[Any]]] = []
    navigation = session.st.navigation
    monkeypatch.setattr(
        session.st, "navigation", lambda pages, **how: drawn.append(pages) or _asked_for(page, navigation(pages, **how))
    )

    def _asked_for(title: str, found: Any) -> Any:
        closed = next(one for section in drawn[-1].values() for one in section if one.title == title)
        assert closed.visibility == "hidden"
        closed._can_be_called = True  # as the page that Streamlit finds at its address
        return closed

    app.run()
    assert not app.exception
    assert not app.error
    assert [title.value for title in app.title] == ["Not one of your pages"]
    assert page in app.markdown[-1].value
    assert leads_to in str(app.main.get("page_link")[0].proto.label)
    assert not app.metric


def test_whoever_sees_some_sites_has_no_page_of_releases_which_are_of_whole_studies(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _as(monkeypatch, VIEWERS["manager of a site"])
    app.run()
    with pytest.raises(ValueError, match="page"):
        app.switch_page("app_pages/releases.py")
    _as(monkeypatch, Scope((SITE,), (STUDY,), "sponsor"))
    app.run()
    app.switch_page("app_pages/releases.py").run()
    assert "single sites" in app.info[0].value


def test_a_load_from_elsewhere_is_told_to_whoever_looks_at_charts_once(app: AppTest, empty: Workspace) -> None:
    network.put(empty, network.tables(referrals=30))
    app.run()
    app.switch_page("app_pages/volume.py").run()
    assert not app.toast
    network.put(empty, network.tables(seed=3, referrals=30), name="more.csv")
    app.run()
    assert ["brought up to date" in toast.value for toast in app.toast] == [True]
    app.run()
    assert not app.toast


def test_a_load_seen_on_a_page_without_charts_is_not_told_again(app: AppTest, empty: Workspace) -> None:
    network.put(empty, network.tables(referrals=30))
    app.run()
    app.switch_page("app_pages/loads.py").run()
    network.put(empty, network.tables(seed=4, referrals=30), name="more.csv")
    app.run()
    app.switch_page("app_pages/volume.py").run()
    assert not app.toast
