"""Tables of research systems, CRMs, campaign and survey tools, and of people: what each row becomes."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.layouts import redcap
from pipelines.readers import Reading
from pipelines.recognition import Candidate, recognise


def first(*header: str) -> tuple[Candidate, dict[str, str]]:
    found = recognise(Reading("csv", list(header), [1], 3))[0]
    return found, {name: header[place] for name, place in found.columns.items()}


def events(desk: Any) -> list[tuple[str, str]]:
    return [(code, str(day)) for code, day in sorted(desk.rows("subject_event", "code", "occurred_on"), key=str)]


def test_completed_and_withdrawn_are_told_apart_where_a_log_has_a_column_for_each(desk: Any) -> None:
    desk.map(
        "Study,Site,Subject,Consent Date,Screened Date,Screen Failed Date,Enrolled Date,Completed Date,Withdrawn Date,Reason\n"
        "S-1,Main,001,2026-03-01,2026-03-02,,2026-03-09,2026-06-01,,\n"
        "S-1,Main,002,2026-03-01,2026-03-02,,2026-03-10,,2026-05-01,Withdrew consent\n"
        "S-1,Main,003,2026-03-01,2026-03-03,2026-03-12,,,,eGFR below 30\n"
        "S-1,Main,004,2026-03-01,2026-03-03,,2026-03-11,,2026-05-02,Lost to follow-up\n",
        "screening_log",
    )
    reasons = {
        (code, str(day), why)
        for code, day, why in desk.rows("subject_event", "code", "occurred_on", "reason_code")
        if code not in ("consented", "screened", "randomized")
    }
    assert reasons == {
        ("completed", "2026-06-01", None),
        ("withdrawn", "2026-05-01", "Withdrew consent"),
        ("screen_failed", "2026-03-12", "eGFR below 30"),
        ("lost", "2026-05-02", "Lost to follow-up"),
    }


def test_the_day_on_study_of_a_report_is_the_day_of_enrolment() -> None:
    assert (
        first("Protocol", "Subject", "Consent Date", "On Study Date", "Off Study Date", "Off Study Reason")[1][
            "enrolled"
        ]
        == "On Study Date"
    )


def test_a_log_without_numbers_tells_its_persons_by_their_record_numbers(desk: Any) -> None:
    done = desk.map(
        "Study,MRN,Prescreened,Consented,Randomized\nS-1,1001,2026-03-01,2026-03-04,2026-03-12\nS-1,1002,2026-03-02,,\n",
        "screening_log",
    )
    assert (done.rows_loaded, done.rows_rejected) == (2, 0)
    assert desk.rows("research_subject", "screening_number") == [(None,), (None,)]
    assert ("randomized", "2026-03-12") in events(desk)


def test_a_row_without_a_number_is_kept_out_where_the_log_has_numbers(desk: Any) -> None:
    done = desk.map(
        "Study,MRN,Screening Number,Prescreened,Consented\nS-1,1001,S-01,2026-03-01,2026-03-04\nS-1,1002,,2026-03-02,\n",
        "screening_log",
    )
    assert (done.rows_loaded, done.rows_rejected, desk.faults(done)["no_subject_number"]) == (1, 1, 1)


COUNTS = "Study,Site,Week Ending,Screened,Enrolled{more}\n" + "".join(
    f"S-1,{site},2026-03-{day:02d},{screened},{enrolled}{{{{basis}}}}\n"
    for site, day, screened, enrolled in (
        ("Main", 6, 5, 3),
        ("Main", 13, 2, 1),
        ("Main", 20, 4, 2),
        ("West", 6, 3, 2),
        ("West", 13, 1, 0),
    )
)


def counts(basis: str = "") -> str:
    return COUNTS.replace("{more}", ",Basis" if basis else "").replace("{{basis}}", f",{basis}" if basis else "")


def test_numbers_that_fall_at_most_sites_are_asked_about(desk: Any) -> None:
    done = desk.map(counts(), "enrolment_counts")
    assert (done.rows_loaded, desk.faults(done)) == (0, {"counts_of_a_period": 5})


def test_numbers_of_each_week_are_summed_up_where_somebody_says_so(desk: Any) -> None:
    done = desk.map(counts("each"), "enrolment_counts")
    assert desk.faults(done) == {}
    assert desk.rows("enrolment_count", "screened", "enrolled") == [(5, 3), (7, 4), (11, 6), (3, 2), (4, 2)]


def test_numbers_said_to_be_to_date_are_taken_as_they_are(desk: Any) -> None:
    done = desk.map(counts("to date"), "enrolment_counts")
    assert (done.rows_loaded, desk.faults(done)["count_fell"]) == (5, 3)


def test_a_single_number_that_falls_is_a_correction(desk: Any) -> None:
    done = desk.map(
        "Study,Site,As Of,Screened,Enrolled\nS-1,Main,2026-03-06,5,3\nS-1,Main,2026-03-13,4,3\nS-1,West,2026-03-06,1,0\nS-1,West,2026-03-13,3,2\n",
        "enrolment_counts",
    )
    assert (done.rows_loaded, desk.faults(done)) == (4, {"count_fell": 1})


def test_a_crm_report_names_the_object_before_the_field() -> None:
    _, columns = first("Referral Number", "Referral: Created Date", "Account Name: Referring Practice", "Referring Provider", "Patient", "Referral Status")  # fmt: skip
    assert (columns["authored"], columns["practice"]) == ("Referral: Created Date", "Account Name: Referring Practice")


def test_whose_name_it_is_is_not_lost_with_the_object() -> None:
    _, columns = first("Contact: Last Name", "Referral: Phone", "Date Received", "Referring Provider", "Status")
    assert not {"Contact: Last Name", "Referral: Phone"} & set(columns.values())


def test_a_meeting_that_was_cancelled_is_no_contact(desk: Any) -> None:
    done = desk.map(
        "Activity date,Activity assigned to,Associated Contact,Associated Company,Meeting outcome\n"
        "2026-03-02 10:00,Amy Lee,Dr. Sam Fox,Fox Family Medicine,Completed\n2026-03-05 15:00,Amy Lee,Dr. Mia Roe,Elm Primary Care,Canceled\n"
    )
    assert (done.rows_loaded, done.set_aside) == (1, 1)


def test_a_tick_in_a_column_of_its_own_is_the_way_of_contact(desk: Any) -> None:
    done = desk.map("Date,Who,Office,Visit,Call,Email\n2026-03-02,AL,Fox FM,x,,\n2026-03-03,KP,Elm PC,,✓,\n2026-03-04,KP,Oak,,x,x\n", "outreach_log")  # fmt: skip
    assert desk.rows("touch", "channel") == [("visit",), ("call",), ("call",)]
    assert desk.faults(done) == {"several_ways": 1}


@pytest.mark.parametrize(
    ("header", "cell", "currency"),
    [
        ("Amount spent (USD)", "52.12", "USD"),
        ("Cost (€)", "52.12", "EUR"),
        ("Cost [GBP]", "52.12", "GBP"),
        ("Spend", "CAD 52.12", "CAD"),
        ("Spend", "52.12 €", "EUR"),
        ("Spend", "₹52.12", "INR"),
        ("Spend", "CHF 52.12", "CHF"),
        ("Spend", "$52.12", None),
        ("Cost ($)", "52.12", None),
    ],
)
def test_a_currency_may_stand_in_the_header_or_beside_the_amount(
    desk: Any, header: str, cell: str, currency: str | None
) -> None:
    desk.map(
        f"Day,Campaign,{header},Clicks\n2026-03-01,Migraine,{cell},12\n", "campaign_spend", context=said_by(header)
    )
    assert desk.rows("campaign_spend", "currency", "spend::varchar") == [(currency, "52.12")]


def said_by(header: str) -> dict[str, str]:
    """What recognition takes from the header, as the reader hands it on."""
    found = recognise(Reading("csv", ["Day", "Campaign", header, "Clicks"], [1], 1))
    return next(one.context for one in found if one.source == "campaign_spend")


def test_an_address_beside_a_name_is_no_part_of_it(desk: Any) -> None:
    desk.map("Date Received,Patient,Referring Provider,Practice\n2026-03-02,Jo Q,Mia Roe <m.roe@example.invalid>,Elm PC\n2026-03-03,Al W,\"Roe, Mia (m.roe@example.invalid)\",Elm PC\n")  # fmt: skip
    assert desk.rows("practitioner", "given_name", "family_name") == [("Mia", "Roe")]


def test_a_survey_that_keeps_no_dates_is_not_answered_in_1980(desk: Any) -> None:
    done = desk.map("id. Response ID,submitdate. Date submitted,Q1. How likely are you to recommend us to a colleague?\n1,1980-01-01 00:00:00,9\n")  # fmt: skip
    assert (done.rows_loaded, desk.faults(done)) == (0, {"placeholder_date": 1})


def test_scores_that_nobody_explains_are_taken_for_recommendation_and_that_is_said(desk: Any) -> None:
    done = desk.map("response_id,answer,comment,responded,practice\n1,10,Great,2026-03-02 10:00:00,Oak\n2,6,,2026-03-03 10:00:00,Elm\n")  # fmt: skip
    assert desk.rows("survey_answer", "kind", "scale_max", "value_num", "value_text") == [
        ("comment", None, None, "Great"),
        ("nps", 10, 10.0, None),
        ("nps", 10, 6.0, None),
    ]
    assert desk.faults(done) == {"taken_for_recommendation": 2}


def test_scores_of_a_satisfaction_question_are_a_rating(desk: Any) -> None:
    desk.map("Response ID,Score,Score Type,Comment,Responded at\n1,5,CSAT,,2026-03-02 10:00:00\n2,3,CSAT,,2026-03-03 10:00:00\n", "score_survey")  # fmt: skip
    assert desk.rows("survey_answer", "kind", "scale_max", "value_num") == [("rating", 5, 5.0), ("rating", 5, 3.0)]


def test_scores_of_somebodys_providers_are_asked_about() -> None:
    found, _ = first("Response ID", "Response Date", "Provider", "Score", "Comment")
    assert not found.recognised


def test_a_column_that_says_what_another_is_read_for_is_pointed_out(desk: Any) -> None:
    done = desk.map("Date Received,Patient,Referring Provider,Referral Status,Status\n2026-03-02,Jo Q,Dr. Fox,New,Scheduled\n")  # fmt: skip
    assert [
        (one["code"], one["column"], one["count"]) for one in done.findings if one["code"] == "column_not_read"
    ] == [("column_not_read", "Referral Status", 1)]


def test_of_two_kinds_that_fit_the_one_counts_that_understands_every_column_of_the_other_and_more() -> None:
    found, _ = first(
        "NPI", "First Name", "Last Name", "Credentials", "Specialty", "Practice", "City", "State", "Phone", "Fax"
    )
    assert (found.source, found.recognised) == ("nppes_roster", True)


def test_where_a_patient_comes_from_and_goes_to_are_told_apart() -> None:
    found, columns = first(
        "Referral ID",
        "Created",
        "Patient Name",
        "From Provider",
        "From Practice",
        "To Provider",
        "To Practice",
        "Status",
    )
    assert (found.source, columns["referrer"], columns["practice"], columns["authored"]) == (
        "referral_log", "From Provider", "From Practice", "Created",
    )  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        ("ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Praxis", "Wie zufrieden sind Sie mit uns?"),
        ("ID", "Heure de début", "Heure de fin", "Adresse de messagerie", "Nom", "Nom du cabinet", "Que pouvons-nous améliorer ?"),
        ("ID", "Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre", "Nombre de la clínica", "¿Qué podemos mejorar?"),
    ],
)  # fmt: skip
def test_microsoft_forms_in_other_languages(header: tuple[str, ...]) -> None:
    found, columns = first(*header)
    assert (found.source, found.recognised, columns["practice"]) == ("microsoft_forms", True, header[5])


def test_what_was_given_may_stand_in_a_column_of_two_words() -> None:
    _, columns = first("Date of Event", "Physician", "Practice", "Meal/Gift", "Amount per person ($)", "Paid by")
    assert (columns["description"], columns["giver"]) == ("Meal/Gift", "Paid by")


def test_two_doctors_after_a_comma_are_two(desk: Any) -> None:
    done = desk.map('Date Received,Patient,Referring Provider,Practice\n2026-03-02,Jo Q,"Dr. Sam Fox, Dr. Ann Dee",Fox FM\n2026-03-03,Al W,"Fox, Dr. Sam",Fox FM\n')  # fmt: skip
    assert desk.rows("practitioner", "given_name", "family_name") == [("Sam", "Fox")]
    assert desk.faults(done)["several_named"] == 1


def test_that_nobody_was_there_is_nobodys_name(desk: Any) -> None:
    desk.map("Date,Liaison,Practice,Provider Seen,Purpose\n2026-03-02,Amy,Elm PC,none available,Check in\n2026-03-03,Amy,Elm PC,Staff only,Check in\n")  # fmt: skip
    assert desk.rows("practitioner", "family_name") == []
    assert desk.rows("touch", "practitioner_id") == [(None,), (None,)]


@pytest.mark.parametrize("around", ["# {}", "Number {}", "Total {}", "Subjects {}", "{} to Date", "Cumulative {}"])
@pytest.mark.parametrize(
    ("said", "field"),
    [("Screened", "screened"), ("Screen Failed", "failed"), ("Randomized", "enrolled"), ("Discontinued", "ended")],
)
def test_counts_have_many_names(around: str, said: str, field: str) -> None:
    header = ["Protocol Number", "Site Number", "Data Cut-off Date", around.format(said), around.format("Enrolled")]
    found = recognise(Reading("csv", header, [1], 3))
    counts_of = next(one for one in found if one.source == "enrolment_counts")
    assert header[counts_of.columns[field]] in header[3:]


def test_a_bounced_invitation_was_not_delivered(desk: Any) -> None:
    desk.map("Token,Practice,Sent Date,Bounced\nT1,Fox FM,2026-02-01,No\nT2,Elm PC,2026-02-01,Yes\n", "survey_invites")
    assert desk.rows("survey_invite", "delivered") == [(True,), (False,)]


def test_the_names_of_leads_may_stand_under_first_and_last() -> None:
    _, columns = first("Lead Date", "Lead ID", "Campaign", "First", "Last", "DOB", "Disposition", "Disposition Date")
    assert (columns["patient_first"], columns["patient_last"], columns["changed"]) == (
        "First",
        "Last",
        "Disposition Date",
    )


@pytest.mark.parametrize(("header", "is_redcap"), [(("Event Date", "Event Name", "Practice", "Attendee"), False), (("Record ID", "Event Name", "Consent Date"), True)])  # fmt: skip
def test_an_event_with_a_name_is_no_event_of_a_longitudinal_project(header: tuple[str, ...], is_redcap: bool) -> None:
    assert redcap.is_export(Reading("csv", list(header), [1], 3)) is is_redcap
