-- The loop of every countable referral as of $cut_day: how many business days it was followed, and by which rules its
-- patient has slipped. A referral is open until it is left, enrolled, or seen and reported on. slip_mask has a bit for each
-- rule, in the order of slips. Whoever slips today has slipped: a quiet spell, or three attempts in vain, that are over left no
-- date by which to tell them.
(
    select * exclude (late), late or slip_mask <> 0 as ever_slipped, list_filter([
            case when slip_mask & 1 <> 0 then 'urgent, not scheduled' end, case when slip_mask & 2 <> 0 then 'not acknowledged' end,
            case when slip_mask & 4 <> 0 then 'accepted, patient not contacted' end, case when slip_mask & 8 <> 0 then 'not reached, referrer not told' end,
            case when slip_mask & 16 <> 0 then 'no-show, not followed up' end, case when slip_mask & 32 <> 0 then 'seen, report not sent' end,
            case when slip_mask & 64 <> 0 then 'no next step' end
        ], lambda rule: rule is not null) as slips
    from (
        select j.*, c.* exclude (referral_id, received_on, countable), today.before - c.received_bd as followed_bd, today.before - c.scheduled_bd as notice_followed_bd,
            j.received_on <= $cut_day::date - $settled_days::integer as settled,
            j.exit_on is null and j.enrolled_on is null and c.report_on is null as is_open,
            case when j.exit_on is null and j.enrolled_on is null and c.report_on is null then
                case when j.priority <> 'routine' and c.scheduled_on is null and c.kept_on is null
                    and (j.received_on < $cut_day::date or date_diff('minute', j.received_at, today.over_at) > 60 * $urgent_hours::integer) then 1 else 0 end
                + case when c.ack_on is null and today.before - c.received_bd > $ack_days::integer then 2 else 0 end
                + case when c.accepted_on is not null and c.contact_on is null and c.scheduled_on is null and c.kept_on is null
                    and today.before - c.accepted_bd > $contact_days::integer then 4 else 0 end
                + case when c.contact_attempts >= $attempts::integer and c.contact_on is null and c.scheduled_on is null and c.kept_on is null
                    and c.attempts_told_on is null then 8 else 0 end
                + case when c.no_show_on is not null and coalesce(c.kept_on < c.no_show_on, true) and c.rebooked_bd is null
                    and c.no_show_told_bd is null and today.before - c.no_show_bd > $no_show_days::integer then 16 else 0 end
                + case when c.kept_on is not null and c.report_on is null and today.before - c.kept_bd > $report_days::integer then 32 else 0 end
                + case when c.kept_on is null and coalesce(c.last_booked_for_on <= $cut_day::date, true)
                    and $cut_day::date - c.last_event_on > $quiet_days::integer then 64 else 0 end
                else 0 end as slip_mask,
            coalesce(c.ack_bd > $ack_days::integer or (c.ack_on is null and today.before - c.received_bd > $ack_days::integer)
                or (c.accepted_on is not null and coalesce(least(c.contact_bd, c.scheduled_bd), today.before) - c.accepted_bd > $contact_days::integer)
                or (c.no_show_on is not null and coalesce(c.kept_on < c.no_show_on, true)
                    and coalesce(least(c.rebooked_bd, c.no_show_told_bd), today.before) - c.no_show_bd > $no_show_days::integer)
                or (j.priority <> 'routine' and date_diff('day', j.received_on,
                    coalesce(least(c.scheduled_on, c.kept_on, j.exit_on, j.enrolled_on), $cut_day::date + 1)) > 1)
                or (c.kept_on is not null and coalesce(c.reported_bd, today.before) - c.kept_bd > $report_days::integer), false) as late
        from journey j
        join closed_loop c using (referral_id)
        left join business_day today on today.calendar = c.calendar and today.day = $cut_day::date
    )
)
