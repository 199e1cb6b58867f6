-- One row per appointment, with the referral it belongs to and when the referrer was told what came of it. What has
-- come of it as of a day is decided when asked. Parameters as in journey.sql.
with held as (
    select a.*, coalesce(site.to_id, a.site_id) as place, coalesce(person.to_id, a.patient_key) as person
    from appointment a
    left join site_alias site on site.id = a.site_id
    left join patient_alias person on person.id = a.patient_key
    where coalesce(a.created_on, a.created_at::date, a.start_on) <= $as_of::date
      and coalesce(a.recorded_on <= $as_of::date, true) and a.status <> 'void'
),
-- A visit told twice, with the referral (a clinic's sheet) and without (a scheduling report): one patient, one site, one
-- day, told by two files, and on neither side another visit that it might be.
twin as (
    select l.appointment_id as loose_id, t.appointment_id, l.start_at, l.created_at, l.created_on, l.status, l.cancelled_at, l.recorded_at
    from held l join held t on t.person = l.person and t.start_on = l.start_on and t.place = l.place and t.source_file_id <> l.source_file_id
    where l.referral_id is null and t.referral_id is not null
),
loose_once as (select loose_id from twin group by loose_id having count(*) = 1),
tied_once as (select appointment_id from twin group by appointment_id having count(*) = 1),
same as (
    select * from twin where loose_id in (select loose_id from loose_once) and appointment_id in (select appointment_id from tied_once)
),
-- The schedule's own word goes before the sheet's, except that it is still open where the sheet knows the end.
booked as (
    select a.appointment_id, a.referral_id, coalesce(s.start_at, a.start_at) as start_at, a.start_on,
        coalesce(s.created_at, a.created_at) as created_at,
        coalesce(s.created_on, s.created_at::date, a.created_on, a.created_at::date) as created_on,
        case when s.status is null or s.status in ('proposed', 'booked') then a.status else s.status end as status,
        coalesce(s.cancelled_at, a.cancelled_at, s.recorded_at, a.recorded_at) as told_off_at, a.service_line, a.source_file_id, a.source_row,
        coalesce(a.place, j.site_id) as site_id, j.study_id, j.study, j.therapeutic_area, j.practice_id, j.practice,
        j.practitioner_id, j.practitioner, j.specialty, j.channel, j.source_kind, j.intent, j.priority
    from held a
    left join same s on s.appointment_id = a.appointment_id
    left join journey j on j.referral_id = a.referral_id
    where ($everything or a.referral_id is null or a.referral_id in (select referral_id from affected))
      and a.appointment_id not in (select loose_id from same)
      and coalesce(j.countable, true)
),
-- A notice that the patient came does not tell of the visit that was missed before it; one that says only "outcome" may.
told as (
    select referral_id, occurred_on as told_on, null as kept from referral_event
    where code = 'outcome_notice' and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    union
    select referral_id, sent_on, kind = 'kept' from communication where kind in ('kept', 'not_kept') and referral_id is not null and sent_on <= $as_of::date
),
noticed as (
    select b.appointment_id, min(t.told_on) as told_on
    from booked b join told t on t.referral_id = b.referral_id and t.told_on >= b.start_on
        and coalesce(t.kept = (b.status in ('arrived', 'fulfilled')), true) group by b.appointment_id
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
    status, told_off_at < start_at and date_diff('second', told_off_at, start_at) < 86400 as late_notice, calendar, start_bd,
    told_on, told_bd - start_bd as told_bd,
    case when created_on <= start_on and status <> 'proposed' then (start_on - created_on)::integer end as lead_days,
    source_file_id, source_row
from numbered
