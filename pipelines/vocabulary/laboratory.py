"""What is ordered of a laboratory, which is no referral: by code where a code says so, else by the words of the order.

FHIR makes one ServiceRequest of referrals and of orders, HL7 v2 one message, and systems leave out the category that would
tell them apart. The words are those that name tests, specimens and LOINC's way of writing them; one that speaks of a referral, a
visit, a therapy or an image is none, whatever else it names.
"""

from __future__ import annotations

from pipelines.sources import Check, Field

_TESTS = (
    r"\[(mass|moles|units|presence|#|volume|ratio|enzymatic|entitic|titer|pure|log)[^\]]*\]",
    r"\bin (serum|plasma|blood|urine|stool|saliva|sputum|specimen|body fluid|cerebral spinal fluid|capillary blood|arterial blood|platelet poor plasma)\b",
    r"- (serum|plasma|blood|urine|stool)( or [a-z]+)?\b",
    r"\b(lipid|metabolic|hepatic|liver|renal|electrolyte|thyroid|hepatitis|viral|pathogen|coagulation|an[ae]mia|iron|allergy|allergen|drug|prenatal|hormone|"
    r"antibody|autoimmune|stool|respiratory)( function)? (panel|profile)\b",
    r"\b(cbc|fbc|hba1c|hgb ?a1c|a1c|tsh|bmp|cmp|crp|hcg|ldl|hdl|urinalysis|creatinine|ferritin|troponin|bilirubin|triglycerides?|cholesterol|glucose|lipids|"
    r"prothrombin|thromboplastin|phlebotomy|venipuncture|serology|cytology|histopathology|culture|immunoassay|pcr|antigen|antibod(y|ies)|titer|assay)\b",
    r"\b(complete|full) blood (cell )?count\b",
    r"\b(blood|urine|stool|serum) (count|culture|gas|gases|glucose|type|typing|smear|tests?|draw|work|analysis|sample)\b",
    r"\b(pap|blood) smear\b",
    r"\b(lab|laboratory) (tests?|work|order)\b",
)
_REFERRAL = r"\b(refer|referral|referred|consult\w*|clinic|evaluat\w*|assess\w*|service|services|therapy|management|counsel\w*|education|follow[- ]?up|visit|" \
            r"program|programme|mri|ct|x-?ray|ultrasound|scan|imaging|monitor\w*|infusion)\b"  # fmt: skip

# For a whole file: all of its orders are referrals, whatever they are of.
ALL_ORDERS = Field("orders", "Which orders count as referrals", "enum", ("Orders that count",), values={"referrals": "referrals", "all": "all", "all orders": "all"})  # fmt: skip
ONLY_REFERRALS = "coalesce(orders, 'referrals') <> 'all'"


def worded(column: str) -> str:
    """SQL: that the words in ``column`` name a laboratory's test."""
    return f"(regexp_matches(lower({column}), '{'|'.join(_TESTS)}') and not regexp_matches(lower({column}), '{_REFERRAL}'))"


def by_words(column: str, field: str, unless: str) -> Check:
    """Orders that only their words show to be of a laboratory; not those of which ``unless`` holds."""
    return Check("laboratory_words", "warning", field, f"select row from parsed where {worded(column)} and not coalesce({unless}, false) and {ONLY_REFERRALS}", aside=True)  # fmt: skip
