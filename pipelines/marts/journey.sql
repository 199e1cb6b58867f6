-- One row per referral: what it is, who sent it, how far it came and when. Parameters: $everything (else only
-- the referrals in `affected`), $as_of (a local day: use only facts that had happened and been recorded by its end).
-- Days are those of the site or file that tells: what was recorded by a site's own midnight was known on that day.
with known as not materialized (
    select r.* exclude (patient_key), coalesce(patient.to_id, r.patient_key) as patient_key, coalesce(r.received_at, r.authored_at) as came_at,
           coalesce(r.received_on, r.authored_on) as came_on,
           site.to_id as to_site_id, study.to_id as to_study_id,
           person.to_id as to_practitioner_id, home.practitioner as to_practitioner, home.specialty as to_specialty,
           source.kind as source_kind, source.impersonal,
           coalesce(practice.to_id, home.practice_id) as practice_id
    from referral r
    left join patient_alias patient on patient.id = r.patient_key
    left join site_alias site on site.id = r.performer_site_id
    left join study_alias study on study.id = r.study_id
    left join organization_alias practice on practice.id = r.requester_org_id
    left join practitioner_alias person on person.id = r.requester_practitioner_id
    -- Judged once per source: so many words asked of every row become a join of their own.
    left join (
        select source_id, kind, kind in ('self', 'campaign', 'own_database', 'registry', 'event') as impersonal from referral_source
    ) source on source.source_id = r.source_id
    left join dim_practitioner home on home.practitioner_id = person.to_id
    where ($everything or r.referral_id in (select referral_id from affected))
      and coalesce(r.received_on, r.authored_on) <= $as_of::date
      and coalesce(r.recorded_on <= $as_of::date, true)
),
-- A referral passed on from another that came in for the same patient: no repeat of it, and counted with it once over all
-- sites (see referral_volume).
passed_on as (
    select child.referral_id, parent.referral_id as parent_id, coalesce(site.to_id, parent.performer_site_id, -1) as from_site_id
    from referral child
    join referral parent on parent.referral_id = child.parent_referral_id and parent.patient_key = child.patient_key
    left join site_alias site on site.id = parent.performer_site_id
    where ($everything or child.referral_id in (select referral_id from affected))
      and child.parent_referral_id is not null and child.parent_referral_id <> child.referral_id
      and not coalesce(parent.void, false) and parent.direction is distinct from 'out'
      and coalesce(parent.received_on, parent.authored_on) <= $as_of::date
      and coalesce(parent.recorded_on <= $as_of::date, true)
),
-- Duplicate: an earlier referral of the same patient, referrer and service within 7 days; the earliest stays.
-- Only rows whose likeness occurs twice pay for the window: sorting a million that have no like cost five times
-- what finding that out does. Unlike rows of one likeness are told apart by the window's own columns.
likened as materialized (
    select referral_id, came_at, came_on, patient_key, to_practitioner_id, practice_id, source_kind, service_line,
        hash(patient_key, to_practitioner_id, practice_id, source_kind, service_line) as likeness
    from known
    where patient_key is not null and not coalesce(void, false) and direction is distinct from 'out'
      and referral_id not in (select referral_id from passed_on)
),
repeated as (
    select referral_id from (
        select referral_id, date_diff('day', lag(came_on) over earlier, came_on) <= 7 as again
        from likened
        where likeness in (select likeness from likened group by likeness having count(*) > 1)
        window earlier as (
            partition by patient_key, to_practitioner_id, practice_id, source_kind, service_line
            order by came_at, referral_id)
    ) where again
),
moved as (
    select referral_id, from_site_id from passed_on where parent_id not in (select referral_id from repeated)
),
judged as not materialized (
    select known.*, case
        when coalesce(void, false) then 'void'
        when direction = 'out' then 'outbound'
        when repeated.referral_id is not null then 'duplicate' end as excluded_because
    from known left join repeated on repeated.referral_id = known.referral_id
),
booked as not materialized (
    select referral_id, status, created_at, start_at, coalesce(start_on, start_at::date) as start_on,
        coalesce(created_on, created_at::date, start_on, start_at::date) as booked_on
    from appointment
    where ($everything or referral_id in (select referral_id from affected))
      and coalesce(created_on, created_at::date, start_on, start_at::date) <= $as_of::date
      and coalesce(recorded_on <= $as_of::date, true)
),
-- Stages may be told as events, as messages to the referrer and as appointments: the first telling counts.
happened as not materialized (
    select referral_id, code, occurred_at, occurred_on
    from referral_event
    where ($everything or referral_id in (select referral_id from affected))
      and code in ('acknowledged', 'contact_made', 'scheduled', 'rescheduled', 'kept', 'completed', 'report_sent')
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    union all
    select referral_id, case kind when 'ack' then 'acknowledged' else 'report_sent' end, sent_at, sent_on
    from communication
    where ($everything or referral_id in (select referral_id from affected))
      and kind in ('ack', 'report') and sent_on <= $as_of::date
    union all
    select referral_id, 'scheduled', coalesce(created_at, start_at), booked_on from booked where status <> 'proposed'
    union all
    select referral_id, 'kept', start_at, start_on from booked where status in ('arrived', 'fulfilled') and start_on <= $as_of::date
),
stages as (
    select referral_id,
        min(occurred_at) filter (code = 'acknowledged') as acknowledged_at,
        min(occurred_at) filter (code = 'contact_made') as contacted_at,
        min(occurred_on) filter (code = 'contact_made') as contacted_on,
        min(occurred_on) filter (code in ('scheduled', 'rescheduled')) as scheduled_on,
        min(occurred_on) filter (code in ('kept', 'completed')) as kept_on,
        min(occurred_at) filter (code = 'report_sent') as reported_at
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
-- A subject belongs to the referral its log names, else to the patient's latest referral to that study
-- (then to no study in particular) before the subject's first event.
progress as (
    select subject_id, min(occurred_at) as first_at,
        min(occurred_on) filter (code in ('approached', 'prescreen_pass', 'consented')) as contacted_on,
        min(occurred_on) filter (code = 'prescreen_pass') as prescreened_on,
        min(occurred_on) filter (code = 'consented') as consented_on,
        min(occurred_on) filter (code = 'screened') as screened_on,
        min(occurred_on) filter (code = 'eligible') as eligible_on,
        min(occurred_on) filter (code in ('randomized', 'on_study')) as enrolled_on
    from subject_event
    where occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    group by subject_id
),
-- Few subjects leave, so that how they left is found apart from how far all came.
leaving as (
    select subject_id, max(occurred_at) filter (code = 'reinstated') as reinstated_at,
        max(occurred_at) filter (code <> 'reinstated') as left_at,
        arg_max(occurred_on, (occurred_at, attempt, code)) filter (code <> 'reinstated') as left_on,
        arg_max(code, (occurred_at, attempt, code)) filter (code <> 'reinstated') as left_code,
        arg_max(reason_code, (occurred_at, attempt, reason_code)) filter (code <> 'reinstated') as left_reason
    from subject_event
    where code in ('prescreen_fail', 'declined', 'screen_failed', 'withdrawn', 'lost', 'reinstated')
      and occurred_on <= $as_of::date and coalesce(recorded_on <= $as_of::date, true)
    group by subject_id
),
-- A number that is none of ours (a log names another system's) ties to nothing: then the patient tells.
subjects as (
    select s.subject_id, named.referral_id, coalesce(patient.to_id, s.patient_key) as patient_key, study.to_id as study_id, p.* exclude (subject_id),
        l.* exclude (subject_id)
    from research_subject s
    join progress p using (subject_id)
    left join referral named on named.referral_id = s.referral_id
    left join leaving l using (subject_id)
    left join patient_alias patient on patient.id = s.patient_key
    left join study_alias study on study.id = s.study_id
),
linkable as (
    select referral_id, patient_key, to_study_id, came_at from judged
    where excluded_because is null and patient_key in (select patient_key from subjects where referral_id is null)
),
-- To the study it is for before any other, then the latest.
nearest as (
    select s.subject_id, arg_max(r.referral_id, (r.to_study_id is not null, r.came_at, r.referral_id)) as referral_id
    from subjects s join linkable r on r.patient_key = s.patient_key and r.came_at <= s.first_at
    where s.referral_id is null and (r.to_study_id = s.study_id or r.to_study_id is null)
    group by s.subject_id
),
came as (
    select referral_id from referral
    where ($everything or referral_id in (select referral_id from affected))
      and coalesce(received_on, authored_on) <= $as_of::date
      and coalesce(recorded_on <= $as_of::date, true)
),
linked as (
    select came.referral_id, subjects.* exclude (referral_id) from subjects join came on came.referral_id = subjects.referral_id
    union all
    select nearest.referral_id, subjects.* exclude (referral_id)
    from subjects join nearest on nearest.subject_id = subjects.subject_id
),
-- Several subjects of one referral (rescreenings under new numbers) count once: the one that came furthest. Only where
-- there are several is that asked.
several as (
    select referral_id from linked group by referral_id having count(*) > 1
),
subject as (
    select * from linked where referral_id not in (select referral_id from several)
    union all
    select * from linked where referral_id in (select referral_id from several)
    qualify row_number() over (partition by referral_id order by enrolled_on nulls last, consented_on nulls last, first_at, subject_id) = 1
),
joined as (
    select j.*, st.study_id as final_study_id, st.study as final_study, st.therapeutic_area as final_area,
        st.closed_on as study_closed_on, subject.subject_id,
        subject.enrolled_on, subject.eligible_on, subject.screened_on, subject.consented_on, subject.prescreened_on,
        coalesce(least(subject.contacted_on, stages.contacted_on), subject.contacted_on, stages.contacted_on) as contacted_on,
        stages.acknowledged_at, stages.contacted_at, stages.scheduled_on, stages.kept_on,
        stages.reported_at,
        case when subject.enrolled_on is not null then null
             when subject.left_at > coalesce(subject.reinstated_at, '-infinity'::timestamp) then subject.left_on
             when subject.subject_id is null or subject.left_at is null then endings.left_on end as left_on,
        case when subject.left_at > coalesce(subject.reinstated_at, '-infinity'::timestamp) then subject.left_code
             else endings.left_code end as left_code,
        case when subject.left_at > coalesce(subject.reinstated_at, '-infinity'::timestamp) then subject.left_reason
             else endings.left_reason end as left_reason
    from judged j
    left join stages using (referral_id)
    left join endings using (referral_id)
    left join subject using (referral_id)
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
    case when d.excluded_because is null then moved.from_site_id end as moved_from_site_id,
    d.to_site_id as site_id, coalesce(site.site, 'Unknown site') as site,
    d.final_study_id as study_id, coalesce(d.final_study, 'No study') as study,
    coalesce(d.final_area, 'None') as therapeutic_area,
    d.practice_id, coalesce(practice.practice, case when d.impersonal then 'No practice' else 'Unattributed' end) as practice,
    d.to_practitioner_id as practitioner_id, coalesce(d.to_practitioner, 'Unattributed') as practitioner,
    coalesce(d.to_specialty, 'Unknown') as specialty,
    coalesce(d.source_kind, 'unattributed') as source_kind,
    d.source_kind is not null and (d.source_kind not in ('practitioner', 'practice') or d.to_practitioner_id is not null
        or d.practice_id is not null) as attributed,
    coalesce(d.channel, 'unknown') as channel, d.service_line, d.modality, coalesce(d.priority, 'routine') as priority,
    d.patient_key,
    case when d.acknowledged_at >= d.came_at then date_diff('minute', d.came_at, d.acknowledged_at) end as acknowledged_min,
    case when d.contacted_at >= d.came_at then date_diff('minute', d.came_at, d.contacted_at) end as contacted_min,
    date_diff('day', d.came_on, d.scheduled_on)::integer as scheduled_day, date_diff('day', d.came_on, d.kept_on)::integer as kept_day,
    case when d.reported_at >= d.came_at then date_diff('minute', d.came_at, d.reported_at) end as reported_min,
    d.contacted_on, d.prescreened_on, d.consented_on, d.screened_on, d.eligible_on, d.enrolled_on,
    d.exit_on, d.exit_code, case when d.exit_code = 'study_closed' then 'study closed to enrolment' else d.left_reason end as exit_reason,
    case when d.enrolled_on >= d.came_on then date_diff('day', d.came_on, d.enrolled_on) end::integer as enrolled_day,
    case when d.exit_on >= d.came_on then date_diff('day', d.came_on, d.exit_on) end::integer as exit_day,
    case when d.enrolled_on is not null then 'enrolled' when d.eligible_on is not null then 'eligible'
         when d.screened_on is not null then 'screened' when d.consented_on is not null then 'consented'
         when d.prescreened_on is not null then 'prescreened' when d.contacted_on is not null then 'contacted'
         else 'referred' end as stage,
    coalesce(least(d.acknowledged_at, d.contacted_at, d.reported_at) < d.came_at, false)
        or coalesce(least(d.scheduled_on, d.kept_on, d.enrolled_on, d.exit_on, d.consented_on) < d.came_on, false) as time_error,
    coalesce(d.recorded_on, d.ingested_at::date, d.came_on) as known_on, d.recorded_on is null as known_by_load,
    d.source_system, d.source_file_id, d.source_row
from decided d
left join dim_site site on site.site_id = d.to_site_id
left join dim_practice practice on practice.practice_id = d.practice_id
left join moved on moved.referral_id = d.referral_id
