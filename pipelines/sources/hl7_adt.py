"""HL7 v2 ADT messages, as far as they bear on visits (A01, A03, A04, A05, A11, A23, A38) and on which record numbers are one
patient's (A18, A30, A34, A36, A39, A40, A46, A47). Updates of a patient's details say neither. A discharge or a cancellation that does not say when the
visit began counts once the message with which it began is loaded, in whatever file."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import SITE_EMIT, SITE_JOIN, SITE_NAMED, site_field
from pipelines.vocabulary.hl7 import SYSTEM, header_fields, message_patient
from pipelines.vocabulary.referrals import bare

_VISITS = "('A01', 'A03', 'A04', 'A05', 'A11', 'A38')"
_MERGES = "('A18', 'A30', 'A34', 'A36', 'A39', 'A40', 'A46', 'A47')"
_DELETED = "(trigger = 'A23' and number is not null)"
# Admitted, an emergency or observed, by table 0004 or the words and codes of those who use their own; and who came for a visit.
_STAY = "coalesce(regexp_full_match(upper(class), 'E|I|IP|ER|ED|IMP|ACUTE|NONAC|(EMER|INP|OBS|HOSPITALI|STATION).*'), false)"
_VISITOR = "coalesce(regexp_full_match(upper(class), 'O|P|R|B|C|OP|OS|(OUT|AMB|PRE|REC|REG|DAY|CLIN|SAME).*'), false)"
FIELDS = (
    *header_fields(),
    *message_patient(),
    Field("replaced_by", "Prior record number", "identifier", ("MRG-1.1",), phi=True),
    *bare((site_field(),), site=("Location",)),
    Field("number", "Visit number", "identifier", ("PV1-19.1",), example="V-4001"),
    Field("class", "Patient class", "text", ("PV1-2",), example="O"),
    Field("service", "Hospital service", "text", ("PV1-10",)),
    Field("admitted", "Admitted", "datetime", ("PV1-44",)),
    Field("discharged", "Discharged", "datetime", ("PV1-45",)),
    Field("superseded", "Older message", "boolean", ("Older message",)),
    Field("planned", "Planned", "datetime", ("Planned",), future=True),
    Field("came", "Came", "datetime", ("Came",)),
    Field("happened", "Event time", "datetime", ("EVN-2",)),
)  # fmt: skip
# A visit that is yet to be (A05, and its cancellation) takes place when it is planned, not when somebody wrote it down; one that is over
# (A03) or never was (A11) took place when it began, which the message that told of it says where this one does not.
_AT = "coalesce(case when trigger in ('A05', 'A38') then planned{0} end, admitted{0}, came{0}, case when trigger in ('A01', 'A04') then sent{0} end)"

SOURCE = Source(
    name="hl7_adt",
    title="HL7 v2 visits (ADT)",
    description="ADT messages: registrations, discharges, cancellations, and merged record numbers.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"trigger", "class", "admitted", "number"}),),
    primary="appointment",
    zone_field="site",
    one_of=(("sent", "happened", "admitted"),),
    ignored=("PV1-8",),
    adds=True,
    checks=(
        Check("older_version", "note", "superseded", "select row from parsed where superseded", repeats=True),
        Check("unbooked_stay", "note", "class", f"select row from parsed where {_STAY} and trigger in {_VISITS}", aside=True),
        Check("no_visit", "note", "trigger", f"select row from parsed where trigger is null or trigger not in {_VISITS} and trigger not in {_MERGES} and not {_DELETED}", aside=True),
        Check("class_unknown", "warning", "class", f"select row from parsed where trigger = 'A01' and number is not null and not {_STAY} and not {_VISITOR}"),
        Check("undated_visit", "note", "planned", "select row from parsed where trigger in ('A05', 'A38') and number is not null and planned is null and admitted is null", aside=True),
        Check("time_awaited", "warning", "admitted", f"select row from parsed where trigger in ('A03', 'A11') and number is not null and not {_STAY} and {_AT.format('')} is null"),
        Check("no_visit_number", "note", "number", f"select row from parsed where trigger in {_VISITS} and number is null", aside=True),
    ),
    relations=(SITE_NAMED,),
    emits=(
        Emit("appointment", f"""
            select p.row, key64('appointment|' || $system || '|v|' || upper(p.number)) as appointment_id, p.patient_key, s.site_id, p.service as service_line,
                {_AT.format("")} as start_at, {_AT.format("_on")} as start_on, case p.trigger when 'A03' then 'fulfilled' when 'A05' then 'booked'
                    when 'A11' then 'cancelled' when 'A38' then 'cancelled' else 'arrived' end as status, p.sent as recorded_at, p.sent_on as recorded_on
            from parsed p left join {SITE_JOIN} where p.trigger in {_VISITS}"""),
        # What earlier files said of a visit whose record was deleted no longer counts.
        Emit("deletion", f"""
            select row, 'appointment_id' as record, key64('appointment|' || $system || '|v|' || upper(number)) as record_id, sent as deleted_at, sent_on as deleted_on
            from parsed where {_DELETED} and sent is not null"""),
        Emit("patient_link", f"""
            select row, patient_key, replacing_key as other_key, 'replaced' as basis from parsed
            where trigger in {_MERGES} and replacing_key is not null and patient_key is not null and replacing_key <> patient_key"""),
        SITE_EMIT,
    ),
    order=70,
)  # fmt: skip
