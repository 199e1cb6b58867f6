-- Whose number it is: the practices that have a telephone or fax number, where all of them are in one place.
select number, any_value(zip) as zip, list_sort(list(distinct root)) as roots,
    coalesce(list_sort(list(distinct street) filter (street is not null)), []) as streets
from (
    select a.to_id as root, t.zip, t.street || '|' || t.zip as street, unnest([t.phone, t.fax]) as number
    from organization_trait t join organization_alias a using (id) where t.zip is not null
)
where number is not null group by number having count(distinct zip) = 1 and count(distinct root) <= 3
