"""Records as XML: what services write as one element after the other, and XML that is no list of anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import ingest
from pipelines.errors import FileRefused
from pipelines.ingest import Inspection
from pipelines.workspace import Workspace, open_workspace

REDCAP = """<?xml version="1.0" encoding="UTF-8" ?>
<records>
<item><record_id>1</record_id><study>HEART-1</study><redcap_event_name>scr</redcap_event_name><consent_date>2026-03-01</consent_date><screening_date><![CDATA[2026-03-05]]></screening_date></item>
<item><record_id>2</record_id><study>HEART-1</study><redcap_event_name>scr</redcap_event_name><consent_date>2026-03-02</consent_date><screening_date></screening_date></item>
</records>"""
LISTED = """<?xml version="1.0"?><records>
<item><record>1</record><field_name>study</field_name><value>HEART-1</value></item>
<item><record>1</record><field_name>consent_date</field_name><value>2026-03-01</value></item></records>"""
REFERRALS = """<?xml version="1.0"?><Export date="2026-04-01"><Referrals>
<Referral id="R1"><ReferralDate>2026-03-01</ReferralDate><Patient><LastName>Doe</LastName></Patient><ReferringProvider>Smith, Ann MD</ReferringProvider><Status>Scheduled</Status></Referral>
<Referral id="R2"><ReferralDate>2026-03-02</ReferralDate><Patient><LastName>Roe</LastName></Patient><ReferringProvider>Lee, Bo MD</ReferringProvider><Status>Received</Status></Referral>
</Referrals></Export>"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return open_workspace(tmp_path / "workspace")


def inspected(workspace: Workspace, text: str) -> Inspection:
    return ingest.inspect(workspace, ingest.receive(workspace, "records.xml", text.encode()))


@pytest.mark.parametrize(("text", "source", "count"), [(REDCAP, "redcap_records", 2), (LISTED, "redcap_records", 1), (REFERRALS, "referral_log", 2)],
                         ids=["flat", "a value a line", "within another"])  # fmt: skip
def test_records_as_xml_are_a_table(workspace: Workspace, text: str, source: str, count: int) -> None:
    found = inspected(workspace, text)
    assert (found.source, found.counts["rows_loaded"], found.problem) == (source, count, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<?xml version="1.0"?><config><server port="80"/><name>x</name><db><user>u</user></db></config>', "not a table"),
        (REDCAP[:300], "damaged or was cut off"),
        (REDCAP.replace("<records>", '<!DOCTYPE r [<!ENTITY a "aaaa">]><records>'), "a document type"),
        ('<?xml version="1.0"?><r><i>' + "<a>" * 5000 + "</a>" * 5000 + "</i></r>", "longer or deeper"),
        ('<?xml version="1.0"?><r><i><a>1</a><b>' + "x" * 5_000_000 + "</b></i></r>", "longer or deeper"),
    ],
    ids=["settings", "cut-off", "entities", "deep", "long"],
)  # fmt: skip
def test_other_xml_is_refused_with_its_reason(workspace: Workspace, text: str, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        inspected(workspace, text)
