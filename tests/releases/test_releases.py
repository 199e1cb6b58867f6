"""Releases of a small network: what is counted, that nothing said is ever changed, and who may read it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import put_load
from screens import network
from typer.testing import CliRunner

from pipelines import doctor, releases
from pipelines.commands.releases import app
from pipelines.errors import UnknownName
from pipelines.releases import tables
from pipelines.releases.auditor import Auditor
from pipelines.releases.disclosure import HIDDEN, bounds
from pipelines.releases.lattice import last_closed, month_after
from pipelines.workspace import Workspace, open_workspace

STUDY, NUMBER = "ONC-202", 2
APRIL, MAY = dt.date(2026, 4, 1), dt.date(2026, 5, 1)
CODES = {"consented": ("consented", "screened"), "enrolled": ("randomized",)}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a workspace in which the small network is loaded, and of its key. Tests copy it."""
    base = tmp_path_factory.mktemp("released")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(base / "config"))
        opened = open_workspace(base / "workspace")
        put_load(opened, network.tables())
        opened.warehouse.publish()
        opened.warehouse.close()
    return base


@pytest.fixture
def served(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The small network, loaded."""
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "copy" / "config"))
    monkeypatch.delenv("RAPPORT_KEY", raising=False)
    opened = open_workspace(tmp_path / "copy" / "workspace")
    yield opened
    opened.warehouse.close()


def people(rows: network.Rows, stop: dt.date) -> Counter[tuple[str, int, dt.date]]:
    """(stage, site, month) of everybody in the study by the definition, told again by hand."""
    counted: Counter[tuple[str, int, dt.date]] = Counter()
    for referral in rows["referral"]:
        if referral["study_id"] != NUMBER:
            continue
        # A referral entered by mistake is nobody's, but who stands in a screening log is somebody, at the log's site.
        received = [] if referral["void"] else [referral["received_on"]]
        site = 1 if referral["void"] else referral["performer_site_id"]
        events = [one for one in rows["subject_event"] if one["subject_id"] == referral["referral_id"]]
        days = {stage: [one["occurred_on"] for one in events if one["code"] in codes] for stage, codes in CODES.items()}
        reached = {
            "identified": received + [one["occurred_on"] for one in events],
            "consented": days["consented"] + days["enrolled"],
            "enrolled": days["enrolled"],
        }
        for stage, found in reached.items():
            if found and min(found) <= stop:
                counted[stage, site, min(found).replace(day=1)] += 1
    return counted


def test_everybody_is_counted_once_in_the_month_in_which_they_first_reached_a_stage(served: Workspace) -> None:
    releases.make(served, STUDY, MAY, by="test")
    kept = json.loads(served.ledger.releases()[0]["counts"])
    expected = people(network.tables(), dt.date(2026, 5, 31))
    found = {
        (stage, site, dt.date.fromisoformat(month)): kept["n"][at][row][column]
        for at, stage in enumerate(releases.STAGES) for row, site in enumerate(kept["site_ids"]) for column, month in enumerate(kept["months"])
    }  # fmt: skip
    assert {place: n for place, n in found.items() if n} == dict(expected)


def test_what_is_said_holds_the_truth_and_no_small_count(served: Workspace) -> None:
    release = releases.make(served, STUDY, MAY, by="test")
    n = np.array(json.loads(served.ledger.releases()[0]["counts"])["n"])
    for part, true in (("cells", n), ("sites", n.sum(2)), ("months", n.sum(1)), ("whole", n.sum((1, 2)))):
        said = getattr(release.said, part)
        low, high = bounds(said)
        assert (low <= true).all()
        assert (true <= high).all()
        assert not ((said >= 0) & (said < 15)).any()
    assert (release.said.cells == HIDDEN).any()
    assert Auditor(n, [release.said]).narrow() == []


def test_a_release_is_made_once_and_only_for_months_that_are_over(served: Workspace) -> None:
    with served.warehouse.read() as reader:
        last = last_closed(reader.data_cut)
    with pytest.raises(UnknownName, match="is not over"):
        releases.make(served, STUDY, month_after(last), by="test")
    assert releases.make(served, STUDY, by="test").month == last
    for month in (APRIL, MAY, None):
        with pytest.raises(UnknownName, match="has been released up to"):
            releases.make(served, STUDY, month, by="test")
    with pytest.raises(UnknownName, match="no study"):
        releases.make(served, "XYZ-9", by="test")


def test_a_study_without_anybody_is_told_as_small_and_one_without_a_site_not_at_all(served: Workspace) -> None:
    studies = [{"study_id": 71, "code": "NEW-1", "title": "New"}, {"study_id": 72, "code": "NEW-2", "title": "Newer"}]
    put_load(
        served,
        {"research_study": studies, "study_site": [{"study_id": 71, "site_id": 1}, {"study_id": 71, "site_id": 2}]},
    )
    served.warehouse.publish()
    release = releases.make(served, "NEW-1", MAY, by="test")
    assert set(tables.cells(release)["shown"]) == {"<11"}
    with pytest.raises(UnknownName, match="No site"):
        releases.make(served, "NEW-2", MAY, by="test")


def test_the_plan_of_a_study_is_the_sum_of_its_sites_where_it_has_none_of_its_own(served: Workspace) -> None:
    first, second, third = (dt.date(2026, month, 1) for month in (3, 4, 5))
    by_site = [(1, first, 5), (2, second, 4), (1, third, 12), (2, third, 9), (3, second, 2), (3, third, 1)]
    own = [(72, None, first, 3), (72, 1, first, 8), (72, None, third, 7)]
    rows = [{"study_id": study, "site_id": site, "as_of_on": day, "cum_target": total}
            for study, site, day, total in [(71, *row) for row in by_site] + own]  # fmt: skip
    studies = [{"study_id": 71, "code": "NEW-1", "title": "New"}, {"study_id": 72, "code": "NEW-2", "title": "Newer"}]
    there = [{"study_id": study, "site_id": site} for study in (71, 72) for site in (1, 2)]
    put_load(served, {"research_study": studies, "study_site": there, "study_plan": rows})
    served.warehouse.publish()
    assert releases.make(served, "NEW-1", MAY, by="test").planned == ((first, 5), (second, 11), (third, 23))
    assert releases.make(served, "NEW-2", MAY, by="test").planned == ((first, 3), (third, 7))


def test_trying_keeps_nothing(served: Workspace) -> None:
    tried = releases.make(served, STUDY, APRIL, by="test", keep=False)
    assert releases.released(served, None) == []
    assert releases.make(served, STUDY, APRIL, by="test").document() == tried.document()


def test_who_becomes_known_late_counts_in_the_next_release(served: Workspace) -> None:
    first = releases.make(served, STUDY, APRIL, by="test")
    rows = network.tables()
    late = [
        {**rows["referral"][0], "referral_id": 9_000 + one, "source_key": f"L{one}", "patient_key": f"00000000-0000-0000-0000-{one:012x}",
         "study_id": NUMBER, "performer_site_id": 1, "received_at": dt.datetime(2026, 1, 9, 15), "received_on": dt.date(2026, 1, 9), "void": False}
        for one in range(50_000, 50_030)
    ]  # fmt: skip
    put_load(served, {"referral": late})
    served.warehouse.publish()
    second = releases.make(served, STUDY, MAY, by="test")
    known = len(first.months)
    assert (second.said.cells[:, :, :known] == first.said.cells).all()
    assert (second.said.months[:, :known] == first.said.months).all()
    counts = [json.loads(one["counts"])["n"] for one in served.ledger.releases()]
    assert np.array(counts[1])[0, :, :known].tolist() == np.array(counts[0])[0].tolist()
    before = people(rows, dt.date(2026, 5, 31))
    may = sum(n for (stage, _, month), n in before.items() if stage == "identified" and month == MAY)
    assert np.array(counts[1])[0, :, known:].sum() == may + 30


def test_taking_a_load_back_takes_nothing_out_of_what_was_released(served: Workspace) -> None:
    rows = network.tables()
    releases.make(served, STUDY, APRIL, by="test")
    moved = [{**row, "void": True} for row in rows["referral"] if row["study_id"] == NUMBER]
    put_load(served, {"referral": moved})
    served.warehouse.publish()
    second = releases.make(served, STUDY, MAY, by="test")
    counts = [np.array(json.loads(one["counts"])["n"]) for one in served.ledger.releases()]
    assert (counts[1] >= 0).all()
    assert (counts[1][:, :, :-1] == counts[0]).all()
    # Those whose referral is gone and who stand in the log of another site are not counted there again.
    assert counts[1][0].sum() == counts[0][0].sum()
    assert second.study == STUDY


def test_exact_counts_of_the_consented_need_a_word_in_the_trail(served: Workspace) -> None:
    releases.make(served, STUDY, dt.date(2026, 3, 1), by="test")
    releases.allow_exact(served, STUDY, True, "contract 7, section 4", "admin")
    second = releases.make(served, STUDY, APRIL, by="test")
    assert second.said.exact[:, -1].tolist() == [False, True, True]
    assert not second.said.exact[:, :-1].any()
    counts = np.array(json.loads(served.ledger.releases()[1]["counts"])["n"])
    told = second.said.sites[1:]
    assert (told[told >= 0] == counts.sum(2)[1:][told >= 0]).all()


def test_a_file_that_was_altered_is_not_shown_and_a_lost_one_is_written_again(served: Workspace) -> None:
    release = releases.make(served, STUDY, MAY, by="test")
    (path,) = (served.root / "releases").iterdir()
    assert path.stat().st_mode & 0o777 == 0o444
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8").replace("<11", "9").replace('"target": 80', '"target": 90'), "utf-8")
    assert releases.released(served, None) == []
    assert releases.altered(served) == [path.name]
    assert any("releases" in one.what and not one.healthy for one in doctor.examine(served.root))
    path.unlink()
    (again,) = releases.released(served, None)
    assert again.document() == release.document()
    assert releases.altered(served) == []


def test_only_the_studies_of_the_reader_are_read(served: Workspace) -> None:
    releases.make(served, STUDY, MAY, by="test")
    assert releases.released(served, (1, 3)) == []
    assert [one.study for one in releases.released(served, (NUMBER,))] == [STUDY]
    assert [one.study for one in releases.released(served, None)] == [STUDY]


def test_the_file_names_no_patient_and_its_tables_hold_what_it_says(served: Workspace) -> None:
    release = releases.make(served, STUDY, MAY, by="test")
    text = release.document()
    assert "0000-0000" not in text  # the keys of the patients
    frame = tables.cells(release)
    assert len(frame) == len(releases.STAGES) * (len(release.sites) + 1) * (len(release.months) + 1)
    told: Any = frame[(frame["site"] == tables.ALL_SITES) & (frame["month"] == tables.ALL_MONTHS)]
    assert told["shown"].tolist() == tables.by_site(release).iloc[-1, 1:].tolist()
    assert releases.Release.of_document(text).document() == text


def test_the_command_line_releases_lists_and_shows(served: Workspace) -> None:
    run = CliRunner()
    folder = ["-w", str(served.root)]
    for words, told in (
        (["make", STUDY, "--month", "2026-05", "--try"], "can be released"),
        (["list"], "Nothing has been released"),
        (["make", STUDY, "--month", "2026-05"], "released;"),
        (["list"], "2026-05"),
        (["show", STUDY], "All sites"),
        (["show", STUDY, "--csv"], "enrolled,All sites,All months,"),
        (["show", STUDY, "--json"], '"study": "ONC-202"'),
        (["exact", STUDY, "--reason", "contract 7"], "exact counts"),
        (["exact", STUDY, "--reason", "contract 8", "--off"], "rounded counts"),
    ):
        answer = run.invoke(app, [*words, *folder])
        assert answer.exit_code == 0, answer.output
        assert told in answer.stdout, words
    assert isinstance(run.invoke(app, ["show", STUDY, "--month", "2026-01", *folder]).exception, UnknownName)
