-- Referrals by day received, day scheduled and business days until the referrer was told of it: sums that give
-- the same numbers as the rows.
select received_on, countable, calendar, scheduled_on, scheduled_bd, set_notice_bd, count(*) as n
from closed_loop
where $everything or referral_id in (select referral_id from affected)
group by all
