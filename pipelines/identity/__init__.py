"""Who is who: keys, the likeness of two records, and which records are one practitioner or one practice.

``keys`` turns names into surrogate keys, the same wherever they are made. The warehouse then compares records
that share a block (``*_trait.sql``, ``*_pair.sql``), joins the clear cases with a margin over the runner-up and
leaves the others to a person (``resolve``); what a person decides is kept in the ledger and applied last.
"""

from __future__ import annotations

from pipelines.identity.keys import MACROS, hmac_pads

__all__ = ["MACROS", "hmac_pads"]
