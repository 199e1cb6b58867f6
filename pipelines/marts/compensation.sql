-- One row per item of value given to a practitioner. It reads nothing about referrals and nothing about referrals reads it.
select g.ledger_id, g.given_on, year(g.given_on)::integer as calendar_year, person.to_id as practitioner_id,
    coalesce(p.practitioner, 'Unnamed') as practitioner, p.npi, g.description, g.category, g.fair_value_usd, g.given_by,
    null::bigint as site_id, null::varchar as site, g.source_file_id, g.source_row
from gift_ledger g
left join practitioner_alias person on person.id = g.practitioner_id
left join dim_practitioner p on p.practitioner_id = person.to_id
