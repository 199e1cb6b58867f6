-- One row per contact of ours, with the practice it reached: a practitioner's own on that day where the log names a person.
-- What was given is none: it stands behind a wall, and a practice that counted as reached without any contact to show for it
-- would have been given something. Who asks on that occasion not to be contacted is heard all the same.
with met as (
    select t.*, person.to_id as person_id,
        coalesce(practice.to_id, case when t.occurred_on < home.moved_on then home.earlier_practice_id else home.practice_id end) as practice_id
    from touch t
    left join organization_alias practice on practice.id = t.organization_id
    left join practitioner_alias person on person.id = t.practitioner_id
    left join dim_practitioner home on home.practitioner_id = person.to_id
    where t.channel <> 'gift' or t.outcome = 'opt_out'
)
select t.touch_id, t.occurred_on, t.practice_id, coalesce(p.practice, 'Not stated') as practice,
    t.person_id as practitioner_id, site.to_id as site_id, coalesce(d.site, 'Unknown site') as site,
    t.liaison, t.channel, t.purpose, t.outcome, t.next_touch_on, t.source_file_id, t.source_row
from met t
left join dim_practice p on p.practice_id = t.practice_id
left join site_alias site on site.id = t.site_id
left join dim_site d on d.site_id = site.to_id
