-- Referrals by day received and days until they were scheduled, seen or left: sums that give the same numbers as the rows.
select received_on, countable, scheduled_day, kept_day, exit_day, count(*) as n
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
