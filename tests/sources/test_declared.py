"""Every source, whatever it maps: its declaration agrees with the model."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pipelines import model, reference
from pipelines.checks import SENTENCES, sentence
from pipelines.mapping.faults import MANGLED
from pipelines.mapping.tables import bound
from pipelines.mapping.work import FAULTS
from pipelines.model import outreach as outreach_tables
from pipelines.model import referrals, visits
from pipelines.sources import Source, registry

SOURCES = list(registry().values())
# Fields whose canonical values are those of a column of the model.
COLUMNS = {
    "channel": referrals.CHANNELS,
    "priority": referrals.PRIORITIES,
    "visit": visits.APPOINTMENT_STATUSES,
    "sex": ("female", "male", "other", "unknown"),
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_emits_only_columns_of_the_model(source: Source, desk: Any) -> None:
    header = [declared.label for declared in source.fields]
    desk.map(",".join(f'"{text}"' for text in header) + "\n" + ",".join([""] * len(header)), source.name)
    for emit in source.emits:
        names = {row[0] for row in desk.con.execute(f"describe {bound(emit.sql)}").fetchall()}
        assert names - {"row", "row_hash"} <= set(model.table(emit.table).names), emit.table
        assert "row" in names
        assert ("row_hash" in names) is emit.hashed


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_whoever_tells_an_instant_tells_its_local_day_too(source: Source) -> None:
    for emit in source.emits:
        days = {name for name in model.table(emit.table).names if name.endswith("_on")}
        told = set(re.findall(r"\b[a-z_]+_(?:at|on)\b", emit.sql))
        for day in days & {f"{name.removesuffix('_at')}_on" for name in told if name.endswith("_at")}:
            assert day in told, f"{emit.table}.{day}: a UTC day would stand for it"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_an_empty_row_is_rejected_or_loaded_but_never_lost(source: Source, desk: Any) -> None:
    header = [declared.label for declared in source.fields]
    mapped = desk.map(",".join(f'"{text}"' for text in header) + "\n" + ",".join([""] * len(header)), source.name)
    assert (mapped.rows_in, mapped.rows_loaded, mapped.rows_rejected, mapped.set_aside) in [(1, 0, 1, 0), (0, 0, 0, 1)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_is_declared_whole(source: Source) -> None:
    names = {declared.name for declared in source.fields}
    assert source.primary in {emit.table for emit in source.emits}
    assert all(group <= names for group in source.signature)
    assert all(name in names for group in source.one_of for name in group)
    assert set(source.preamble) <= names
    assert source.zone_field is None or source.zone_field in names
    assert all(declared.clock is None or declared.clock in names for declared in source.fields)
    assert all(re.fullmatch(r"[a-z][a-z_0-9]*", name) for name in names)
    assert source.title
    assert source.description


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_canonical_values_belong_to_the_model(source: Source) -> None:
    for declared in source.fields:
        allowed = COLUMNS.get(declared.name)
        if declared.kind == "enum" and allowed and source.name not in ("outreach_log",):
            assert set(declared.values.values()) <= {*allowed, "unknown"}, declared.name
            assert declared.otherwise is None or declared.otherwise in {*allowed, "unknown"}
    outreach = registry()["outreach_log"]
    # A message left is loaded as a call that reached nobody.
    assert set(outreach.field("channel").values.values()) <= {*outreach_tables.TOUCH_CHANNELS, "voicemail"}
    assert set(outreach.field("outcome").values.values()) <= set(outreach_tables.TOUCH_OUTCOMES)
    assert set(registry()["epic_referral_hist"].field("status").values.values()) <= {
        *referrals.REFERRAL_EVENTS,
        "none",
        "void",
    }


def test_every_code_has_a_sentence_and_a_remedy() -> None:
    codes = {check.code for source in SOURCES for check in source.checks} | set(FAULTS.values()) | set(MANGLED.values())
    assert codes <= set(SENTENCES)
    assert all(said.message.endswith(".") and said.remedy.endswith(".") for said in SENTENCES.values())


def test_a_code_of_tomorrow_still_gets_a_sentence() -> None:
    assert sentence("some_new_fault").message == "Some new fault."


def test_the_taxonomy_has_well_formed_codes_once() -> None:
    codes = [code for code, _, _ in reference.nucc()]
    assert len(set(codes)) == len(codes) >= 80
    assert all(re.fullmatch(r"[0-9A-Z]{9}X", code) for code in codes)


def test_sites_and_rosters_come_before_referrals_and_referrals_before_what_names_them() -> None:
    order = {name: source.order for name, source in registry().items()}
    assert (
        max(order["site_list"], order["nppes_roster"], order["study_list"])
        < order["referral_log"]
        == order["epic_referral"]
    )
    assert order["epic_referral"] < min(order["appointments"], order["screening_log"], order["epic_referral_hist"])
