-- Referrals by month received, site, study and what volume is cut by: sums that give the same numbers as the rows.
-- Only columns that can be added, so that an upload adds and takes away no more than its own referrals.
select
    (received_on - (day(received_on)::integer - 1)) as month,
    site_id, site, study_id, study, therapeutic_area, channel, source_kind, intent, countable, excluded_because, received_basis, attributed,
    moved_from_site_id,
    count(*) as n,
    count(*) filter (stage <> 'referred') as contacted,
    count(*) filter (stage not in ('referred', 'contacted')) as prescreened,
    count(*) filter (stage in ('consented', 'screened', 'eligible', 'enrolled')) as consented,
    count(*) filter (stage in ('screened', 'eligible', 'enrolled')) as screened,
    count(*) filter (stage in ('eligible', 'enrolled')) as eligible,
    count(*) filter (stage = 'enrolled') as enrolled,
    count(*) filter (exit_on is not null and enrolled_on is null) as exited
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
