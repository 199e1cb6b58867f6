-- One row per referral (per message, where none is named) whose referrer was asked whether the exam was as envisioned, by
-- $as_of, on the day first asked; the latest answer counts. Dimensions are the exam's, else the referral's. What was asked about
-- a referral that counts for nothing (entered in error, or a repetition) counts for nothing either.
with asked as (
    select coalesce(c.referral_id::varchar, 'message ' || c.communication_id) as question, c.referral_id, c.organization_id, c.sent_at, c.sent_on,
        case when coalesce(c.answered_on, c.sent_on) <= $as_of::date then c.answer end as answer, coalesce(c.answered_on, c.sent_on) as answered_on,
        c.communication_id, c.source_file_id, c.source_row
    from communication c
    where c.kind = 'confirm_exam' and c.sent_on <= $as_of::date
),
once as (
    select question, any_value(referral_id) as referral_id, arg_min(organization_id, (sent_at, communication_id)) as organization_id, min(sent_on) as asked_on,
        arg_max(answer, (answered_on, sent_at, communication_id)) filter (answer is not null) as answer,
        arg_min(source_file_id, (sent_at, communication_id)) as source_file_id, arg_min(source_row, (sent_at, communication_id)) as source_row
    from asked group by question
),
-- Of several exams of one referral, the first.
examined as (
    select * from exam where referral_id is not null qualify row_number() over (partition by referral_id order by exam_end_at, study_uid_hash) = 1
)
select o.referral_id, o.asked_on, o.answer, coalesce(e.modality, 'Unknown') as modality, coalesce(e.site_id, j.site_id) as site_id,
    coalesce(d.site, 'Unknown site') as site, coalesce(e.study_id, j.study_id) as study_id, coalesce(e.study, j.study, 'No study') as study,
    coalesce(e.therapeutic_area, j.therapeutic_area, 'None') as therapeutic_area, coalesce(e.practice_id, j.practice_id, office.to_id) as practice_id,
    coalesce(p.practice, 'Unattributed') as practice, coalesce(e.practitioner_id, j.practitioner_id) as practitioner_id,
    coalesce(r.practitioner, 'Unattributed') as practitioner, coalesce(r.specialty, 'Unknown') as specialty,
    coalesce(e.channel, j.channel, 'unknown') as channel, o.source_file_id, o.source_row
from once o
left join examined e on e.referral_id = o.referral_id
left join journey j on j.referral_id = o.referral_id
left join organization_alias office on office.id = o.organization_id
left join dim_site d on d.site_id = coalesce(e.site_id, j.site_id)
left join dim_practice p on p.practice_id = coalesce(e.practice_id, j.practice_id, office.to_id)
left join dim_practitioner r on r.practitioner_id = coalesce(e.practitioner_id, j.practitioner_id)
where coalesce(j.excluded_because, '') not in ('void', 'duplicate')
