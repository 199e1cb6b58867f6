"""Loads that an older version made, or whose kept rows are gone or damaged, read again from their stored files.

What a version keeps of a file grows. A load stays what it is when a new version is put in: its number, its day and what was
decided about it stand, so undoing it and loading the file again would tell the past otherwise. Instead its rows are made anew
in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.errors import FileRefused, RapportError
from pipelines.ingest.inspecting import choices_of, inspect
from pipelines.ingest.inspection import Progress, quiet, scaled
from pipelines.ingest.loading import describe, is_whole, keep_rows
from pipelines.record.ledger import ACTIVE, KEPT_BY, Load
from pipelines.workspace import Workspace

# The tables of which a version keeps more, or something else, than the one before.
TOLD_OTHERWISE = {
    2: ("patient_trait", "appointment"), 3: ("referral", "touch"), 4: ("survey_response",), 8: ("survey_answer", "call"), 10: ("survey_answer", "call", "newsletter_event"),
    12: ("survey_answer", "survey_response", "call", "gift_ledger"), 13: ("gift_ledger",),
}  # fmt: skip
# What a version keeps besides, of which kinds of export, where others that fill the same tables say nothing of it.
UPDATED = "time of last change"
CALLED_OFF = "time of cancellation"
SENT = "time of sending"
OWN_DICTIONARY = "its own project's dictionary"
PARTS = "what is a part of what"
NAMED = "who is named in a cell and what a reason says"
HELD = "what is held within a resource, what an event did, what a message leaves out and what was ticked"
MODIFIED = "what turns the meaning of a record, what is out of use, and each box that was ticked"
UNITS = "what units and groups above columns say"
WHOSE = "whose words and days they are"
ENDS = "how calls ended that the file says nothing of"
ATTENDED = "which calls an attendant took"
MISPLACED = "what stands beside its place in a message, which address is in use, and who was admitted by another word"
NEVER_WAS = "which appointments were entered in error, and whose days they are"
WAYS = "which way a referral went, who is named in a cell, and in which zone a time is"
RESPONSES = "which answer is whose, which numbers stand for none, and what a trial system took out"
READ_OTHERWISE = {
    5: (UPDATED, (
        "fhir_appointment", "fhir_communication", "fhir_encounter", "fhir_questionnaire_response", "fhir_research_subject", "fhir_service_request",
    )),
    6: (CALLED_OFF, ("appointments", "epic_pat_enc", "fhir_appointment")),
    7: (SENT, ("hl7_appointment", "hl7_order", "hl7_referral")),
    8: (OWN_DICTIONARY, ("redcap_records",)),
    9: (PARTS, ("fhir_appointment", "fhir_communication", "fhir_encounter", "fhir_imaging_study", "fhir_service_request", "fhir_task", "hl7_adt", "hl7_appointment", "hl7_order", "omop_visit_occurrence")),
    10: (NAMED, ("referral_log", "outreach_log", "screening_log", "appointments")),
    11: (HELD, (
        "fhir_appointment", "fhir_audit_event", "fhir_communication", "fhir_encounter", "fhir_patient", "fhir_practitioner", "fhir_questionnaire_response",
        "fhir_service_request", "hl7_adt", "hl7_appointment", "hl7_order", "hl7_referral", "redcap_records",
    )),
    12: (UNITS, ("referral_log", "outreach_log", "screening_log", "appointments", "ris_exams", "epic_referral")),
    13: (WHOSE, ("referral_log", "outreach_log", "screening_log", "ris_exams", "call_log", "online_survey", "google_forms", "microsoft_forms", "qualtrics", "surveymonkey", "typeform", "kobo_forms", "hl7_referral")),
    14: (MODIFIED, (
        "fhir_appointment", "fhir_audit_event", "fhir_communication", "fhir_encounter", "fhir_imaging_study", "fhir_location", "fhir_organization", "fhir_patient",
        "fhir_practitioner", "fhir_practitioner_role", "fhir_questionnaire_response", "fhir_research_study", "fhir_research_subject", "fhir_service_request",
        "fhir_task", "redcap_records",
    )),
    15: (ENDS, ("call_log",)),
    16: (ATTENDED, ("call_log", "ringcentral_calls", "ringcentral_export")),
    17: (MISPLACED, ("fhir_encounter", "fhir_organization", "fhir_patient", "fhir_service_request", "hl7_adt", "hl7_appointment", "hl7_referral", "omop_visit_occurrence")),
    18: (NEVER_WAS, (
        "fhir_appointment", "fhir_communication", "fhir_encounter", "fhir_research_subject", "fhir_service_request", "fhir_task", "hl7_appointment",
    )),
    19: (WAYS, ("referral_log", "outreach_log", "appointments", "ris_exams", "screening_log", "veeva_enrollment", "call_log", "genesys_interactions")),
    20: (RESPONSES, ("redcap_survey", "redcap_records", "odm_records", "screening_log", "qualtrics", "surveymonkey", "online_survey")),
}  # fmt: skip
WHY = {
    UPDATED: "a record that was changed after it was deleted in its source then counts, whichever file came first",
    CALLED_OFF: "a visit that was cancelled late is told from one that was cancelled in time only after that",
    SENT: "messages count in the order in which they were sent, and an appointment's hour stands where its sender puts it, only after that",
    OWN_DICTIONARY: "codes and dates of a REDCap project are read by its own dictionary only after that, where several are loaded",
    PARTS: "what is told in parts is one visit, begins when its first message says, and names the one who is meant, and what was no visit is none, only after that",
    NAMED: "which of several practices in a cell counts, what is a place by its letters, and whose reason tells of a failure, is then told as for newer files",
    HELD: "who and where is meant by what a resource holds within, who only kept a study, from which of their practices somebody asked, who was admitted, and which boxes were ticked, is then told as for newer files",
    UNITS: "what stands below a group of columns, where a contact or an exam took place, and who left a study before having a number, is then read as for newer files",
    WHOSE: "the day on which a report was signed is then no day of a referral, whom a liaison met is no liaison, a title is no given name, what patients say of their visit is no feedback of those who refer, and who only looks after a patient has not referred where somebody else did",
    MODIFIED: "a resource that an extension may turn into its opposite then counts no more, names and numbers are those in use, and every reason that was ticked is told",
    ENDS: "who was talked with is then told from who was not, and nobody is said to have been left unanswered of whom the file says nothing",
    MISPLACED: "a day is then no number that many referrals share, a report of a stay no referral, a stay no booked visit, and what became of a visit is told by the field that says it",
    NEVER_WAS: "an appointment entered in error then is none, and where all sites lie in one time zone days are those of that zone",
    ATTENDED: "a call that only an attendant took then counts no more as one that a person answered",
    WAYS: "who was out-patient or out of network is then no referral sent away, of the records of a list the first counts, a patient's number is not their referrer's, and a zone above the table is that of its times",
    RESPONSES: "each event or instance in which somebody answered is then a response of its own, a code for a missing value no answer, a subject's status the latest, and what was removed in its source counts no more",
    "gift_ledger": "gifts in another currency are then none in dollars",
    "newsletter_event": "what became of a newsletter is then of its own time, and what has a reason of its bounce was not delivered",
    "patient_trait": "patients are compared with those of newer files only after that",
    "appointment": "bookings told by a day are then counted on that day at their site",
    "referral": "which requests are referrals, and what later messages leave standing of them, is then decided as for newer files",
    "survey_response": "who asked to stay anonymous in an answer is then named nowhere",
    "survey_answer": "only opinions are then averaged, each on the scale on which it was asked",
    "call": "what rang, who was put on hold and which way a call went is then told as for newer files",
    "touch": "a message left on a machine is then an attempt, not a contact",
}
LOST = "Its kept rows are missing or damaged, too, and until that is mended no load changes the figures."


@dataclass(frozen=True)
class Renewed:
    """What became of the loads: the numbers of those made anew, and by number why another could not be."""

    done: tuple[int, ...]
    failed: dict[int, str]


def outdated(workspace: Workspace) -> list[Load]:
    """The loads that count and were made by a version that kept other rows of the same file, oldest first."""
    return [load for load in workspace.ledger.loads(ACTIVE) if changed(workspace, load)]


def damaged(workspace: Workspace) -> list[Load]:
    """The loads that count and whose kept rows are missing, altered or unreadable, oldest first."""
    return [load for load in workspace.ledger.loads(ACTIVE) if not is_whole(workspace, load)]


def changed(workspace: Workspace, load: Load) -> list[str]:
    """The tables of a load which this version would keep otherwise, and what it would keep besides."""
    tables = [name for version, names in TOLD_OTHERWISE.items() if version > load.kept_by for name in names]
    found = [name for name in tables if (workspace.record / str(load.load_id) / f"{name}.parquet").exists()]
    more = [
        what for version, (what, kinds) in READ_OTHERWISE.items() if version > load.kept_by and load.source in kinds
    ]
    return [*found, *more]


def said_of(workspace: Workspace, found: Sequence[Load]) -> str:
    """How many loads are outdated and what reading them again would change, in a sentence."""
    tables = dict.fromkeys(name for load in found for name in changed(workspace, load))
    many = "1 load was" if len(found) == 1 else f"{len(found):,} loads were"
    return f"{many} made by an older version: {'; '.join(WHY[name] for name in tables)}."


def renew(workspace: Workspace, by: str = "local", on_progress: Progress = quiet) -> Renewed:
    """Read the stored file of every outdated or damaged load again, as it was decided then, and publish. One that cannot be read
    any more stays as it is; where its kept rows are damaged, too, nothing can be published beside it. Stopped in between, those
    done stay done."""
    with workspace.changing():
        return _renew_all(workspace, by, on_progress)


def _renew_all(workspace: Workspace, by: str, on_progress: Progress) -> Renewed:
    wanted = {load.load_id: load for load in (*outdated(workspace), *damaged(workspace))}
    found, done, failed = [wanted[load_id] for load_id in sorted(wanted)], [], {}
    for place, load in enumerate(found):
        on_progress(f"Reading {load.file_name} again", 0.8 * place / len(found))
        try:
            _renew(workspace, load, by)
            done.append(load.load_id)
        except RapportError as problem:
            failed[load.load_id] = str(problem)
    lost = [load for load in found if load.load_id in failed and not is_whole(workspace, load)]
    for load in lost:
        failed[load.load_id] += f" {LOST} Restore it from your backup, or run: rapport undo {load.load_id}."
    if done and not lost:
        workspace.warehouse.publish(scaled(on_progress, 0.8, 1.0), full=True)
    return Renewed(tuple(done), failed)


def _renew(workspace: Workspace, load: Load, by: str) -> None:
    inspection = inspect(workspace, load.file_id, choices_of(load), received_at=load.detail.get("received_at"))
    try:
        if inspection.problem:
            raise FileRefused(inspection.problem, f"Undo load {load.load_id} and load its file with what is asked for.")
        described = describe(inspection)
        with workspace.warehouse.writing():
            keep_rows(workspace, inspection, load.load_id)
            workspace.ledger.renew(load.load_id, by, inspection.counts, described, KEPT_BY)
    finally:
        inspection.discard()
