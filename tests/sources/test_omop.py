"""OMOP tables: what of their visits is one."""

from __future__ import annotations

from typing import Any

VISITS = """
visit_occurrence_id,person_id,visit_concept_id,visit_start_date,care_site_id
1,10,9202,2026-01-02,7
2,10,9201,2026-02-02,7
3,11,581458,2026-02-02,7
4,11,32036,2026-02-03,7
"""


def test_what_was_fetched_at_a_pharmacy_or_taken_by_a_laboratory_is_no_visit(desk: Any) -> None:
    mapped = desk.map(VISITS, "omop_visit_occurrence")
    assert (mapped.rows_loaded, desk.faults(mapped)) == (1, {"unbooked_stay": 1, "not_a_visit": 2})


def test_a_stay_of_a_narrower_kind_or_told_by_the_source_alone_is_no_booked_visit(desk: Any) -> None:
    kinds = (
        ("581379", ""),
        ("8863", ""),
        ("0", "Inpatient stay"),
        ("0", "EMERGENCY"),
        ("0", "Office"),
        ("9202", "inpatient pharmacy consult"),
    )
    rows = "".join(f"{n},10,{concept},2026-01-02,7,{source}\n" for n, (concept, source) in enumerate(kinds))
    mapped = desk.map(f"visit_occurrence_id,person_id,visit_concept_id,visit_start_date,care_site_id,visit_source_value\n{rows}", "omop_visit_occurrence")  # fmt: skip
    assert (mapped.rows_loaded, desk.faults(mapped)) == (2, {"unbooked_stay": 4})
