"""Synthea ``imaging_studies.csv``: a row per picture; a study is an exam, by the keyed hash of its number."""

from __future__ import annotations

from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary.synthea import SYSTEM, id_field

FIELDS = (
    id_field("number", "Id", "Id", required=True),
    Field("taken", "DATE", "datetime", ("DATE",), required=True, example="2021-07-17T15:27:42Z"),
    Field("series", "SERIES_UID", "identifier", ("SERIES_UID",), example="1.2.840.99999999.1.7263"),
    Field("modality", "MODALITY_CODE", "text", ("MODALITY_CODE",), example="DX"),
    Field("picture", "SOP_CODE", "identifier", ("SOP_CODE",), example="1.2.840.10008.5.1.4.1.1.1.1"),
)  # fmt: skip

SOURCE = Source(
    name="synthea_imaging_studies",
    title="Synthea imaging studies",
    description="Imaging exams of a Synthea run with modality and time.",
    system=SYSTEM,
    fields=FIELDS,
    signature=(frozenset({"number", "taken", "modality", "picture"}),),
    primary="imaging_study",
    ignored=("PATIENT", "ENCOUNTER", "BODYSITE_CODE", "BODYSITE_DESCRIPTION", "MODALITY_DESCRIPTION", "INSTANCE_UID", "SOP_DESCRIPTION", "PROCEDURE_CODE"),
    checks=(Check("further_picture", "note", "number", "select row from parsed qualify row_number() over (partition by number order by row) > 1", repeats=True),),
    emits=(
        Emit("imaging_study", """
            select row, hmac_key('imaging|' || $system || '|' || number) as study_uid_hash, upper(modality) as modality, taken as exam_end_at, taken_on as exam_end_on,
                'archive' as told_by from parsed""", unique=True),
    ),
    order=60,
)  # fmt: skip
