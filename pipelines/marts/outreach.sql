-- One row per contact of ours, with the practice it reached.
select t.touch_id, t.occurred_on, practice.to_id as practice_id, coalesce(p.practice, 'Not stated') as practice,
    person.to_id as practitioner_id, site.to_id as site_id, coalesce(d.site, 'Unknown site') as site,
    t.liaison, t.channel, t.purpose, t.outcome, t.next_touch_on, t.source_file_id, t.source_row
from touch t
left join organization_alias practice on practice.id = t.organization_id
left join dim_practice p on p.practice_id = practice.to_id
left join practitioner_alias person on person.id = t.practitioner_id
left join site_alias site on site.id = t.site_id
left join dim_site d on d.site_id = site.to_id
