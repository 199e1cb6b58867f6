-- Referrals by day received and practice: sums that give the same numbers as the rows.
select received_on, practice_id, practice, countable, moved_from_site_id, count(*) as n, count(enrolled_on) as enrolled
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
