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
),
placed as (
    select k.*, coalesce(site.to_id, k.exam_site_id, j.site_id) as place_id, coalesce(d.site, 'Unknown site') as place,
        timezone('UTC', timezone(coalesce(d.time_zone, 'America/New_York'), $as_of::date + interval 1 day)) as day_over_at,
        j.study_id, j.study, j.therapeutic_area, j.channel, j.practice_id as journey_practice_id, j.practitioner_id as journey_practitioner_id
    from known k
    left join journey j on j.referral_id = k.for_referral_id
    left join site_alias site on site.id = k.site_id
    left join dim_site d on d.site_id = coalesce(site.to_id, k.exam_site_id, j.site_id)
),
-- Who came, and when it ended, after the day is not known on it; an outcome without a time is from the day of the invitation.
told as (
    select p.*, case when p.joined_at < p.day_over_at then p.joined_at end as came_at, case when p.ended_at < p.day_over_at then p.ended_at end as closed_at,
        case when coalesce(p.joined_at < p.day_over_at, true) then p.outcome end as result
    from placed p
)
select k.session_id, k.invited_at, k.invited_on, k.host_role, coalesce(k.result = 'joined', k.came_at is not null) and coalesce(k.came_at >= k.invited_at, true) as accepted,
    coalesce(k.came_at < k.invited_at or k.closed_at < k.came_at, false) as time_error, k.result as outcome,
    case when k.came_at >= k.invited_at then date_diff('second', k.invited_at, k.came_at) // 60 end as wait_min,
    case when k.closed_at >= k.came_at then date_diff('second', k.came_at, k.closed_at) // 60 end as length_min,
    coalesce(k.modality, 'Unknown') as modality, k.place_id as site_id, k.place as site,
    k.study_id, coalesce(k.study, 'No study') as study, coalesce(k.therapeutic_area, 'None') as therapeutic_area,
    coalesce(office.to_id, k.exam_practice_id, k.journey_practice_id) as practice_id, coalesce(practice.practice, 'Unattributed') as practice,
    coalesce(k.exam_practitioner_id, k.journey_practitioner_id) as practitioner_id, coalesce(person.practitioner, 'Unattributed') as practitioner,
    coalesce(person.specialty, 'Unknown') as specialty, coalesce(k.channel, 'unknown') as channel, k.source_file_id, k.source_row
from told k
left join organization_alias office on office.id = k.organization_id
left join dim_practice practice on practice.practice_id = coalesce(office.to_id, k.exam_practice_id, k.journey_practice_id)
left join dim_practitioner person on person.practitioner_id = coalesce(k.exam_practitioner_id, k.journey_practitioner_id)
