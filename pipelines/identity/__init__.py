"""Who is who: keys, the likeness of two records, and which records are one practitioner, practice or patient.

``keys`` turns names into surrogate keys, the same wherever they are made. The warehouse then compares records
that share a block (``*_trait.sql``, ``*_pair.sql``), joins the clear cases with a margin over the runner-up and
leaves the others to a person (``resolve``); what a person decides is kept in the ledger and applied last.

Of patients only keyed hashes are known: ``likeness`` makes them at load, ``patients`` joins by them, ``patients_told``
says what may be said of two without naming them. ``review`` is the queue, the answers and their undoing for all three.
"""

from __future__ import annotations

from pipelines.identity.keys import MACROS, hmac_pads

__all__ = ["MACROS", "hmac_pads"]
