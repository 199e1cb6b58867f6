"""From a received file to a published generation, in the order that loses nothing.

receive (raw bytes safe, acknowledged) -> inspect (a limited child reads, recognises, checks and maps; nothing
counts yet) -> load (canonical Parquet kept, ledger entry, new generation) -> undo whenever it was wrong.
"""

from __future__ import annotations

from pipelines.generation import source_file_id
from pipelines.ingest.batch import Outcome, ingest_files
from pipelines.ingest.inspecting import DEFAULT_TIME_ZONE, inspect, inspect_all, rejects_workbook
from pipelines.ingest.inspection import Choices, FoundFault, Inspection, Progress
from pipelines.ingest.loading import keep, keep_mapping, keep_named, load, loads, mapping_of, take_back, undo
from pipelines.ingest.receiving import clean_name, opened, receive
from pipelines.ingest.renewing import Renewed, damaged, outdated, renew, said_of
from pipelines.record.ledger import Load

__all__ = [
    "DEFAULT_TIME_ZONE", "Choices", "FoundFault", "Inspection", "Load", "Outcome", "Progress", "Renewed", "clean_name", "damaged", "ingest_files", "inspect",
    "inspect_all", "keep", "keep_mapping", "keep_named", "load", "loads", "mapping_of", "opened", "outdated", "receive", "rejects_workbook", "renew", "said_of", "source_file_id", "take_back", "undo",
]  # fmt: skip
