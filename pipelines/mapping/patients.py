"""``made_patient_trait``: by what the file's patients can be compared with others, as keyed hashes (see ``likeness``).

Made of each mention of a patient once, however many rows name them, and only of columns that the file has: a file
with nothing but record numbers costs a look at their zeros.
"""

from __future__ import annotations

from pipelines.identity import likeness, traits
from pipelines.mapping.typed import born_sql, today, whose_sql
from pipelines.mapping.work import Work
from pipelines.reference import load_nicknames

TABLE = "patient_trait"
_NAMED = ("patient", "patient_last", "patient_first")
_TELLING = ("patient", "patient_last", "born", "patient_phone", "patient_email")  # one of them, or a number written oddly


def make_traits(work: Work) -> bool:
    """Make ``made_patient_trait``; returns whether the file has anything to compare its patients by."""
    given = {declared.name for declared in work.given}
    if "mrn" not in {declared.name for declared in work.source.fields} or not given & {"mrn", *_TELLING}:
        return False
    for macro in (*traits.MACROS, *likeness.MACROS):
        work.run(macro)
    load_nicknames(work.con)
    work.run(_stated_sql(work, given), today(work))
    for sql in (_FAMILIES, _GIVEN, _BIRTHS, *(_SECRETS.format(what=what, sql=sql) for what, sql in _PLACES.items())):
        work.run(sql)
    work.run(_TRAITS)
    return bool(work.run("select 1 from made_patient_trait limit 1"))


def _stated_sql(work: Work, given: set[str]) -> str:
    """``stated``: every way in which the file states a patient, once, with the row that does so first."""
    text = {name: name if name in given else "null::varchar" for name in ("mrn", *_NAMED, "patient_zip", "patient_phone", "patient_email")}
    sex = "sex" if "sex" in given and work.source.field("sex").kind == "enum" else "null::varchar"
    whose = whose_sql(work)
    odd = "false" if work.source.own_patients else "bare_number(mrn) <> upper(trim(mrn))"  # a reference is no number
    some = "" if given & set(_TELLING) else f"where {odd}"
    bare = f"case when {odd} then patient_key({whose}, bare_number(mrn), null, null, null) end"
    return f"""create or replace temp table stated as
        with mention as (
            select patient_key, {text["mrn"]} as mrn, {text["patient_last"]} as last, {text["patient_first"]} as first, {text["patient"]} as whole,
                {born_sql(work)} as born, {sex} as sex, {text["patient_zip"]} as zip, {text["patient_phone"]} as phone, {text["patient_email"]} as email,
                min(row) as row
            from ({work.first_pass}) f join (select row, patient_key from parsed where patient_key is not null) p using (row) {some} group by all
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


# A name in one column without a comma is written forward: its last true word is the family name.
_FAMILIES = """create or replace temp table family_told as
    with word as (
        select family_text, forward, true_words(name_words(family_text)) as words
        from (select distinct family_text, forward from stated where norm_text(family_text) is not null)
    ),
    told as (
        select family_text, forward, case when forward then words[-1] else array_to_string(words, '') end as family,
            case when not forward and len(words) > 1 then core_words(words) end as parts from word
    )
    select family_text, forward, somebody(family) as family, parts, sound_of(family) as sound from told"""

_GIVEN = """create or replace temp table given_told as
    with word as (
        select given_text, forward_given, true_words(name_words(given_text)) as words
        from (select distinct given_text, forward_given from stated where norm_text(given_text) is not null)
    ),
    told as (
        select given_text, forward_given, words[1] as given, case when len(words) > 1 + forward_given::int then left(words[2], 1) end as middle
        from word where len(words) > forward_given::int
    )
    select given_text, forward_given, case when length(given) > 1 then somebody(given) end as given, n.formals, middle
    from told left join nickname n on n.short = given"""

_BIRTHS = """create or replace temp table birth_told as
    select born, likeness_key('born|' || born) as secret, likeness_key('year|' || year(born)) as year_secret,
        likeness_key('day|' || strftime(born, '%m-%d')) as day_secret
    from (select distinct born from stated where born is not null)"""

_PLACES = {"zip": "zip", "phone": "phone", "email": "email"}
_SECRETS = """create or replace temp table {what}_told as
    select {sql}, likeness_key('{what}|' || {sql}) as secret from (select distinct {sql} from stated where {sql} is not null)"""

_TRAITS = """create or replace temp table made_patient_trait as
    with part as (
        select s.row, s.patient_key, s.numbered_by, s.bare_key, b.secret, f.family, f.parts, f.sound, g.given, g.formals, g.middle, s.sex, s.zip, s.phone, s.email,
            b.year_secret, b.day_secret, z.secret as zip_secret, p.secret as phone_secret, e.secret as email_secret,
            least(f.family, g.given) || '|' || greatest(f.family, g.given) as name -- in whichever order they were written
        from stated s
        left join birth_told b using (born)
        left join family_told f on f.family_text = s.family_text and f.forward = s.forward
        left join given_told g on g.given_text = s.given_text and g.forward_given = s.forward_given
        left join zip_told z using (zip) left join phone_told p using (phone) left join email_told e using (email)
    ),
    hashed as (
        select row, patient_key, numbered_by, bare_key, likeness(secret, 'birth') as birth,
            likeness(secret, 'name|' || family) as family, list_transform(parts, lambda w: likeness(secret, 'name|' || w)) as family_parts,
            likeness(secret, 'sound|' || sound) as sound, likeness(secret, 'name|' || given) as given,
            list_transform(formals, lambda w: likeness(secret, 'name|' || w)) as formal, likeness(secret, 'middle|' || middle) as middle,
            likeness(secret, 'sex|' || sex) as sex, likeness(secret, 'zip|' || zip) as zip, likeness(secret, 'phone|' || phone) as phone,
            likeness(secret, 'email|' || email) as email, likeness(year_secret, name) as name_year, likeness(day_secret, name) as name_day,
            likeness(zip_secret, name) as name_zip, likeness(phone_secret, name) as name_phone, likeness(email_secret, name) as name_email
        from part
    ),
    told as (
        select *, key64(concat_ws('|', numbered_by, bare_key, birth, family, family_parts, given, middle, sex, zip, phone, email, name_zip, name_phone, name_email)) as trait_id
        from hashed where coalesce(family, given, name_year, name_zip, name_phone, name_email, zip, phone, email) is not null or bare_key is not null
    )
    select * from told qualify row_number() over (partition by patient_key, trait_id order by row) = 1"""
