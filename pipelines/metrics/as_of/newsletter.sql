-- What happened to newsletters, each at the site that its practice belongs to on $cut_day: where all that is then agreed with
-- the practice names the same one. A reader's whole history lies at one site, whichever it was at the time.
(
    with served as (
        select practice_id, any_value(site_id) as site_id, any_value(site) as site from agreement
        where practice_id is not null and site_id is not null
          and coalesce(started_on <= $cut_day::date, true) and coalesce(ended_on > $cut_day::date, true)
        group by practice_id having count(distinct site_id) = 1
    )
    select n.recipient_key, n.issue, n.action, n.occurred_at, n.occurred_on, n.practice_id, n.practice, s.site_id,
        coalesce(s.site, 'Unknown site') as site, n.source_file_id, n.source_row
    from newsletter n left join served s on s.practice_id = n.practice_id
)
