"""The rows behind a figure: the newest of all, as many as there are, whichever way they were found."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines import ingest
from pipelines.errors import UnknownName
from pipelines.metrics import Filters, Scope, compute, options, registry, rows
from pipelines.metrics.relations import RELATIONS
from pipelines.workspace import Workspace

ALL = Scope.everything()
A_YEAR = Filters(start=dt.date(2025, 7, 1), stop=dt.date(2026, 5, 31))


@pytest.mark.parametrize("metric", registry())
@pytest.mark.parametrize("filters", [Filters(), A_YEAR, Filters(start=dt.date(2026, 2, 10))])
def test_a_page_is_the_top_of_all_rows_and_says_how_many_there_are(
    demo_network: Workspace, metric: str, filters: Filters
) -> None:
    every, total = rows(metric, ALL, filters, limit=1_000_000, warehouse=demo_network.warehouse)
    page, counted = rows(metric, ALL, filters, limit=7, warehouse=demo_network.warehouse)
    assert counted == total == len(every)
    order = [name for name in (RELATIONS[registry()[metric].relation].day, "file_name", "source_row") if name in every]
    assert page[order].equals(every[order].head(7))
    assert rows(metric, ALL, filters, limit=0, warehouse=demo_network.warehouse)[1] == total


@pytest.mark.parametrize("metric", registry())
def test_every_row_tells_its_file_whether_text_or_a_sheet_of_a_workbook(demo_network: Workspace, metric: str) -> None:
    found, _ = rows(metric, ALL, limit=1_000_000, warehouse=demo_network.warehouse)
    if "file_name" in found:
        assert not found["file_name"].isna().any()
        assert found["file_name"].ne("").all()


@pytest.mark.parametrize("metric", registry())
def test_each_row_can_name_the_one_record_it_tells_of(demo_network: Workspace, metric: str) -> None:
    plain, _ = rows(metric, ALL, limit=1_000_000, warehouse=demo_network.warehouse)
    named, _ = rows(metric, ALL, limit=1_000_000, named=True, warehouse=demo_network.warehouse)
    assert named.drop(columns="record").equals(plain)
    assert named["record"].str.strip("|").ne("").all()
    assert named["record"].is_unique


def test_an_answer_about_one_site_names_the_workbooks_that_its_rows_came_from(demo_network: Workspace) -> None:
    loads = [load for load in ingest.loads(demo_network) if load.part and load.source == "referral_log"]
    found, _ = rows("referral_volume", ALL, limit=1_000_000, warehouse=demo_network.warehouse)
    of_workbooks = found[found["file_name"] == loads[0].file_name]
    site = options(ALL, warehouse=demo_network.warehouse)["sites"]
    number = next(key for key, name in site if name == of_workbooks["site"].iloc[0])
    answer = compute("referral_volume", Scope((number,), None, "analyst"), warehouse=demo_network.warehouse)
    assert loads[0].file_name in [load["file_name"] for load in answer.loads]


def test_a_month_holds_the_rows_of_its_days_and_no_other(demo_network: Workspace) -> None:
    where = {"period": "2026-03-01", "grain": "month"}
    month = Filters(start=dt.date(2026, 3, 1), stop=dt.date(2026, 3, 31))
    found, total = rows("ever_slipped", ALL, where=where, warehouse=demo_network.warehouse)
    same, of = rows("ever_slipped", ALL, month, warehouse=demo_network.warehouse)
    assert total == of > 0
    assert found.equals(same)
    outside = Filters(start=dt.date(2026, 4, 10))
    assert rows("ever_slipped", ALL, outside, where=where, warehouse=demo_network.warehouse)[1] == 0


@pytest.mark.parametrize("day", ["2026-03-02", "2026-13-01", "yesterday"])
def test_a_period_that_begins_on_no_such_day_is_refused(demo_network: Workspace, day: str) -> None:
    with pytest.raises(UnknownName, match="begins no month"):
        rows("referral_volume", ALL, where={"period": day, "grain": "month"}, warehouse=demo_network.warehouse)
