-- One row per subject, study and site as of $cut_day: from when it is known, and how far it came. Enrolled is the first
-- randomisation or on-study milestone; reinstated is a screen failure taken back. Who fails and passes a later screening
-- has not failed.
(
    select *, screened_on is not null and enrolled_on is null and failed_on is not null
            and coalesce(failed_on > reinstated_on, true) and coalesce(failed_on >= passed_on, true) as failed,
        screened_on is not null and (enrolled_on is not null or eligible_on is not null) as passed
    from (
        select subject_id, study_id, any_value(study) as study, any_value(therapeutic_area) as therapeutic_area, site_id,
            any_value(site) as site, any_value(source_kind) as source_kind, any_value(referral_id) as referral_id,
            min(occurred_on) as first_on,
            min(occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on,
            min(occurred_on) filter (code = 'screened') as screened_on,
            max(occurred_on) filter (code = 'screen_failed') as failed_on,
            max(occurred_on) filter (code = 'reinstated') as reinstated_on,
            min(occurred_on) filter (code = 'eligible') as eligible_on,
            max(occurred_on) filter (code = 'eligible') as passed_on
        from subject_step
        where occurred_on <= $cut_day::date and coalesce(recorded_on <= $cut_day::date, true)
        group by subject_id, study_id, site_id)
)
