-- One row per countable referral that enrolled: whether its progress may be shared with the referrer, and when it was.
-- The subject is the one its log ties to the referral, else the patient's in that study; consent to share given to any
-- of a patient's subject records in the study holds, unless one says no. Parameters as in journey.sql.
with enrolled as (
    select referral_id, patient_key, study_id, enrolled_on from journey
    where countable and enrolled_on is not null and ($everything or referral_id in (select referral_id from affected))
),
subject as (
    select s.subject_id, named.referral_id, coalesce(patient.to_id, s.patient_key) as patient_key, study.to_id as study_id, s.share_consent
    from research_subject s
    left join referral named on named.referral_id = s.referral_id
    left join study_alias study on study.id = s.study_id
    left join patient_alias patient on patient.id = s.patient_key
),
tied as (
    select e.referral_id, s.subject_id, s.share_consent from enrolled e join subject s on s.referral_id = e.referral_id
    union
    select e.referral_id, s.subject_id, s.share_consent from enrolled e
    join subject s on s.referral_id is null and s.patient_key = e.patient_key and s.study_id = e.study_id
),
left_study as (
    select t.referral_id, min(x.occurred_on) as off_on
    from tied t join subject_event x using (subject_id)
    where x.code in ('completed', 'withdrawn', 'lost', 'off_study') and x.occurred_on <= $as_of::date
      and coalesce(x.recorded_on <= $as_of::date, true)
    group by t.referral_id
),
told as (
    select referral_id, kind, sent_on from communication
    where kind in ('progress', 'continuity') and referral_id is not null and sent_on <= $as_of::date
    union all
    select t.referral_id, c.kind, c.sent_on from tied t join communication c using (subject_id)
    where c.kind in ('progress', 'continuity') and c.referral_id is null and c.sent_on <= $as_of::date
),
shared as (
    select e.referral_id, max(told.sent_on) filter (told.kind = 'progress') as progress_on,
        min(told.sent_on) filter (told.kind = 'continuity' and told.sent_on >= e.enrolled_on) as continuity_on
    from enrolled e join told using (referral_id) group by e.referral_id
),
consent as (
    select referral_id, case when bool_or(share_consent = 'no') then 'no' when bool_or(share_consent = 'yes') then 'yes' else 'unknown' end as share_consent
    from tied group by referral_id
)
select e.referral_id, coalesce(consent.share_consent, 'unknown') as share_consent,
    case when left_study.off_on >= e.enrolled_on then left_study.off_on end as off_on, shared.progress_on, shared.continuity_on
from enrolled e
left join consent using (referral_id)
left join left_study using (referral_id)
left join shared using (referral_id)
