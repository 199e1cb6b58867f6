-- Which practices a name without a ZIP code may mean: those with one that resemble it most. Of more than 20 it says nothing.
with near as (
    select b.id, o.id as other_id, p.name_level
    from (select one_id, other_id, name_level from organization_pair union all select other_id, one_id, name_level from organization_pair) p
    join organization_trait b on b.id = p.one_id and b.zip is null
    join organization_trait o on o.id = p.other_id and o.zip is not null
    where p.name_level >= 2
),
best as (select n.* from near n join (select id, max(name_level) as name_level from near group by id) using (id, name_level))
select b.id, list_sort(list(distinct a.to_id)) as roots, case when count(distinct t.zip) = 1 then any_value(t.zip) end as zip
from best b join organization_alias a on a.id = b.other_id join organization_trait t on t.id = b.other_id
group by b.id having count(distinct a.to_id) <= 20
