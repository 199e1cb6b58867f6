"""Whatever a page draws says what it is: how many it counts, as of when, how it is computed, and how to take it away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from screens.pages import CHART_PAGES
from streamlit.testing.v1 import AppTest

from dashboard import nouns, session
from pipelines import metrics
from pipelines.workspace import Workspace

AS_OF = "as of 17 Jun 2026"
AFTERWARDS = "promises?step=Afterwards"  # the half of that page that is drawn when it is chosen


def _below(node: Any) -> Iterator[Any]:
    """Every element and block below a block."""
    for child in getattr(node, "children", {}).values():
        yield child
        yield from _below(child)


def cards(app: AppTest) -> dict[str, list[Any]]:
    """What stands in each card of a page, by its key."""
    found = {}
    for node in _below(app.main):
        key = str(getattr(getattr(node, "proto", None), "id", ""))
        if "-card_" in key:
            found[key.rpartition("-card_")[2]] = list(_below(node))
    return found


def _lacks(inside: list[Any]) -> list[str]:
    """What a card that shows figures leaves out."""
    captions = " ".join(node.value for node in inside if node.type == "caption")
    labels = [getattr(node, "label", "") for node in inside if node.type in ("expander", "download_button")]
    present = {
        "a title": any(node.type == "header" for node in inside),
        "the day": AS_OF in captions.replace("\\", ""),
        "how many": any(character.isdigit() for character in captions.partition(AS_OF)[0]),
        "a definition": "How is this computed?" in labels,
        "a way to take it away": any(label == "Figures and downloads" or label.startswith("Workbook") for label in labels),
    }  # fmt: skip
    return [name for name, there in present.items() if not there]


def _open(app: AppTest, address: str) -> AppTest:
    page, _, query = address.partition("?")
    app.run()
    for name, value in parse_qsl(query):
        app.query_params[name] = value
    return app if page == "overview" else app.switch_page(f"app_pages/{page}.py").run()


@pytest.mark.parametrize("page", [*CHART_PAGES, AFTERWARDS])
def test_every_card_with_figures_says_how_many_as_of_when_how_computed_and_can_be_taken_away(
    app: AppTest, loaded: Workspace, page: str
) -> None:
    found = cards(_open(app, page))
    drawn = {
        key: inside for key, inside in found.items() if any(node.type in ("plotly_chart", "dataframe") for node in inside)
    }  # fmt: skip
    assert drawn
    assert sum(node.type == "plotly_chart" for node in _below(app.main)) == sum(
        node.type == "plotly_chart" for inside in drawn.values() for node in inside
    ), "a chart stands outside a card"
    assert {key: _lacks(inside) for key, inside in drawn.items() if _lacks(inside)} == {}


def test_every_metric_stands_on_a_page(app: AppTest, loaded: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    compute = session.metrics.compute

    def noted(metric: str, *more: Any, **named: Any) -> Any:
        asked.add(metric)
        return compute(metric, *more, **named)

    monkeypatch.setattr(session.metrics, "compute", noted)
    app.run()
    for page in CHART_PAGES[1:]:
        app.switch_page(f"app_pages/{page}.py").run()
    _open(AppTest.from_file(str(app._script_path), default_timeout=60), AFTERWARDS)
    assert set(metrics.registry()) - asked == set()


@pytest.mark.parametrize("metric", metrics.registry().values(), ids=metrics.registry().keys())
def test_what_a_metric_counts_has_a_word_of_its_own(metric: metrics.Metric) -> None:
    assert nouns.noun(metric) != "record"
    assert nouns.counted_of(metric, 1).startswith("1 ")
    assert not nouns.counted_of(metric, 2).endswith(("ss", "ys"))
