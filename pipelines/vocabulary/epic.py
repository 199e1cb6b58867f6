"""What Epic's extracts have in common: keys whose column is renamed where a table is split, line numbers, the pair of
a time in UTC and the same time in local clothes, and dates that are always month first."""

from __future__ import annotations

from pipelines.sources import Field

DATE_ORDER = "mdy"
# The values of a key are the same in every part of a split table; its column is not.
REFERRAL_KEYS = ("REFERRAL_ID", "Referral ID", "RFL_ID", "REFERRAL_ID_REFERRAL_ID")
PATIENT_KEYS = ("PAT_ID", "PAT_MRN_ID", "PATIENT_ID", "MRN", "PAT_ID_PAT_NAME")
ENROLLMENT_KEYS = ("ENROLL_ID", "ENROLLMENT_ID", "ENROLL_RECORD_ID")
REFERRAL_ID = "key64('referral|' || $system || '|' || upper({row}.number))"
SUBJECT_ID = "key64('subject|' || $system || '|enroll|' || upper({row}.enrollment))"


def number_field(*more: str) -> Field:
    """The referral a row belongs to."""
    return Field("number", "Referral number", "identifier", (*REFERRAL_KEYS, *more), required=True, example="400000001")


def line_field(*more: str) -> Field:
    """Which of several values of one record a row is."""
    return Field("line", "Line", "integer", ("LINE", "LINE_COUNT", "Line Number", *more), example="1")


def enrollment_field() -> Field:
    """The patient-study association a row belongs to."""
    return Field("enrollment", "Enrollment record", "identifier", ENROLLMENT_KEYS, required=True, example="7001")


def patient_field(*more: str) -> Field:
    """Epic's patient number."""
    return Field("mrn", "Patient number", "identifier", (*PATIENT_KEYS, *more), phi=True, example="Z0000001")


def instant_fields(
    name: str, label: str, utc: tuple[str, ...] = (), local: tuple[str, ...] = (), day: tuple[str, ...] = ()
) -> tuple[Field, ...]:
    """A time that stands twice, as UTC (``name_utc``) and local (``name``), and perhaps as a bare day (``name_day``)."""
    fields = [
        Field(f"{name}_utc", f"{label} at (UTC)", "datetime", utc, utc=True, example="03/31/2026 05:29:30 PM") if utc else None,
        Field(name, f"{label} at (local)" if utc or day else label, "datetime", local, example="03/31/2026 11:29:30 AM") if local else None,
        Field(f"{name}_day", f"{label} on", "datetime", day, example="03/31/2026 12:00:00 AM") if day else None,
    ]  # fmt: skip
    return tuple(field for field in fields if field)
