"""The organisation's own sites: codes, names, places and time zones. Loaded before anything that names a site."""

from __future__ import annotations

from pipelines.business_time import HOME_ZONES
from pipelines.sources import Check, Emit, Field, Source
from pipelines.vocabulary import TIME_ZONES

FIELDS = (
    Field(
        "code",
        "Site code",
        "identifier",
        (
            "Site Code",
            "Site ID",
            "Site Number",
            "Site No",
            "Code",
            "Site Abbreviation",
            "Location Code",
            "Location ID",
            "POS ID",
            "LOC_ID",
            "Facility Code",
            "Clinic Code",
        ),
        example="NYC01",
    ),
    Field(
        "name",
        "Site name",
        "name",
        (
            "Site Name",
            "Site",
            "Name",
            "Location Name",
            "Location",
            "Clinic Name",
            "Clinic",
            "Facility Name",
            "Facility",
            "Site Full Name",
            "POS_NAME",
        ),
        required=True,
        example="Harbor Street Research",
    ),
    Field(
        "short",
        "Short name",
        "name",
        ("Short Name", "Site Short Name", "Also Known As", "Known As", "Alias", "Nickname", "Former Name"),
        example="Harbor Street",
    ),
    Field("city", "City", "text", ("City", "Site City", "Town"), example="New York"),
    Field("state", "State", "text", ("State", "Site State", "ST", "State Code", "Province"), example="NY"),
    Field(
        "postal",
        "ZIP",
        "identifier",
        ("ZIP", "ZIP Code", "Zip", "Postal Code", "Site ZIP", "Site Postal Code"),
        example="10001",
    ),
    Field("country", "Country", "text", ("Country", "Site Country", "Country Code", "Nation"), example="US"),
    Field(
        "time_zone",
        "Time zone",
        "zone",
        ("Time Zone", "Timezone", "TZ", "IANA Time Zone", "Site Time Zone"),
        values=TIME_ZONES,
        example="America/New_York",
    ),
    Field(
        "activated",
        "Activated on",
        "date",
        (
            "Activated On",
            "Activation Date",
            "Date Activated",
            "Open Date",
            "Opened On",
            "Site Activation Date",
            "Start Date",
            "Open Since",
            "Go Live Date",
            "Date Opened",
        ),
        future=True,
        example="2024-01-15",
    ),
    # A name, because of a text "None" means nothing: here it is an answer, that of a site that keeps no holidays.
    Field("holidays", "Holiday calendar", "name", ("Holiday Calendar", "Holidays", "Public Holidays"), example="US"),
    Field(
        "opens",
        "Opens",
        "text",
        ("Opens", "Opening Time", "Open From", "Business Hours Start", "Hours Open"),
        example="08:00",
    ),
    Field(
        "closes",
        "Closes",
        "text",
        ("Closes", "Closing Time", "Open Until", "Business Hours End", "Hours Close"),
        example="17:00",
    ),
)
# "8", "8:30" and "08:30 am" as minutes after midnight; anything else is left to the default hours.
_MINUTES = """case when regexp_full_match({text}, '[0-2]?[0-9](:[0-5][0-9](:00)?)? ?([aApP]\\.?[mM]\\.?)?')
    then (case when regexp_matches(lower({text}), 'p') and regexp_extract({text}, '^[0-9]+')::integer < 12 then 720
               when regexp_matches(lower({text}), 'a') and regexp_extract({text}, '^[0-9]+')::integer = 12 then -720 else 0 end)
         + 60 * regexp_extract({text}, '^[0-9]+')::integer + coalesce(try_cast(regexp_extract({text}, ':([0-9]+)', 1) as integer), 0) end"""  # fmt: skip
# A country's two letters, perhaps with a part of it, or that there is none.
_CALENDAR = "[A-Z]{2}(-[A-Z0-9]+)?|NONE|NO"
_ABROAD = f"""coalesce(upper(country) not in ('US', 'USA', 'U.S.', 'U.S.A.', 'UNITED STATES', 'UNITED STATES OF AMERICA'),
    not regexp_full_match(time_zone, '{HOME_ZONES}'), false)"""

SOURCE = Source(
    name="site_list",
    title="Site list",
    description="One row per site, with its code, name, city, state and time zone.",
    system="sites",
    fields=FIELDS,
    alien=r"\b(?:target|goal|planned)\b.*\b(?:enrol|accrual|subjects|patients)|\b(?:enrol\w*|accrual) (?:target|goal)\b",
    signature=(frozenset({"name", "time_zone"}), frozenset({"code", "name", "city"}), frozenset({"code", "name", "state"}),
               frozenset({"code", "name", "activated"}), frozenset({"name", "city", "state"})),
    primary="site",
    checks=(
        Check("no_calendar_abroad", "warning", "holidays", f"select row from parsed where holidays is null and {_ABROAD}"),
        Check("unknown_calendar", "warning", "holidays", f"select row from parsed where not regexp_full_match(upper(holidays), '{_CALENDAR}')"),
    ),
    emits=(
        Emit("site", f"""
            select row, coalesce(site_key(code), site_key(name)) as site_id, code, name, city,
                case when length(state) = 2 then upper(state) else state end as state, postal as postal_code, time_zone, activated as activated_on,
                case when lower(holidays) in ('none', 'no') then 'none' else upper(holidays) end as holiday_calendar,
                {_MINUTES.format(text="opens")} as opens_min, {_MINUTES.format(text="closes")} as closes_min
            from parsed"""),
        # Files name a site by its code or by its name: the name is another key of the same site.
        Emit("site", """
            select row, site_key(name) as site_id, name, site_key(code) as merged_into
            from parsed where code is not null and site_key(name) <> site_key(code)"""),
        Emit("site", """
            select row, site_key(short) as site_id, name, coalesce(site_key(code), site_key(name)) as merged_into
            from parsed where short is not null and site_key(short) not in (coalesce(site_key(code), 0), site_key(name))"""),
    ),
    order=10,
)  # fmt: skip
