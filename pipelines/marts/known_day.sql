-- Referrals by day received and the day since when they are known: sums that give the same numbers as the rows.
select received_on, countable, moved_from_site_id, known_on, known_by_load, count(*) as n
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
