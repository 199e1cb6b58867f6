"""The imaging department's worklist (RIS): one row per exam with the times of exam, reports and delivery."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Relation, Source
from pipelines.vocabulary import (
    REFERRER,
    REFERRER_EMITS,
    REFERRER_JOIN,
    SITE_EMIT,
    SITE_JOIN,
    SITE_NAMED,
    patient_fields,
    referrer_fields,
    site_field,
    zone_field,
)
from pipelines.vocabulary.imaging import MODALITIES, accession_hash, study_hash

STATUSES = {
    "f": "final", "validated": "final", "unreported": "open", "unverified": "open", "read": "final", "final signed": "final", "p": "preliminary", "c": "addendum", "corrected": "addendum", "performed": "open", "exam performed": "open", "acquired": "open", "pending read": "open", "final": "final", "finalized": "final", "final report": "final", "signed": "final", "approved": "final", "verified": "final", "complete": "final",
    "addendum": "addendum", "addended": "addendum", "final with addendum": "addendum", "prelim": "preliminary", "preliminary": "preliminary", "wet read": "preliminary",
    "draft": "preliminary", "dictated": "preliminary", "transcribed": "preliminary", "unread": "open", "completed": "open", "exam completed": "open", "end exam": "open",
    "exam ended": "open", "scheduled": "planned", "ordered": "planned", "arrived": "planned", "in progress": "planned", "checked in": "planned",
    "cancelled": "void", "canceled": "void", "no show": "void", "discontinued": "void", "entered in error": "void", "test": "void",
}  # fmt: skip
FIELDS = (
    Field("accession", "Accession number", "identifier", ("Accession", "Accession #", "Accession No", "Acc #", "ACC", "Accession Nbr", "ACCESSION_NUM", "ACC_NO"), example="A1000001"),
    Field("uid", "Study Instance UID", "identifier", ("StudyInstanceUID", "Study UID", "DICOM Study UID", "STUDY_INSTANCE_UID"), example="1.2.840.1"),
    Field("referral", "Order number", "identifier", ("Order #", "Order ID", "Order No", "Referral ID", "Referral Number", "REFERRAL_ID", "Placer Order Number", "ORDER_PROC_ID"),
          example="400000001"),
    *patient_fields(),
    *referrer_fields(name=("Ordering Provider Name", "Ordering Physician", "Requesting Physician", "Req Phys", "Req Physician", "Req Provider"), npi=("Req Phys NPI", "Ordering Physician NPI", "Ordering NPI", "Requesting Physician NPI", "Requesting NPI"), practice=("Ordering Practice", "Ordering Facility", "Ordering Department", "Ordering Location", "Ordering Clinic")),
    Field("modality", "Modality", "enum", ("Modality", "Mod", "Modality Code", "Modality Type", "Exam Modality"), values=MODALITIES, otherwise="OT", example="MR"),
    Field("exam", "Exam description", "text", ("Exam", "Procedure", "Exam Name", "Procedure Description", "Study Description", "Examination Description", "Examination", "Exam Code"), example="MR BRAIN WO"),
    Field("ended", "Exam ended", "datetime", ("Exam End", "End Exam", "Exam End Time", "Exam End Date/Time", "Exam Completed", "Exam Complete Time", "Exam Completed Time",
          "End Exam Time", "Completed Date/Time", "Completion Date/Time", "Exam Completion", "Exam Completion Date/Time", "Exam Date/Time", "EXAM_END_DTTM", "Exam End DT", "Completed", "Examination Completed", "Study Date/Time", "Exam Date", "Study Date", "Examination Date", "Study Performed", "Performed", "Exam Performed", "Procedure End", "Study Completed", "Acquisition Date", "Service Date", "Date of Exam", "Date of Service"), clock="ended_time", example="2026-03-12 09:40"),
    Field("ended_time", "Exam end time of day", "text", ("Study Time", "Exam Time")),
    Field("prelim", "Preliminary report", "datetime", ("Prelim", "Preliminary", "Prelim Time", "Prelim Date/Time", "Preliminary Report Time", "Prelim Report", "PRELIM_DTTM"),
          example="2026-03-12 10:20"),
    Field("final", "Final report", "datetime", ("Final", "Finalized", "Final Time", "Final Date/Time", "Final Report Time", "Finalized Time", "Signed", "Sign Time", "Date Signed",
          "Report Finalized", "FINAL_DTTM", "Final Report Date/Time", "Signed DT", "Signed Date/Time", "Approved", "Report Approved", "Approved Date/Time", "Verified", "Report Verified", "Report Final", "Report Signed", "Report Verified Date/Time", "Final Read", "Final Read Date", "Read Date", "Date Read", "Final Signed", "Signed Off", "Report Finalized", "Interpreted", "Result Final", "Final Report Signed", "Authorized", "Report Authorized", "Validated", "Report Validated"), example="2026-03-12 13:05"),
    Field("delivered", "Report delivered", "datetime", ("Delivered", "Delivered At", "Report Sent", "Delivery Time", "Results Sent", "Sent To Referrer", "Delivered Date/Time",
          "DELIVERED_DTTM", "Result Distribution Time"), example="2026-03-12 13:10"),
    Field("addenda", "Addenda", "integer", ("Addendum Count", "Addendums", "# Addenda", "No. of Addenda", "Number of Addenda"), example="0"),
    Field("addended", "Addendum", "datetime", ("Addendum Time", "Addendum Date/Time", "Addendum Date", "Last Addendum", "ADDENDUM_DTTM")),
    Field("changed", "Protocol changed", "boolean", ("Protocol Change", "Protocol Changed?", "Protocol Modified", "Exam Changed", "Order Changed", "Protocol Changed Y/N"), example="No"),
    Field("status", "Exam status", "enum", ("Status", "Report Status", "Exam State", "Study Status", "Workflow Status", "Read Status", "Study State"), values=STATUSES, otherwise="open", example="Final"),
    # An order may be done with before anything is read: it only says that there was no exam.
    Field("order_status", "Order status", "enum", ("Order Status", "Procedure Status", "Request Status"), values=STATUSES, otherwise="open"),
    zone_field(),
    site_field("Imaging Facility", "Imaging Location", "Imaging Site", "Performing Location", "Performing Facility", "Performing Department"),
)  # fmt: skip

SOURCE = Source(
    name="ris_exams",
    title="Imaging exams and reports (RIS)",
    description="Exams with when they ended, when the preliminary and the final report were there, and when the referrer had it.",
    system="ris",
    fields=FIELDS,
    signature=(frozenset({"accession", "ended", "final"}), frozenset({"uid", "ended", "final"}), frozenset({"accession", "modality", "ended"}),
               frozenset({"accession", "modality", "ended", "final", "delivered"})),
    primary="imaging_study",
    zone_field="site",
    one_of=(("accession", "uid"), ("ended",)),
    alien=r"\bshared? (?:by|with|date|on|at)\b|\brecipient\b|\bdownloaded\b|\bviewed\b",
    ignored=("Technologist", "Radiologist", "Reading Radiologist", "Room", "Patient Class", "Insurance", "Scheduled", "Start Exam", "Ordered", "Notes", "Body Part", "Report Text", "Impression", "First Draft", "TAT", "Exam Start"),
    ignored_patterns=(r".*(?:radiologist|technologist).*", r"(?:order|request|scheduled|arrival|start|begin|dictat|transcri|assign)\w*[ _]?(?:date|time|dt|dttm|date/time|begin|on)?.*(?:date|time|dttm|dt)?", r".*(?:turnaround|tat)\b.*"),
    checks=(
        Check("not_an_exam_yet", "note", "status", "select row from parsed where status in ('planned', 'void') or order_status = 'void'", aside=True),
        Check("before_birth", "reject", "born", "select row from parsed where ended_on < born"),
        Check("end_before_start", "warning", "final", "select row from parsed where final < ended or delivered < final or prelim < ended"),
    ),
    relations=(
        REFERRER, SITE_NAMED,
        Relation("ordered", f"""
            select p.row, r.practitioner_id, r.organization_id, s.site_id from parsed p left join {REFERRER_JOIN} left join {SITE_JOIN}"""),
    ),
    emits=(
        # Some departments overwrite the final time with that of the addendum: where both are equal the final one is lost.
        Emit("imaging_study", f"""
            select p.row, {study_hash("p.uid", "p.accession")} as study_uid_hash, 'ris' as told_by, {accession_hash("p.accession")} as accession_hash,
                case when p.referral is not null then key64('referral|ehr|' || upper(p.referral)) end as referral_id, p.patient_key, o.site_id,
                o.practitioner_id as requester_practitioner_id, o.organization_id as requester_org_id, p.modality, p.ended as exam_end_at, p.ended_on as exam_end_on,
                p.prelim as prelim_at, case when p.status in ('preliminary', 'open') or p.final = p.addended then null else p.final end as final_at,
                p.delivered as delivered_at, p.changed as protocol_changed,
                case when p.addenda between 0 and 1000 then p.addenda when p.addended is not null or p.status = 'addendum' then 1 when p.final is not null then 0 end
                    as addendum_count
            from parsed p join ordered o using (row)"""),
        *REFERRER_EMITS, SITE_EMIT,
    ),
    order=60,
)  # fmt: skip
