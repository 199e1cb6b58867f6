"""How names become keys.

``MACROS`` are DuckDB macros, the same in the process that maps a file and in the one that builds the
warehouse, so a key never depends on where it was made. Surrogate keys are the low 63 bits of MD5 of a
namespaced natural key: MD5 because it is stable across DuckDB releases where ``hash()`` is not; 63 bits make
a collision among ten million keys a one-in-200,000 event, and the build checks for one.
"""

from __future__ import annotations

MACROS: tuple[str, ...] = (
    # The upper half of md5_number is md5_number_lower, at a fifth of its cost (0.25 against 1.25 s per million).
    "create or replace macro key64(value) as ((md5_number(value) >> 65)::bigint)",
    r"""create or replace macro norm_text(value) as
        nullif(trim(regexp_replace(lower(strip_accents(replace(value, '''', ''))), '[^a-z0-9]+', ' ', 'g')), '')""",
    r"""create or replace macro norm_org(value) as nullif(trim(regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        regexp_replace(regexp_replace(regexp_replace(
        ' ' || replace(norm_text(replace(value, '&', ' and ')), ' ', '  ') || ' ',
        ' (llc|inc|pc|pllc|pa|llp|ltd|corp|the|md|mds|of|and|at|a|p|l|c) ', ' ', 'g'),
        ' (street|saint|ste) ', ' st ', 'g'), ' (mt) ', ' mount ', 'g'),
        ' (int|intern) ', ' internal ', 'g'), ' (prim) ', ' primary ', 'g'), ' (spec|specs|specialist) ', ' specialists ', 'g'),
        ' (ctr|cntr|centre) ', ' center ', 'g'), ' (assoc|assocs|associate|asso) ', ' associates ', 'g'),
        ' (grp) ', ' group ', 'g'), ' (med|medicine) ', ' medical ', 'g'),
        ' (fam|fmly) ', ' family ', 'g'), ' +', ' ', 'g')), '')""",
    r"""create or replace macro digits(value) as nullif(regexp_replace(value, '[^0-9]', '', 'g'), '')""",
    # A spreadsheet takes the noughts from the ZIPs of the states where they begin with some, and may leave ".0" behind. As many
    # digits elsewhere are another country's.
    r"""create or replace macro us_zip(value, state) as list_extract(list_transform([regexp_replace(trim(value), '^([0-9]+)[.]0$', '\1')],
        lambda postal: case when regexp_full_match(postal, case when upper(trim(state)) in ('CT', 'MA', 'ME', 'NH', 'NJ', 'RI', 'VT') then '[0-9]{4}|[0-9]{8}'
                when upper(trim(state)) in ('PR', 'VI') then '[0-9]{3}|[0-9]{7}' end)
            then lpad(postal, case when length(postal) < 5 then 5 else 9 end, '0') else postal end), 1)""",
    "create or replace macro zip5(value) as case when length(digits(value)) >= 5 then left(digits(value), 5) end",
    # NPI check digit: Luhn over '80840' followed by the ten digits; the constant prefix adds 24.
    # ascii() rather than a cast: a cast of what the pattern has not let through yet would be an error.
    r"""create or replace macro npi_valid(value) as coalesce(regexp_full_match(value, '[12][0-9]{9}') and
        (24 + list_sum(list_transform(range(1, 11), lambda npi_place: case when npi_place % 2 = 1
            then 2 * (ascii(substr(value, npi_place::bigint, 1)) - 48) - 9 * (ascii(substr(value, npi_place::bigint, 1)) > 52)::int
            else ascii(substr(value, npi_place::bigint, 1)) - 48 end))) % 10 = 0, false)""",
    "create or replace macro site_key(value) as key64('site|' || norm_text(value))",
    "create or replace macro study_key(value) as key64('study|' || replace(norm_text(value), ' ', ''))",
    "create or replace macro organization_key(name, postal) as key64('org|' || norm_org(name) || '|' || coalesce(zip5(postal), ''))",
    # A registry's row has its NPI alone for a key. A name beside the NPI is part of the key, so that two people
    # under one number, typed wrongly for one of them, stay two records until their names are compared.
    """create or replace macro practitioner_key(npi, family, given, organization_id) as
        case when npi_valid(npi) then key64('npi|' || npi || coalesce('|' || norm_text(family) || '|' || coalesce(norm_text(given), ''), ''))
             when norm_text(family) is not null then key64('name|' || norm_text(family) || '|' ||
                  coalesce(norm_text(given), '') || '|' || coalesce(organization_id::varchar, '')) end""",
    # HMAC-SHA-256 (RFC 2104) spelled out: DuckDB has sha256 but no hmac. The two pads are connection variables.
    """create or replace macro hmac_key(message) as substr(sha256(getvariable('hmac_outer') ||
        unhex(sha256(getvariable('hmac_inner') || encode(message)))), 1, 32)::uuid""",
    # A record number identifies a patient within its issuing system; name and birth date do so anywhere.
    """create or replace macro patient_key(system, mrn, family, given, born_on) as
        case when nullif(trim(mrn), '') is not null then hmac_key('mrn|' || system || '|' || upper(trim(mrn)))
             when norm_text(family) is not null and born_on is not null then
                  hmac_key('name|' || norm_text(family) || '|' || coalesce(norm_text(given), '') || '|' || born_on) end""",
)


def hmac_pads(secret: bytes) -> tuple[bytes, bytes]:
    """The (inner, outer) padded keys of HMAC-SHA-256 for ``secret`` (at most 64 bytes, as RFC 2104 wants)."""
    if not 16 <= len(secret) <= 64:
        raise ValueError("the patient-key secret must have 16 to 64 bytes")
    block = secret.ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
