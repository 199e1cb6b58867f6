-- Referrals by day received, day kept and days until the report and its receipt: sums that give the same numbers as
-- the rows.
select received_on, countable, kept_on, report_day, report_ack_day, count(*) as n
from closed_loop
where $everything or referral_id in (select referral_id from affected)
group by all
