-- Every name a practice was given, and the practice it means. A name joins another only when the two agree on
-- more than their wording: a ZIP code or a telephone number, or the wording is the same and nothing contradicts.
with named as (
    select organization_id, merged_into, npi, norm_org(name) as words, zip5(postal_code) as zip,
        nullif(digits(phone), '') as phone, nullif(digits(fax), '') as fax,
        (npi is not null)::int * 4 + (postal_code is not null)::int * 2 + (address_line is not null)::int as weight
    from organization
),
-- Same words: to the one with the most known of it, unless two different ZIP codes compete for a bare name.
by_words as (
    select bare.organization_id, arg_max(full_row.organization_id, (full_row.weight, full_row.organization_id)) as to_id
    from named bare
    join named full_row on full_row.words = bare.words and full_row.zip is not null
    where bare.zip is null and bare.merged_into is null
    group by bare.organization_id
    having count(distinct full_row.zip) = 1
),
-- One slip of the pen away from exactly one known practice, in a name long enough for that to be no coincidence
-- (digits must agree: Clinic 1 is not Clinic 2). Half of the name is intact, so halves find the candidates.
slips as (
    select bare.organization_id, full_row.organization_id as to_id
    from (select *, left(words, 8) as half, 1 as side from named union all select *, right(words, 8), 2 from named) bare
    join (select *, left(words, 8) as half, 1 as side from named union all select *, right(words, 8), 2 from named) full_row
        using (half, side)
    where bare.zip is null and full_row.zip is not null and bare.merged_into is null and length(bare.words) >= 12
      and bare.words <> full_row.words and abs(length(bare.words) - length(full_row.words)) <= 1
      and damerau_levenshtein(bare.words, full_row.words) = 1
      and digits(bare.words) is not distinct from digits(full_row.words)
),
by_slip as (
    select organization_id, min(to_id) as to_id from slips
    group by organization_id
    having count(distinct to_id) = 1
),
-- Nearly the same words in the same ZIP code or under the same number, and no two different NPIs.
near as (
    select a.organization_id, b.organization_id as to_id, b.weight
    from named a
    join named b on b.zip = a.zip and b.organization_id <> a.organization_id
    where a.merged_into is null and a.zip is not null
      and (b.weight, b.organization_id) > (a.weight, a.organization_id)
      and not coalesce(a.npi <> b.npi, false)
      and (a.words = b.words or jaro_winkler_similarity(a.words, b.words) >= 0.96
           or ((a.phone = b.phone or a.fax = b.fax) and jaro_winkler_similarity(a.words, b.words) >= 0.88))
),
by_near as (select organization_id, arg_max(to_id, (weight, to_id)) as to_id from near group by organization_id),
step as (
    select n.organization_id as id, coalesce(n.merged_into, w.to_id, s.to_id, r.to_id, n.organization_id) as to_id
    from named n
    left join by_words w using (organization_id)
    left join by_slip s using (organization_id)
    left join by_near r using (organization_id)
)
-- Weights only ever grow along a step, so following three of them reaches the end of any real chain.
select a.id, coalesce(d.to_id, c.to_id, b.to_id, a.to_id) as to_id
from step a
left join step b on b.id = a.to_id
left join step c on c.id = b.to_id
left join step d on d.id = c.to_id
