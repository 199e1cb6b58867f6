"""Subjects' data of a trial system as CDISC ODM, by the names that the study gives its items."""

from __future__ import annotations

from pipelines.vocabulary.records import record_source

SOURCE = record_source(
    name="odm_records",
    title="CDISC ODM subject data",
    description="A study's subjects with their milestones, as trial systems export them in the Operational Data Model (XML).",
    system="edc",
    label="SubjectKey",
    headers=("SubjectKey",),
    further=("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"),
    wording=r"^redcap_event_name$",
    telling=r"^subjectkey$",
    ignored_patterns=(r"redcap_.*",),
)
