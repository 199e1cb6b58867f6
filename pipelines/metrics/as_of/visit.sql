-- What has come of every appointment as of $cut_day. A status still open one business day after the start is unresolved.
(
    select v.*, today.before - v.start_bd as told_followed_bd,
        case when v.status in ('arrived', 'fulfilled') and v.start_on <= $cut_day::date then 'kept'
            when v.status = 'noshow' then 'no_show'
            when v.status = 'left_unseen' then 'left_unseen'
            when v.status = 'cancelled' and v.late_notice then 'cancelled_late'
            when v.status = 'cancelled' then 'cancelled'
            when today.before - v.start_bd > 1 then 'unresolved' else 'to_come' end as outcome
    from visit v left join business_day today on today.calendar = v.calendar and today.day = $cut_day::date
)
