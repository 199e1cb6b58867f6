-- Referrals by month received and how far they came: sums that give the same numbers as the rows.
select
    (received_on - (day(received_on)::integer - 1)) as month, intent, countable, stage, exit_code, exit_reason, count(*) as n
from journey
where $everything or referral_id in (select referral_id from affected)
group by all
