-- One row per practice, with a label no two practices share.
with labelled as (
    select organization_id as practice_id, npi, city, state, postal_code,
        case when count(*) over (partition by name) > 1 and city is not null then name || ', ' || city else name end as label
    from organization
    where organization_id in (select to_id from organization_alias) and coalesce(kind, 'practice') in ('practice', 'hospital')
)
select practice_id,
    case when count(*) over (partition by label) > 1
         then label || ' #' || row_number() over (partition by label order by practice_id) else label end as practice,
    city, state, postal_code
from labelled
