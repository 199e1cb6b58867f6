-- One row per appointment, with the referral it belongs to and when the referrer was told what came of it. What has
-- come of it as of a day is decided when asked. Parameters as in journey.sql.
with booked as (
    select a.appointment_id, a.referral_id, a.start_at, a.start_on, a.created_at, coalesce(a.created_on, a.created_at::date) as created_on,
        a.status, a.recorded_at, a.service_line, a.source_file_id, a.source_row,
        coalesce(site.to_id, j.site_id) as site_id, j.study_id, j.study, j.therapeutic_area, j.practice_id, j.practice,
        j.practitioner_id, j.practitioner, j.specialty, j.channel, j.source_kind, j.intent, j.priority
    from appointment a
    left join site_alias site on site.id = a.site_id
    left join journey j on j.referral_id = a.referral_id
    where ($everything or a.referral_id is null or a.referral_id in (select referral_id from affected))
      and coalesce(a.created_on, a.created_at::date, a.start_on) <= $as_of::date
      and coalesce(a.recorded_at < $as_of::date + interval 32 hour, true)
      and coalesce(j.countable, true)
),
told as (
    select referral_id, occurred_on as told_on from referral_event
    where code = 'outcome_notice' and occurred_on <= $as_of::date and coalesce(recorded_at < $as_of::date + interval 32 hour, true)
    union
    select referral_id, sent_on from communication where kind in ('kept', 'not_kept') and referral_id is not null and sent_on <= $as_of::date
),
noticed as (
    select b.appointment_id, min(t.told_on) as told_on
    from booked b join told t on t.referral_id = b.referral_id and t.told_on >= b.start_on group by b.appointment_id
),
numbered as (
    select b.*, coalesce(d.site, 'Unknown site') as site, coalesce(d.calendar, '|||') as calendar, n.told_on, day.before as start_bd, tell.before as told_bd
    from booked b
    left join dim_site d on d.site_id = b.site_id
    left join noticed n using (appointment_id)
    left join business_day day on day.calendar = coalesce(d.calendar, '|||') and day.day = b.start_on
    left join business_day tell on tell.calendar = coalesce(d.calendar, '|||') and tell.day = n.told_on
)
select appointment_id, referral_id, start_at, start_on, created_on, service_line, site_id, site, study_id,
    coalesce(study, 'No study') as study, coalesce(therapeutic_area, 'None') as therapeutic_area, practice_id,
    coalesce(practice, 'Unattributed') as practice, practitioner_id, coalesce(practitioner, 'Unattributed') as practitioner,
    coalesce(specialty, 'Unknown') as specialty, coalesce(channel, 'unknown') as channel, coalesce(source_kind, 'unattributed') as source_kind,
    coalesce(intent, 'clinical') as intent, coalesce(priority, 'routine') as priority,
    status, recorded_at < start_at and date_diff('minute', recorded_at, start_at) < 1440 as late_notice, calendar, start_bd,
    told_on, told_bd - start_bd as told_bd,
    case when created_on <= start_on then (start_on - created_on)::integer end as lead_days,
    source_file_id, source_row
from numbered
