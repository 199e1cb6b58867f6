"""The command line as scripts and people meet it; and no command without documentation."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
import typer
from conftest import put_load
from typer.testing import CliRunner

from pipelines.__main__ import app, main
from pipelines.commands.metrics import _fitting
from pipelines.errors import UnknownName
from pipelines.workspace import Workspace

LOG = "Date Received,Patient Name,DOB,Referring Provider,Referring Practice\n03/02/2026,Mary Poe,01/15/1961,Ann Lee MD,Elm Clinic\n"
DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG + "nonsense,Moe Poe,01/15/1961,Ann Lee MD,Elm Clinic\n", "utf-8")
    return path


def run(workspace: Workspace, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "-w", str(workspace.root)], catch_exceptions=True)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_ingest_says_in_json_what_became_of_every_row(workspace: Workspace, log: Path) -> None:
    code, said = run(workspace, "ingest", str(log), "--json")
    table = json.loads(said)[0]["tables"][0]
    assert code == 3  # done in part: one row was kept out
    assert (table["rows_in"], table["rows_loaded"], table["rows_rejected"], table["rows_duplicate"]) == (2, 1, 1, 0)
    assert table["findings"][0]["row"] == 3
    assert "value" not in table["findings"][0]


def test_loads_undo_and_metrics_agree_in_json(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log), "--json")
    loads = json.loads(run(workspace, "loads", "--json")[1])
    assert [load["status"] for load in loads] == ["active"]
    assert json.loads(run(workspace, "metrics", "show", "referral_volume", "--json")[1])["n"] == 1
    assert run(workspace, "undo", "1", "--json")[0] == 0
    assert json.loads(run(workspace, "metrics", "show", "referral_volume", "--json")[1])["n"] == 0


def test_quality_counts_rows_and_minds_what_is_said_of_a_feed(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log), "--json")
    told = json.loads(run(workspace, "quality", "--json")[1])
    month = told["months"][0]
    assert (month["rows_in"], month["rows_loaded"], month["rows_rejected"], month["rows_duplicate"]) == (2, 1, 1, 0)
    assert told["overdue"] == 0
    assert told["feeds"][0]["state"] == "not known yet"
    set_so = run(workspace, "quality", "--source", "referral_log", "--every", "7", "--check", "--json")
    assert (set_so[0], json.loads(set_so[1])["feeds"][0]["basis"]) == (0, "set")
    assert "Files, as of" in run(workspace, "quality")[1]
    assert run(workspace, "quality", "--csv", "missing")[1].count("referral_log") > 3
    with pytest.raises(UnknownName, match="ever loaded"):
        run(workspace, "quality", "--source", "appointments", "--silence")
    assert run(workspace, "quality", "--every", "7")[0] == 2


def test_quality_checked_by_a_script_fails_when_a_file_is_overdue(workspace: Workspace) -> None:
    for month in (1, 2, 3):
        put_load(workspace, {}, dt.datetime(2026, month, 1), source="appointments")
    assert run(workspace, "quality", "--check", "--json")[0] == 1
    assert run(workspace, "quality", "--source", "appointments", "--silence", "--check", "--json")[0] == 0
    assert run(workspace, "quality", "--source", "appointments", "--learn", "--check")[0] == 1


def test_a_dry_run_loads_nothing(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log), "--dry-run", "--json")
    assert json.loads(run(workspace, "loads", "--json")[1]) == []


def test_what_stands_in_no_column_is_asked_for_and_can_be_stated(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "project.csv"
    path.write_text("record_id,redcap_event_name,consent_date,screen_date\n1,base,2026-06-01,2026-06-02\n", "utf-8")
    table = json.loads(run(workspace, "ingest", str(path), "--json")[1])[0]["tables"][0]
    assert "looks like REDCap records" in table["problem"]
    assert "Study" in table["problem"]
    code, said = run(workspace, "ingest", str(path), "--constant", "study=GLOW-2", "--json")
    table = json.loads(said)[0]["tables"][0]
    assert (code, table["source"], table["rows_loaded"]) == (0, "redcap_records", 1)


def test_what_was_decided_about_a_file_is_said(workspace: Workspace, log: Path) -> None:
    said = " ".join(run(workspace, "ingest", str(log), "--dry-run")[1].split())
    assert "Cells are separated by commas." in said
    assert "Times are read as America/New_York" in said
    assert (
        "Cells are separated by commas."
        in json.loads(run(workspace, "ingest", str(log), "--json")[1])[0]["tables"][0]["notes"]
    )


def test_tables_of_a_narrow_terminal_keep_days_and_numbers_whole(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log), "--json")
    shown = run(workspace, "metrics", "show", "referral_volume", "--grain", "month")[1]
    assert "2026-03-01" in shown
    assert "category_id" not in shown
    assert re.search(r"\d{4}-\d\d-\d\d", run(workspace, "loads")[1])


def test_columns_without_room_are_named_instead_of_broken_into_letters() -> None:
    names, widths = ["category", "sites", "n", "value", "deadline"], [8, 5, 4, 6, 10]
    assert _fitting(names, widths, 200) == [0, 1, 2, 3, 4]
    assert _fitting(names, widths, 30) == [0, 2, 3]
    assert _fitting(names, widths, 5) == [0]


def test_columns_can_be_mapped_by_name(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Came,Sender,Whose\n2026-03-02,Ann Lee MD,Elm Clinic\n", "utf-8")
    words = ["ingest", str(path), "--source", "referral_log", "--column", "received=Came", "--column", "referrer=Sender",
             "--column", "practice=Whose", "--json"]  # fmt: skip
    code, said = run(workspace, *words)
    assert (code, json.loads(said)[0]["tables"][0]["rows_loaded"]) == (0, 1)


def test_rebuild_and_doctor_find_a_healthy_workspace(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log), "--json")
    before = workspace.warehouse.table_hashes()
    assert run(workspace, "rebuild", "--json")[0] == 0
    assert workspace.warehouse.table_hashes() == before
    code, said = run(workspace, "doctor", "--json")
    assert code == 0, said


def test_the_doctor_names_a_damaged_file(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log), "--json")
    stored = next(workspace.archive.folder.rglob("*.enc"))
    stored.write_bytes(stored.read_bytes()[:-5])
    code, said = run(workspace, "doctor", "--json")
    assert code == 1
    assert any("damaged" in found["what"] and not found["healthy"] for found in json.loads(said))


def test_a_mistake_is_one_sentence_on_stderr_and_exit_code_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["rapport", "metrics", "show", "nonsense", "-w", str(workspace.root)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_metric_is_asked_of_one_practice_named_as_the_filter_does(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log))
    names = [
        row["category"]
        for row in json.loads(run(workspace, "metrics", "show", "referral_volume", "--by", "practice", "--json")[1])[
            "rows"
        ]
    ]
    named = next(name for name in names if name != "Unattributed")
    asked = ("metrics", "show", "referral_volume", "--json")
    assert json.loads(run(workspace, *asked, "--practice", named.upper())[1])["n"] == 1
    with pytest.raises(UnknownName) as problem:
        run(workspace, *asked, "--practice", named[:4])
    assert named in problem.value.remedy


def test_a_period_that_ends_before_it_begins_is_refused(workspace: Workspace, log: Path) -> None:
    run(workspace, "ingest", str(log))
    with pytest.raises(UnknownName, match="before it begins"):
        run(workspace, "metrics", "show", "referral_volume", "--start", "2026-05-01", "--stop", "2026-04-01")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--column", "dob"), "FIELD=HEADER"),
        (("--value", "status:Nope=flying"), "flying is nothing that status can be"),
        (("--value", "patient:Nope=declined"), "patient has no words to explain"),
    ],
)
def test_a_correction_that_means_nothing_is_refused(
    workspace: Workspace, log: Path, words: tuple[str, str], said: str
) -> None:
    with pytest.raises(UnknownName, match=said):
        run(workspace, "ingest", str(log), "--dry-run", *words)


@pytest.mark.parametrize("words", [("ingest", "x.csv", "--date-order", "ymd"), ("serve", "--port", "99999")])
def test_an_option_that_cannot_be_is_a_wrong_call(workspace: Workspace, words: tuple[str, ...]) -> None:
    assert run(workspace, *words)[0] == 2


def test_a_folder_that_cannot_be_made_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("sys.argv", ["rapport", "templates", str(tmp_path / "file" / "within")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "Check the path" in " ".join(capsys.readouterr().err.split())


def test_every_command_option_and_setting_is_documented() -> None:
    text = DOCS.read_text("utf-8")
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for full, one in [
            (f"{name} {sub}", found) for sub, found in getattr(command, "commands", {name: command}).items()
        ]:
            shown = name if full == f"{name} {name}" else full
            assert f"`rapport {shown}" in text, shown
            for option in {option for parameter in one.params for option in parameter.opts if option.startswith("--")}:
                assert option in text or option in ("--help",), f"{shown} {option}"
    root_folder = Path(__file__).parents[2]
    folders = ("pipelines", "dashboard", "tests")
    code = "".join(path.read_text("utf-8") for folder in folders for path in (root_folder / folder).glob("**/*.py"))
    for setting in set(re.findall(r"RAPPORT_[A-Z_]+", code)):
        assert setting in text, setting


def test_make_targets_are_documented() -> None:
    makefile = (DOCS.parents[1] / "Makefile").read_text("utf-8")
    for target in re.findall(r"^([a-z]+):", makefile, re.MULTILINE):
        assert target == "setup" or f"`make {target}`" in DOCS.read_text("utf-8"), target


def test_a_grant_names_sites_as_the_filter_does_and_can_be_taken_back(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        LOG.replace("Referring Practice\n", "Referring Practice,Site\n").replace(
            "Elm Clinic\n", "Elm Clinic,Riverside\n"
        ),
        "utf-8",
    )
    run(workspace, "ingest", str(path), "--json")
    who = "https://id.example|u-17"
    given = json.loads(run(workspace, "grant", who, "--role", "liaison", "--site", "Riverside", "--json")[1])
    assert given["role"] == "liaison"
    assert len(given["sites"]) == 1
    assert given["studies"] is None
    kept = json.loads(workspace.ledger.setting(f"grant:{who}", ""))
    assert kept["sites"] == given["sites"]
    with pytest.raises(UnknownName, match="Nowhere"):
        run(workspace, "grant", who, "--site", "Nowhere")
    assert run(workspace, "grant", "nobody", "--role", "analyst")[0] == 2
    for unfit in (["--site", "Riverside"], []):  # releases are of whole studies, and no sponsor reads of every one
        assert run(workspace, "grant", who, "--role", "sponsor", *unfit)[0] == 2
    said = run(workspace, "grant", who, "--role", "liaison", "--site", "Riverside")[1]
    assert "liaison, 1 site (Riverside), all studies." in " ".join(said.split())
    said = run(workspace, "grant", who)[1]
    assert "manager, all sites, all studies." in " ".join(said.split())
    # As it is copied from the page, with the sign of no width that keeps the address from becoming a link.
    run(workspace, "grant", f" {who.replace('https:', 'https:' + chr(0x2060))} ", "--revoke", "--json")
    assert workspace.ledger.setting(f"grant:{who}", "") == "{}"


def test_a_header_found_by_its_words_is_not_said_to_be_chosen(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "ends.csv"
    row = '2026-02-0{0},A,1960-01-0{0},"Lee, Ann MD",Elm'
    path.write_bytes(
        f"Date Received,Patient Name,DOB,Referring Provider,Practice\r\n{row.format(1)}\n{row.format(2)}\r{row.format(3)}\r\n".encode()
    )
    table = json.loads(run(workspace, "ingest", str(path), "--json")[1])[0]["tables"][0]
    assert (table["rows_in"], table["rows_loaded"]) == (3, 3)
    assert not [note for note in table["notes"] if "as you chose" in note]
