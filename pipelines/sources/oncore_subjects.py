"""OnCore's report of a protocol's subjects: consent, eligibility, on study, on treatment, off study."""

from __future__ import annotations

from pipelines.sources import Field
from pipelines.vocabulary import patient_fields, site_field, study_field
from pipelines.vocabulary.referrals import bare
from pipelines.vocabulary.subjects import SUBJECT_STATUSES, subject_source

_PATIENT = {"mrn": ("Subject MRN", "MRN", "Patient MRN"), "patient": ("Subject Name", "Patient Name"), "born": ("Birth Date", "Date of Birth", "DOB"),
            "sex": ("Gender", "Sex")}  # fmt: skip
FIELDS = (
    *bare((study_field(),), study=("Protocol No.", "Protocol Number", "Protocol", "Protocol No")),
    *bare((site_field(),), site=("Institution", "Study Site", "Site", "Consenting Institution")),
    Field("subject", "Sequence number", "identifier", ("Sequence No.", "Sequence Number", "Subject Sequence No", "Subject No", "Subject ID", "Subject Number"),
          required=True, example="001"),
    *(field for field in bare(patient_fields(), **_PATIENT) if field.name in _PATIENT),
    Field("consented", "Consent signed", "datetime", ("Consent Signed Date", "Consent Date", "Initial Consent Date", "Date Consent Signed"), example="03/02/2026"),
    Field("eligible", "Eligibility status", "enum", ("Eligibility Status", "Eligible"), values={"eligible": "eligible", "yes": "eligible", "not eligible": "not_eligible",
          "ineligible": "not_eligible", "no": "not_eligible", "pending": "none"}, otherwise="none", example="Eligible"),
    Field("judged", "Eligibility date", "datetime", ("Eligibility Date", "Date of Eligibility")),
    Field("enrolled", "On study", "datetime", ("On Study Date", "Date On Study", "Registration Date"), example="03/12/2026"),
    Field("treated", "On treatment", "datetime", ("On Treatment Date", "Treatment Start Date")),
    Field("off", "Off study", "datetime", ("Off Study Date", "Date Off Study")),
    Field("reason", "Off study reason", "text", ("Off Study Reason", "Reason Off Study", "Ineligibility Reason")),
    Field("status", "Subject status", "enum", ("Subject Status", "Status", "Current Status"), values=SUBJECT_STATUSES, otherwise="none", example="On Treatment"),
    Field("changed", "Status date", "datetime", ("Status Date", "Subject Status Date", "Current Status Date")),
)  # fmt: skip

SOURCE = subject_source(
    name="oncore_subjects",
    title="OnCore subjects",
    description="Subjects of a protocol in OnCore, one row each with the days of consent, eligibility, on and off study.",
    system="oncore",
    fields=FIELDS,
    signature=(frozenset({"study", "subject", "consented", "enrolled"}), frozenset({"study", "subject", "mrn", "enrolled"})),
    steps=(("consented", "consented"), ("enrolled", "on_study"), ("off", "off_study")),
    # "Not Eligible" may stand under the status alone, without a day of its own.
    more_events="""select row, case said when 'eligible' then 'eligible' else 'screen_failed' end, coalesce(judged, consented), coalesce(judged_on, consented_on),
        case when said = 'not_eligible' then reason end
        from (select *, case when eligible in ('eligible', 'not_eligible') then eligible when status = 'screen_failed' and changed is null then 'not_eligible' end as said from parsed)
        where said is not null and coalesce(judged, consented) is not null""",
    dated=("judged",),
    one_of=(("study",),),
    restates=("subject_id",),
    preamble=("study", "site"),
    ignored=("Protocol Title", "PI Name", "PI", "Consent Version", "Off Treatment Date", "Arm", "Treating Physician", "Race", "Ethnicity", "Version Date"),
    date_order="mdy",
)  # fmt: skip
