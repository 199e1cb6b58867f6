"""A large network as canonical rows, made by one SQL text a table: what the benchmarks of metrics and pages ask.

Five events a referral; a third are research referrals, of which most are screened, some enrol and the rest leave for
some of thirty reasons. 60 sites, 40 studies, 1,500 practices of very unequal size, 6,000 practitioners, three years.
The same size gives the same rows.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from pipelines.model import TABLES, create_table_sql
from pipelines.workspace import Workspace, open_workspace
from tests.benchmarks import beside
from tests.benchmarks.chances import CAME, CHANCE, LAST, PATIENT, PLACE, WHO

ROWS = int(os.environ.get("RAPPORT_ROWS", "1000000"))
_LEFT = """case when chance(i, 'end') < 0.25 then 'declined' when chance(i, 'end') < 0.5 then 'screen_failed'
    when chance(i, 'end') < 0.62 then 'lost' end"""
_STEPS = "(1 + floor(5 * pow(chance(i, 'far'), 0.8)))::int"
ROWS_OF = {
    "site": "select i as site_id, 'S' || i as code, 'Site ' || i as name, 'NY' as state, 'America/New_York' as time_zone from range(64) t(i)",
    "research_study": """select i as study_id, 'ABC-' || i as code, 'Study ' || i as title,
        ['Cardiology', 'Oncology', 'Neurology', 'Endocrinology'][1 + i % 4] || case when i % 12 < 4 then '' else ' ' || i % 12 end as therapeutic_area,
        greatest($rows // 400, 200)::int as target_enrol, date '2027-06-30' as planned_lpi_on from range(40) t(i)""",
    "organization": "select i as organization_id, 'Practice ' || i as name, 'practice' as kind, 'NY' as state from range(1500) t(i)",
    "practitioner": """select i as practitioner_id, 'Doe' || i as family_name, 'Jo' as given_name, 'Specialty ' || i % 25 as specialty,
        ['207RC0000X', '207RH0003X', '2084N0400X', '207RE0101X', '207Q00000X'][1 + i % 5] as primary_taxonomy from range(6000) t(i)""",
    "practitioner_role": "select i as practitioner_id, i % 1500 as organization_id from range(6000) t(i)",
    "referral_source": """select i as source_id, 'practitioner' as kind, i as practitioner_id, i % 1500 as organization_id
        from range(6000) t(i)""",
    "referral": f"""select i as referral_id, 'R' || i as source_key, 'in' as direction, {PATIENT} as patient_key,
        case when chance(i, 'known') > 0.04 then who end as source_id, case when chance(i, 'known') > 0.04 then who end as requester_practitioner_id,
        case when chance(i, 'known') > 0.04 then who % 1500 end as requester_org_id, {PLACE} as performer_site_id,
        case when i % 3 = 0 then who * 3 % 40 end as study_id, case when i % 3 = 0 then 'research' else 'clinical' end as intent,
        ['fax', 'phone', 'portal', 'email', 'ehr'][1 + floor(chance(i, 'channel') * 5)::int] as channel, 'routine' as priority,
        came::timestamp + interval 15 hour as received_at, came as received_on, chance(i, 'void') < 0.01 as void
        from (select i, {WHO} as who, {CAME} as came from range($rows) t(i))""",
    "referral_event": f"""select i as referral_id, n as seq, ['acknowledged', 'contact_made', 'scheduled', 'kept', 'report_sent'][n] as code,
        moment as occurred_at, moment::date as occurred_on
        from (select i, n, ({CAME})::timestamp + interval 16 hour + to_hours((n * n * 20 * chance(i, 'pace'))::int) as moment
              from range($rows) t(i), range(1, 6) e(n) where n <= 2 + floor(4 * chance(i, 'steps'))) where moment < {LAST}""",
    "research_subject": f"""select i as subject_id, who * 3 % 40 as study_id, {PLACE} as site_id, i as referral_id,
        {PATIENT} as patient_key from (select i, {WHO} as who from range($rows) t(i)) where i % 3 = 0 and chance(i, 'screened') < 0.8""",
    "subject_event": f"""with happened as (
            select i, n, moment from (
                select i, n, ({CAME})::timestamp + interval 18 hour + to_hours((n * 24 * (2 + 14 * chance(i, 'speed')))::int) as moment
                from range($rows) t(i), range(1, 6) e(n) where i % 3 = 0 and chance(i, 'screened') < 0.8 and n <= {_STEPS})
            where moment < {LAST})
        select i as subject_id, ['prescreen_pass', 'consented', 'screened', 'eligible', 'randomized'][n] as code, null as reason_code,
            1 as attempt, moment as occurred_at, moment::date as occurred_on from happened
        union all
        select i, {_LEFT}, 'reason ' || floor(30 * pow(chance(i, 'why'), 2))::int, 1, max(moment) + interval 3 day, max(moment)::date + 3
        from happened group by i having {_LEFT} is not null and max(n) < 5 and max(moment)::date + 3 < {LAST}""",
    "touch": f"""select i as touch_id, i % 1500 as organization_id, i % 60 as site_id, 'Liaison ' || i % 9 as liaison, 'visit' as channel,
        'positive' as outcome, ({CAME})::timestamp + interval 15 hour as occurred_at, {CAME} as occurred_on from range(40000) t(i)""",
    "survey": "select i as survey_id, 'Survey ' || i as name from range(3) t(i)",
    "survey_invite": f"""select i as invite_id, i % 3 as survey_id, i % 1500 as organization_id, i % 60 as site_id, {CAME} - 10 as sent_on,
        chance(i, 'lost') > 0.04 as delivered from range(20000) t(i)""",
    "survey_response": f"""select i as response_id, i % 3 as survey_id, i as invite_id, i % 1500 as organization_id, i % 60 as site_id,
        ({CAME})::timestamp + interval 15 hour as completed_at, {CAME} as completed_on, i % 5 = 0 as anonymous
        from range(20000) t(i) where chance(i, 'answers') < 0.6""",
    "survey_answer": """select i as response_id, 'nps' as item_code, 'Would you recommend us?' as item_label, 'nps' as kind, 10 as scale_max,
            floor(11 * pow(chance(i, 'nps'), 0.4)) as value_num, null as value_text from range(20000) t(i) where chance(i, 'answers') < 0.6
        union all
        select i, 'q' || q, 'How good was part ' || q || '?', 'rating', 5, 1 + floor(5 * pow(chance(i * 9 + q, 'rate'), 0.5)), null
        from range(20000) t(i), range(1, 5) a(q) where chance(i, 'answers') < 0.6
        union all
        select i, 'comment', 'Anything else?', 'comment', null, null, 'Words of number ' || i
        from range(20000) t(i) where chance(i, 'answers') < 0.6 and chance(i, 'words') < 0.3""",
}  # fmt: skip


