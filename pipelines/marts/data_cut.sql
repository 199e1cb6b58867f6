-- The last day anything is known to have happened, never later than the last file arrived.
with arrived as (
    select max(ingested_at)::date as day from (
        select max(ingested_at) as ingested_at from referral union all select max(ingested_at) from referral_event
        union all select max(ingested_at) from subject_event union all select max(ingested_at) from touch
        union all select max(ingested_at) from survey_response union all select max(ingested_at) from appointment)
)
select max(happened.day) from (
    select max(coalesce(received_on, authored_on)) as day from referral, arrived where coalesce(received_on, authored_on) <= arrived.day
    union all select max(occurred_on) from referral_event, arrived where occurred_on <= arrived.day
    union all select max(occurred_on) from subject_event, arrived where occurred_on <= arrived.day
    union all select max(occurred_on) from touch, arrived where occurred_on <= arrived.day
    union all select max(start_on) from appointment, arrived where start_on <= arrived.day and status in ('arrived', 'fulfilled', 'noshow')
    union all select max(completed_on) from survey_response, arrived where completed_on <= arrived.day
) happened
