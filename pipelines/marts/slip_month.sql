-- Referrals by month received, site, study and what promises are cut by, with the rules by which their patients have slipped
-- as of the last day known: sums that give the same numbers as the rows. Made anew whenever that day moves.
select
    (received_on - (day(received_on)::integer - 1)) as month,
    site_id, study_id, channel, source_kind, intent, priority, countable, is_open, slip_mask, ever_slipped, settled, count(*) as n
from {closed_loop}
group by all
