-- Referrals by month received, practice, practitioner and site: sums that give the same numbers as the rows.
-- Only columns that can be added, so that an upload adds and takes away no more than its own referrals.
select
    (received_on - (day(received_on)::integer - 1)) as month,
    practice_id, practice, practitioner_id, practitioner, specialty, site_id, site, source_kind, countable, excluded_because, received_basis, attributed,
    moved_from_site_id,
    count(*) as n,
    count(*) filter (stage <> 'referred') as contacted,
    count(*) filter (stage = 'enrolled') as enrolled
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
