-- One row per contact person, with the practice as recognised.
select c.contact_id, practice.to_id as practice_id, coalesce(p.practice, 'Not stated') as practice, c.display_name,
    norm_text(c.display_name) as spoken, c.role,
    coalesce(c.is_front_line, false) as front_line, c.preferred_channel, coalesce(c.opt_out, false) as opt_out, c.address_key,
    c.source_file_id, c.source_row
from contact_person c
left join organization_alias practice on practice.id = c.organization_id
left join dim_practice p on p.practice_id = practice.to_id
