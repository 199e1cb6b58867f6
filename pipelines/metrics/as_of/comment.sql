-- Every answer of a survey with the first reply to it, in business days of the site asked about. An anonymous answer loses
-- its practice here, at the door.
(
    select f.* replace (case when f.anonymous then null else f.practice_id end as practice_id,
            case when f.anonymous then 'Anonymous' else coalesce(f.practice, 'Unattributed') end as practice,
            coalesce(f.site, 'Unknown site') as site),
        replied.before - asked.before as reply_bd, today.before - asked.before as reply_followed_bd
    from feedback f
    left join reply r on r.response_id = f.response_id and r.replied_on between f.completed_on and $cut_day::date
    left join dim_site d on d.site_id = f.site_id
    left join business_day asked on asked.calendar = coalesce(d.calendar, '|||') and asked.day = f.completed_on
    left join business_day replied on replied.calendar = coalesce(d.calendar, '|||') and replied.day = r.replied_on
    left join business_day today on today.calendar = coalesce(d.calendar, '|||') and today.day = $cut_day::date
)
