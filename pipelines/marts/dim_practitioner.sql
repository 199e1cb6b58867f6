-- One row per practitioner, with a label no two share and the practice they refer from; who moved has the practice before
-- that, too, and the first day at this one.
with place as (
    select p.to_id as practitioner_id, o.to_id as practice_id, max(n.postal_code is not null) as placed,
        max(coalesce(r.to_on, date '9999-12-31')) as to_on, min(coalesce(r.from_on, date '0001-01-01')) as from_on
    from practitioner_role r
    join practitioner_alias p on p.id = r.practitioner_id
    join organization_alias o on o.id = r.organization_id
    join organization n on n.organization_id = o.to_id
    group by p.to_id, o.to_id
),
-- Where a role has ended somebody no longer is; of several places the one they came to last.
ordered as (
    select *, row_number() over latest as turn, lead(practice_id) over latest as earlier_id, lead(to_on) over latest as earlier_to_on
    from place window latest as (partition by practitioner_id order by to_on desc, from_on desc, placed desc, practice_id desc)
),
home as (
    select practitioner_id, practice_id, earlier_id,
        case when earlier_to_on < date '9999-12-31' then (earlier_to_on + interval 1 day)::date
             when from_on > date '0001-01-01' then from_on end as moved_on
    from ordered where turn = 1
),
-- What the other names of a person say counts where the person's own row is silent.
described as (
    select a.to_id as practitioner_id, max(p.specialty) as specialty
    from practitioner_alias a join practitioner p on p.practitioner_id = a.id
    group by a.to_id
),
labelled as (
    select p.practitioner_id, p.npi, p.status, coalesce(p.specialty, d.specialty, 'Unknown') as specialty, h.practice_id,
        case when h.moved_on is not null then h.earlier_id end as earlier_practice_id,
        case when h.earlier_id is not null then h.moved_on end as moved_on,
        coalesce(p.family_name || coalesce(', ' || p.given_name, ''), 'NPI ' || p.npi, 'Unnamed') as label
    from practitioner p
    join described d using (practitioner_id)
    left join home h using (practitioner_id)
)
select practitioner_id,
    case when count(*) over (partition by label) = 1 then label
         when npi is not null then label || ' (NPI ' || npi || ')'
         else label || ' #' || row_number() over (partition by label order by practitioner_id) end as practitioner,
    specialty, practice_id, earlier_practice_id, moved_on, npi, status
from labelled
