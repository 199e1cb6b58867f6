"""People at practices: what they do there, how they want to be reached, and the keys they are known by."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.model.outreach import FRONT_LINE_ROLES

ROLES: Mapping[str, str] = {
    "front desk": "front_desk", "receptionist": "front_desk", "reception": "front_desk", "front office": "front_desk", "scheduler": "front_desk",
    "secretary": "front_desk", "office staff": "front_desk", "check in": "front_desk", "patient access": "front_desk",
    "referral coordinator": "referral_coordinator", "referrals": "referral_coordinator", "referral specialist": "referral_coordinator",
    "referral clerk": "referral_coordinator", "care coordinator": "referral_coordinator", "patient navigator": "referral_coordinator",
    "nurse": "nurse", "rn": "nurse", "lpn": "nurse", "medical assistant": "nurse", "ma": "nurse", "nurse manager": "nurse",
    "practice manager": "practice_manager", "office manager": "practice_manager", "administrator": "practice_manager", "manager": "practice_manager",
    "director": "practice_manager", "billing manager": "practice_manager",
    "physician": "clinician", "doctor": "clinician", "provider": "clinician", "md": "clinician", "do": "clinician", "np": "clinician", "pa": "clinician",
    "nurse practitioner": "clinician", "physician assistant": "clinician", "clinician": "clinician", "other": "other",
}  # fmt: skip
# The first that fits; "nurse practitioner" before "nurse".
ROLE_PATTERNS: tuple[tuple[str, str], ...] = (
    (r"referral|coordinator|navigator|intake", "referral_coordinator"), (r"front|recept|schedul|check.?in|secretar", "front_desk"),
    (r"nurse practitioner|physician|doctor|\bmd\b|\bdo\b|\bnp\b|\bpa-?c?\b|partner", "clinician"),
    (r"nurse|\brn\b|\blpn\b|medical assistant|\bma\b", "nurse"), (r"manager|administrator|director|supervisor", "practice_manager"),
)  # fmt: skip
CHANNELS: Mapping[str, str] = {
    "visit": "visit", "in person": "visit", "in-person": "visit", "phone": "phone", "call": "phone", "telephone": "phone", "work phone": "phone",
    "mobile": "phone", "email": "email", "e-mail": "email", "fax": "fax", "efax": "fax", "text": "text", "sms": "text", "text message": "text",
    "mail": "mail", "letter": "mail", "post": "mail", "portal": "portal", "secure message": "portal",
}  # fmt: skip


def contact_key(organization: str, name: str, address: str = "null::uuid") -> str:
    """SQL of a contact's key: of the practice's key and the name, else of the hashed address; NULL without either."""
    return f"""case when norm_text({name}) is not null and ({organization}) is not null
            then key64('contact|' || ({organization}) || '|' || norm_text({name}))
        when ({address}) is not null then key64('contact|' || ({address})::varchar) end"""


def address_key(email: str) -> str:
    """SQL of the keyed hash of an e-mail address; NULL where the text is none."""
    return f"case when contains({email}, '@') then hmac_key('email|' || lower(trim({email}))) end"


def front_line(role: str) -> str:
    """SQL of whether a role stands at the desk where referrals are made; NULL for an unknown role."""
    return f"({role}) in ({', '.join(repr(one) for one in FRONT_LINE_ROLES)})"
