-- Referrals by day received and day of enrolment or exit: sums that give the same numbers as the rows.
select received_on, intent, countable, enrolled_on, enrolled_day, exit_on, exit_day, exit_code, count(*) as n
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
