-- Every patient key that a record shows to be another key of the same patient, and the key that stands for all of
-- them. Record numbers and replaced records join for certain; a name with a birth date only where it is one patient's.
with recursive certain as (
    select patient_key as id, other_key as other from patient_link where basis <> 'name_and_birth'
    union
    select other_key, patient_key from patient_link where basis <> 'name_and_birth'
),
reached as (
    select id, other from certain
    union
    select r.id, c.other from reached r join certain c on c.id = r.other
),
standing as (select id, least(id, min(other)) as to_id from reached group by id),
named as (
    select l.other_key as id, min(coalesce(s.to_id, l.patient_key)) as to_id
    from patient_link l left join standing s on s.id = l.patient_key
    where l.basis = 'name_and_birth' and l.other_key not in (select id from standing)
    group by l.other_key
    having count(distinct coalesce(s.to_id, l.patient_key)) = 1
)
from standing where id <> to_id
union all
from named where id <> to_id
