"""Nobody sees another's rows: not through a page, a cache, a list of files or a click."""

from __future__ import annotations

import pytest
from screens import network
from streamlit.testing.v1 import AppTest

from dashboard import session
from pipelines.errors import NotAllowed
from pipelines.metrics import Filters, Scope
from pipelines.workspace import Workspace

RIVERSIDE = Scope(sites=(1,), studies=None)


def test_one_cache_never_serves_two_scopes(view: session.View) -> None:
    mine = session.View(view.generation, RIVERSIDE, Filters())
    everything, some = session.result(view, "referral_volume"), session.result(mine, "referral_volume")
    assert 0 < some.n < everything.n
    assert session.result(mine, "referral_volume") is some
    assert session.rows(mine, "referral_volume", ())[1] == some.n
    assert set(session.rows(mine, "referral_volume", ())[0]["site"]) == {"Riverside"}


def test_a_scope_of_nothing_sees_nothing(view: session.View) -> None:
    nobody = session.View(view.generation, Scope(), Filters())
    assert session.result(nobody, "referral_volume").n == 0
    assert session.options(nobody)["sites"] == {}


def test_a_filter_cannot_reach_beyond_the_scope(view: session.View) -> None:
    reaching = session.View(view.generation, RIVERSIDE, Filters(sites=(2,)))
    assert session.result(reaching, "referral_volume").n == 0


def test_a_forged_click_cannot_reach_beyond_the_scope(view: session.View) -> None:
    mine = session.View(view.generation, RIVERSIDE, Filters())
    assert session.rows(mine, "referral_volume", (("site", "Hillcrest"),))[1] == 0


@pytest.mark.parametrize("page", ["upload", "loads"])
def test_whoever_is_confined_to_some_sites_has_no_page_for_whole_files(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(session, "viewer", lambda: session.Viewer("someone", RIVERSIDE))
    app.run()
    with pytest.raises(ValueError, match="page"):
        app.switch_page(f"app_pages/{page}.py")
    assert not app.exception


def test_the_overview_of_a_confined_viewer_counts_their_rows_only(
    app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    everything = app.metric[0].value
    monkeypatch.setattr(session, "viewer", lambda: session.Viewer("someone", RIVERSIDE))
    app.run()
    assert int(app.metric[0].value) < int(everything)


@pytest.mark.parametrize(
    "grant",
    ["", "{}", "[]", '{"sites": null}', '{"sites": ["x"], "studies": null, "role": "analyst"}', "null", "nonsense"],
)
def test_a_grant_that_does_not_say_everything_grants_nothing(grant: str) -> None:
    with pytest.raises(NotAllowed):
        session.granted(grant, "https://id.example|u")


def test_a_grant_is_read_as_written() -> None:
    assert session.granted('{"sites": [1, 2], "studies": null, "role": "liaison"}', "u") == Scope(
        (1, 2), None, "liaison"
    )
    assert not session.may_load(session.granted('{"sites": null, "studies": null, "role": "liaison"}', "u"))


def test_a_new_generation_makes_a_drawn_card_stale(empty: Workspace) -> None:
    network.put(empty, network.tables(referrals=30))
    drawn = session.View(session.generation(), Scope.everything(), Filters())
    assert not session.is_stale(drawn)
    network.put(empty, network.tables(seed=3, referrals=30), name="more.csv")
    assert session.is_stale(drawn)


def test_caches_are_bounded() -> None:
    for cached in (session._workspace, session._has_data):
        assert cached.cache_info().maxsize
    for shared in (session._data_cut, session._options, session._result, session._figure, session._rows):
        assert shared.size
