-- Pairs of patients that may be one and that no rule joined: the best pair of keys of each, and why it waits. A pair
-- waits when it is at least one in ten that they are one: the points must outweigh how many patients there are to be
-- taken for one another.
with best as (
    select least(a.root, b.root) as left_id, greatest(a.root, b.root) as right_id, arg_max(p.one_id, (p.score, p.one_id, p.other_id)) as one_id,
        arg_max(p.other_id, (p.score, p.one_id, p.other_id)) as other_id, max(p.score) as score, bool_or(p.clear) as clear, coalesce(bool_or(p.number = 1), false) as zeros
    from patient_pair p join patient_person a on a.id = p.one_id join patient_person b on b.id = p.other_id
    where a.root <> b.root group by all
),
known as (select greatest(12, ceil(log2(greatest(count(distinct patient_key), 1))))::smallint as enough from patient_trait),
waits as (select b.* from best b, known where b.score >= enough or zeros),
crowd as (select id, count(*) as others from (select left_id as id from waits union all select right_id from waits) group by id)
select w.left_id, w.right_id, w.one_id, w.other_id, w.score,
    case when w.zeros then 'zeros' when w.clear then 'several' when p.number = 0 then 'numbers' when p.birth = 2 and p.family = 3 and p.given = 0 then 'siblings' when p.birth = 1 then 'birth'
         when greatest(l.others, r.others) > 1 then 'several' else 'near' end as reason
from waits w join patient_pair p on p.one_id = w.one_id and p.other_id = w.other_id
join crowd l on l.id = w.left_id join crowd r on r.id = w.right_id
