-- One row per contact of ours with somebody at a practice's front line: a contact person of that practice, named as such or
-- as the practitioner, or whoever the log says works there. A person may stand in two lists, under two spellings of the
-- practice: the practice as recognised and the name decide.
with named as (
    select practice_id, spoken, bool_or(front_line) as front_line from desk
    where practice_id is not null and spoken is not null group by practice_id, spoken
),
spoken_with as (
    select t.touch_id, t.contact_role, coalesce(met.spoken, norm_text(who.given_name || ' ' || who.family_name)) as spoken
    from touch t
    left join desk met on met.contact_id = t.contact_id
    left join practitioner who on who.practitioner_id = t.practitioner_id
)
select o.touch_id, o.occurred_on, o.practice_id, o.site_id, o.outcome
from outreach o
join spoken_with s using (touch_id)
left join named on named.practice_id = o.practice_id and named.spoken = s.spoken
where coalesce(named.front_line, false) or coalesce(s.contact_role in ('front_desk', 'referral_coordinator'), false)
