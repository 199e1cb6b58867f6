-- What of a practitioner can be compared; one row per id in `fresh`. Names are judged once per spelling.
with mine as (
    select * from practitioner where practitioner_id in (select id from fresh)
),
family_told as (
    select family_name, array_to_string(word, '') as family, core_words(word) as core, suffix
    from (select family_name, true_words(name_words(family_name)) as word, suffix_of(name_words(family_name)) as suffix
          from (select distinct family_name from mine where norm_text(family_name) is not null))
),
family_heard as (select *, skeleton(family) as heard, is_common(family) as common from family_told),
given_word as (
    select given_name, true_words(name_words(given_name)) as word, suffix_of(name_words('x ' || given_name)) as suffix
    from (select distinct given_name from mine where norm_text(given_name) is not null)
),
-- Every formal name that a written one may be short for; the written one is among them.
formal as (
    select given_name, list_sort(list_distinct(list(written) || flatten(list(coalesce(formals, []))))) as roots
    from (select given_name, unnest(list_filter(word, lambda w: length(w) > 1)) as written from given_word) w
    left join nickname on nickname.short = w.written
    group by given_name
),
given_told as (
    select g.given_name, array_to_string(word, '') as given, word[1] as first, list_filter(word, lambda w: length(w) > 1) as spelled,
        coalesce(roots, []) as roots, left(word[1], 1) as initial, left(word[2], 1) as middle, suffix
    from given_word g left join formal using (given_name)
),
place as (
    select r.practitioner_id as id, a.to_id as organization_id, dialled(r.phone) as phone, dialled(r.fax) as fax,
        o.zip, o.phone as phone_2, o.fax as fax_2, o.street || '|' || o.zip as street,
        c.zip as zip_2, c.phone as phone_3, c.fax as fax_3, c.street || '|' || c.zip as street_2
    from practitioner_role r
    join organization_alias a on a.id = r.organization_id
    left join organization_trait o on o.id = r.organization_id
    left join organization_trait c on c.id = a.to_id
    where r.practitioner_id in (select id from fresh)
),
placed as (
    select id, list_sort(list(distinct organization_id)) as organizations,
        list_sort(list_distinct(list_filter(list(phone) || list(fax) || list(phone_2) || list(fax_2) || list(phone_3) || list(fax_3), lambda v: v is not null))) as numbers,
        list_sort(list_distinct(list_filter(list(zip) || list(zip_2), lambda v: v is not null))) as zips,
        list_sort(list_distinct(list_filter(list(street) || list(street_2), lambda v: v is not null))) as streets
    from place group by id
)
select m.practitioner_id as id, m.npi, f.family, coalesce(f.core, []) as core, f.heard, coalesce(f.common, false) as common, g.given, g.first,
    coalesce(g.spelled, []) as spelled, coalesce(g.roots, []) as roots, g.initial,
    coalesce(g.middle, left(norm_text(m.middle_name), 1)) as middle, coalesce(f.suffix, g.suffix, suffix_of(['', norm_text(m.name_suffix)])) as suffix,
    calling(m.credential, m.primary_taxonomy, m.specialty) as calling, field_of(m.specialty) as field,
    coalesce(p.organizations, []) as organizations, coalesce(p.numbers, []) as numbers, coalesce(p.zips, []) as zips,
    list_distinct(list_transform(coalesce(p.zips, []), lambda v: left(v, 3))) as areas, coalesce(p.streets, []) as streets,
    case when m.npi is not null then 0 when len(coalesce(g.spelled, [])) > 0 then 1 else 2 end as tier,
    (f.family is not null)::int * 128 + (m.npi is not null and m.practitioner_id = key64('npi|' || m.npi))::int * 64 + (m.npi is not null)::int * 32
        + (len(coalesce(g.spelled, [])) > 0)::int * 8 + (g.middle is not null)::int * 4 + (m.credential is not null)::int * 2
        + (m.specialty is not null)::int as weight
from mine m
left join family_heard f using (family_name)
left join given_told g using (given_name)
left join placed p on p.id = m.practitioner_id
