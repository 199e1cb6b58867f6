-- One row per telephone call by $as_of, with the hour of the site's own clock and the practice that called, where known.
select c.call_id, c.started_at, c.started_on,
    hour(timezone(coalesce(d.time_zone, 'America/New_York'), timezone('UTC', c.started_at)))::integer as hour,
    coalesce(c.direction, 'inbound') as direction, coalesce(c.line, 'Not stated') as line,
    case when coalesce(c.queued_s, c.ring_s) is not null then coalesce(c.queued_s, 0) + coalesce(c.ring_s, 0) end as wait_s, c.hold_s, c.talk_s,
    coalesce(c.answered, false) as answered, coalesce(c.abandoned, false) as abandoned, c.answered is null and not coalesce(c.abandoned, false) as unknown_end,
    coalesce(not c.answered and c.abandoned is null, false) as loss_unknown,
    site.to_id as site_id, coalesce(d.site, 'Unknown site') as site, practice.to_id as practice_id, coalesce(p.practice, 'Not stated') as practice,
    c.source_file_id, c.source_row
from call c
left join site_alias site on site.id = c.site_id
left join dim_site d on d.site_id = site.to_id
left join organization_alias practice on practice.id = c.caller_org_id
left join dim_practice p on p.practice_id = practice.to_id
where c.started_on <= $as_of::date
