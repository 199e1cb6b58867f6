"""Who refers, who receives and where: organisations, practitioners, sites, and whoever sent a patient."""

from __future__ import annotations

from pipelines.model.declare import DAY, ID, INSTANT, PATIENT, TEXT, Column, Table

SOURCE_KINDS = ("practitioner", "practice", "campaign", "own_database", "self", "registry", "event", "other")
ORGANIZATION_KINDS = ("practice", "site", "hospital", "sponsor", "cro", "vendor")
CONTACT_PREFERENCES = ("may_contact", "do_not_contact", "undecided")

TABLES: tuple[Table, ...] = (
    Table(
        "organization",
        "A practice, site, hospital or sponsor, one row per name a file gave it.",
        ("organization_id",),
        (
            Column("organization_id", ID, "Surrogate key.", required=True),
            Column("npi", TEXT, "Organisation NPI (type 2), check digit valid."),
            Column("name", TEXT, "Name as the file writes it.", required=True),
            Column("kind", TEXT, "What it is.", values=ORGANIZATION_KINDS),
            Column("parent_id", ID, "The organisation it belongs to.", references="organization"),
            Column("address_line", TEXT, "Street address."),
            Column("city", TEXT, "City."),
            Column("state", TEXT, "Two-letter state."),
            Column("postal_code", TEXT, "ZIP or ZIP+4."),
            Column("phone", TEXT, "Digits only."),
            Column("fax", TEXT, "Digits only."),
            Column("taxonomy", TEXT, "NUCC code of the organisation itself."),
            Column("nppes_updated_on", DAY, "NPPES last update."),
            Column("merged_into", ID, "The organisation this row is another name of.", references="organization"),
        ),
        fhir="Organization",
        described=True,
    ),
    Table(
        "practitioner",
        "A person who refers or treats, one row per name a file gave them.",
        ("practitioner_id",),
        (
            Column(
                "practitioner_id",
                ID,
                "Surrogate key: of NPI and name when the NPI is valid, else of name and practice, or what else tells where they are.",
                required=True,
            ),
            Column("npi", TEXT, "Individual NPI (type 1), check digit valid."),
            Column("family_name", TEXT, "Family name."),
            Column("given_name", TEXT, "Given name."),
            Column("middle_name", TEXT, "Middle name or its initial."),
            Column("name_suffix", TEXT, "Jr, Sr, II, III ..."),
            Column("credential", TEXT, "MD, DO, NP ..."),
            Column("primary_taxonomy", TEXT, "NUCC code."),
            Column("specialty", TEXT, "NUCC classification, or the file's own wording where it gives no code."),
            Column("phone", TEXT, "Digits only, where the file names no practice to have it."),
            Column("fax", TEXT, "Digits only, likewise."),
            Column("postal_code", TEXT, "ZIP or ZIP+4, likewise."),
            Column("status", TEXT, "Whether they practise.", values=("active", "retired", "deceased", "deactivated")),
            Column("nppes_updated_on", DAY, "NPPES last update."),
            Column("merged_into", ID, "The practitioner this row is another name of.", references="practitioner"),
        ),
        fhir="Practitioner",
        described=True,
    ),
    Table(
        "practitioner_role",
        "A practitioner at an organisation.",
        ("practitioner_id", "organization_id"),
        (
            Column("practitioner_id", ID, "Who.", required=True, references="practitioner"),
            Column("organization_id", ID, "Where.", required=True, references="organization"),
            Column("taxonomy", TEXT, "NUCC code held there."),
            Column("phone", TEXT, "Digits only."),
            Column("fax", TEXT, "Digits only."),
            Column("from_on", DAY, "First day, when known."),
            Column("to_on", DAY, "Last day, when known."),
        ),
        fhir="PractitionerRole",
        described=True,
    ),
    Table(
        "site",
        "A place that receives referrals. A row with merged_into is another name or code of one.",
        ("site_id",),
        (
            Column("site_id", ID, "Surrogate key of the site's code or name.", required=True),
            Column("code", TEXT, "Short code, when the file has one."),
            Column("name", TEXT, "Name.", required=True),
            Column("city", TEXT, "City."),
            Column("state", TEXT, "Two-letter state."),
            Column("postal_code", TEXT, "ZIP or ZIP+4."),
            Column("time_zone", TEXT, "IANA time zone."),
            Column("activated_on", DAY, "Open for referrals since."),
            Column(
                "holiday_calendar",
                TEXT,
                "Public holidays and weekend kept: an ISO 3166 code such as US or US-CA, or none.",
            ),
            Column("opens_min", "INTEGER", "Opening, minutes after local midnight."),
            Column("closes_min", "INTEGER", "Closing, minutes after local midnight."),
            Column("merged_into", ID, "The site this row is another name of.", references="site"),
        ),
        fhir="Location",
        described=True,
    ),
    Table(
        "referral_source",
        "Whoever or whatever sent the patient.",
        ("source_id",),
        (
            Column("source_id", ID, "Surrogate key.", required=True),
            Column("kind", TEXT, "What sort of source.", required=True, values=SOURCE_KINDS),
            Column("practitioner_id", ID, "The practitioner, for that kind.", references="practitioner"),
            Column("organization_id", ID, "The practice, for those kinds.", references="organization"),
            Column("label", TEXT, "Name of a campaign, registry or event."),
        ),
    ),
    Table(
        "contact_preference",
        "Whether a patient may be asked to take part in research.",
        ("patient_key", "stated_at"),
        (
            Column("patient_key", PATIENT, "Keyed hash of the patient's identifiers.", required=True, phi=True),
            Column("preference", TEXT, "What was said.", required=True, values=CONTACT_PREFERENCES),
            Column("stated_at", INSTANT, "When (UTC).", required=True),
            Column("stated_on", DAY, "Day, local."),
        ),
        fhir="Consent",
    ),
)
