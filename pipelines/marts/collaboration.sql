-- One row per invitation to read an exam together, by $as_of, with the exam's dimensions where the log names the exam.
with known as (
    select c.*, coalesce(e.referral_id, c.referral_id) as for_referral_id, e.modality, e.practice_id as exam_practice_id, e.site_id as exam_site_id,
        e.practitioner_id as exam_practitioner_id
    from collab_session c
    left join (
        select study_uid_hash as as_logged, * from exam
        union all by name
        select i.accession_hash as as_logged, e.* from exam e join (select distinct study_uid_hash, accession_hash from imaging_study where accession_hash is not null) i
            using (study_uid_hash) where i.accession_hash <> e.study_uid_hash
    ) e on e.as_logged = c.study_uid_hash
    where c.invited_on <= $as_of::date
    qualify row_number() over (partition by c.session_id order by e.study_uid_hash) = 1
)
select k.session_id, k.invited_at, k.invited_on, k.host_role, coalesce(k.outcome = 'joined', k.joined_at is not null) and coalesce(k.joined_at >= k.invited_at, true) as accepted,
    coalesce(k.joined_at < k.invited_at or k.ended_at < k.joined_at, false) as time_error, k.outcome,
    case when k.joined_at >= k.invited_at then date_diff('second', k.invited_at, k.joined_at) // 60 end as wait_min,
    case when k.ended_at >= k.joined_at then date_diff('second', k.joined_at, k.ended_at) // 60 end as length_min,
    coalesce(k.modality, 'Unknown') as modality, coalesce(site.to_id, k.exam_site_id, j.site_id) as site_id, coalesce(d.site, 'Unknown site') as site,
    j.study_id, coalesce(j.study, 'No study') as study, coalesce(j.therapeutic_area, 'None') as therapeutic_area,
    coalesce(office.to_id, k.exam_practice_id, j.practice_id) as practice_id, coalesce(practice.practice, 'Unattributed') as practice,
    coalesce(k.exam_practitioner_id, j.practitioner_id) as practitioner_id, coalesce(person.practitioner, 'Unattributed') as practitioner,
    coalesce(person.specialty, 'Unknown') as specialty, coalesce(j.channel, 'unknown') as channel, k.source_file_id, k.source_row
from known k
left join journey j on j.referral_id = k.for_referral_id
left join site_alias site on site.id = k.site_id
left join dim_site d on d.site_id = coalesce(site.to_id, k.exam_site_id, j.site_id)
left join organization_alias office on office.id = k.organization_id
left join dim_practice practice on practice.practice_id = coalesce(office.to_id, k.exam_practice_id, j.practice_id)
left join dim_practitioner person on person.practitioner_id = coalesce(k.exam_practitioner_id, j.practitioner_id)
