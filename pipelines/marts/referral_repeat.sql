-- One row per referral of a patient who has several: whether it repeats an earlier one, and from where it was passed on.
-- Parameters as in journey.sql.
-- A referral passed on from another that came in for the same patient: no repeat of it, and counted with it once over all
-- sites (see referral_volume).
with passed_on as (
    select child.referral_id, parent.referral_id as parent_id, coalesce(site.to_id, parent.performer_site_id, -1) as from_site_id
    -- Few are: it is they that are kept, while all that could be a parent streams past.
    from referral parent
    join (
        select referral_id, parent_referral_id, patient_key from referral
        where parent_referral_id is not null and parent_referral_id <> referral_id
          and ($everything or referral_id in (select referral_id from affected))
    ) child on child.parent_referral_id = parent.referral_id and child.patient_key = parent.patient_key
    left join site_alias site on site.id = parent.performer_site_id
    where not coalesce(parent.void, false) and parent.direction is distinct from 'out'
      and coalesce(parent.received_on, parent.authored_on) <= $as_of::date
      and coalesce(parent.recorded_on <= $as_of::date, true)
),
came as not materialized (
    select r.referral_id, coalesce(r.received_at, r.authored_at) as came_at, coalesce(r.received_on, r.authored_on) as came_on,
        coalesce(patient.to_id, r.patient_key) as patient_key, r.direction, r.requester_practitioner_id, r.requester_org_id,
        r.source_id, r.service_line, r.first_seen_at, r.source_row
    from referral r
    left join patient_alias patient on patient.id = r.patient_key
    where ($everything or r.referral_id in (select referral_id from affected))
      and r.patient_key is not null and not coalesce(r.void, false)
      and coalesce(r.received_on, r.authored_on) <= $as_of::date
      and coalesce(r.recorded_on <= $as_of::date, true)
),
-- Only patients who came twice are asked who sent them.
several as (
    select patient_key from came group by patient_key having count(*) > 1
),
theirs as materialized (
    select * from came where patient_key in (select patient_key from several)
),
-- Repeat: an earlier referral of the same patient, referrer and service within 7 days; the earliest stays. Where a day is all that
-- is known, two of one day came at once: the one that was told first stays, of one file the one that stands first.
-- Only rows whose likeness occurs twice pay for the window: sorting a million that have no like cost five times
-- what finding that out does. Unlike rows of one likeness are told apart by the window's own columns.
likened as materialized (
    select c.referral_id, c.came_at, c.came_on, c.patient_key, person.to_id as practitioner_id,
        coalesce(practice.to_id, case when c.came_on < home.moved_on then home.earlier_practice_id else home.practice_id end) as practice_id,
        source.kind as source_kind, c.service_line, c.first_seen_at, c.source_row,
        hash(c.patient_key, person.to_id, coalesce(practice.to_id,
            case when c.came_on < home.moved_on then home.earlier_practice_id else home.practice_id end), source.kind, c.service_line) as likeness
    from theirs c
    left join organization_alias practice on practice.id = c.requester_org_id
    left join practitioner_alias person on person.id = c.requester_practitioner_id
    left join referral_source source on source.source_id = c.source_id
    left join dim_practitioner home on home.practitioner_id = person.to_id
    where c.direction is distinct from 'out' and c.referral_id not in (select referral_id from passed_on)
),
repeated as (
    select referral_id from (
        select referral_id, date_diff('day', lag(came_on) over earlier, came_on) <= 7 as again
        from likened
        where likeness in (select likeness from likened group by likeness having count(*) > 1)
        window earlier as (
            partition by patient_key, practitioner_id, practice_id, source_kind, service_line
            order by came_at, first_seen_at, source_row, referral_id)
    ) where again
)
select t.referral_id, repeated.referral_id is not null as repeated, moved.from_site_id
from theirs t
left join repeated on repeated.referral_id = t.referral_id
left join (select * from passed_on where parent_id not in (select referral_id from repeated)) moved on moved.referral_id = t.referral_id
