-- The keys under which a practitioner meets others that may be the same person. `role` 1 meets only role 2
-- (someone whose whereabouts nobody knows meets every bearer of the name), role 0 meets itself.
with named as (
    select *, list_distinct(core || [family]) as families, list_distinct(roots || case when first is null then [] else [first] end) as firsts
    from practitioner_trait where family is not null
),
key as (
    select id, 0 as role, unnest(flatten(list_transform(areas, lambda z: list_transform(roots,
        lambda r: 'a' || z || least(family, r) || '|' || greatest(family, r))))) as text from named
    union all
    select id, 0, unnest(flatten(list_transform(areas, lambda z: list_transform(roots, lambda r: 'k' || z || heard || '|' || r)))) from named
    union all
    select id, 0, unnest(flatten(list_transform(organizations, lambda o: list_transform(list_distinct(families || firsts), lambda w: 'o' || o || w)))) from named
    union all
    select id, 0, unnest(flatten(list_transform(numbers, lambda n: list_transform(list_distinct(families || firsts), lambda w: 'p' || n || w)))) from named
    union all
    select id, 0, unnest(flatten(list_transform(zips, lambda z: ['z' || z || heard || coalesce(initial, ''), 'y' || z || family]))) from named
    union all select id, 0, 'n' || npi from practitioner_trait where npi is not null
    union all
    select id, case when len(areas) = 0 then 1 else 2 end, unnest(list_transform(roots, lambda r: 'w' || least(family, r) || '|' || greatest(family, r)))
    from named
)
select id, role, hash(text) as key from key
