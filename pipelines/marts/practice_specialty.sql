-- One row per practice and specialty held there, as the provider roster knows it: the organisation's own, and those of
-- practitioners who are known to work there and have not stopped. The roster names persons without their practice; where
-- they work is known from other files.
with person as (
    select a.to_id as practitioner_id, max(p.primary_taxonomy) as code, max(p.nppes_updated_on) as roster_on,
        bool_or(p.status in ('retired', 'deceased', 'deactivated')) as stopped
    from practitioner p join practitioner_alias a on a.id = p.practitioner_id group by a.to_id
),
held as (
    select practice.to_id as practice_id, o.taxonomy as code, o.nppes_updated_on as roster_on, null::bigint as practitioner_id
    from organization o join organization_alias practice on practice.id = o.organization_id where o.taxonomy is not null
    union
    select practice.to_id, person.code, person.roster_on, person.practitioner_id
    from practitioner_role r
    join practitioner_alias who on who.id = r.practitioner_id
    join person on person.practitioner_id = who.to_id
    join organization_alias practice on practice.id = r.organization_id
    where person.code is not null and not coalesce(person.stopped, false) and r.to_on is null
)
select practice_id, code, max(roster_on) as roster_on, count(practitioner_id) as practitioners from held group by practice_id, code
