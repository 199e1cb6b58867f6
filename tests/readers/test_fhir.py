"""FHIR files: however resources are packed and named, each comes out once, under one spelling of every reference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.errors import FileRefused


def encounter(number: int | str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Encounter", "id": str(number), "status": "finished", "class": {"code": "AMB"},
            "period": {"start": "2026-03-05T09:30:00-05:00"}, **more}  # fmt: skip


def lines(*resources: Any) -> str:
    return "\n".join(one if isinstance(one, str) else json.dumps(one) for one in resources) + "\n"


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    entries = [one if "resource" in one else {"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def column(reading: Any, cells: list[tuple[Any, ...]], name: str) -> list[Any]:
    place = reading.header.index(name) + 1
    return [row[place] for row in cells]


PACKED = {
    "ndjson": lines(encounter(1), encounter(2)),
    "ndjson with crlf": lines(encounter(1), encounter(2)).replace("\n", "\r\n"),
    "a bundle": json.dumps(bundle(encounter(1), encounter(2)), indent=2),
    "a bundle on one line": json.dumps(bundle(encounter(1), encounter(2))),
    "a bundle whose type comes last": json.dumps(
        {"entry": bundle(encounter(1), encounter(2))["entry"], "resourceType": "Bundle"}
    ),
    "a bundle of bundles": json.dumps(bundle(bundle(encounter(1)), bundle(encounter(2)))),
    "bundles line by line": lines(bundle(encounter(1)), bundle(encounter(2))),
    "an array": json.dumps([encounter(1), encounter(2)]),
    "resources over lines": json.dumps(encounter(1), indent=1) + "\n" + json.dumps(encounter(2), indent=1),
    "entries without a bundle": json.dumps({"entry": bundle(encounter(1), encounter(2))["entry"]}),
    "a list in an answer": json.dumps({"total": 2, "resources": [encounter(1), encounter(2)], "next": None}, indent=1),
    "a bundle in an answer": json.dumps({"status": "ok", "data": {"bundle": bundle(encounter(1), encounter(2))}}),
    "one and a list beside it": json.dumps({"first": encounter(1), "others": [encounter(2)]}),
    "by type and id": json.dumps({"Encounter": {"1": encounter(1), "2": encounter(2)}}),
    "as text, line by line": lines(*(json.dumps(json.dumps(encounter(n))) for n in (1, 2))),
    "as text in a column": lines(*({"id": n, "payload": json.dumps(encounter(n))} for n in (1, 2))),
    "wrapped line by line": lines({"key": 1, "resource": encounter(1)}, {"key": 2, "resource": encounter(2)}),
    "bundles in a list of an answer": json.dumps({"hits": [{"n": n, "bundle": bundle(encounter(n))} for n in (1, 2)]}),
    "parameters": json.dumps(
        {
            "resourceType": "Parameters",
            "parameter": [
                {"name": "n", "valueString": "x"},
                {"name": "return", "resource": bundle(encounter(1))},
                {"name": "more", "part": [{"name": "r", "resource": encounter(2)}]},
            ],
        }
    ),
    "a resource whose type comes last": lines(
        [dict(reversed(encounter(n, contained=[encounter(9)]).items())) for n in (1, 2)]
    ),
    "lines with a comma behind each": lines(encounter(1), encounter(2)).replace("}\n", "},\n"),
    "ndjson with a mark": "\ufeff" + lines(encounter(1), encounter(2)),
}


@pytest.mark.parametrize("text", PACKED.values(), ids=PACKED.keys())
def test_a_resource_is_found_however_it_is_packed(read: Any, text: str) -> None:
    reading, cells = read(text, "export")
    assert (reading.format, reading.part, reading.records) == ("fhir", "Encounter", 2)
    assert sorted(column(reading, cells, "Encounter.id")) == ["Encounter/1", "Encounter/2"]


REFUSED = {
    "nothing": (json.dumps(bundle()), "holds no resources"),
    "a manifest": (json.dumps({"transactionTime": "2026-01-01T00:00:00Z", "request": "https://x/$export", "output": [{"type": "Patient", "url": "https://x/1.ndjson"}]}),
                   "list of a bulk export"),
    "a manifest of the next edition": (json.dumps({"resourceType": "http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkDataManifest", "transactionTime": "2026-01-01T00:00:00Z",
                                                   "requiresAccessToken": True, "output": [{"type": "Patient", "url": "https://x/1.ndjson"}]}), "list of a bulk export"),
    "errors": (lines({"resourceType": "OperationOutcome"}), "list of errors"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_an_export_has_beside_its_data_is_refused_as_what_it_is(read: Any, text: str, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        read(text)


def deleted(number: int, day: str | None) -> dict[str, Any]:
    response = {"response": {"status": "204", "lastModified": day}} if day else {}
    return {"request": {"method": "DELETE", "url": f"Encounter/{number}/_history/9"}, **response}


@pytest.mark.parametrize(
    ("updated", "day", "kept"),
    [
        ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", False),
        ("2026-03-01T23:30:00-05:00", "2026-03-02T00:00:00Z", True),  # written again after the deletion
        ("2026-03-01T00:00:00Z", None, False),  # without a day what is below a deletion is older
        (None, "2026-03-02T00:00:00Z", False),
    ],
)
def test_versions_before_a_deletion_are_no_longer_there(
    read: Any, updated: str | None, day: str | None, kept: bool
) -> None:
    meta = {"meta": {"lastUpdated": updated}} if updated else {}
    entries = [deleted(1, day), {"resource": encounter(1, **meta)}, {"resource": encounter(2)}]
    reading, cells = read(json.dumps({"resourceType": "Bundle", "type": "history", "entry": entries}))
    assert column(reading, cells, "Encounter.id") == ["Encounter/1"] * kept + ["Encounter/2"]
    assert [(one.reason, one.count) for one in reading.set_aside] == [("deleted Encounter (not used)", 1)]
    assert reading.parts == ["Encounter"] + ["Deletion"] * (not kept)


def test_a_file_of_deletions_names_each_resource_and_when_the_bundle_says_that_it_went(read: Any) -> None:
    entries = [{"request": {"method": "DELETE", "url": url}} for url in ("Encounter/1", "https://x/fhir/Task/2", "Encounter?status=planned")]  # fmt: skip
    bundles = [{"resourceType": "Bundle", "type": "transaction", "meta": {"lastUpdated": "2026-04-27T02:56:00Z"}, "entry": [one]} for one in entries]  # fmt: skip
    for text in (lines(*bundles), json.dumps({**bundles[0], "entry": entries}, indent=1)):
        reading, cells = read(text, "deleted")
        assert (reading.part, reading.records) == ("Deletion", 3)
        assert column(reading, cells, "Deletion.id") == ["Encounter/1", "Task/2", None]
        assert column(reading, cells, "Deletion.date") == ["2026-04-27T02:56:00Z"] * 3


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ({"timestamp": "2026-04-20T10:00:00Z"}, "2026-04-20T10:00:00Z"),
        ({"timestamp": "2026-04-20T10:00:00Z", "meta": {"lastUpdated": "2026-04-21T10:00:00Z"}}, "2026-04-21T10:00:00Z"),
        ({}, None),
    ],
)  # fmt: skip
def test_a_deletion_without_a_day_is_of_when_its_bundle_was_put_together(
    read: Any, told: dict[str, Any], day: str | None
) -> None:
    entries = [{"request": {"method": "DELETE", "url": "Encounter/1"}}]
    reading, cells = read(json.dumps({"resourceType": "Bundle", "type": "transaction", **told, "entry": entries}))
    assert column(reading, cells, "Deletion.date") == [day]


def test_an_entry_that_says_when_it_was_deleted_is_believed_before_its_bundle(read: Any) -> None:
    bundle = {"resourceType": "Bundle", "type": "history", "timestamp": "2026-04-20T10:00:00Z"}
    reading, cells = read(json.dumps({**bundle, "entry": [deleted(1, "2026-04-19T10:00:00Z")]}))
    assert column(reading, cells, "Deletion.date") == ["2026-04-19T10:00:00Z"]


def test_a_question_that_is_asked_twice_keeps_both_answers(read: Any) -> None:
    item = {"linkId": "1", "text": "Whom?"}
    answers = [{**item, "answer": [{"valueString": text}]} for text in ("Ann", "Bob")]
    reading, cells = read(lines({"resourceType": "QuestionnaireResponse", "id": "1", "status": "completed", "item": answers}))  # fmt: skip
    assert column(reading, cells, "Whom?") == ["Ann; Bob"]


def test_questions_worded_alike_are_told_apart_by_their_heading_else_by_their_number(read: Any) -> None:
    def asked(number: str, answer: int) -> dict[str, Any]:
        return {"linkId": number, "text": "Satisfied?", "answer": [{"valueInteger": answer}]}

    headed = [
        {"linkId": "1", "text": "Booking", "item": [asked("1.1", 4)]},
        {"linkId": "2", "text": "Report", "item": [asked("2.1", 5), asked("2.2", 3)]},
    ]
    response = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    reading, cells = read(lines(response | {"id": "1", "item": headed}, response | {"id": "2", "item": headed[:1]}))
    assert reading.header[-3:] == ["Booking: Satisfied?", "Satisfied? (2.1)", "Satisfied? (2.2)"]
    assert [row[-3:] for row in cells] == [("4", "5", "3"), ("4", None, None)]


def test_one_question_numbered_otherwise_in_another_version_of_the_form_is_one(read: Any) -> None:
    answers = [{"linkId": number, "text": "Satisfied?", "answer": [{"valueInteger": 4}]} for number in ("a", "b")]
    response = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    reading, _ = read(lines(*(response | {"id": one["linkId"], "item": [one]} for one in answers)))
    assert reading.header[-1] == "Satisfied?"


def test_a_quantity_of_nothing_is_the_number_and_not_its_unit(read: Any) -> None:
    item = {"linkId": "1", "text": "Waited", "answer": [{"valueQuantity": {"value": 0, "unit": "days", "code": "d"}}]}
    reading, cells = read(
        lines({"resourceType": "QuestionnaireResponse", "id": "1", "status": "completed", "item": [item]})
    )
    assert column(reading, cells, "Waited") == ["0"]


def test_a_list_of_something_else_is_no_bundle(read: Any) -> None:
    text = json.dumps({"entry": [{"item": {"reference": "Encounter/1"}}], "id": "1", "resourceType": "List"})
    with pytest.raises(FileRefused, match="List"):
        read(text, "export")


def test_a_line_without_a_type_among_ndjson_is_a_reject_of_its_own(read: Any) -> None:
    reading, _ = read(lines({"id": "x"}, encounter(1), json.dumps(encounter(2))[:-9], encounter(3)), "export")
    assert (reading.records, [finding.row for finding in reading.findings]) == (4, [1, 3])


def test_utf_16_is_read_and_said(read: Any) -> None:
    reading, _ = read(lines(encounter(1), encounter(2)).encode("utf-16"), "export")
    assert reading.records == 2
    assert any("UTF-16" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("reference", "canonical"),
    [
        ({"reference": "Patient/12"}, "Patient/12"),
        ({"reference": "https://ehr.example.org/fhir/Patient/12"}, "Patient/12"),
        ({"reference": "https://ehr.example.org/fhir/Patient/12/_history/3"}, "Patient/12"),
        ({"reference": "Patient/12/_history/3"}, "Patient/12"),
        ({"reference": "Patient?identifier=urn:x|7"}, "Patient?identifier=urn:x|7"),
        ({"identifier": {"system": "urn:x", "value": "7"}}, "Patient?identifier=urn:x|7"),
        ({"reference": "urn:uuid:0a"}, "Patient/0a"),
        ({"reference": "#p"}, "Patient?identifier=urn:x|9"),
        ({"display": "Somebody"}, None),
        ("Patient/12", None),
        ([{"reference": "Patient/12"}], None),
    ],
)
def test_every_way_to_name_a_resource_has_one_spelling(read: Any, reference: Any, canonical: str | None) -> None:
    inner = [{"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "9"}]}]
    reading, cells = read(lines(encounter(1, subject=reference, contained=inner), encounter(2)), "export")
    assert column(reading, cells, "Encounter.subject")[0] == canonical


def test_a_full_url_names_its_entry_even_before_it_and_without_an_id(read: Any) -> None:
    patient = {"fullUrl": "urn:uuid:77", "resource": {"resourceType": "Patient", "id": "12"}}
    doctor = {"fullUrl": "urn:uuid:88", "resource": {"resourceType": "Organization", "name": "X"}}
    text = json.dumps(
        bundle(
            encounter(1, subject={"reference": "urn:uuid:77"}, serviceProvider={"reference": "urn:uuid:88"}),
            patient,
            doctor,
        )
    )
    reading, cells = read(text, "export")
    assert column(reading, cells, "Encounter.subject") == ["Patient/12"]
    assert column(reading, cells, "Encounter.serviceProvider") == ["Organization/88"]
    assert reading.parts == ["Organization", "Patient", "Encounter"]


def test_r4_and_r5_of_one_type_may_stand_in_one_file(read: Any) -> None:
    five = {
        "resourceType": "Encounter",
        "id": "5",
        "status": "completed",
        "class": [{"coding": [{"code": "AMB"}]}],
        "actualPeriod": {"start": "2026-04-01"},
    }
    reading, cells = read(lines(encounter(4), five), "export")
    assert column(reading, cells, "Encounter.class") == ["AMB", "AMB"]
    assert column(reading, cells, "Encounter.period.start") == ["2026-03-05T09:30:00-05:00", "2026-04-01"]


@pytest.mark.parametrize(
    ("more", "name", "cell"),
    [
        ({"appointment": [{"reference": "Appointment/9"}]}, "appointment", "Appointment/9"),
        ({"appointment": {"identifier": {"system": "s", "value": "9"}}}, "appointment", "Appointment?identifier=s|9"),
        ({"appointment": "Appointment/9"}, "appointment", None), ({"appointment": [3, "\""]}, "appointment", None),
        ({"serviceType": {"coding": [{"code": "c", "display": 'Say "é"'}]}}, "serviceType", 'Say "é"'),
        ({"serviceType": [{"concept": {"text": "Words"}}]}, "serviceType", "Words"), ({"serviceType": None}, "serviceType", None),
        ({"incomingReferral": [{"reference": "#r"}], "contained": [{"resourceType": "ReferralRequest", "id": "r"}]}, "basedOn", "ReferralRequest/200#r"),
    ],
)  # fmt: skip
def test_an_element_that_only_a_late_resource_has_is_read_as_where_the_first_has_it(
    read: Any, more: dict[str, Any], name: str, cell: str | None
) -> None:
    others = [encounter(number) for number in range(150)]
    for resources in ([*others, encounter(200, **more)], [encounter(200, **more), *others]):
        reading, cells = read(lines(*resources))
        found = column(reading, cells, f"Encounter.{name}")
        assert found[[row[1] for row in cells].index("Encounter/200")] == cell
        assert sum(one is not None for one in found) == (cell is not None)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_by_the_lines_of_the_file_and_lines_of_blanks_are_none(read: Any, end: str) -> None:
    text = end.join((json.dumps(encounter(1)), "", " \t", json.dumps(encounter(2))[:60], json.dumps(encounter(3)), ""))
    reading, cells = read(text, "export")
    assert [row[0] for row in cells] == [1, 5]
    assert [(one.code, one.row) for one in reading.findings] == [("broken_json", 4)]
    assert [one.count for one in reading.set_aside] == [2]


def test_a_bundle_among_resources_is_read_with_its_own(read: Any) -> None:
    reading, cells = read(lines(encounter(1), encounter(2), bundle(encounter(3), encounter(4)), encounter(5)), "export")
    assert column(reading, cells, "Encounter.id") == [f"Encounter/{number}" for number in range(1, 6)]
    reading, cells = read(
        lines({"resourceType": "Basic", "id": "1"}, {"resourceType": "Basic", "id": "2"}, bundle(encounter(3))),
        "export",
    )
    assert column(reading, cells, "Encounter.id") == ["Encounter/3"]


def test_names_of_fhirs_first_release_are_read_as_those_of_later_ones(read: Any) -> None:
    name = {"family": ["Fox"], "given": ["Ann"]}
    _, cells = read(
        lines(
            {"resourceType": "Practitioner", "id": "1", "name": name},
            {"resourceType": "Practitioner", "id": "2", "name": [{"family": "Fox", "given": ["Ann"]}]},
        )
    )
    assert cells[0][6:9] == cells[1][6:9] == ("Fox, Ann", "Fox", "Ann")


def test_a_line_cut_off_is_a_reject_with_its_line_and_loses_no_other(read: Any) -> None:
    reading, cells = read(
        lines(encounter(1), json.dumps(encounter(2))[:60], "", encounter(3), '{"no": "type"}', "[1]"), "export"
    )
    assert [(one.code, one.row) for one in reading.findings] == [
        ("broken_json", 2),
        ("no_resource_type", 5),
        ("no_resource_type", 6),
    ]
    assert [row[0] for row in cells] == [1, 4]
    assert reading.records == len(cells) + 3
    assert [(aside.reason, aside.row) for aside in reading.set_aside] == [("blank", 3)]


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_bundle_that_ends_in_the_middle_is_refused(read: Any, keep: float) -> None:
    text = json.dumps(bundle(*(encounter(number) for number in range(40))), indent=1)
    with pytest.raises(FileRefused, match="ends in the middle"):
        read(text[: int(len(text) * keep)], "export")


def test_of_two_versions_the_later_counts_wherever_it_stands(read: Any) -> None:
    versions = [("9", "2026-03-09T00:00:00Z"), ("10", "2026-03-10T00:00:00Z"), ("2", "2026-03-01T23:00:00-05:00")]
    resources = [encounter(1, meta={"versionId": version, "lastUpdated": updated}) for version, updated in versions]
    reading, cells = read(lines(*resources, encounter(2)), "export")
    assert column(reading, cells, "Encounter.meta.superseded") == ["true", None, "true", None]


def test_partial_dates_are_read_as_their_first_day_and_said(read: Any) -> None:
    reading, cells = read(
        lines(encounter(1, period={"start": "2026-03"}), encounter(2, period={"start": "2026"})), "export"
    )
    assert column(reading, cells, "Encounter.period.start") == ["2026-03-01", "2026-01-01"]
    assert [(one.code, one.row) for one in reading.findings] == [("partial_date", 1), ("partial_date", 2)]


def test_bytes_that_are_no_utf_8_are_replaced_and_said(read: Any) -> None:
    text = lines(encounter(1, type=[{"text": "caf\u00e9"}]), encounter(2)).replace("\\u00e9", "\u00e9").encode("cp1252")
    reading, cells = read(text, "export")
    assert column(reading, cells, "Encounter.type")[0] == "caf\ufffd"
    assert any("replaced" in note for note in reading.notes)


def test_types_of_no_use_are_set_aside_and_a_file_of_them_refused(read: Any) -> None:
    other = {"resourceType": "Observation", "id": "1"}
    reading, _ = read(lines(other, encounter(1), other), "export")
    assert [(aside.reason, aside.count) for aside in reading.set_aside] == [("Observation (not used)", 2)]
    with pytest.raises(FileRefused, match="Observation"):
        read(lines(other, other), "export")
    with pytest.raises(FileRefused, match="list of errors"):
        read(lines({"resourceType": "OperationOutcome", "issue": []}), "export")


def test_the_reference_of_a_patient_who_asks_for_themselves_stays_out(read: Any) -> None:
    request = {
        "resourceType": "ServiceRequest",
        "id": "1",
        "requester": {"reference": "Patient/p1", "display": "Canary"},
    }
    _, cells = read(lines(request, request), "export")
    assert not [cell for row in cells for cell in row if isinstance(cell, str) and ("p1" in cell or "Canary" in cell)]


def test_nested_and_branched_answers_become_a_column_each(read: Any) -> None:
    items = [{"text": "Group", "item": [{"linkId": "a", "text": "Rating", "answer": [{"valueInteger": 4, "item": [{"text": "Why?", "answer": [{"valueString": "fast"}]}]}]}]},
             {"linkId": "b", "answer": [{"valueBoolean": True}, {"valueCoding": {"code": "x", "display": "Extra"}}]}]  # fmt: skip
    response = {"resourceType": "QuestionnaireResponse", "id": "1", "authored": "2026-03-05", "item": items}
    reading, cells = read(lines(response, {**response, "id": "2", "item": "nonsense"}), "export")
    assert reading.header[-3:] == ["Rating", "Why?", "b"]
    assert cells[0][-3:] == ("4", "fast", "yes; Extra")


def test_elements_of_a_wrong_shape_are_nothing_and_lose_no_row(read: Any) -> None:
    for kind in (
        "Patient",
        "Practitioner",
        "Organization",
        "Location",
        "ServiceRequest",
        "Appointment",
        "Communication",
        "ResearchStudy",
        "ResearchSubject",
    ):
        names = (
            "identifier",
            "name",
            "telecom",
            "address",
            "subject",
            "participant",
            "qualification",
            "contained",
            "progress",
            "extension",
            "contact",
            "about",
        )
        for wrong in ("text", 7, True, {"a": 1}, [1, "two", None], [{"system": {"x": 1}, "value": [1]}]):
            odd = {"resourceType": kind, "id": "1", **dict.fromkeys(names, wrong), "requester": {"identifier": wrong}}
            reading, cells = read(lines(odd, {"resourceType": kind, "id": "2"}), "export")
            assert (reading.part, [row[1] for row in cells]) == (kind, [f"{kind}/1", f"{kind}/2"])


def test_a_resource_nested_a_hundred_thousand_deep_is_refused_as_that(read: Any) -> None:
    text = (
        '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1","x":'
        + "[" * 100_000
        + "]" * 100_000
        + "}}]}"
    )
    with pytest.raises(FileRefused, match="nested deeper"):
        read(text, "bundle.json")


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_a_first_line_nested_too_deep_to_look_into_loses_no_line(read: Any, depth: int) -> None:
    lines_with = [{"resourceType": "Patient", "id": name} for name in "abc"]
    deep = json.dumps(lines_with[0])[:-1] + ', "extension": ' + "[" * depth + "]" * depth + "}"
    _, cells = read("\n".join([deep, *map(json.dumps, lines_with[1:])]) + "\n", "export.ndjson")
    assert len(list(cells)) == 3


def _modified(number: int, url: str = "http://example.org/opposite", **more: Any) -> dict[str, Any]:
    return encounter(number, modifierExtension=[{"url": url, "valueBoolean": True}], **more)


def test_a_resource_that_an_unknown_modifier_changes_is_a_reject_with_the_modifiers_name(read: Any) -> None:
    resources = [encounter(1), _modified(2), encounter(3, implicitRules="http://example.org/rules")]
    for text in (lines(*resources), json.dumps(bundle(*resources), indent=1)):
        reading, cells = read(text, "export")
        assert [(one.code, one.severity, one.row, one.value) for one in reading.findings] == [
            ("unknown_modifier", "reject", 2, "http://example.org/opposite"),
            ("unknown_rules", "reject", 3, "http://example.org/rules"),
        ]
        assert (reading.records, column(reading, cells, "Encounter.id")) == (3, ["Encounter/1"])


def test_a_modifier_within_an_element_is_warned_of(read: Any) -> None:
    place = {"location": {"reference": "Location/1"}, "modifierExtension": [{"url": "http://example.org/not-there"}]}
    reading, cells = read(lines(encounter(1, location=[place]), encounter(2)), "export")
    assert [(one.code, one.row, one.value) for one in reading.findings] == [
        ("modifier_within", 1, "http://example.org/not-there")
    ]
    assert len(cells) == 2


def test_a_newer_version_that_is_changed_by_an_unknown_modifier_leaves_no_older_one_standing(read: Any) -> None:
    versions = [encounter(1, meta={"versionId": "1"}), _modified(1, meta={"versionId": "2"})]
    reading, cells = read(lines(*versions), "export")
    assert column(reading, cells, "Encounter.meta.superseded") == ["true"]


def test_an_earlier_releases_way_to_say_that_a_request_is_not_to_be_done_is_understood(read: Any) -> None:
    url = "http://hl7.org/fhir/StructureDefinition/request-doNotPerform"
    request = {"resourceType": "ProcedureRequest", "id": "1", "status": "active", "intent": "order"}
    reading, cells = read(
        lines(
            request | {"modifierExtension": [{"url": url, "valueBoolean": True}]},
            request | {"id": "2", "modifierExtension": [{"url": url, "valueBoolean": False}]},
            request | {"id": "3"},
        ),
        "export",
    )
    assert reading.findings == []
    assert column(reading, cells, "ServiceRequest.doNotPerform") == ["true", "false", None]


def test_names_numbers_and_phones_of_old_use_count_no_more(read: Any) -> None:
    numbers = [{"use": use, "type": {"coding": [{"code": "MR"}]}, "value": use} for use in ("old", "usual")]
    person = {
        "name": [{"use": "maiden", "family": "Fox", "given": ["Ann"]}, {"use": "usual", "family": "Hill", "given": ["Ann"]}],
        "telecom": [{"system": "phone", "use": use, "value": use} for use in ("old", "home")],
    }  # fmt: skip
    reading, cells = read(lines({"resourceType": "Patient", "id": "1", "identifier": numbers, **person}))
    told = [column(reading, cells, f"Patient.{name}") for name in ("identifier.MR", "name.family", "telecom.phone")]
    assert told == [["usual"], ["Hill"], ["home"]]
    npis = [{"use": use, "system": "http://hl7.org/fhir/sid/us-npi", "value": use} for use in ("old", "official")]
    reading, cells = read(
        lines({"resourceType": "Practitioner", "id": "1", "identifier": npis, "name": person["name"][:1]})
    )
    assert column(reading, cells, "Practitioner.identifier.npi") == ["official"]
    assert column(reading, cells, "Practitioner.name.family") == ["Fox"]


def test_an_address_of_old_use_gives_way_to_another(read: Any) -> None:
    addresses = [{"use": use, "line": [use], "city": use, "postalCode": use} for use in ("old", "work")]
    for kind, told in (("Organization", "address.line"), ("Organization", "address.city"), ("Patient", "address.postalCode")):  # fmt: skip
        reading, cells = read(
            lines(
                {"resourceType": kind, "id": "1", "address": addresses},
                {"resourceType": kind, "id": "2", "address": addresses[:1]},
            )
        )
        assert column(reading, cells, f"{kind}.{told}") == ["work", "old"]


def test_the_record_that_stands_for_another_is_found_behind_other_links(read: Any) -> None:
    links = [{"other": {"reference": "RelatedPerson/1"}, "type": "seealso"}, {"other": {"reference": "Patient/7"}, "type": "replaced-by"}]  # fmt: skip
    reading, cells = read(lines({"resourceType": "Patient", "id": "1", "link": links}, {"resourceType": "Patient", "id": "2"}))  # fmt: skip
    assert column(reading, cells, "Patient.link") == ["Patient/7", None]
    assert column(reading, cells, "Patient.link.type") == ["replaced-by", None]


def test_a_page_of_an_answer_without_the_others_is_told(read: Any) -> None:
    further, last = ({"link": [{"relation": one, "url": "http://x?page=2"}]} for one in ("next", "self"))
    pages = [json.dumps(bundle(encounter(n), type="searchset", **more), indent=1) for n, more in ((1, further), (2, last))]  # fmt: skip
    for text, told in ((pages[0], ["bundle_page"]), (pages[1], []), ("\n".join(pages), []), (f"[{','.join(pages[:1] * 2)}]", ["bundle_page"])):  # fmt: skip
        reading, _ = read(text, "answer.json")
        assert [found.code for found in reading.findings] == told


def test_a_full_url_that_ends_otherwise_than_the_id_still_names_its_entry(read: Any) -> None:
    doctor, asked = {"resourceType": "Practitioner", "id": "practitioner-eve"}, "http://x/fhir/Practitioner/eve"
    request = {"resourceType": "ServiceRequest", "id": "1", "status": "active", "intent": "order", "requester": {"reference": asked}}  # fmt: skip
    reading, cells = read(json.dumps(bundle({"fullUrl": asked, "resource": doctor}, {"resource": request})), part="ServiceRequest")  # fmt: skip
    assert column(reading, cells, "ServiceRequest.requester") == ["Practitioner/practitioner-eve"]
