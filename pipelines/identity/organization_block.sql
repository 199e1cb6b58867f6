-- The keys under which an organisation meets others that may be it. `role` 1 meets only role 2 (a name without a
-- place meets those that have one), role 0 meets itself.
with key as (
    select id, bare, 0 as role, unnest(list_transform(list_distinct(list_transform(core, lambda w: left(w, 3))),
        lambda w: 'z' || zip || '|' || w)) as text from organization_trait where zip is not null
    union all select id, bare, 0, 'p' || phone from organization_trait where phone is not null
    union all select id, bare, 0, 'p' || fax from organization_trait where fax is not null
    union all select id, bare, 0, 'n' || npi from organization_trait where npi is not null
    union all select id, bare, case when bare then 1 else 2 end, 'w' || words from organization_trait
    union all select id, bare, case when bare then 1 else 2 end, 'c' || array_to_string(core, ' ') from organization_trait where len(core) > 1
    -- One slip of the pen leaves either the head or the tail of a name intact.
    union all select id, bare, case when bare then 1 else 2 end, 'h' || left(words, case when length(words) >= 20 then 15 else 10 end) from organization_trait where length(words) >= 12
    union all select id, bare, case when bare then 1 else 2 end, 't' || unnest([substr(words, 6), substr(words, 7), substr(words, 8)])
    from organization_trait where length(words) >= 12
)
select id, role, hash(text) as key from key
