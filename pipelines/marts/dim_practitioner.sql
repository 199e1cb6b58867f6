-- One row per practitioner, with a label no two share and the practice they refer from.
with home as (
    select p.to_id as practitioner_id, arg_max(o.to_id, (n.postal_code is not null, o.to_id)) as practice_id
    from practitioner_role r
    join practitioner_alias p on p.id = r.practitioner_id
    join organization_alias o on o.id = r.organization_id
    join organization n on n.organization_id = o.to_id
    group by p.to_id
),
-- What the other names of a person say counts where the person's own row is silent.
described as (
    select a.to_id as practitioner_id, max(p.specialty) as specialty
    from practitioner_alias a join practitioner p on p.practitioner_id = a.id
    group by a.to_id
),
labelled as (
    select p.practitioner_id, p.npi, p.status, coalesce(p.specialty, d.specialty, 'Unknown') as specialty, h.practice_id,
        coalesce(p.family_name || coalesce(', ' || p.given_name, ''), 'NPI ' || p.npi, 'Unnamed') as label
    from practitioner p
    join described d using (practitioner_id)
    left join home h using (practitioner_id)
)
select practitioner_id,
    case when count(*) over (partition by label) = 1 then label
         when npi is not null then label || ' (NPI ' || npi || ')'
         else label || ' #' || row_number() over (partition by label order by practitioner_id) end as practitioner,
    specialty, practice_id, npi, status
from labelled
