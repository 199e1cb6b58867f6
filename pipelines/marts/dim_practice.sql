-- One row per practice, with a label no two practices share.
with spoken as (
    -- Registries write in capitals; people do not. Company forms stay capital.
    select * exclude (name), case when name = upper(name) then array_to_string(list_transform(string_split(name, ' '), lambda word:
            case when word in ('LLC', 'PC', 'PLLC', 'PA', 'LLP', 'MD', 'DO', 'II', 'III', 'ENT') then word
                 else left(word, 1) || lower(substr(word, 2)) end), ' ') else name end as name
    from organization
),
labelled as (
    select organization_id as practice_id, npi, city, state, us_zip(postal_code, state) as postal_code,
        case when count(*) over (partition by name) > 1 and city is not null then name || ', ' || city else name end as label
    from spoken
    where organization_id in (select to_id from organization_alias) and coalesce(kind, 'practice') in ('practice', 'hospital')
)
select practice_id,
    case when count(*) over (partition by label) > 1
         then label || ' #' || row_number() over (partition by label order by practice_id) else label end as practice,
    city, state, postal_code
from labelled
