-- One row per referral: what it is, who sent it, how far it came and when. No row looks at another: what lies between
-- referrals is told by referral_repeat and referral_subject. Parameters: $everything (else only
-- the referrals in `affected`), $as_of (a local day: use only facts that had happened and been recorded by its end).
-- Days are those of the site or file that tells: what was recorded by a site's own midnight was known on that day.
with known as not materialized (
    select r.* exclude (patient_key), coalesce(patient.to_id, r.patient_key) as patient_key, coalesce(r.received_at, r.authored_at) as came_at,
           coalesce(r.received_on, r.authored_on) as came_on,
           site.to_id as to_site_id, site.site as to_site, study.to_id as to_study_id,
           person.to_id as to_practitioner_id, person.practitioner as to_practitioner, person.specialty as to_specialty,
           source.kind as source_kind, source.impersonal,
           coalesce(practice.to_id, case when coalesce(r.received_on, r.authored_on) < person.moved_on then person.earlier_practice_id else person.practice_id end)
               as practice_id,
           case when coalesce(r.void, false) then 'void' when r.direction = 'out' then 'outbound' when again.repeated then 'duplicate' end as excluded_because,
           again.from_site_id, again.referral_id is null as sole
    from referral r
    left join patient_alias patient on patient.id = r.patient_key
    -- Who somebody is and what they are called are joined to one another first: every row is looked up once for both.
    left join (
        select a.id, a.to_id, d.site from site_alias a left join dim_site d on d.site_id = a.to_id
    ) site on site.id = r.performer_site_id
    left join study_alias study on study.id = r.study_id
    left join organization_alias practice on practice.id = r.requester_org_id
    left join (
        select a.id, a.to_id, d.practitioner, d.specialty, d.practice_id, d.earlier_practice_id, d.moved_on
        from practitioner_alias a left join dim_practitioner d on d.practitioner_id = a.to_id
    ) person on person.id = r.requester_practitioner_id
    -- Judged once per source: so many words asked of every row become a join of their own.
    left join (
        select source_id, kind, kind in ('self', 'campaign', 'own_database', 'registry', 'event') as impersonal from referral_source
    ) source on source.source_id = r.source_id
    left join referral_repeat again on again.referral_id = r.referral_id
    where ($everything or r.referral_id in (select referral_id from affected))
      and coalesce(r.received_on, r.authored_on) <= $as_of::date
      and coalesce(r.recorded_on <= $as_of::date, true)
),
booked as not materialized (
    select referral_id, status, coalesce(start_on, start_at::date) as start_on,
        coalesce(created_on, created_at::date, start_on, start_at::date) as booked_on
    from appointment
    where ($everything or referral_id in (select referral_id from affected))
      and coalesce(created_on, created_at::date, start_on, start_at::date) <= $as_of::date
      and coalesce(recorded_on <= $as_of::date, true)
),
-- Stages may be told as events and as appointments: the first telling counts.
happened as not materialized (
    select referral_id, code, occurred_on
    from referral_event
    where ($everything or referral_id in (select referral_id from affected))
      and code in ('contact_made', 'scheduled', 'rescheduled', 'kept', 'completed')
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    union all
    select referral_id, 'scheduled', booked_on from booked where status not in ('proposed', 'void')
    union all
    select referral_id, 'kept', start_on from booked where status in ('arrived', 'fulfilled') and start_on <= $as_of::date
),
stages as (
    select referral_id,
        min(occurred_on) filter (code = 'contact_made') as contacted_on,
        -- Who was seen had been scheduled by then, or came unscheduled, which is the same day.
        min(occurred_on) filter (code in ('scheduled', 'rescheduled', 'kept', 'completed')) as scheduled_on,
        min(occurred_on) filter (code in ('kept', 'completed')) as kept_on
    from happened
    group by referral_id
),
-- Few referrals end in the referral itself, so that endings are found apart from the stages of all.
endings as (
    select referral_id, min(occurred_on) as left_on, arg_min(code, (occurred_at, seq, code)) as left_code,
        arg_min(reason_code, (occurred_at, seq, reason_code)) as left_reason
    from referral_event
    where ($everything or referral_id in (select referral_id from affected)) and code in ('declined', 'cancelled', 'redirected', 'handback')
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    group by referral_id
),
joined as (
    select j.*, st.study_id as final_study_id, st.study as final_study, st.therapeutic_area as final_area,
        st.closed_on as study_closed_on,
        subject.enrolled_on, subject.eligible_on, subject.screened_on, subject.consented_on, subject.prescreened_on,
        coalesce(least(subject.contacted_on, stages.contacted_on), subject.contacted_on, stages.contacted_on) as contacted_on,
        stages.scheduled_on, stages.kept_on,
        case when subject.enrolled_on is not null then null
             when subject.has_left then subject.left_on
             -- Who went on in the study after the referral was declined had not left by that.
             when subject.has_left is null and not coalesce(endings.left_on
                 < greatest(subject.prescreened_on, subject.consented_on, subject.screened_on, subject.eligible_on), false)
                 then endings.left_on end as left_on,
        case when subject.has_left then subject.left_code else endings.left_code end as left_code,
        case when subject.has_left then subject.left_reason else endings.left_reason end as left_reason
    from known j
    left join stages using (referral_id)
    left join endings using (referral_id)
    left join referral_subject subject using (referral_id)
    left join dim_study st on st.study_id = coalesce(j.to_study_id, subject.study_id)
),
decided as (
    select *, case
            when enrolled_on is not null then null
            when left_on is not null then left_on
            when study_closed_on <= $as_of::date and study_closed_on >= came_on then study_closed_on end as exit_on,
        case
            when enrolled_on is not null then null
            when left_on is not null then case
                when left_code = 'lost' or regexp_matches(lower(left_reason), 'unreach|unable[^a-z0-9]+to[^a-z0-9]+(reach|contact)|(could|can|did)[^a-z]*(not|n.?t|.?t)[^a-z0-9]+(reach|contact)|not[^a-z0-9]+reached|no[^a-z0-9]+(answer|contact|response)|wrong[^a-z0-9]+number|^utr$|lost') then 'unreachable'
                when left_code = 'prescreen_fail' then 'prescreen_failed'
                else left_code end
            when study_closed_on <= $as_of::date and study_closed_on >= came_on then 'study_closed' end as exit_code
    from joined
)
select
    d.referral_id, d.came_at as received_at, d.came_on as received_on,
    case when d.received_at is null then 'authored' else 'received' end as received_basis,
    coalesce(d.authored_on, d.came_on) as written_on,
    d.excluded_because is null as countable, d.excluded_because,
    coalesce(d.intent, case when d.final_study_id is null then 'clinical' else 'research' end) as intent,
    case when d.excluded_because is null then d.from_site_id end as moved_from_site_id,
    d.to_site_id as site_id, coalesce(d.to_site, 'Unknown site') as site,
    d.final_study_id as study_id, coalesce(d.final_study, 'No study') as study,
    coalesce(d.final_area, 'None') as therapeutic_area,
    d.practice_id, coalesce(practice.practice, case when d.impersonal then 'No practice' else 'Unattributed' end) as practice,
    d.to_practitioner_id as practitioner_id, coalesce(d.to_practitioner, 'Unattributed') as practitioner,
    coalesce(d.to_specialty, 'Unknown') as specialty,
    coalesce(d.source_kind, 'unattributed') as source_kind,
    d.source_kind is not null and (d.source_kind not in ('practitioner', 'practice') or d.to_practitioner_id is not null
        or d.practice_id is not null) as attributed,
    coalesce(d.channel, 'unknown') as channel, d.service_line, d.modality, coalesce(d.priority, 'routine') as priority,
    d.patient_key, d.sole,
    date_diff('day', d.came_on, d.scheduled_on)::integer as scheduled_day, date_diff('day', d.came_on, d.kept_on)::integer as kept_day,
    d.contacted_on, d.prescreened_on, d.consented_on, d.screened_on, d.eligible_on, d.enrolled_on,
    d.exit_on, d.exit_code, case when d.exit_code = 'study_closed' then 'study closed to enrolment' else d.left_reason end as exit_reason,
    case when d.enrolled_on >= d.came_on then date_diff('day', d.came_on, d.enrolled_on) end::integer as enrolled_day,
    case when d.exit_on >= d.came_on then date_diff('day', d.came_on, d.exit_on) end::integer as exit_day,
    case when d.enrolled_on is not null then 'enrolled' when d.eligible_on is not null then 'eligible'
         when d.screened_on is not null then 'screened' when d.consented_on is not null then 'consented'
         when d.prescreened_on is not null then 'prescreened' when d.contacted_on is not null then 'contacted'
         else 'referred' end as stage,
    -- Whatever a source restates later, it was known once a file had told of it.
    coalesce(least(d.recorded_on, d.first_seen_at::date), d.came_on) as known_on, d.recorded_on is null as known_by_load,
    d.source_file_id, d.source_row
from decided d
left join dim_practice practice on practice.practice_id = d.practice_id
