"""A screening form made of NCI's common data elements (Clinical Trial Screening Indicator, Screen Date DD/MON/YYYY)."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import site_field, study_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import subject_source

FIELDS = (
    *bare((study_field(),), study=("Protocol Number", "Protocol", "Clinical Trial Protocol Number", "Study", "NCI Protocol ID")),
    *bare((site_field(),), site=("Site", "Institution", "Registering Institution", "Treating Institution")),
    Field("subject", "Patient Identifier", "identifier", ("Screening Number", "Patient Study ID", "Patient Identifier", "Subject ID", "Participant ID", "Patient ID"),
          required=True, example="0001"),
    Field("screened_at_all", "Clinical Trial Screening Indicator", "boolean", ("Clinical Trial Screening Indicator", "Clinical Trial Screening Ind"), example="Yes"),
    Field("reason", "Screening Ineligibility Reason", "text", ("Screening Ineligibility Reason", "Screening Ineligibility Reason Text")),
    Field("screened", "Screen Date", "datetime", ("Screen Date", "Screening Date"), example="31/MAR/2026"),
)  # fmt: skip

SOURCE = subject_source(
    name="nci_screening",
    title="NCI screening elements",
    description="Screening recorded with the National Cancer Institute's common data elements.",
    system="screening",
    fields=FIELDS,
    signature=(frozenset({"subject", "screened_at_all", "screened"}), frozenset({"screened_at_all", "reason", "screened"}), frozenset({"subject", "screened_at_all", "reason", "screened"})),
    one_of=(("study",),),
    preamble=("study", "site"),
    ignored=("Eligibility Checklist Version Date", "Initials"),
    more_events="""
        select row, case when coalesce(screened_at_all, true) then 'screened' else 'identified' end as code, screened as occurred_at, screened_on as occurred_on,
            null::varchar as reason_code from parsed where screened is not null
        union all select row, 'screen_failed', screened, screened_on, reason from parsed where screened is not null and reason is not null""",
    dated=("screened",),
    restates=("subject_id",),
)  # fmt: skip
