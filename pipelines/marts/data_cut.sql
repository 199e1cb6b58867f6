-- The last day anything is known to have happened or to have been recorded, never later than the last file arrived: its day
-- where its times are local, as a site's own day ends at its own midnight. Every day that a mart compares with $as_of is here:
-- what none of these told would count on no day at all.
with told as (
    select max(ingested_at) as ingested_at from referral union all select max(ingested_at) from referral_event
    union all select max(ingested_at) from subject_event union all select max(ingested_at) from touch
    union all select max(ingested_at) from survey_response union all select max(ingested_at) from appointment
    union all select max(ingested_at) from imaging_study union all select max(ingested_at) from collab_session
    union all select max(ingested_at) from call union all select max(ingested_at) from lead union all select max(ingested_at) from campaign_spend
    union all select max(ingested_at) from enrolment_count union all select max(ingested_at) from newsletter_event
    union all select max(ingested_at) from gift_ledger union all select max(ingested_at) from communication
    union all select max(ingested_at) from share_event union all select max(ingested_at) from survey_invite
    union all select max(ingested_at) from slot
),
arrived as (
    -- Where no load says when its file came, the rows do.
    select coalesce(max(o.stated_on), max(last.ingested_at)::date) as day
    from (select max(ingested_at) as ingested_at from told) last left join load_order o on o.stated_at <= last.ingested_at
),
-- Told to the second and not by their day: the day is the site's.
instant as (
    select site_id, max(final_at) as at_instant from imaging_study, arrived where final_at < arrived.day + interval 1 day group by site_id
    union all select site_id, max(delivered_at) from imaging_study, arrived where delivered_at < arrived.day + interval 1 day group by site_id
    union all select site_id, max(joined_at) from collab_session, arrived where joined_at < arrived.day + interval 1 day group by site_id
    union all select site_id, max(ended_at) from collab_session, arrived where ended_at < arrived.day + interval 1 day group by site_id
    union all select i.site_id, max(e.occurred_at)
    from (select * from share_event, arrived where occurred_at < arrived.day + interval 1 day) e
    left join (select study_uid_hash, max(site_id) as site_id from imaging_study group by study_uid_hash) i on i.study_uid_hash = e.study_uid_hash
    group by i.site_id
),
latest as (
    select coalesce(d.calendar, '|||') as calendar, max(t.at_instant) as at_instant
    from instant t left join site_alias a on a.id = t.site_id left join dim_site d on d.site_id = coalesce(a.to_id, t.site_id)
    group by coalesce(d.calendar, '|||')
),
ended as (
    select t.calendar, min(b.day) as day from latest t join business_day b on b.calendar = t.calendar and b.over_at > t.at_instant
    group by t.calendar
)
select max(happened.day) from (
    select max(coalesce(received_on, authored_on)) as day from referral, arrived where coalesce(received_on, authored_on) <= arrived.day
    union all select max(recorded_on) from referral, arrived where recorded_on <= arrived.day
    union all select max(recorded_on) from referral_event, arrived where recorded_on <= arrived.day
    union all select max(recorded_on) from subject_event, arrived where recorded_on <= arrived.day
    union all select max(recorded_on) from appointment, arrived where recorded_on <= arrived.day
    union all select max(created_on) from appointment, arrived where created_on <= arrived.day
    union all select max(sent_on) from communication, arrived where sent_on <= arrived.day
    union all select max(received_on) from communication, arrived where received_on <= arrived.day
    union all select max(sent_on) from survey_invite, arrived where sent_on <= arrived.day
    union all select max(snapshot_on) from slot, arrived where snapshot_on <= arrived.day
    union all select max(least(ended.day, arrived.day)) from ended, arrived
    union all select max(occurred_on) from referral_event, arrived where occurred_on <= arrived.day
    union all select max(occurred_on) from subject_event, arrived where occurred_on <= arrived.day
    union all select max(occurred_on) from touch, arrived where occurred_on <= arrived.day
    union all select max(start_on) from appointment, arrived where start_on <= arrived.day and status in ('arrived', 'fulfilled', 'noshow')
    union all select max(as_of_on) from enrolment_count, arrived where as_of_on <= arrived.day
    union all select max(occurred_on) from newsletter_event, arrived where occurred_on <= arrived.day
    union all select max(given_on) from gift_ledger, arrived where given_on <= arrived.day
    union all select max(completed_on) from survey_response, arrived where completed_on <= arrived.day
    union all select max(coalesce(exam_end_on, exam_end_at::date)) from imaging_study, arrived where coalesce(exam_end_on, exam_end_at::date) <= arrived.day
    union all select max(invited_on) from collab_session, arrived where invited_on <= arrived.day
    union all select max(started_on) from call, arrived where started_on <= arrived.day
    union all select max(created_on) from lead, arrived where created_on <= arrived.day
    union all select max(spent_on) from campaign_spend, arrived where spent_on <= arrived.day
) happened
