-- One row per thing that happened to a newsletter at one address. The practice is the one stated, else that of the contact
-- person with the address.
with owner as (
    select address_key, any_value(practice_id) as practice_id from desk
    where address_key is not null and practice_id is not null group by address_key having count(distinct practice_id) = 1
)
select e.recipient_key, e.issue, e.action, e.occurred_at, e.occurred_on, coalesce(practice.to_id, o.practice_id) as practice_id,
    coalesce(p.practice, 'Not stated') as practice, e.source_file_id, e.source_row
from newsletter_event e
left join organization_alias practice on practice.id = e.organization_id
left join owner o on o.address_key = e.recipient_key
left join dim_practice p on p.practice_id = coalesce(practice.to_id, o.practice_id)
