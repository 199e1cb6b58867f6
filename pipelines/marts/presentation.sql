-- One row per study presented at a touch, with the text that was shown: approved by then or not, in use by then or not.
-- Where the log names no version, it is the last text in use by that day.
with profile as (
    select study.to_id as study_id, p.version, p.irb_approved_on, p.effective_from_on
    from study_profile p join study_alias study on study.id = p.study_id
),
shown as (
    select t.touch_id, study.to_id as study_id, t.profile_version, o.occurred_on, o.practice_id, o.practice, o.site_id, o.site, o.outcome,
        o.source_file_id, o.source_row
    from touch_study t join outreach o using (touch_id) left join study_alias study on study.id = t.study_id
),
matched as (
    select s.*, p.version, p.irb_approved_on, p.effective_from_on
    from shown s left join profile p on p.study_id = s.study_id
        and case when s.profile_version is not null then p.version = s.profile_version
                 else coalesce(p.effective_from_on, p.irb_approved_on) <= s.occurred_on end
    qualify row_number() over (partition by s.touch_id, s.study_id order by coalesce(p.effective_from_on, p.irb_approved_on) desc nulls last, p.version desc) = 1
)
select m.touch_id, m.occurred_on, m.study_id, coalesce(d.study, 'No study') as study, coalesce(d.therapeutic_area, 'None') as therapeutic_area,
    m.practice_id, m.practice, m.site_id, m.site, m.outcome, coalesce(m.profile_version, m.version) as profile_version,
    case when m.version is null then 'unknown' when m.irb_approved_on is null or m.irb_approved_on > m.occurred_on then 'not approved' else 'approved' end as text_state,
    m.source_file_id, m.source_row
from matched m left join dim_study d using (study_id)
