-- One row per imaging exam that had ended by $as_of: when it was reported, delivered, shared and first looked at by the
-- practice that ordered it. Minutes are whole, by the clock and of the site's business hours; an interval that runs
-- backwards is NULL, and says so in its *_error. Several loads and systems may tell of one exam: what the department's
-- worklist says goes before what the archive says, and then always the same one.
-- Most exams are told once, and only the others are weighed: weighing all took a fifth of the time.
with told_again as (
    select study_uid_hash from imaging_study group by study_uid_hash having count(*) > 1
),
told as (
    select study_uid_hash, accession_hash, referral_id, patient_key, site_id, requester_practitioner_id, requester_org_id, modality, exam_end_at,
        exam_end_on, final_at, delivered_at, protocol_changed, addendum_count, source_file_id, source_row
    from imaging_study where study_uid_hash not in (select study_uid_hash from told_again)
    union all by name
    select study_uid_hash,
        arg_max(accession_hash, word) as accession_hash, arg_max(referral_id, word) as referral_id, arg_max(patient_key, word) as patient_key,
        arg_max(site_id, word) as site_id, arg_max(requester_practitioner_id, word) as requester_practitioner_id, arg_max(requester_org_id, word) as requester_org_id,
        arg_max(modality, word) as modality, arg_max(exam_end_at, word) as exam_end_at, arg_max(exam_end_on, word) as exam_end_on,
        arg_max(final_at, word) as final_at, arg_max(delivered_at, word) as delivered_at, arg_max(protocol_changed, word) as protocol_changed,
        arg_max(addendum_count, word) as addendum_count, arg_max(source_file_id, word) as source_file_id, arg_max(source_row, word) as source_row
    from (
        select *, case when told_by = 'ris' then '1' else '0' || coalesce(told_by, '') end as word
        from imaging_study where study_uid_hash in (select study_uid_hash from told_again)
    )
    group by study_uid_hash
),
ordered as (
    select told.*, coalesce(a.to_id, told.patient_key) as person, named.referral_id as named_referral_id
    from told left join patient_alias a on a.id = told.patient_key left join journey named on named.referral_id = told.referral_id
),
unordered as (select * from ordered where named_referral_id is null),
-- Without an order number an exam belongs to the patient's latest referral of the year before it.
linkable as (
    select min(referral_id) as referral_id, patient_key, received_at from journey -- of two at one instant always the same one
    where countable and patient_key in (select person from unordered)
    group by patient_key, received_at
),
placed as (
    select *, named_referral_id as for_referral_id from ordered where named_referral_id is not null
    union all
    select u.*, case when near.received_at >= u.exam_end_at - interval 366 day then near.referral_id end
    from unordered u asof left join linkable near on near.patient_key = u.person and near.received_at <= u.exam_end_at
),
known as (
    select p.study_uid_hash, p.accession_hash, p.for_referral_id as referral_id, p.exam_end_at,
        coalesce(p.exam_end_on, p.exam_end_at::date) as exam_end_on, coalesce(p.modality, 'Unknown') as modality, p.protocol_changed, p.addendum_count,
        p.final_at as told_final_at, p.delivered_at as told_delivered_at, p.source_file_id, p.source_row,
        coalesce(site.to_id, j.site_id) as site_id, j.study_id, j.study, j.therapeutic_area,
        coalesce(practice.to_id, case when coalesce(p.exam_end_on, p.exam_end_at::date) < home.moved_on then home.earlier_practice_id else home.practice_id end,
            j.practice_id) as practice_id, coalesce(person.to_id, j.practitioner_id) as practitioner_id,
        j.channel, j.source_kind, j.intent, j.priority
    from placed p
    left join journey j on j.referral_id = p.for_referral_id
    left join site_alias site on site.id = p.site_id
    left join organization_alias practice on practice.id = p.requester_org_id
    left join practitioner_alias person on person.id = p.requester_practitioner_id
    left join dim_practitioner home on home.practitioner_id = person.to_id
    where coalesce(p.exam_end_on, p.exam_end_at::date) <= $as_of::date
),
-- The day of the site is over at its own midnight.
timed as (
    select k.*, d.site, coalesce(d.calendar, '|||') as calendar,
        timezone('UTC', timezone(coalesce(d.time_zone, 'America/New_York'), $as_of::date + interval 1 day)) as day_over_at
    from known k left join dim_site d on d.site_id = k.site_id
),
reported as (
    select *, case when told_final_at < day_over_at then told_final_at end as final_at,
        case when told_delivered_at < day_over_at then told_delivered_at end as delivered_at
    from timed
),
instant as (
    select study_uid_hash, calendar, 'exam' as what, exam_end_at as happened_at from reported where exam_end_at is not null
    union all select study_uid_hash, calendar, 'final', final_at from reported where final_at is not null
    union all select study_uid_hash, calendar, 'delivered', delivered_at from reported where delivered_at is not null
),
-- The last opening before an instant lies on its day in UTC or the day before; one late at night, on a day of 25 hours, two
-- days before. An earlier one than the last never gives more.
opening as (
    select calendar, opens_at, closes_at, minutes_before, unnest(case when opens_at::time >= time '23:00'
        then [opens_at::date, opens_at::date + 1, opens_at::date + 2] else [opens_at::date, opens_at::date + 1] end) as utc_day
    from business_day
),
-- In seconds, so that no exam takes longer in business hours than by the clock.
worked as (
    select i.study_uid_hash, i.what, 60 * b.minutes_before + greatest(0, date_diff('second', b.opens_at, least(i.happened_at, b.closes_at))) as seconds
    from instant i join opening b on b.calendar = i.calendar and b.utc_day = i.happened_at::date and b.opens_at <= i.happened_at
),
business as (
    select study_uid_hash, max(seconds) filter (what = 'exam') as exam_bsec, max(seconds) filter (what = 'final') as final_bsec,
        max(seconds) filter (what = 'delivered') as delivered_bsec
    from worked group by study_uid_hash
),
-- Who looked: users of the practice that ordered the exam, whatever their role there; where the log names no practice,
-- those it calls referrers. Technologists, readers, staff of ours and machines that fetch a preview are nobody.
named as (
    select study_uid_hash as as_logged, study_uid_hash from reported
    union
    select accession_hash, study_uid_hash from reported where accession_hash is not null
),
look as (
    select n.study_uid_hash, e.action, e.occurred_at,
        e.action in ('viewed', 'annotated', 'exported') and coalesce(e.actor_role, 'unknown') not in ('technologist', 'radiologist', 'staff', 'admin', 'bot', 'patient')
            and (coalesce(office.to_id = r.practice_id, false) or (office.to_id is null and e.actor_role in ('referrer', 'referrer_staff'))) as by_referrer
    from share_event e
    join named n on n.as_logged = e.study_uid_hash
    join reported r on r.study_uid_hash = n.study_uid_hash
    left join organization_alias office on office.id = e.actor_org_id
    where e.occurred_at < r.day_over_at
),
shared as (
    select study_uid_hash, min(occurred_at) as shared_at from look where action = 'shared' group by study_uid_hash
),
viewed as (
    select l.study_uid_hash, min(l.occurred_at) filter (l.occurred_at >= s.shared_at) as viewed_at, bool_or(l.occurred_at < s.shared_at) as viewed_before
    from look l join shared s using (study_uid_hash) where l.by_referrer group by l.study_uid_hash
),
whole as (
    select r.*, s.shared_at, v.viewed_at, coalesce(v.viewed_before, false) as view_error,
        date_diff('second', r.exam_end_at, r.final_at) // 60 as turnaround_min, (b.final_bsec - b.exam_bsec) // 60 as turnaround_bmin,
        date_diff('second', r.final_at, r.delivered_at) // 60 as delivery_min, (b.delivered_bsec - b.final_bsec) // 60 as delivery_bmin
    from reported r left join business b using (study_uid_hash) left join shared s using (study_uid_hash) left join viewed v using (study_uid_hash)
)
select w.study_uid_hash, w.referral_id, w.exam_end_at, w.exam_end_on, w.final_at, w.delivered_at, w.day_over_at,
    case when w.final_at >= w.exam_end_at then w.turnaround_min end as turnaround_min, case when w.final_at >= w.exam_end_at then w.turnaround_bmin end as turnaround_bmin,
    case when w.delivered_at >= w.final_at then w.delivery_min end as delivery_min, case when w.delivered_at >= w.final_at then w.delivery_bmin end as delivery_bmin,
    coalesce(w.final_at < w.exam_end_at, false) as turnaround_error, coalesce(w.delivered_at < w.final_at, false) as delivery_error,
    w.protocol_changed, coalesce(w.addendum_count, 0) as addendum_count, w.shared_at,
    timezone(coalesce(d.time_zone, 'America/New_York'), timezone('UTC', w.shared_at))::date as shared_on,
    w.viewed_at, w.view_error, w.modality, w.site_id, coalesce(w.site, 'Unknown site') as site, w.study_id, coalesce(w.study, 'No study') as study,
    coalesce(w.therapeutic_area, 'None') as therapeutic_area, w.practice_id, coalesce(practice.practice, 'Unattributed') as practice, w.practitioner_id,
    coalesce(person.practitioner, 'Unattributed') as practitioner, coalesce(person.specialty, 'Unknown') as specialty, coalesce(w.channel, 'unknown') as channel,
    coalesce(w.source_kind, 'unattributed') as source_kind, coalesce(w.intent, 'clinical') as intent, coalesce(w.priority, 'routine') as priority,
    w.source_file_id, w.source_row
from whole w
left join dim_site d on d.site_id = w.site_id
left join dim_practice practice on practice.practice_id = w.practice_id
left join dim_practitioner person on person.practitioner_id = w.practitioner_id
