"""What was found wrong with a file, collected rather than thrown: one ``Finding`` per fault.

A *reject* keeps its row out, a *warning* loads the row and asks for a look, a *note* tells what was decided.
Codes are stable (scripts and saved mails may refer to them); sentences are made from them here and nowhere
else, so every reader and source speaks with one voice.
"""

from __future__ import annotations

from dataclasses import dataclass

REJECT, WARNING, NOTE = "reject", "warning", "note"
EITHER = " or "  # between the headers of a finding about several cells of a row, of which one would do


@dataclass(frozen=True)
class Finding:
    """One fault of one cell or row. ``row`` is the line (text) or sheet row (workbook) in the file as the user
    sees it, 1-based; ``column`` the header as written (several with ``EITHER`` between them); ``value`` the text as found (may be PHI: it is shown to
    the person who loads the file and kept only in the encrypted archive)."""

    code: str
    severity: str
    row: int | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Sentence:
    """What a code means to a person: what is wrong, and what to do. Never holds a value of the file."""

    message: str
    remedy: str


SENTENCES: dict[str, Sentence] = {
    # Cells
    "required_blank": Sentence("A cell that every record needs is blank.", "Fill in the cell and load the row again."),
    "none_of": Sentence("None of the cells of which a record needs one is filled.", "Fill in one of them and load the row again."),
    "name_alone": Sentence(
        "The row names a patient, and nothing tells this one from another of that name.", "Add the date of birth or the record number, and load the row again."
    ),
    "unreadable_date": Sentence("The cell is not a date, or of a day or a time that does not exist, as 31 April or 13:30 AM.", "Write it as 2026-03-31, or as 2026-03-31 14:05 with a time."),
    "yes_for_date": Sentence(
        "The cell says yes where a date belongs: that it happened is known, but not when, so nothing was counted from it.",
        "Write the day on which it happened.",
    ),
    "date_out_of_range": Sentence("The date lies before 1970 (a birth, or in a program's records: before 1900) or after tomorrow.", "Correct the date; most often its year is wrong."),
    "mixed_date_order": Sentence(
        "Some dates of this column are day first, others month first.", "Write all of them as 2026-03-31, or say which order holds."
    ),
    "ambiguous_dates": Sentence(
        "No date of this column shows whether the day or the month comes first.",
        "Month first was assumed, as in the US; choose day first if that is wrong.",
    ),
    "before_birth": Sentence("The referral lies before the patient's birth.", "Correct the date of birth or of the referral."),
    "end_before_start": Sentence("The end lies before the beginning.", "Correct one of the two dates."),
    "unreadable_number": Sentence("The cell is not a whole number.", "Write digits only, such as 1250."),
    "number_out_of_range": Sentence("The number cannot be right here.", "Correct the number."),
    "unreadable_boolean": Sentence("The cell is neither yes nor no.", "Write yes or no."),
    "unknown_value": Sentence(
        "The wording is not one that is known for this column.",
        "Say on Upload under “What its words mean” what it stands for, or write one of the words the template lists; until then it counts as other.",
    ),
    "npi_unusable": Sentence(
        "The NPI is not a valid one (ten digits with a right check digit), and a row of this kind of file is known by nothing else.",
        "Correct it from the NPI registry and load the row again.",
    ),
    "npi_invalid": Sentence(
        "The NPI is not a valid one (ten digits with a right check digit).",
        "Look it up at the NPI registry; until then the name decides who it is.",
    ),
    "npi_mangled": Sentence(
        "A spreadsheet has turned the NPI into a rounded number; its digits are lost.",
        "Export again with the NPI column formatted as text; it cannot be recovered from this file.",
    ),
    "id_mangled": Sentence(
        "A spreadsheet has turned the number into a rounded one; its digits are lost.",
        "Export again with this column formatted as text; it cannot be recovered from this file.",
    ),
    "unreadable_phone": Sentence("The cell is not a telephone number.", "Write ten digits."),
    "unknown_zone": Sentence("The time zone is not known.", "Write it as America/New_York, or Eastern, Central, Mountain, Pacific."),
    # Rows
    "duplicate_row": Sentence("The row repeats another row of this file.", "Nothing to do: it was counted once."),
    "repeated_key": Sentence(
        "Another row of this file describes the same record differently; the last one counts.",
        "Remove the outdated row if the last one is not the right one.",
    ),
    "undated_outcome": Sentence(
        "An outcome has no date; it was dated by the last date of its row.", "Add the date of the outcome for exact times to exit."
    ),
    "no_date_for_outcome": Sentence(
        "What is said here has no date in this file, so nothing was counted from it.",
        "Load the system's status history: it has the date.",
    ),
    "research_step_in_log": Sentence(
        "That somebody was screened, consented or enrolled is not counted from a list of referrals, which does not say when.",
        "Load the study's screening or enrolment log, which has the day of each step. If this sheet has those days, save a copy as a workbook "
        "and load that as a Screening and enrollment log.",
    ),
    "nothing_told": Sentence("The row holds nothing that Rapport counts.", "Nothing to do: it is kept with its file."),
    "not_a_visit": Sentence("The encounter was no appointment, so it was left out.", "Nothing to do."),
    "deleted_record": Sentence("The system marks the record as deleted or hidden, so it was left out.", "Nothing to do."),
    "code_unread": Sentence(
        "The cell holds a number that only the system's code table can read.",
        "Load the code table (CODE_VALUE), undo this load and load the file again.",
    ),
    "undated_subject": Sentence(
        "No date says when anything happened to this subject.", "Add the date of consent, screening or enrolment."
    ),
    "no_known_state": Sentence(
        "Nothing says how far the subject is in the study, in words that are known: it is in the study's list and in no count.",
        "Look in the source for the subject's state or milestones; ask for them to be exported with their codes.",
    ),
    "survey_preview": Sentence("The answer was a preview of the survey, not a reply.", "Nothing to do: it was left out."),
    "survey_spam": Sentence("The survey tool takes the answer for spam.", "Nothing to do: it was left out. If it is a real answer, mark it as such there and export it again."),
    "survey_unfinished": Sentence("The survey was never completed.", "Nothing to do: it was left out."),
    "older_version": Sentence("The file has a newer version of the same resource, which counts.", "Nothing to do."),
    "bundle_page": Sentence(
        "The file is one page of a search's answer, which has further pages (a link named next); what is on those is not in it.",
        "Fetch the other pages and load each of them, or export all resources in bulk.",
    ),
    "nobody_asked": Sentence(
        "The request names as its requester neither a person nor an organisation; it counts as Unattributed.",
        "Look in the source for who asked; a device or a system is no referrer.",
    ),
    "not_ordered": Sentence(
        "A proposal, a plan, a draft or a patient's own directive asks nobody for a service yet.", "Nothing to do: it was left out."
    ),
    "name_twice": Sentence("The record gives the same name twice; of plain values the last counts.", "Look in the source which of the two is right."),
    "part_of_task": Sentence(
        "The task is a part of another one, and says nothing of the request as a whole.", "Nothing to do: it was left out."
    ),
    "within_visit": Sentence(
        "The encounter is a part of another one that day (a department's or a room's share of it) and is no visit of its own.",
        "Nothing to do: it was left out.",
    ),
    "request_unreached": Sentence(
        "The request that it is about is named by an identifier, or held within it; requests are known by their reference, so it reaches none.",
        "Ask for an export in which requests are resources of their own that others refer to (ServiceRequest/12).",
    ),
    "not_of_a_request": Sentence("The task is about something else than a request for a service.", "Nothing to do: it was left out."),
    "order_within": Sentence(
        "The order follows from another one (a laboratory's rule, the performer's copy, one time of a series) and is no further referral.",
        "Nothing to do: the one that it is based on counts. If each should count, load the file with orders=all under “The same for every row”.",
    ),
    "own_order": Sentence(
        "The order names the same person as asking and as performing, so nobody was referred to anyone else.",
        "Nothing to do: it was left out. If it should count, load the file with orders=all under “The same for every row”.",
    ),
    "deletion_kept": Sentence(
        "The source deleted a person, a place or something that Rapport does not keep by its number; nothing was taken back for it.",
        "If what it said should not count, undo the load that brought it.",
    ),
    "laboratory_order": Sentence(
        "An order of a laboratory test is no referral.",
        "Nothing to do: it was left out. If it should count, load the file with orders=all under “The same for every row”.",
    ),
    "laboratory_words": Sentence(
        "The order names a laboratory's test, though no code says that it is one; it was left out, for such an order is no referral.",
        "If they are referrals, load the file with orders=all under “The same for every row”.",
    ),
    "not_booked_yet": Sentence("An appointment that is only asked for has no time yet.", "Nothing to do: it was left out."),
    "kind_of_place": Sentence("The resource describes a kind of place, not a place.", "Nothing to do: it was left out."),
    "not_to_be_done": Sentence("The task says what is not to be done; nothing came of the request by it.", "Nothing to do: it was left out."),
    "entered_in_error": Sentence("The record was entered in error, or never came about.", "Nothing to do: it was left out."),
    "unbooked_stay": Sentence(
        "An emergency or inpatient stay that no request asked for is no booked visit.", "Nothing to do: it was left out."
    ),
    "further_picture": Sentence("The row is a further picture of an exam that a row above names.", "Nothing to do: an exam counts once."),
    "blocked_time": Sentence("The message blocks time in a schedule; it is nobody's appointment.", "Nothing to do: it was left out."),
    "own_trigger": Sentence(
        "The message is of a kind of the house's own: the visit counts as its status says, else as booked.",
        "Have the sender use S12 to S26, or say what became of the visit in SCH-25.",
    ),
    "appointment_untimed": Sentence("The message does not say when the appointment is, or only between which months (a waiting list).", "Have the sender fill in SCH-11 or AIS-4, once there is an appointment."),
    "time_awaited": Sentence(
        "The message changes, ends or cancels a visit without saying when that is. It counts once the message that booked or began it is loaded, too.",
        "Load the file with the booking (S12) or the admission (A04), if that has not been done.",
    ),
    "hl7_more_times": Sentence(
        "The message books several times at once (SCH-11 repeats); only the first was read.", "Have a message sent for each visit, or add the others by hand."
    ),
    "hl7_more_patients": Sentence(
        "The message books several patients at once; only the first of them was read.", "Ask for a message a patient, or add the others' visits by another file."
    ),
    "no_patient": Sentence("The message or resource names no patient; it was loaded without one.", "Look in the sending system whose it was."),
    "told_a_patient": Sentence("The message went to the patient, not to whoever referred.", "Nothing to do: it was left out."),
    "patient_form": Sentence("A form by or about a patient is no survey of referrers.", "Nothing to do: it was left out."),
    "cash_equivalent": Sentence(
        "Cash and what can be spent like cash (gift cards, checks, vouchers) may not be given, whatever its value.",
        "Take it up with compliance; if it was none, describe the item and write No under cash equivalent.",
    ),
    "no_calendar_abroad": Sentence(
        "The site lies outside the United States and states no holiday calendar: its business days are counted by the holidays and the weekend of the United States.",
        "Add a column Holiday calendar with the country's two letters (DE, SA), those of a part of it (GB-ENG, AU-WA), or none, and load the list again.",
    ),
    "unknown_calendar": Sentence(
        "The holiday calendar is not known: the site's business days are counted by the holidays and the weekend of the United States.",
        "Write the country's two letters (DE, SA), those of a part of it (GB-ENG, AU-WA), or none, and load the list again.",
    ),
    "value_not_positive": Sentence("The amount must be above nothing.", "Write the amount in US dollars, such as 24.50."),
    "other_currency": Sentence("The amount is in another currency than US dollars, in which values are kept and limited.", "Write what it was worth in US dollars, and load the row again."),
    "no_physician": Sentence("The row names an office and no physician.", "Name the physician, or write one row for each."),
    "date_without_year": Sentence("The date has no year, and nothing in its row says which.", "Write the year, as in 3/14/2026."),
    "other_calendar": Sentence("The year is of another calendar (Buddhist, Hijri or Persian), or mistyped.", "Export the dates by the Gregorian calendar: Buddhist 2569 is 2026."),
    "undated_status": Sentence("The status says what became of the subject, but no date says when, so it was not counted.", "Add the date of the status, or of the milestone."),
    "twelve_hours": Sentence("The column has times of one to five o'clock and none of the afternoon; they were read as of the night.", "If they are of the afternoon, export the times with AM and PM, or with 24 hours, and load the file again."),
    "several_physicians": Sentence("The row names several physicians, and nobody can tell who was given how much.", "Write one row for each, with the value of what that one was given."),
    "named_once": Sentence(
        "Rows from here on name nobody who referred, and no name stands twice: the list may name each group in its first row only. They count as Unattributed.",
        "If the name above holds for the rows below it, fill it down and load the file again.",
    ),
    "several_named": Sentence("The cell names more than one who referred; the first counts.", "Write one name in the cell if another one sent the patient."),
    "perhaps_several": Sentence("The cell may name several practices; it counts as one.", "If they are several, leave the one that counts in the cell, or write a row for each."),
    "unknown_cadence": Sentence("How often to be in touch is not understood.", "Write a number of days, or weekly, monthly, quarterly, yearly."),
    "negative_count": Sentence("A count cannot be below nothing.", "Correct the count and load the row again."),
    "no_subject_number": Sentence(
        "The row has no screening or subject number, though others of the file do.", "Give the person a number in the log and load the row again."
    ),
    "column_not_read": Sentence(
        "The column may say what another one was read for, so it was not used.", "Look which of the two is right, and choose it for the file if it is this one."
    ),
    "counts_of_a_period": Sentence(
        "Numbers fall from one date to the next at most sites, so they look like counts of each period alone; totals to date are wanted.",
        "State for the whole file whether the numbers count each period or everything so far (under “The same for every row”, or --constant basis=each, or so_far).",
    ),
    "counts_of_a_week": Sentence(
        "The numbers are by the week, and nothing says whether each counts its week alone or everything so far.",
        "State for the whole file whether the numbers count each period or everything so far (under “The same for every row”, or --constant basis=each, or so_far).",
    ),
    "several_ways": Sentence("Several ways of contact are ticked in the row; the first counts.", "Write one row for each contact."),
    "taken_for_recommendation": Sentence("Nothing says what was asked; scores of 0 to 10 were taken for the likelihood to recommend.", "State the kind of question if it was another one (nps, csat, ces)."),
    "score_out_of_range": Sentence("The score is not between 0 and 10.", "Correct it, or export scores rather than percentages."),
    "placeholder_date": Sentence("The survey keeps no dates: 1 January 1980 stands for every answer.", "Export it with date stamps, or write the day the answers came into the column."),
    "column_unnamed": Sentence("A column without a name holds something in many rows; it was not read.", "Write into the header what it is, or choose what it means for the file."),
    "count_fell": Sentence(
        "A cumulative count is lower than at an earlier date; the later one counts.",
        "Look which of the two is wrong: a count to date can only grow.",
    ),
    "more_than_screened": Sentence("More failed or enrolled than were screened.", "Look whether the counts are cumulative."),
    "not_approved": Sentence("No day of ethics approval is stated for this text.", "Add it before the text is shown to anybody."),
    "used_before_approval": Sentence("The text is in use before the ethics board approved it.", "Correct one of the two dates."),
    "not_a_contact_yet": Sentence("The contact was only planned, or did not take place.", "Nothing to do: it was left out."),
    "not_an_exam_yet": Sentence("The exam was only planned, or did not take place.", "Nothing to do: it was left out."),
    "longer_than_a_day": Sentence(
        "The row holds the cost of more than one day, which cannot be divided.", "Export the report by day and load it again."
    ),
    "refund": Sentence("The amount is negative; it was taken as money given back.", "Correct the amount if it was spent."),
    "unreadable_duration": Sentence("The cell is not a length of time.", "Write seconds, or minutes and seconds as 3:25, or 0:03:25."),
    "call_elsewhere": Sentence(
        "The call that this leg belongs to is not in the file: an export split by day parts a call that goes on past midnight.",
        "Export the days in one file and load that; of legs in two files the last file's count.",
    ),
    "slot_in_the_past": Sentence("The time was over before the schedule was looked at.", "Nothing to do: it does not count as free."),
    "other_document": Sentence(
        "The row is of another kind of document than a referral, as its column says; other rows say that they are referrals.",
        "Nothing to do: it was left out. If it is a referral, write so into that column.",
    ),
    "hours_for_minutes": Sentence(
        "Every length is one of hours and whole minutes: a spreadsheet may have taken minutes and seconds for them.",
        "Look at one of the calls. If 5:20 are five minutes, save the column as text in the source and load that.",
    ),
    "seconds_assumed": Sentence(
        "The lengths have decimals, and nothing says what they count: they are read as seconds.",
        "If they are minutes, write it into the column's name: Talk Time (min).",
    ),
    "no_telephone_call": Sentence("The record is of a fax or of no call at all.", "Nothing to do: it was left out."),
    # Structure, found by the readers
    "class_unknown": Sentence(
        "The message does not say whether the patient was admitted or came as an outpatient (PV1-2); it counts as a visit.",
        "Have the class of patients sent, or leave the admissions out of the export.",
    ),
    "kept_only": Sentence("The event only tells that the archive kept the study up to date (made, changed, imported or deleted it).", "Nothing to do: it was left out."),
    "no_imaging": Sentence("The event is not about an imaging study.", "Nothing to do: it was left out."),
    "hl7_no_segment": Sentence("The message lacks the segment that its type is about.", "Look whether the message was cut off; send it again."),
    "hl7_no_type": Sentence("The message does not say what it is (MSH-9).", "Correct the header, or leave the message out."),
    "hl7_outside": Sentence("The line belongs to no message: no MSH segment stands before it.", "Look whether the file was cut at its beginning."),
    "hl7_stray_line": Sentence("A line of the message begins no segment; it was taken as the end of the field before it.", "Look whether it was."),
    "hl7_batch_count": Sentence(
        "The batch's trailer says another number of messages than the file holds.", "Ask for the file again: some may be missing."
    ),
    "hl7_refused": Sentence("An acknowledgement says that a message was refused.", "Look at the sending system's log; it may not have arrived."),
    "no_visit_number": Sentence(
        "The message tells of a visit but gives it no number (PV1-19, the account in PID-18, PV1-50), so it cannot be told from others.",
        "Have the sender fill in PV1-19; until then it is left out.",
    ),
    "undated_visit": Sentence(
        "The message announces or cancels a visit and does not say for when (PV2-8, EVN-3 or PV1-44).",
        "Have the sender fill in PV2-8; until then it is left out.",
    ),
    "referral_unnumbered": Sentence(
        "The message gives the referral no number (RF1-6, RF1-11); it goes by that of its order or of the message itself.",
        "Have the sender fill in RF1-6, so that later messages about it are known to be.",
    ),
    "report_sent": Sentence(
        "The message brings the report of a visit or a stay (OBR-4) and asks nobody to see the patient, so it is no referral.",
        "Nothing to do: it was left out. If it does refer the patient, have the sender name who is asked (PRD with RT) or fill in RF1.",
    ),
    "earlier_result": Sentence("An earlier result was sent along with the order.", "Nothing to do: it was left out."),
    "order_unknown": Sentence(
        "The message tells how an order stands, names nobody, and no message of the file asks for that order: it counts with the order, not as one.",
        "Nothing to do if the order comes from another file.",
    ),
    "order_of_things": Sentence("An order of medicines, meals or supplies is no referral.", "Nothing to do: it was left out."),
    "no_visit": Sentence("The message says nothing about a visit.", "Nothing to do: it was left out."),
    "broken_json": Sentence(
        "The line is not whole JSON: it is cut off, or damaged.", "Export the file again, and check that the download finished."
    ),
    "no_resource_type": Sentence("The JSON value is no FHIR resource: it has no resourceType.", "Export it again, one resource a line."),
    "unknown_modifier": Sentence(
        "The resource has a modifier extension that Rapport does not know. It may say that the resource means something else than it seems to, and FHIR forbids to process it.",
        "Ask whoever exports it what it means; where it changes nothing that counts, have it exported as a plain extension.",
    ),
    "unknown_rules": Sentence(
        "The resource is written by rules of its own (implicitRules), which Rapport does not know; FHIR forbids to process it without them.",
        "Have it exported without implicitRules.",
    ),
    "modifier_within": Sentence(
        "A part of the resource has a modifier extension that Rapport does not know: what that part says may mean something else.",
        "Ask whoever exports it what it means, and look whether the row is right.",
    ),
    "partial_date": Sentence("The date names only a month or a year, which FHIR allows; its first day was taken.", "Look whether that will do."),
    "ragged_row": Sentence("The row has more or fewer cells than the header.", "Add the missing separators, or quote the cell that has one in it."),
    "unclosed_quote": Sentence("A quotation mark is opened and never closed.", "Close it, or double it if it belongs to the text."),
    "stray_quote": Sentence(
        "A quotation mark does not close, or stands within a cell; it was kept as text.", "Look whether the row was split rightly."
    ),
    "row_mended": Sentence(
        "The row had more or fewer cells than the header; only one way to mend it fits the columns, and it was taken.",
        "Look whether the row was mended rightly.",
    ),
    "bad_json": Sentence("The line is not a JSON object.", "Mend it, or type its values into the columns."),
    "row_filled_up": Sentence(
        "The row has fewer cells than the header; the missing ones were taken to be blank cells at its end.",
        "Look whether the row's cells stand in the right columns.",
    ),
    "row_too_big": Sentence("The row is longer than any row can be.", "Look for a quotation mark that is opened and never closed."),
    "formula_without_value": Sentence(
        "The cell holds a formula without a stored value, so it was read as blank.", "Open the workbook in Excel, save it and upload it again."
    ),
    "row_struck_through": Sentence("The row is struck through in the sheet; it was read like the others.", "If that means that it does not count, delete it or give it a status that says so, and load the file again."),
    "cell_struck_through": Sentence("The cell is struck through in the sheet; it was read like the others.", "If it no longer holds, empty it and load the file again."),
    "coloured_rows": Sentence("Rows are coloured differently, from this one on; colours are not read.", "If a colour says what became of a row, write it into a column of its own and load the file again."),
    "error_cell": Sentence("The cell holds a spreadsheet error.", "Mend the formula, or type the value."),
    "test_patient": Sentence("The patient looks made up to try a system; the row was loaded like the others.", "If so, delete the row from the export, or filter such patients out, and load it again."),
    "undecodable": Sentence("Some characters cannot be read in the file's encoding.", "Save the file as UTF-8."),
}  # fmt: skip


def sentence(code: str) -> Sentence:
    """The message and remedy of a finding's code; an unknown code gets a sentence that is true of any fault."""
    return SENTENCES.get(
        code, Sentence(f"{code.replace('_', ' ').capitalize()}.", "Look at the row in the file and correct it.")
    )
