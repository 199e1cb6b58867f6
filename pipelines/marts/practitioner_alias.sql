-- Every name a practitioner was given, and the person it means. Someone named without an NPI is the NPI holder
-- of that name at the same practice, else the only holder of that full name anywhere; otherwise stays apart.
with person as (
    select practitioner_id, merged_into, npi, norm_text(family_name) as family, norm_text(given_name) as given
    from practitioner
),
place as (
    select distinct r.practitioner_id, a.to_id as organization_id
    from practitioner_role r join organization_alias a on a.id = r.organization_id
),
same_practice as (
    select bare.practitioner_id, min(holder.practitioner_id) as to_id
    from person bare
    join place here on here.practitioner_id = bare.practitioner_id
    join place there on there.organization_id = here.organization_id
    join person holder on holder.practitioner_id = there.practitioner_id
        and holder.npi is not null and holder.family = bare.family
        and (bare.given is null or holder.given = bare.given
             or split_part(holder.given, ' ', 1) = split_part(bare.given, ' ', 1)
             or (length(split_part(bare.given, ' ', 1)) = 1 and left(holder.given, 1) = left(bare.given, 1)))
    where bare.npi is null and bare.merged_into is null
    group by bare.practitioner_id
    having count(distinct holder.practitioner_id) = 1
),
-- A full name that only one NPI holder bears, for someone whose own practice is not known.
only_bearer as (
    select bare.practitioner_id, min(holder.practitioner_id) as to_id
    from person bare
    join person holder on holder.npi is not null and holder.family = bare.family and holder.given = bare.given
    where bare.npi is null and bare.merged_into is null and length(bare.given) > 1
      and bare.practitioner_id not in (select practitioner_id from place)
    group by bare.practitioner_id
    having count(distinct holder.practitioner_id) = 1
),
-- Without any NPI: the same full name at two names of one practice.
same_name as (
    select bare.practitioner_id, min(other.practitioner_id) as to_id
    from person bare
    join place here on here.practitioner_id = bare.practitioner_id
    join place there on there.organization_id = here.organization_id
    join person other on other.practitioner_id = there.practitioner_id and other.npi is null
        and other.family = bare.family and other.given is not distinct from bare.given
    where bare.npi is null and bare.merged_into is null
    group by bare.practitioner_id
)
select p.practitioner_id as id, coalesce(p.merged_into, s.to_id, o.to_id, n.to_id, p.practitioner_id) as to_id
from person p
left join same_practice s using (practitioner_id)
left join only_bearer o using (practitioner_id)
left join same_name n using (practitioner_id)
