"""``python -m dashboard``: serve the workspace on loopback, as ``rapport serve`` does."""

from __future__ import annotations

import sys

from dashboard.serving.server import serve
from pipelines.errors import RapportError

if __name__ == "__main__":
    try:
        sys.exit(serve())
    except RapportError as problem:
        sys.exit(str(problem))
