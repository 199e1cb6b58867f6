"""``python -m tests.benchmarks [NAME ...]``: each figure beside its limit; the names are below."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "ingest",
    "publish",
    "marts",
    "metrics",
    "pages",
    "views",
    "identity",
    "sessions",
    "browser",
    "corpus",
    "fhir",
    "workbooks",
    "reading",
    "statistics",
    "spark",
)


def main() -> None:
    """Run the named benchmarks, or all of them."""
    for name in sys.argv[1:] or NAMES[:-1]:  # Spark's needs an extra
        if name not in NAMES:
            raise SystemExit(f"{name} is not a benchmark; there are {', '.join(NAMES)}")
        print(f"== {name}")
        importlib.import_module(f"tests.benchmarks.{name}").run()


if __name__ == "__main__":
    main()
