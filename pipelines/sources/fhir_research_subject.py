"""FHIR ResearchSubject: a person's way through a study.

R5 and R6 tell every state and milestone with its dates. R4 tells only the present status: it is dated by the period, else by
the last update; every version of a subject in the file adds its status.
"""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary.fhir import SUBJECT_STATE, SYSTEM, bookkeeping, id_fields, key, patient_field

FIELDS = (
    *id_fields("ResearchSubject", dated=True),
    patient_field("ResearchSubject.individual"),
    Field("study", "Study", "identifier", ("ResearchSubject.study",), required=True, example="ResearchStudy/4"),
    Field("study_name", "Study's name", "text", ("ResearchSubject.study.display",)),
    Field("status", "Status", "enum", ("ResearchSubject.status",), values={**SUBJECT_STATE, "entered-in-error": "void", "active": "none", "draft": "none",
          "retired": "none", "unknown": "none"}, otherwise="none", example="on-study"),
    Field("screening", "Subject number", "identifier", ("ResearchSubject.identifier",), example="S-001"),
    Field("start", "Start", "datetime", ("ResearchSubject.period.start",), example="2026-03-09"),
    Field("ended", "End", "datetime", ("ResearchSubject.period.end",)),
    Field("progress", "Progress", "text", ("ResearchSubject.progress",)),
)  # fmt: skip
_LEAVING = "('off_study', 'withdrawn', 'completed', 'lost', 'screen_failed')"
_CODES = {word.replace("-", ""): code for word, code in SUBJECT_STATE.items()}
_STATES = "map {" + ", ".join(f"'{word}': '{code}'" for word, code in _CODES.items()) + "}"
# A step may name a milestone, a state or both; each is told by a code, else by its text.
_WORDS = "[coalesce(one.milestone[1].coding[1].code, one.milestone[1].text), coalesce(one.subjectState.coding[1].code, one.subjectState.text, one.code.coding[1].code, one.code.text)]"
# A study named by its number alone is the one with that number.
_BY_NUMBER = "regexp_extract({0}, '^ResearchStudy[?]identifier=[^|]*[|](.+)$', 1)"
_STUDY = f"case when {_BY_NUMBER.format('study')} <> '' then study_key({_BY_NUMBER.format('study')}) else {key('study', 'study')} end"
_STEP_TYPE = """[{"subjectState":{"coding":[{"code":"VARCHAR"}],"text":"VARCHAR"},"code":{"coding":[{"code":"VARCHAR"}],"text":"VARCHAR"},"milestone":[{"coding":[{"code":"VARCHAR"}],"text":"VARCHAR"}],
    "reason":{"text":"VARCHAR","coding":[{"display":"VARCHAR"}]},"startDate":"VARCHAR","date":"VARCHAR"}]"""
_KNOWN = f""""(code|text)": *"({"|".join(_CODES)})\""""

SOURCE = Source(
    name="fhir_research_subject",
    title="FHIR ResearchSubject",
    description="People in studies and their states and milestones, R4 to R6, from bulk NDJSON or a Bundle.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "study", "status", "progress"}),),
    primary="subject_event",
    own_patients=True,
    ignored=bookkeeping("ResearchSubject"),
    checks=(
        Check("entered_in_error", "note", "status", "select row from parsed where status = 'void'", aside=True),
        Check("no_known_state", "warning", "status", f"""select row from parsed where status = 'none'
            and not coalesce(regexp_matches(replace(lower(progress), '-', ''), '{_KNOWN}'), false)"""),
        Check("undated_subject", "warning", "status", "select row from parsed where progress is null and coalesce(start, ended, updated) is null"),
    ),
    relations=(
        # A milestone may be a list (R5) or a single concept (as some write it): a list of one then.
        Relation("step", f"""
            select distinct row, {_STATES}[replace(lower(word), '-', '')] as code, coalesce(one.startDate, one.date) as said, coalesce(one.reason.text, one.reason.coding[1].display) as reason
            from (select row, one, unnest({_WORDS}) as word from (select row, unnest(try(from_json(regexp_replace(progress, '"milestone":(\\{{[^\\[\\]]*\\[[^\\]]*\\][^\\]\\}}]*\\}})',
                '"milestone":[\\1]', 'g'), '{_STEP_TYPE}'))) as one from parsed))"""),
        Relation("happened", f"""
            select row, code, reason, coalesce(case when regexp_matches(said, 'T.*(Z|[+-][0-9:]{{5}})$') then timezone('UTC', try_cast(said as timestamptz)) end,
                try_cast(case length(said) when 4 then said || '-01-01' when 7 then said || '-01' else said end as timestamp)) as occurred_at,
                try_cast(case length(said) when 4 then said || '-01-01' when 7 then said || '-01' else left(said, 10) end as date) as occurred_on
            from step where code is not null
            union all
            select row, status, null, case when status in {_LEAVING} then coalesce(ended, updated, start) else coalesce(start, updated) end,
                case when status in {_LEAVING} then coalesce(ended_on, updated_on, start_on) else coalesce(start_on, updated_on) end
            from parsed where status not in ('none', 'void') and row not in (select row from step where code is not null)
            union all
            -- R4 gives the day of entry beside a later status: whoever is off study was on it.
            select row, 'on_study', null, start, start_on from parsed where status = 'off_study' and start is not null and progress is null"""),
    ),
    emits=(
        Emit("subject_event", f"""
            select h.row, {key("subject", "p.number")} as subject_id, h.code, h.reason as reason_code, 1 as attempt, h.occurred_at, h.occurred_on
            from happened h join parsed p using (row) where h.occurred_at is not null"""),
        Emit("research_subject", f"""
            select row, {key("subject", "number")} as subject_id, {_STUDY} as study_id, patient_key, screening as screening_number,
                'unknown' as share_consent, updated as updated_at from parsed"""),
        Emit("research_study", f"""
            select min(row) as row, {_STUDY} as study_id, coalesce(nullif({_BY_NUMBER.format("study")}, ''), max(study_name), study) as code from parsed group by study""", unique=True),
    ),
    order=70,
)  # fmt: skip
