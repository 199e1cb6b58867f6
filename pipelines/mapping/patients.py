"""``made_patient_trait``: by what the file's patients can be compared with others, as keyed hashes (see ``likeness``).

Made of each mention of a patient once, however many rows name them, and only of columns that the file has: a file
with nothing but record numbers costs a look at their zeros.
"""

from __future__ import annotations

from pipelines.identity import likeness
from pipelines.mapping.typed import MENTIONED, NAMED, PLACED, born_sql, first_pass_sql, today, whose_sql
from pipelines.mapping.work import Work

TABLE = "patient_trait"
_TELLING = {"patient", "patient_last", "born", "patient_phone", "patient_email"}  # one of them, or a number with zeros


def make_traits(work: Work) -> bool:
    """Make ``made_patient_trait``; returns whether the file may have anything to compare its patients by."""
    given = {declared.name for declared in work.given}
    if "mrn" not in {declared.name for declared in work.source.fields} or not given & {"mrn", *_TELLING}:
        return False
    likeness.prepare(work.con)
    work.run(_stated_sql(work, given), today(work))
    if not work.run("select 1 from stated limit 1"):
        return False
    likeness.hash_stated(work.con)
    return True


def _stated_sql(work: Work, given: set[str]) -> str:
    """``stated``: every way in which the file writes a patient, once, with the row that does so first."""
    text = {name: name if name in given else "null::varchar" for name in ("mrn", *NAMED, *PLACED)}
    sex = "sex" if "sex" in given and work.source.field("sex").kind == "enum" else "null::varchar"
    whose = whose_sql(work)
    odd = "false" if work.source.own_patients else "bare_number(mrn) <> upper(trim(mrn))"  # a reference is no number
    some = "" if given & _TELLING else f"where {odd}"
    bare = f"case when {odd} then patient_key({whose}, bare_number(mrn), null, null, null) end"
    return f"""create or replace temp table stated as
        with once as (select min(row) as row, patient_key from parsed where patient_key is not null group by patient_key, mention_hash),
        mention as (
            select patient_key, {text["mrn"]} as mrn, {text["patient_last"]} as last, {text["patient_first"]} as first, {text["patient"]} as whole,
                {born_sql(work)} as born, {sex} as sex, {text["patient_zip"]} as zip, {text["patient_phone"]} as phone, {text["patient_email"]} as email,
                row
            from ({first_pass_sql(work, MENTIONED)}) f join once using (row) {some}
        ),
        read as (
            select * exclude (last, first, whole, zip, phone, email, mrn), case when nullif(trim(mrn), '') is not null then {whose} end as numbered_by, {bare} as bare_key,
                coalesce(last, case when contains(whole, ',') then split_part(whole, ',', 1) else whole end) as family_text,
                last is null and whole is not null and not contains(whole, ',') as forward,
                coalesce(first, case when contains(whole, ',') then split_part(whole, ',', 2) else whole end) as given_text,
                first is null and whole is not null and not contains(whole, ',') as forward_given,
                zip5(zip) as zip, dialled(phone) as phone, case when contains(email, '@') then lower(trim(email)) end as email
            from mention
        )
        select * replace (case when born >= date '1905-01-01' then born end as born, nullif(sex, 'unknown') as sex) from read"""
