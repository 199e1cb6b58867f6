"""What may be said of two patients who may be one, without saying who they are.

No name, birth date, record number, ZIP code, telephone or e-mail is known here: only in which of them the keyed hashes
agree. Dates are told as years and places by their number, as the Safe Harbor rule of HIPAA asks
(45 CFR 164.514(b)(2)); the hashes themselves are not shown, and a patient's number means nothing outside this workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.identity.told import AGREES, DIFFERS, NEARLY, SILENT, Line

if TYPE_CHECKING:
    from pipelines.warehouse import Reader

REASONS = {
    "numbers": "One system knows them by two record numbers: perhaps it has the patient twice.",
    "zeros": "Their record numbers differ only by zeros before them, and the rest differs: one number may be mistyped.",
    "siblings": "Family name and birth date agree and the given name does not: one patient, or twins.",
    "birth": "The name agrees and the birth date only in part: perhaps it was mistyped.",
}
FACTS = ("Known by", "Systems", "Sites", "Years", "Visits and subjects")
# By column of ``patient_pair``: what is compared, and how each level of likeness reads.
_LEVELS = {
    "birth": ("Date of birth", ("differs", "agrees in its year, or in its day and month", "agrees")),
    "family": ("Family name", ("differs", "sounds alike", "agrees in one of its words", "agrees")),
    "given": ("Given name", ("differs", "", "one is a short form of the other", "agrees")),
    "middle": ("Second given name", ("begins with another letter", "begins alike")),
    "sex": ("Sex", ("differs", "agrees")),
    "zip": ("ZIP code", ("differs", "agrees")),
    "phone": ("Telephone", ("differs", "agrees")),
    "email": ("E-mail", ("differs", "agrees")),
    "number": ("Record number", ("two numbers of one system", "agrees but for zeros before it")),
}


def lines(reader: Reader, left_id: int, right_id: int) -> list[Line]:
    """What the two patients' most alike mentions agree and differ in, line by line."""
    found = reader.all(_PAIR, {"left": left_id, "right": right_id})
    swapped, sites, *levels = found[0] if found else (False, None, *(None for _ in _LEVELS))
    told = []
    for level, (what, words) in zip(levels, _LEVELS.values(), strict=True):
        told.append(_line(what, level, words, hidden=what not in ("Date of birth", "Record number") and levels[0] != 2))
        if swapped and what in ("Family name", "Given name"):
            told[-1] = Line(what, "stands in the other's place", "", NEARLY)
    return [*told, Line("Sites", *_SITES[sites])]


def _line(what: str, level: int | None, words: tuple[str, ...], *, hidden: bool) -> Line:
    """``hidden``: hashed with the birth date, so that it cannot be compared where that differs."""
    if level is None:
        return Line(what, "cannot be compared" if hidden else "one is silent", "", SILENT)
    return Line(what, words[level], "", DIFFERS if not level else AGREES if level == len(words) - 1 else NEARLY)


_SITES = {
    None: ("one has none", "", SILENT),
    True: ("seen at a site that both share", "", AGREES),
    False: ("seen at different sites", "", DIFFERS),
}
ROOT = "select root from patient_person where id = $id"
ROOTS = "select id, root from patient_person where list_contains($ids::bigint[], id)"
NAMES = "select id, 'Patient ' || id from patient_person where list_contains($ids::bigint[], id)"
# Every fact that names a patient.
_SEEN = """select patient_key, 'referral' as what, source_system, source_file_id, performer_site_id as site_id, coalesce(received_on, authored_on) as seen_on from referral
    union all select patient_key, 'visit', source_system, source_file_id, site_id, start_on from appointment
    union all select patient_key, 'subject', source_system, source_file_id, site_id, null::date from research_subject"""
_OF = "where patient_key in (select patient_key from patient_person where root = {root})"
_SITES_OF = f"select coalesce(a.to_id, s.site_id) from ({_SEEN}) s left join site_alias a on a.id = s.site_id {_OF} and s.site_id is not null"
_PAIR = f"""with sites as (
        select (select count(*) from ({_SITES_OF.format(root="$left")})) as ours, (select count(*) from ({_SITES_OF.format(root="$right")})) as theirs,
            (select count(*) from ({_SITES_OF.format(root="$left")} intersect {_SITES_OF.format(root="$right")})) as shared)
    select p.swapped, case when ours > 0 and theirs > 0 then shared > 0 end, {", ".join(f"p.{name}" for name in _LEVELS)}
    from sites cross join patient_pair p
    join patient_person a on a.id = p.one_id join patient_person b on b.id = p.other_id
    where least(a.root, b.root) = least($left, $right) and greatest(a.root, b.root) = greatest($left, $right)
    order by p.score desc, p.one_id desc, p.other_id desc limit 1"""
QUEUE = """with sent as (select p.root as id, count(*)::bigint as referrals from referral r join patient_person p using (patient_key)
        where p.root in (select left_id from patient_review union all select right_id from patient_review) group by p.root)
    select 'patient', r.left_id, r.right_id, 'Patient ' || r.left_id, 'Patient ' || r.right_id, coalesce(l.referrals, 0) + coalesce(o.referrals, 0) as referrals,
        r.score, r.reason
    from patient_review r left join sent l on l.id = r.left_id left join sent o on o.id = r.right_id
    order by referrals desc, r.score desc, r.left_id, r.right_id limit $most"""
JOINED = """select root from patient_person where patient_key in (select patient_key from referral union all select patient_key from appointment
        union all select patient_key from research_subject)
    group by root having count(*) > 1 and ($search = '' or contains('patient ' || root, $search)) order by count(*) desc, root limit $most"""
# A key without facts (a registry's reference, a number without its zeros) is shown only where its patient has no other.
RECORDS = f"""with mine as (select id, patient_key from patient_person where root = $root),
    seen as (select * from ({_SEEN}) {_OF.format(root="$root")}),
    told as (
        select patient_key, list_sort(list(distinct source_system)) as systems, count(distinct source_file_id) as files, count(distinct site_id) as sites,
            count(*) filter (what = 'referral') as referrals, count(*) filter (what = 'visit') as visits, count(*) filter (what = 'subject') as subjects,
            min(year(seen_on)) as first_year, max(year(seen_on)) as last_year from seen group by 1),
    known as (select patient_key, max(numbered_by) as numbered_by, list_sort(list(distinct source_system)) as systems from patient_trait
        where patient_key in (select patient_key from mine) group by 1)
    select m.id, 'Patient ' || m.id, array_to_string(coalesce(t.systems, k.systems, ['no file']), ', '), coalesce(t.files, 0), coalesce(t.referrals, 0)::bigint,
        [case when k.numbered_by is not null then 'record number (' || k.numbered_by || ')' when k.patient_key is not null then 'name and birth date'
            else 'record number or reference' end],
        coalesce(t.systems, k.systems), [case t.sites when 0 then null when 1 then 'one site' else t.sites || ' sites' end],
        [case when t.first_year is null then null when t.first_year = t.last_year then t.first_year::varchar else t.first_year || ' to ' || t.last_year end],
        [nullif(concat_ws(', ', case when t.visits > 0 then t.visits || ' booked' end, case when t.subjects > 0 then t.subjects || ' in studies' end), '')]
    from mine m left join told t using (patient_key) left join known k using (patient_key)
    order by m.id = $root desc, coalesce(t.referrals, 0) desc, m.id"""
