-- One row per countable referral (and per one we sent, to see whether its report came back): what was promised to
-- whoever sent it, kept or not, in business days of the site.
-- Business days between two local days are the difference of their ordinals in business_day; a day before the one
-- it should follow is an error: NULL; for the acknowledgement it is -1, which its metric leaves out
-- and counts, and so is the notice of an appointment of which nobody knows when it was made, or that nobody made. What depends on the day that is asked for (how long an open
-- one was followed, whether it has slipped) is decided when asked. Parameters as in journey.sql, which is read here.
with base as not materialized (
    -- When the patient was first contacted, scheduled and seen the journey has found out already.
    select j.referral_id, j.received_at, j.received_on, j.written_on, j.countable, j.contacted_on as contact_on,
        j.received_on + j.scheduled_day as scheduled_on, j.received_on + j.kept_day as kept_on,
        greatest(j.received_on, j.contacted_on, j.prescreened_on, j.consented_on, j.screened_on, j.eligible_on) as last_stage_on,
        coalesce(site.calendar, '|||') as calendar
    from journey j left join dim_site site on site.site_id = j.site_id
    where (j.countable or j.excluded_because = 'outbound') and ($everything or j.referral_id in (select referral_id from affected))
),
-- Everything that happened to a referral, whoever wrote it down: the events of its system, and what was sent about it.
step as not materialized (
    select referral_id, code, occurred_at, occurred_on, false as automatic from referral_event
    where ($everything or referral_id in (select referral_id from affected))
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    union all
    select referral_id, case kind when 'ack' then 'acknowledged' when 'appt_set' then 'appt_notice' when 'report' then 'report_sent'
            when 'kept' then 'outcome_notice' when 'not_kept' then 'outcome_notice' else kind end,
        sent_at, sent_on, coalesce(automatic, false)
    from communication
    where referral_id is not null and ($everything or referral_id in (select referral_id from affected)) and sent_on <= $as_of::date
      and kind not in ('newsletter', 'case_study', 'thank_you', 'welcome')
    union all
    select referral_id, 'report_ack', received_at, received_on, false from communication
    where kind = 'report' and received_on is not null and ($everything or referral_id in (select referral_id from affected)) and received_on <= $as_of::date
),
-- What most referrals have is found apart from what few have: each of these is a pass over its own codes only.
steps as (
    select referral_id,
        min(occurred_on) filter (code = 'acknowledged') as ack_on,
        min(occurred_on) filter (code = 'acknowledged' and not automatic) as person_ack_on,
        min(occurred_on) filter (code in ('scheduled', 'rescheduled')) as made_on,
        min(occurred_on) filter (code = 'kept') as seen_on,
        min(occurred_at) filter (code = 'kept') as seen_at,
        max(occurred_on) as last_event_on
    from step group by referral_id
),
efforts as (
    select referral_id,
        min(occurred_on) filter (code = 'accepted') as accepted_on,
        count(*) filter (code = 'contact_attempt') as contact_attempts,
        max(occurred_on) filter (code = 'contact_attempt') as last_attempt_on,
        bool_or(code = 'info_requested') as info_requested,
        min(occurred_on) filter (code = 'report_ack') as report_ack_on,
        max(occurred_on) filter (code = 'no_show') as no_show_on
    from step where code in ('accepted', 'contact_attempt', 'info_requested', 'report_ack', 'no_show') group by referral_id
),
visits as (
    select referral_id,
        min(start_at) filter (status <> 'proposed') as first_start_at,
        min(coalesce(start_on, start_at::date)) filter (status <> 'proposed') as first_start_on,
        min(coalesce(created_on, created_at::date)) filter (status <> 'proposed') as first_booked_on,
        max(start_on) filter (status = 'noshow' and start_on <= $as_of::date) as no_show_on,
        max(start_on) filter (start_on <= $as_of::date) as last_visit_on,
        max(coalesce(created_on, created_at::date)) as last_booked_on,
        min(coalesce(start_on, start_at::date)) filter (status <> 'proposed' and created_on is null and created_at is null) as undated_on,
        -- What came of a visit after the day is not known on it: then it was still to come.
        max(start_on) filter (status in ('proposed', 'booked') or (start_on > $as_of::date and (status <> 'cancelled' or cancelled_on > $as_of::date))) as last_booked_for_on
    from appointment
    where referral_id is not null and ($everything or referral_id in (select referral_id from affected))
      and coalesce(created_on, created_at::date, start_on) <= $as_of::date
      and coalesce(recorded_on <= $as_of::date, true) and status <> 'void'
    group by referral_id
),
-- What has to be answered: the journey's days, and those of a visit missed.
missed as (
    select referral_id, max(no_show_on) as no_show_on from (
        select referral_id, no_show_on from efforts union all select referral_id, no_show_on from visits
    ) where no_show_on is not null group by referral_id
),
rescheduled as (
    select referral_id, max(occurred_on) as last_scheduling_on from step
    where code in ('scheduled', 'rescheduled') and referral_id in (select referral_id from missed) group by referral_id
),
-- The first notice after its cause: what was sent before it answers something else.
answers as (
    select t.referral_id,
        min(t.occurred_on) filter (t.code = 'appt_notice' and t.occurred_on >= b.scheduled_on) as set_notice_on,
        min(t.occurred_on) filter (t.code = 'report_sent' and t.occurred_on >= b.kept_on) as report_on,
        min(t.occurred_on) filter (t.code = 'report_sent' and t.occurred_on >= b.written_on) as any_report_on,
        min(t.occurred_on) filter (t.code <> 'appt_notice' and t.occurred_on >= m.no_show_on) as no_show_told_on,
        max(t.occurred_on) filter (t.code <> 'appt_notice') as last_told_on
    from base b
    join (
        select referral_id, code, occurred_on from step where code in ('appt_notice', 'outcome_notice', 'report_sent', 'handback')
    ) t on t.referral_id = b.referral_id
    left join missed m on m.referral_id = t.referral_id
    group by t.referral_id
),
answered as (
    select b.*, s.ack_on, s.person_ack_on, e.accepted_on, coalesce(e.contact_attempts, 0) as contact_attempts,
        coalesce(e.info_requested, false) as info_requested, e.report_ack_on, m.no_show_on,
        greatest(r.last_scheduling_on, v.last_booked_on) as last_scheduling_on,
        greatest(b.last_stage_on, s.last_event_on, v.last_visit_on, v.last_booked_on) as last_event_on, v.last_booked_for_on, v.undated_on,
        -- Who was seen without an appointment, or on an earlier day, came then. A day alone is no hour before the referral came.
        case when s.seen_on < v.first_start_on or v.first_start_on is null
            then case when s.seen_on = b.received_on then greatest(s.seen_at, b.received_at) else s.seen_at end
            else v.first_start_at end as first_start_at,
        coalesce(least(s.made_on, v.first_booked_on), s.made_on, v.first_booked_on) as made_on,
        a.set_notice_on, a.report_on, a.any_report_on, a.no_show_told_on,
        case when a.last_told_on >= e.last_attempt_on then a.last_told_on end as attempts_told_on
    from base b
    left join steps s on s.referral_id = b.referral_id
    left join answers a on a.referral_id = b.referral_id
    left join efforts e on e.referral_id = b.referral_id
    left join missed m on m.referral_id = b.referral_id
    left join rescheduled r on r.referral_id = b.referral_id
    left join visits v on v.referral_id = b.referral_id
),
-- Twelve days of each row are looked up: a calendar and a day as one number cost half of what two columns did.
kept_calendar as (
    select calendar, row_number() over (order by calendar) * 10000000000 as base from (select distinct calendar from business_day)
),
ordinal as (
    select c.base + date_diff('day', date '1970-01-01', d.day) as day, d.before from business_day d join kept_calendar c using (calendar)
),
coded as (
    select a.*, c.base from answered a left join kept_calendar c using (calendar)
),
numbered as (
    select a.*, received.before as received_bd,
        acked.before - received.before as ack_bd,
        case when a.person_ack_on = a.ack_on then acked.before else by_person.before end - received.before as person_ack_bd, accepted.before as accepted_bd, contact.before as contact_bd,
        scheduled.before as scheduled_bd, case when a.undated_on = a.scheduled_on or coalesce(a.made_on > a.scheduled_on, true) then -1 else noticed.before - scheduled.before end as set_notice_bd,
        missed.before as no_show_bd, rebooked.before as rebooked_bd, told.before as no_show_told_bd,
        kept.before as kept_bd, reported.before as reported_bd
    from coded a
    left join ordinal received on received.day = a.base + date_diff('day', date '1970-01-01', a.received_on)
    left join ordinal acked on acked.day = a.base + date_diff('day', date '1970-01-01', a.ack_on)
    -- Looked up only where a machine was first: most are acknowledged by a person.
    left join ordinal by_person on a.person_ack_on > a.ack_on and by_person.day = a.base + date_diff('day', date '1970-01-01', a.person_ack_on)
    left join ordinal accepted on accepted.day = a.base + date_diff('day', date '1970-01-01', a.accepted_on)
    left join ordinal contact on contact.day = a.base + date_diff('day', date '1970-01-01', a.contact_on)
    left join ordinal scheduled on scheduled.day = a.base + date_diff('day', date '1970-01-01', a.scheduled_on)
    left join ordinal noticed on noticed.day = a.base + date_diff('day', date '1970-01-01', a.set_notice_on)
    left join ordinal missed on missed.day = a.base + date_diff('day', date '1970-01-01', a.no_show_on)
    left join ordinal rebooked on a.last_scheduling_on >= a.no_show_on and rebooked.day = a.base + date_diff('day', date '1970-01-01', a.last_scheduling_on)
    left join ordinal told on told.day = a.base + date_diff('day', date '1970-01-01', a.no_show_told_on)
    left join ordinal kept on kept.day = a.base + date_diff('day', date '1970-01-01', a.kept_on)
    left join ordinal reported on reported.day = a.base + date_diff('day', date '1970-01-01', a.report_on)
)
select referral_id, received_on, countable, calendar, received_bd,
    case when ack_on >= received_on then ack_on end as ack_on, case when ack_on < received_on then -1 else ack_bd end as ack_bd,
    case when person_ack_on < received_on then -1 else person_ack_bd end as person_ack_bd,
    accepted_on, accepted_bd, contact_attempts, attempts_told_on, contact_on, contact_bd, info_requested,
    case when scheduled_on >= received_on then scheduled_on end as scheduled_on, scheduled_bd, set_notice_on, set_notice_bd, first_start_at,
    case when kept_on >= received_on then kept_on end as kept_on, kept_bd, report_on, reported_bd, any_report_on, report_ack_on,
    (report_on - kept_on)::integer as report_day,
    case when report_ack_on >= report_on then (report_ack_on - kept_on)::integer end as report_ack_day,
    no_show_on, no_show_bd, rebooked_bd, no_show_told_bd, last_booked_for_on, last_event_on
from numbered
