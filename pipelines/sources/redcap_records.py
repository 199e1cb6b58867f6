"""REDCap records of people screened for a study: the project's own field names, recognised by the words in them."""

from __future__ import annotations

from pipelines.vocabulary.records import record_source

SOURCE = record_source(
    name="redcap_records",
    title="REDCap records (screening and enrolment)",
    description="Records of a REDCap project about people screened: flat, longitudinal or EAV, raw or labels.",
    system="redcap",
    headers=(
        "record_id",
        "record",
        "study_id",
        "subject_id",
        "subjid",
        "participant_id",
        "screening_id",
        "screening_number",
    ),
    wording=r"_complete$|^redcap_|^complete\?",
    ignored_patterns=(r".*_timestamp", r".+___-?\w+", r"redcap_.*", r".*_complete", r"complete\?"),
)
