"""A child process for the sandbox's tests: does, or dies of, what the job says."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from pipelines.errors import FileRefused, MappingNeeded
from pipelines.sandbox import serve


class Panic(BaseException):
    """What a Rust library raises: no Exception."""


def handle(job: dict[str, Any], on_progress: Callable[[str, float], None]) -> dict[str, Any]:
    on_progress("Reading", 0.25)
    print("a library that chats on standard output")
    match job["do"]:
        case "echo":
            return {"job": job, "environment": sorted(os.environ), "arguments": sys.argv[1:]}
        case "refuse":
            raise FileRefused("It is empty.", "Export it again.")
        case "map":
            raise MappingNeeded("Which column?", "Say so.")
        case "fail":
            raise ValueError("CANARY-4711 in a cell")
        case "panic":
            raise Panic("CANARY-4711")
        case "memory":
            return {"size": len(bytearray(3_000_000_000))}
        case "abort":
            os.abort()
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "nonsense":
            os.write(3, b"not json\n")
            os._exit(0)
        case "leave":
            os._exit(0)
        case _:
            time.sleep(600)
    return {}


if __name__ == "__main__":
    serve(handle)
