-- One row per relationship as agreed: the practice it is with (a practitioner's own practice where the sheet names a
-- person), the site and what was agreed.
select coalesce(practice.to_id, home.practice_id) as practice_id, coalesce(p.practice, 'Not stated') as practice,
    person.to_id as practitioner_id, site.to_id as site_id, coalesce(d.site, 'Unknown site') as site, r.service_line,
    r.preferred_channel, r.cadence_days, r.tier, r.owner_user, r.therapeutic_area, r.started_on, r.ended_on, r.source_file_id, r.source_row
from relationship r
left join referral_source source using (source_id)
left join practitioner_alias person on person.id = source.practitioner_id
left join dim_practitioner home on home.practitioner_id = person.to_id
left join organization_alias practice on practice.id = source.organization_id
left join dim_practice p on p.practice_id = coalesce(practice.to_id, home.practice_id)
left join site_alias site on site.id = r.site_id
left join dim_site d on d.site_id = site.to_id
