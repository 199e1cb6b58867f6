-- Visits by the day they start and what is known of how they ended: sums that give the same numbers as the rows. Made anew
-- with every generation: a few thousand rows, whatever the number of visits.
select start_on, status, late_notice, calendar, start_bd, told_bd, count(*) as n
from visit
group by all
