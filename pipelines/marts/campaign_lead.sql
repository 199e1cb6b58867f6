-- One row per person and campaign they answered (per practice, where a practice did; per answer, where nobody can be told
-- from it), by $as_of, and what came of it. A campaign's site and study, not the person's, decide where it belongs: what
-- was spent cannot be divided among sites.
-- Three rules say whose a participant is, each told: the first contact of all, the last before randomisation, and what the
-- screening log says. A referral by anybody else is a contact; one by a campaign is the answer itself.
with named_source as materialized (
    select source_id, key64('campaign|' || norm_text(label)) as campaign_id from referral_source
    where kind = 'campaign' and label is not null and key64('campaign|' || norm_text(label)) in (select campaign_id from campaign)
),
-- Answers, and referrals whose log names the campaign.
answer as materialized (
    select l.lead_id, l.campaign_id, coalesce(patient.to_id, l.patient_key) as person, practice.to_id as practice_id, l.created_at, l.created_on,
        case when coalesce(l.status_on <= $as_of::date, true) then l.status else 'new' end as status, l.status_on, l.source_file_id, l.source_row
    from lead l
    left join patient_alias patient on patient.id = l.patient_key
    left join organization_alias practice on practice.id = l.organization_id
    where l.created_on <= $as_of::date and coalesce(l.status, 'new') <> 'void'
    union all
    select j.referral_id, s.campaign_id, j.patient_key, null, j.received_at, j.received_on, 'referred', j.received_on, j.source_file_id, j.source_row
    from named_source s join referral r using (source_id) join journey j on j.referral_id = r.referral_id
    where j.countable and j.patient_key is not null
),
person as materialized (select distinct person from answer where person is not null),
-- Looked up for those who answered only: a log of a million referrals has few of them.
subject as (
    select s.person, min(e.occurred_on) as randomised_on, bool_or(s.source_kind = 'campaign') as says_campaign
    from (
        select r.subject_id, r.source_kind, coalesce(patient.to_id, r.patient_key) as person
        from research_subject r left join patient_alias patient on patient.id = r.patient_key
        where coalesce(patient.to_id, r.patient_key) in (select person from person)
    ) s
    join subject_event e using (subject_id)
    where e.code in ('randomized', 'on_study') and e.occurred_on <= $as_of::date and coalesce(e.recorded_on <= $as_of::date, true)
    group by s.person
),
-- Whoever answered again, person or practice, stands where the last answer stands.
told as (select *, coalesce(person::varchar, practice_id::varchar, lead_id::varchar) as who from answer),
once as (
    select * from told qualify row_number() over (partition by campaign_id, who order by created_at, lead_id) = 1
),
furthest as (
    select campaign_id, who, max(status in ('qualified', 'referred')) as qualified, arg_max(status, (created_at, lead_id)) as status,
        arg_max(coalesce(status_on, created_on), (created_at, lead_id)) as status_on
    from told group by all
),
contact as (
    select person, campaign_id, created_at as happened_at, created_on as happened_on from answer where person is not null
    union all
    select patient_key, null, received_at, received_on from journey
    where countable and source_kind <> 'campaign' and patient_key in (select person from person)
),
judged as (
    select c.person, arg_min(coalesce(c.campaign_id, -1), (c.happened_at, coalesce(c.campaign_id, -1))) as first_id,
        arg_max(coalesce(c.campaign_id, -1), (c.happened_at, coalesce(c.campaign_id, -1))) filter (coalesce(c.happened_on <= s.randomised_on, true)) as last_id,
        arg_max(c.campaign_id, (c.happened_at, c.campaign_id)) filter (c.campaign_id is not null and coalesce(c.happened_on <= s.randomised_on, true)) as last_campaign_id
    from contact c left join subject s using (person) group by c.person
),
began as (
    select practice_id, min(received_on) as first_on from journey where countable and practice_id in (select practice_id from answer) group by practice_id
)
select o.lead_id, o.campaign_id, coalesce(c.name, 'Campaign not named') as campaign, coalesce(c.medium, 'Not stated') as medium, o.created_on, coalesce(f.status, o.status) as status,
    o.person is null and o.practice_id is not null as by_practice,
    coalesce(f.qualified, o.status in ('qualified', 'referred')) or coalesce(s.randomised_on >= o.created_on, false) as qualified,
    case when s.randomised_on >= o.created_on then s.randomised_on end as randomised_on, coalesce(s.randomised_on < o.created_on, false) as time_error,
    case when s.randomised_on is null and coalesce(f.status, o.status) in ('not_qualified', 'unreachable')
        and coalesce(f.status_on, o.status_on, o.created_on) >= o.created_on then coalesce(f.status_on, o.status_on, o.created_on) end as left_on,
    coalesce(s.randomised_on >= o.created_on and m.first_id = o.campaign_id, false) as by_first,
    coalesce(s.randomised_on >= o.created_on and m.last_id = o.campaign_id, false) as by_last,
    coalesce(s.randomised_on >= o.created_on and s.says_campaign and m.last_campaign_id = o.campaign_id, false) as by_stated,
    case when b.first_on >= o.created_on then o.practice_id end as new_practice_id,
    site.to_id as site_id, coalesce(d.site, 'Unknown site') as site, study.to_id as study_id, coalesce(y.study, 'No study') as study,
    coalesce(y.therapeutic_area, 'None') as therapeutic_area, o.person as patient_key, o.source_file_id, o.source_row
from once o
left join campaign c on c.campaign_id = o.campaign_id
left join furthest f on f.campaign_id = o.campaign_id and f.who = o.who
left join subject s on s.person = o.person
left join judged m on m.person = o.person
left join began b on b.practice_id = o.practice_id
left join site_alias site on site.id = c.site_id
left join dim_site d on d.site_id = site.to_id
left join study_alias study on study.id = c.study_id
left join dim_study y on y.study_id = study.to_id
