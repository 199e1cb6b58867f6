-- The loop of every countable referral as of $cut_day: how many business days it was followed, and by which rules its
-- patient has slipped. A referral is open until it is left, enrolled, or seen and reported on.
(
    select j.*, c.* exclude (referral_id, received_on, countable), today.before - c.received_bd as followed_bd, today.before - c.scheduled_bd as notice_followed_bd,
        case when j.exit_on is null and j.enrolled_on is null and c.report_on is null then list_filter([
            case when j.priority <> 'routine' and c.scheduled_on is null and c.kept_on is null and j.received_on < $cut_day::date
                then 'urgent, not scheduled' end,
            case when c.ack_on is null and today.before - c.received_bd > $ack_days::integer then 'not acknowledged' end,
            case when c.accepted_on is not null and c.contact_on is null and c.scheduled_on is null and c.kept_on is null
                and today.before - c.accepted_bd > $contact_days::integer then 'accepted, patient not contacted' end,
            case when c.contact_attempts >= $attempts::integer and c.contact_on is null and c.scheduled_on is null and c.kept_on is null
                and c.attempts_told_on is null then 'not reached, referrer not told' end,
            case when c.no_show_on is not null and coalesce(c.kept_on < c.no_show_on, true) and c.rebooked_bd is null
                and c.no_show_told_bd is null and today.before - c.no_show_bd > $no_show_days::integer then 'no-show, not followed up' end,
            case when c.kept_on is not null and c.report_on is null and today.before - c.kept_bd > $report_days::integer
                then 'seen, report not sent' end,
            case when c.kept_on is null and coalesce(c.last_booked_for_on <= $cut_day::date, true)
                and $cut_day::date - greatest(c.last_event_on, j.received_on) > $quiet_days::integer then 'no next step' end
        ], lambda rule: rule is not null) else [] end as slips,
        coalesce(c.ack_bd > $ack_days::integer or (c.ack_on is null and today.before - c.received_bd > $ack_days::integer)
            or (c.accepted_on is not null and coalesce(least(c.contact_bd, c.scheduled_bd), today.before) - c.accepted_bd > $contact_days::integer)
            or (c.no_show_on is not null and coalesce(c.kept_on < c.no_show_on, true)
                and coalesce(least(c.rebooked_bd, c.no_show_told_bd), today.before) - c.no_show_bd > $no_show_days::integer)
            or (c.kept_on is not null and coalesce(c.reported_bd, today.before) - c.kept_bd > $report_days::integer), false) as ever_slipped
    from journey j
    join closed_loop c using (referral_id)
    left join business_day today on today.calendar = c.calendar and today.day = $cut_day::date
)
