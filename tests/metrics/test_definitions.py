"""Every metric says completely what it is."""

from __future__ import annotations

import inspect
import re

import pytest

from pipelines.metrics import CHARTS, DIMENSIONS, GRAINS, ROLES, Metric, registry
from pipelines.metrics.relations import RELATIONS

METRICS = pytest.mark.parametrize("metric", registry().values(), ids=registry().keys())
COMMON = {"category", "category_id", "period", "complete", "n", "value", "low", "high"}


@METRICS
def test_a_metric_declares_its_whole_definition(metric: Metric) -> None:
    for name in ("name", "label", "question", "description", "numerator", "denominator", "unit", "window", "source"):
        assert getattr(metric, name).strip(), name
    assert metric.question.endswith("?")
    assert metric.edge_cases
    assert all(case.endswith(".") for case in (*metric.edge_cases, metric.description))


@METRICS
def test_a_metric_names_only_what_exists(metric: Metric) -> None:
    assert set(metric.dimensions) <= set(DIMENSIONS)
    assert set(metric.grains) <= set(GRAINS)
    assert metric.relation in RELATIONS
    assert re.fullmatch(r"[a-z_]+", metric.name)


@METRICS
def test_a_metric_says_who_may_see_it_how_it_is_drawn_and_what_it_measures_against(metric: Metric) -> None:
    assert metric.roles
    assert set(metric.roles) <= set(ROLES)
    assert metric.chart in CHARTS
    assert "\n    chart=" in inspect.getsource(inspect.getmodule(metric.answer)), "say how it is drawn"  # type: ignore[arg-type]
    assert metric.grains or metric.chart != "trend"
    assert all(value == value for value in metric.settings.values())


@METRICS
def test_a_pick_is_a_condition_over_one_bound_value(metric: Metric) -> None:
    for condition in metric.picks.values():
        assert "$pick" in condition
        assert "{" not in condition


def test_metrics_are_found_by_their_declared_names() -> None:
    found = registry()
    assert all(name == metric.name for name, metric in found.items())
    assert {"referral_volume", "conversion", "relationship_state", "feedback_nps"} <= set(found)
    assert len({metric.label for metric in found.values()}) == len(found)


@METRICS
def test_the_modules_docstring_lists_every_column(metric: Metric) -> None:
    text = metric.answer.__globals__["__doc__"]
    for column in metric.columns:
        assert f"``{column}``" in text, column
    assert not set(metric.columns) & COMMON