def made(folder: Path, rows: int = ROWS) -> Workspace:
    """The workspace in ``folder`` with a network of ``rows`` referrals published; made if it is not there yet."""
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    workspace = open_workspace(folder / "workspace")
    if not workspace.ledger.loads():
        _record(workspace, rows)
    workspace.warehouse.publish()
    return workspace


def _record(workspace: Workspace, rows: int) -> None:
    """One load, as a mapped file would leave it."""
    whole = ROWS_OF | beside.ROWS_OF
    counts = {"rows_in": rows, "rows_loaded": rows, "rows_rejected": 0, "rows_duplicate": 0}
    load_id = workspace.ledger.begin_load(file_id="0" * 64, part="", file_name="network.csv", source="referral_log", system="log",
                                          by="bench", counts=counts, detail={})  # fmt: skip
    target = workspace.record / str(load_id)
    target.mkdir(parents=True)
    with duckdb.connect(config={"memory_limit": "1GB", "threads": 2}) as con:
        con.execute(CHANCE)
        for table in TABLES:
            if table.name in whole:
                con.execute(create_table_sql(table, "made").replace("create table", "create or replace table", 1))
                con.execute(
                    f"""insert into made by name select *, 'bench' as source_system, repeat('0', 64) as source_file_id,
                    row_number() over () + 1 as source_row, 0 as row_hash, {LAST}::timestamp as ingested_at from ({whole[table.name]})""",
                    {"rows": rows} if "$rows" in whole[table.name] else {},
                )
                con.execute(f"copy made to '{target / f'{table.name}.parquet'}' (format parquet)")
    workspace.ledger.activate(load_id, "bench")
