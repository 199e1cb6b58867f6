-- Referrals by day received and business days until they were acknowledged: sums that give the same numbers as the rows.
select received_on, countable, calendar, received_bd, ack_bd, person_ack_bd, count(*) as n
from closed_loop
where $everything or referral_id in (select referral_id from affected)
group by all
