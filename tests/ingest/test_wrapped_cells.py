"""Cells that are a formula of one text, written so that a spreadsheet keeps their zeros."""

from __future__ import annotations

from pathlib import Path

from pipelines import ingest
from pipelines.workspace import Workspace

_TEXT = '''"Referral #","Date Received","MRN","Referring Provider","Status"
"=""00017""","2026-03-14","=""000123""","Smith, John","Open"
"=""00018""","2026-03-15","=""000124""","Lee, Anna","Open"
'''


def test_a_number_wrapped_as_a_formula_keeps_its_zeros(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "referrals.csv"
    path.write_text(_TEXT)
    ingest.ingest_files(workspace, [path])
    with workspace.warehouse.read() as reader:
        assert reader.all("select source_key from referral order by 1") == [("00017",), ("00018",)]
