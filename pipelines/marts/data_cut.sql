-- The last day anything is known to have happened, never later than the last file arrived: its day where its times are local,
-- as a site's own day ends at its own midnight.
with told as (
    select max(ingested_at) as ingested_at from referral union all select max(ingested_at) from referral_event
    union all select max(ingested_at) from subject_event union all select max(ingested_at) from touch
    union all select max(ingested_at) from survey_response union all select max(ingested_at) from appointment
    union all select max(ingested_at) from imaging_study union all select max(ingested_at) from collab_session
    union all select max(ingested_at) from call union all select max(ingested_at) from lead union all select max(ingested_at) from campaign_spend
    union all select max(ingested_at) from enrolment_count union all select max(ingested_at) from newsletter_event
    union all select max(ingested_at) from gift_ledger
),
arrived as (
    -- Where no load says when its file came, the rows do.
    select coalesce(max(o.stated_on), max(last.ingested_at)::date) as day
    from (select max(ingested_at) as ingested_at from told) last left join load_order o on o.stated_at <= last.ingested_at
)
select max(happened.day) from (
    select max(coalesce(received_on, authored_on)) as day from referral, arrived where coalesce(received_on, authored_on) <= arrived.day
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
