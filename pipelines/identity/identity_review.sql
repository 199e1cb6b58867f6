-- Pairs of entities that may be one and that no rule joined: the best pair of records of each, and why it waits.
-- A record that resembles more than three entities says nothing by it. Two practitioners with two NPIs are two, for a
-- person has one for life: a loose spelling between them is no question whether they are the same.
with pair as (
    select 'practitioner' as kind, p.one_id, p.other_id, p.score, p.npi_clash, a.to_id as one_root, b.to_id as other_root
    from practitioner_pair p join practitioner_alias a on a.id = p.one_id join practitioner_alias b on b.id = p.other_id
    union all
    select 'organization', p.one_id, p.other_id, p.score, p.npi_clash, a.to_id, b.to_id
    from organization_pair p join organization_alias a on a.id = p.one_id join organization_alias b on b.id = p.other_id
),
asked as (
    select p.* from pair p left join practitioner_trait a on a.id = p.one_root left join practitioner_trait b on b.id = p.other_root
    where p.one_root <> p.other_root and (p.kind = 'organization' or p.npi_clash or not coalesce(a.npi <> b.npi, false))
),
best as (
    select kind, least(one_root, other_root) as left_id, greatest(one_root, other_root) as right_id,
        arg_max(one_id, (score, one_id, other_id)) as one_id, arg_max(other_id, (score, one_id, other_id)) as other_id,
        max(score) as score, bool_or(npi_clash) as npi_clash
    from asked group by all
),
-- One key of kind and id: joined by both, DuckDB would first pair every entity of a kind with every other.
crowd as (
    select key, count(*) as others from (select kind || left_id as key from best union all select kind || right_id from best) group by key
)
select b.*, case when npi_clash then 'npi_clash' when greatest(l.others, r.others) > 1 then 'several' else 'near' end as reason
from best b
join crowd l on l.key = b.kind || b.left_id
join crowd r on r.key = b.kind || b.right_id
where npi_clash or least(l.others, r.others) <= 3
