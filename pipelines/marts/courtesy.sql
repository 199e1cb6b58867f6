-- One row per welcome or thank-you to a practice, whether a message said it, for whichever site, or a visit of one site.
select practice.to_id as practice_id, c.sent_on as occurred_on, 'message' as how, null::bigint as site_id
from communication c join organization_alias practice on practice.id = c.organization_id
where c.kind in ('welcome', 'thank_you')
union all
select practice_id, occurred_on, 'touch', site_id from outreach
where practice_id is not null and coalesce(outcome, '') <> 'not_reached'
  and regexp_matches(lower(coalesce(purpose, '')), 'thank|welcome')
