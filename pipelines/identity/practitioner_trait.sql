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
-- Where a file puts someone: at a practice, or, where it names none, by a number or ZIP code of their own.
stated as (
    select practitioner_id as id, organization_id, dialled(phone) as phone, dialled(fax) as fax, null as zip
    from practitioner_role where practitioner_id in (select id from fresh)
    union all
    select practitioner_id, null, dialled(phone), dialled(fax), zip5(postal_code) from mine where coalesce(phone, fax, postal_code) is not null
),
-- A name of a practice without its ZIP code is that of several: which one is meant, a number beside it knows better.
found as (
    select s.*, a.to_id, o.zip is null and coalesce(p.zip, f.zip) is not null as by_number,
        o.zip is null and coalesce(s.phone, s.fax) is not null and coalesce(c.phone, c.fax) is not null
            and not coalesce(s.phone in (c.phone, c.fax), false) and not coalesce(s.fax in (c.phone, c.fax), false) as elsewhere,
        o.zip is null and coalesce(s.phone, s.fax) is not null as called, len(n.roots) > 1 as several, n.roots as named_roots, n.zip as named_zip,
        coalesce(p.zip, f.zip) as number_zip, coalesce(p.roots, []) || coalesce(f.roots, []) as number_roots,
        coalesce(p.streets, []) || coalesce(f.streets, []) as number_streets,
        o.zip as zip_2, o.phone as phone_2, o.fax as fax_2, o.street || '|' || o.zip as street,
        c.zip as zip_3, c.phone as phone_3, c.fax as fax_3, c.street || '|' || c.zip as street_2
    from stated s
    left join organization_alias a on a.id = s.organization_id
    left join organization_trait o on o.id = s.organization_id
    left join organization_trait c on c.id = a.to_id
    left join name_place n on n.id = s.organization_id
    left join number_place p on p.number = s.phone
    left join number_place f on f.number = s.fax
),
place as (
    select id, unnest(case when by_number then number_roots when several then named_roots when elsewhere then [] else [to_id] end) as organization_id,
        null as number, null as zip, null as street from found
    union all
    select id, null, unnest([phone, fax] || case when called or several then [] else [phone_2, fax_2, phone_3, fax_3] end), null, null from found
    union all
    select id, null, null, unnest([zip] || case when by_number then [number_zip] when several then [named_zip] when elsewhere then [] else [zip_2, zip_3] end), null from found
    union all
    select id, null, null, null, unnest(case when by_number then number_streets when several or elsewhere then [] else [street, street_2] end) from found
),
placed as (
    select id, list_sort(coalesce(list(distinct organization_id) filter (organization_id is not null), [])) as organizations,
        list_sort(coalesce(list(distinct number) filter (number is not null), [])) as numbers,
        list_sort(coalesce(list(distinct zip) filter (zip is not null), [])) as zips,
        list_sort(coalesce(list(distinct street) filter (street is not null), [])) as streets
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
