"""What the department's worklist, the viewer's log and the sessions share: how a study is named, and who acts.

A study goes by the keyed hash of its Study Instance UID, or of its accession number where a file has no UID. The
worklist usually has both, so that logs which know only the one or the other still find the exam.
"""

from __future__ import annotations

from collections.abc import Mapping

MODALITIES: Mapping[str, str] = {
    "ct": "CT", "cat scan": "CT", "computed tomography": "CT", "ct scan": "CT", "cta": "CT", "mr": "MR", "mri": "MR", "magnetic resonance": "MR", "mra": "MR",
    "us": "US", "ultrasound": "US", "sonography": "US", "cr": "CR", "computed radiography": "CR", "dx": "DX", "dr": "DX", "xr": "DX", "x-ray": "DX", "xray": "DX",
    "radiography": "DX", "digital radiography": "DX", "plain film": "DX", "mg": "MG", "mammography": "MG", "mammo": "MG", "nm": "NM", "nuclear medicine": "NM",
    "pt": "PT", "pet": "PT", "pet ct": "PT", "pet/ct": "PT", "rf": "RF", "fluoroscopy": "RF", "fluoro": "RF", "xa": "XA", "angiography": "XA",
    "bmd": "BMD", "dexa": "BMD", "dxa": "BMD", "ot": "OT", "other": "OT",
}  # fmt: skip
# Those who read for the referrer, and those who only handle the images. "bot" is what fetches a link to show a preview.
ROLES: Mapping[str, str] = {
    "referrer": "referrer", "referring physician": "referrer", "referring provider": "referrer", "referring clinician": "referrer", "ordering provider": "referrer",
    "ordering physician": "referrer", "external physician": "referrer", "physician": "referrer", "external provider": "referrer", "clinician": "referrer",
    "referring practice": "referrer_staff", "referring office": "referrer_staff", "referrer staff": "referrer_staff", "office staff": "referrer_staff",
    "practice staff": "referrer_staff", "nurse": "referrer_staff", "radiologist": "radiologist", "reading physician": "radiologist", "reader": "radiologist",
    "technologist": "technologist", "radiographer": "technologist", "tech": "technologist", "rt": "technologist", "radiologic technologist": "technologist",
    "sonographer": "technologist", "staff": "staff", "front desk": "staff", "image library": "staff", "file room": "staff", "support": "staff",
    "administrator": "admin", "admin": "admin", "pacs administrator": "admin", "system": "bot", "system account": "bot", "service account": "bot", "bot": "bot",
    "link preview": "bot", "crawler": "bot", "patient": "patient", "unknown": "unknown", "guest": "unknown", "anonymous": "unknown",
}  # fmt: skip
ROLE_PATTERNS = (
    (r"bot|preview|crawler|spider|scanner|unfurl|safelinks|system", "bot"), (r"technolog|radiograph|sonograph", "technologist"), (r"radiolog|reading", "radiologist"),
    (r"refer+ing (office|practice)|refer+er.?s? staff", "referrer_staff"), (r"refer|order|external", "referrer"), (r"patient", "patient"), (r"admin", "admin"),
)  # fmt: skip
# Programs that open a link without anybody looking: previews of messengers and mail, and mail security.
PREVIEWS = (
    "bot|crawl|spider|slackbot|linkexpanding|facebookexternalhit|whatsapp|telegram|skypeuripreview|existence discovery|googleimageproxy|preview|"
    "safelinks|proofpoint|mimecast|barracuda|urlscan|headlesschrome|curl/|wget/|python-requests|okhttp|go-http-client"
)
ACTIONS: Mapping[str, str] = {
    "shared": "shared", "share": "shared", "share sent": "shared", "link sent": "shared", "sent": "shared", "invited": "shared", "published": "shared", "transferred": "shared",
    "viewed": "viewed", "view": "viewed", "opened": "viewed", "open": "viewed", "study opened": "viewed", "study viewed": "viewed", "images viewed": "viewed", "accessed": "viewed",
    "link opened": "viewed", "annotated": "annotated", "annotation": "annotated", "measured": "annotated", "exported": "exported", "export": "exported", "download": "exported",
    "downloaded": "exported", "printed": "exported", "burned": "exported", "failed": "failed", "error": "failed", "view failed": "failed", "access denied": "failed",
    "link expired": "failed",
}  # fmt: skip
ACTION_PATTERNS = (
    (r"fail|error|denied|expired|timeout", "failed"), (r"annotat|measur|mark", "annotated"), (r"export|download|print|burn", "exported"),
    (r"share|sent|invite|publish|transfer", "shared"), (r"view|open|access|read|launch|display", "viewed"),
)  # fmt: skip


def study_hash(uid: str, accession: str) -> str:
    """SQL of the keyed hash that a study goes by: of its UID, else of its accession number (NULL without either)."""
    named = f"regexp_replace({uid}, '^urn:oid:', '')"
    return f"case when coalesce({uid}, {accession}) is not null then hmac_key('imaging|' || coalesce({named}, 'accession|' || upper({accession}))) end"


def accession_hash(accession: str) -> str:
    """SQL of the keyed hash of an accession number, by which a file without UIDs means the same study."""
    return f"case when {accession} is not null then hmac_key('imaging|accession|' || upper({accession})) end"
