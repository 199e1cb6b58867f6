"""FHIR Encounters (bulk NDJSON) and HL7 v2 messages into canonical Parquet: records a second, wall and CPU.

The work of the limited child is done in this process, so that its processor time can be told from waiting.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines import worker

ENCOUNTERS = int(os.environ.get("RAPPORT_RESOURCES", "200000"))
MESSAGES = int(os.environ.get("RAPPORT_MESSAGES", "20000"))
REPEATS = int(os.environ.get("RAPPORT_REPEATS", "3"))


def run() -> None:
    """Print records a second of wall time and of processor time, the best of several runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _report("FHIR Encounter NDJSON", _write(folder / "Encounter.ndjson", _encounters()), ENCOUNTERS, 100_000)
        _report("HL7 v2 REF, SIU (two parts)", _write(folder / "batch.hl7", _messages()), MESSAGES, 1_000)


def _write(path: Path, lines: Iterator[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    return path


def _report(what: str, path: Path, records: int, limit: int) -> None:
    runs = [_mapped(path, records) for _ in range(REPEATS)]
    wall, cpu = min(run[0] for run in runs), min(run[1] for run in runs)
    print(f"{what}: {records:,} records, {path.stat().st_size / 1e6:.0f} MB, {wall:.2f} s wall, {cpu:.2f} CPU-s: {records / wall:,.0f} a second "
          f"({records / cpu:,.0f} a CPU-second); limit {limit:,} a second")  # fmt: skip


def _mapped(path: Path, records: int) -> tuple[float, float]:
    """(wall, CPU) seconds to read, check and map every part of the file."""
    wall, cpu = time.perf_counter(), time.process_time()
    waiting: list[str | None] = [None]
    done: set[str] = set()
    loaded = 0
    while waiting:
        with tempfile.TemporaryDirectory() as out:
            answer = worker.handle(_job(path, Path(out), waiting.pop(0)), lambda label, fraction: None)
        done.add(answer["reading"]["part"])
        waiting = [part for part in answer["reading"]["parts"] if part not in done]
        loaded += answer["mapped"]["rows_in"]
    assert loaded == records, loaded
    return time.perf_counter() - wall, time.process_time() - cpu


def _job(path: Path, out: Path, part: str | None) -> dict[str, Any]:
    return {
        "path": str(path), "name": path.name, "out": str(out), "options": {"encoding": None, "delimiter": None, "part": part, "header_row": None},
        "source": None, "columns": None, "system": None, "choices": {"date_order": None, "time_zone": "America/New_York"}, "file_id": "f" * 64,
        "received_at": "2026-11-01T12:00:00", "zones": [], "dictionary": [], "saved_mappings": {}, "secret": "00" * 32, "workbook": None,
        "values": None, "constants": None, "suggest": False, "codes": {}, "taxonomy": [], "time_zone": "America/New_York",
    }  # fmt: skip


def _encounters() -> Iterator[str]:
    """Encounters as bulk exports write them, about 1.4 kB each: ten of each patient, at any minute of a day."""
    draw = random.Random(1)
    patients = [f"{draw.getrandbits(128):032x}" for _ in range(max(1, ENCOUNTERS // 10))]

    def number() -> str:
        return f"{draw.getrandbits(128):032x}"

    for turn in range(ENCOUNTERS):
        day = f"20{turn % 26:02d}-{turn % 12 + 1:02d}-{turn % 28 + 1:02d}"
        hour, minute = divmod(draw.randrange(6 * 60, 20 * 60), 60)
        period = {"start": f"{day}T{hour:02d}:{minute:02d}:17-05:00", "end": f"{day}T{hour:02d}:{minute:02d}:59-05:00"}
        patient = draw.randrange(len(patients))
        place = {"reference": f"Location/{turn % 40}", "display": f"Clinic {turn % 40}"}
        yield json.dumps({
            "resourceType": "Encounter", "id": number(),
            "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-encounter"], "lastUpdated": "2026-03-05T10:00:00Z", "versionId": "1"},
            "identifier": [{"use": "official", "system": "https://example.org/encounters", "value": number()}], "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"coding": [{"system": "http://snomed.info/sct", "code": "185347001", "display": "Encounter for problem"}], "text": "Encounter for problem"}],
            "subject": {"reference": f"Patient/{patients[patient]}", "display": f"Patient {patient}"},
            "participant": [{"type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PPRF"}]}],
                             "period": period,
                             "individual": {"reference": f"Practitioner/{number()}", "display": f"Dr. {turn % 500}"}}],
            **({"basedOn": [{"reference": f"ServiceRequest/{number()}"}]} if turn % 3 == 0 else {}),
            "period": period,
            "reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "10509002", "display": "Acute bronchitis"}]}],
            "location": [{"location": place}], "serviceProvider": {"reference": f"Organization/{turn % 40}", "display": f"Hospital {turn % 40}"},
        }, separators=(",", ":"))  # fmt: skip


def _messages() -> Iterator[str]:
    """Referrals and the appointments made of them, turn by turn."""
    for turn in range(MESSAGES):
        patient = f"PID|1||{turn:08d}^^^EHR^MR||Family{turn % 999}^Given||19{turn % 90 + 10}0704|F|||1 Oak St^^Albany^NY^12207"
        sent = f"2026{turn % 10 + 1:02d}{turn % 28 + 1:02d}093100-0500"
        if turn % 2:
            yield "\n".join([
                f"MSH|^~\\&|SCHED|CENTER|HUB||{sent}||SIU^S12^SIU_S12|M{turn}|P|2.5.1", f"SCH|P{turn}|A{turn}|||||FOLLOWUP^Follow-up|NEW^New||||^^30^{sent}|||||||||||||Booked|R{turn - 1}",
                patient, "RGS|1", f"AIS|1||CARD^Consult|{sent}", f"AIL|1||RM4^^^Center {turn % 7}",
            ])  # fmt: skip
        else:
            yield "\n".join([
                f"MSH|^~\\&|EHR|PRACTICE|HUB|CENTER {turn % 7}|{sent}||REF^I12^REF_I12|M{turn}|P|2.5.1", f"RF1|P|R|CARD^Cardiology^L|||R{turn}^EHR|{sent[:8]}|||Palpitations",
                f"PRD|RP|Doctor{turn % 300}^Ada^^^^MD|1 Mill St^^Albany^NY^12207|^^^Practice {turn % 90}|(518)555-0100^PRN^PH||{turn % 300}^EI",
                patient, "DG1|1||I48.0^Atrial fibrillation^I10", "NTE|1||Please see soon.",
            ])  # fmt: skip
