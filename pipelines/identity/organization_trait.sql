-- What of an organisation can be compared; one row per id in `fresh`.
with spelled as (
    select name, norm_org(name) as words from (select distinct name from organization where organization_id in (select id from fresh))
),
judged as (
    select name, words, string_split(words, ' ') as word from spelled where words is not null
),
told as (
    select name, words, list_sort(word) as sorted_words, generic_free(word) as core, branch_words(word) as branch,
        array_to_string(list_transform(word, lambda w: left(w, 1)), '') as initials
    from judged
)
select o.organization_id as id, coalesce(o.kind, 'practice') in ('practice', 'hospital') as refers, o.npi, t.words, t.sorted_words, t.core,
    t.branch, t.initials, zip5(us_zip(o.postal_code, o.state)) as zip, street_of(o.address_line) as street, norm_text(o.city) as city, upper(o.state) as state,
    dialled(o.phone) as phone, dialled(o.fax) as fax, zip is null as bare,
    -- Who is known by a reference only (Organization/12) stands for nobody who has a name.
    (o.npi is not null)::int * 16 + (zip is not null)::int * 8 + (o.address_line is not null)::int * 4 + (dialled(o.phone) is not null)::int * 2
        + (not stands_in(o.name))::int as weight
from organization o join told t using (name)
where o.organization_id in (select id from fresh)
