-- One row per referral that a research subject belongs to: how far the subject came and how it left. Parameters as in
-- journey.sql. A subject belongs to the referral its log names, else to the patient's latest referral to that study
-- (then to no study in particular) before the subject's first event.
with concerned as (
    select coalesce(patient.to_id, r.patient_key) as patient_key
    from referral r left join patient_alias patient on patient.id = r.patient_key
    where r.referral_id in (select referral_id from affected)
),
followed as not materialized (
    select s.subject_id, s.referral_id, coalesce(patient.to_id, s.patient_key) as patient_key, s.study_id
    from research_subject s
    left join patient_alias patient on patient.id = s.patient_key
    where $everything or s.referral_id in (select referral_id from affected)
       or coalesce(patient.to_id, s.patient_key) in (select patient_key from concerned)
),
-- A number that is none of ours (a log names another system's) ties to nothing: then the patient tells.
named as (
    select referral_id, ($everything or referral_id in (select referral_id from affected))
        and coalesce(received_on, authored_on) <= $as_of::date
        and coalesce(recorded_on <= $as_of::date, true) as came
    from referral where referral_id in (select referral_id from research_subject where referral_id is not null)
),
progress as (
    select subject_id, min(occurred_at) as first_at,
        min(occurred_on) filter (code in ('approached', 'prescreen_pass', 'consented')) as contacted_on,
        min(occurred_on) filter (code = 'prescreen_pass') as prescreened_on,
        min(occurred_on) filter (code = 'consented') as consented_on,
        min(occurred_on) filter (code = 'screened') as screened_on,
        min(occurred_on) filter (code = 'eligible') as eligible_on,
        min(occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on
    from subject_event
    where ($everything or subject_id in (select subject_id from followed where not $everything))
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    group by subject_id
),
-- Few subjects leave, so that how they left is found apart from how far all came; and few of them more than once, so that
-- which of several endings is the last is asked of those only.
ending as not materialized (
    select subject_id, code, occurred_at, occurred_on, attempt, reason_code from subject_event
    where ($everything or subject_id in (select subject_id from followed where not $everything))
      and code in ('prescreen_fail', 'declined', 'screen_failed', 'withdrawn', 'lost', 'reinstated')
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
),
ended as materialized (
    select subject_id, count(*) as endings, max(occurred_at) as left_at, any_value(occurred_on) as left_on, any_value(code) as left_code,
        any_value(reason_code) as left_reason
    from ending group by subject_id
),
leaving as (
    select subject_id, true as has_left, left_on, left_code, left_reason
    from ended where endings = 1 and left_at is not null and left_code <> 'reinstated'
    union all
    select subject_id,
        max(occurred_at) filter (code <> 'reinstated')
            > coalesce(max(occurred_at) filter (code = 'reinstated'), '-infinity'::timestamp) as has_left,
        arg_max(occurred_on, (occurred_at, attempt, code)) filter (code <> 'reinstated') as left_on,
        arg_max(code, (occurred_at, attempt, code)) filter (code <> 'reinstated') as left_code,
        arg_max(reason_code, (occurred_at, attempt, reason_code)) filter (code <> 'reinstated') as left_reason
    from ending where subject_id in (select subject_id from ended where endings > 1 or left_at is null) group by subject_id
),
subjects as (
    select f.subject_id, named.referral_id, named.came, f.patient_key, study.to_id as study_id, p.* exclude (subject_id)
    from followed f
    join progress p using (subject_id)
    left join named on named.referral_id = f.referral_id
    left join study_alias study on study.id = f.study_id
),
loose as (
    select subject_id, patient_key, study_id, first_at from subjects where referral_id is null
),
linkable as (
    select r.referral_id, coalesce(patient.to_id, r.patient_key) as patient_key, study.to_id as study_id,
        coalesce(r.received_at, r.authored_at) as came_at
    from referral r
    left join patient_alias patient on patient.id = r.patient_key
    left join study_alias study on study.id = r.study_id
    where coalesce(patient.to_id, r.patient_key) in (select patient_key from loose)
      and ($everything or r.referral_id in (select referral_id from affected))
      and coalesce(r.received_on, r.authored_on) <= $as_of::date
      and coalesce(r.recorded_on <= $as_of::date, true)
      and not coalesce(r.void, false) and r.direction is distinct from 'out'
      and r.referral_id not in (select referral_id from referral_repeat where repeated)
),
-- To the study it is for before any other, then the latest.
nearest as (
    select s.subject_id, arg_max(r.referral_id, (r.study_id is not null, r.came_at, r.referral_id)) as referral_id
    from loose s join linkable r on r.patient_key = s.patient_key and r.came_at <= s.first_at
    where r.study_id = s.study_id or r.study_id is null
    group by s.subject_id
),
linked as (
    select * exclude (came, patient_key) from subjects where came
    union all
    select s.subject_id, nearest.referral_id, s.* exclude (subject_id, referral_id, came, patient_key)
    from subjects s join nearest on nearest.subject_id = s.subject_id
),
-- Several subjects of one referral (rescreenings under new numbers) count once: the one that came furthest. Only where
-- there are several is that asked.
several as (
    select referral_id from linked group by referral_id having count(*) > 1
),
furthest as (
    select * from linked where referral_id not in (select referral_id from several)
    union all
    select * from linked where referral_id in (select referral_id from several)
    qualify row_number() over (partition by referral_id order by enrolled_on nulls last, consented_on nulls last, first_at, subject_id) = 1
)
select f.referral_id, f.subject_id, f.study_id, f.contacted_on, f.prescreened_on, f.consented_on, f.screened_on, f.eligible_on,
    f.enrolled_on, l.has_left, l.left_on, l.left_code, l.left_reason
from furthest f
left join leaving l on l.subject_id = f.subject_id
