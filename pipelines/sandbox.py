"""One hostile file harms only itself: work on strangers' bytes happens in a child process with limits.

``run_limited`` starts ``python -m <module>``, hands it one job as JSON on its standard input (so nothing about
the file is on a command line) and reads lines of JSON back: ``{"progress": [label, fraction]}`` any number of
times, then one of

    {"result": {...}}                           the answer
    {"refused": [message, remedy, error class]} a RapportError the job raised
    {"failed": [error class, place]}            anything else it raised; its text is withheld, it may quote cells

``serve`` is the child's half. Whatever way the child dies (a signal, no memory, out of time, nonsense on its
output) the caller gets a ``FileRefused`` with a sentence for a person.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

from pipelines import errors
from pipelines.errors import FileRefused, RapportError

Progress = Callable[[str, float], None]
DEFAULT_MEMORY_MB = 1024
DEFAULT_WALL_S = 600.0
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "TZDIR")
Child = subprocess.Popen[str]
_RUNNING: set[Child] = set()  # children of this process, so that all can be stopped at once
_SPLIT_IT = "Split it, or save it again as plain CSV, and try once more. Nothing was loaded."


@contextlib.contextmanager
def ready(module: str) -> Iterator[Child]:
    """``module``'s child, started ahead of its job: it imports what it needs while the job is prepared. Hand it to
    ``run_limited``; unused, it ends with the block."""
    child = _start(module)
    try:
        yield child
    finally:
        _end(child)


def run_limited(
    module: str,
    job: dict[str, Any],
    *,
    memory_mb: int = DEFAULT_MEMORY_MB,
    wall_s: float = DEFAULT_WALL_S,
    on_progress: Progress | None = None,
    child: Child | None = None,
) -> dict[str, Any]:
    """Run ``job`` (JSON-able) in ``module``'s child process (``child`` if it is ``ready``) and return its result.

    ``memory_mb`` bounds the child's data, ``wall_s`` its time in seconds (its processor time is bounded to twice
    that). Raises the ``RapportError`` that the job raised, or ``FileRefused`` for every other way to fail.
    """
    child = child or _start(module)
    late = threading.Event()
    timer = threading.Timer(wall_s, _stop, (child, late))
    timer.daemon = True
    timer.start()
    try:
        answer = _converse(child, {"memory_mb": memory_mb, "cpu_s": int(2 * wall_s) + 1, "job": job}, on_progress)
    finally:
        timer.cancel()
        _end(child)
    if late.is_set() and "result" not in answer:
        raise FileRefused(f"Reading the file took longer than {wall_s:.0f} seconds, so it was stopped.", _SPLIT_IT)
    return _unpack(answer, child.returncode)


def _start(module: str) -> Child:
    child = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=_environment(), start_new_session=True, text=True, encoding="utf-8",
    )  # fmt: skip
    _RUNNING.add(child)
    return child


def _end(child: Child) -> None:
    _RUNNING.discard(child)
    _kill(child)
    _close(child)


def stop_all() -> None:
    """End every child of this process at once: whoever waits for one gets a ``FileRefused``."""
    for child in list(_RUNNING):
        _kill(child)


def serve(handler: Callable[[dict[str, Any], Progress], dict[str, Any]]) -> None:
    """The child's half: take one job from standard input, answer it with ``handler(job, on_progress)``, exit."""
    answers = _claim_stdout()
    line = sys.stdin.readline()
    if not line:  # started ahead for a job that never came
        return
    order = json.loads(line)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _limit(order["memory_mb"], order["cpu_s"])

    def on_progress(label: str, fraction: float) -> None:
        _send(answers, {"progress": [label, fraction]})

    _send(answers, _answer(handler, order["job"], on_progress))
    answers.flush()
    os._exit(0)  # no destructors: they cost time and may fail under the limits


def _answer(handler: Callable[..., dict[str, Any]], job: dict[str, Any], on_progress: Progress) -> dict[str, Any]:
    try:
        return {"result": handler(job, on_progress)}
    except RapportError as error:
        return {"refused": [error.message, error.remedy, type(error).__name__]}
    except BaseException as error:  # a Rust panic is no Exception, and none may leave as a traceback
        return {"failed": [type(error).__name__, _place(error)]}


def _place(error: BaseException) -> str:
    """File and line where ``error`` arose in our code; never its text, which may quote a cell."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipelines" in Path(frame.filename).parts]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "start"


def _send(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, default=str) + "\n")
    answers.flush()


def _claim_stdout() -> IO[str]:
    """Keep standard output for answers: what a library prints goes to standard error, where nobody listens."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _die_with_parent() -> None:
    """The parent holds our standard input open; when it is gone, whoever wanted the answer is gone."""
    sys.stdin.read()
    os._exit(1)


def _limit(memory_mb: int, cpu_s: int) -> None:
    try:
        import resource
    except ImportError:  # pragma: no cover - not a Unix system: the time limit alone holds
        return
    # RLIMIT_DATA counts what is really written to; address space also counts what libraries merely reserve.
    for what, amount in (
        (resource.RLIMIT_DATA, memory_mb * 1_000_000),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (amount, amount))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # One thread per numeric library: each thread's stack and arena counts towards the memory limit.
    return kept | {
        "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
    }  # fmt: skip


def _converse(child: Child, order: dict[str, Any], on_progress: Progress | None) -> dict[str, Any]:
    stdin, _ = _streams(child)
    with contextlib.suppress(OSError):
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
    for message in _messages(child):
        if "progress" not in message:
            return message
        if on_progress is not None:
            label, fraction = message["progress"]
            on_progress(str(label), float(fraction))
    child.wait()
    return {}


def _streams(child: Child) -> tuple[IO[str], IO[str]]:
    if child.stdin is None or child.stdout is None:  # pragma: no cover - both are asked for above
        raise RuntimeError("the child has no pipes")
    return child.stdin, child.stdout


def _messages(child: Child) -> Iterator[dict[str, Any]]:
    for line in _streams(child)[1]:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        yield message


def _unpack(answer: dict[str, Any], code: int | None) -> dict[str, Any]:
    if "result" in answer:
        result: dict[str, Any] = answer["result"]
        return result
    if "refused" in answer:
        _refuse(answer["refused"])
    if "failed" in answer:
        kind, place = answer["failed"]
        if kind == "MemoryError" or "OutOfMemory" in kind:
            raise FileRefused("The file needs more memory to read than one file may take.", _SPLIT_IT)
        raise FileRefused(
            f"The file could not be read: it is damaged, or it holds something unforeseen ({kind} at {place}).",
            "Open it in the program it came from and save it again as CSV or XLSX. Nothing was loaded.",
        )
    raise FileRefused(_death(code), _SPLIT_IT)


def _refuse(parts: list[str]) -> NoReturn:
    message, remedy, *kind = parts
    known = getattr(errors, kind[0], FileRefused) if kind else FileRefused
    raise known(message, remedy)


def _death(code: int | None) -> str:
    if code is not None and -code in (signal.SIGABRT, signal.SIGSEGV, signal.SIGKILL):
        return "Reading the file was stopped: it needs more memory than one file may take, or it is built to do harm."
    if code is not None and -code == getattr(signal, "SIGXCPU", 0):
        return "Reading the file was stopped: it took too much processor time."
    return "Reading the file ended without an answer."


def _kill(child: Child) -> None:
    if child.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:  # pragma: no cover
            child.kill()


def _stop(child: Child, late: threading.Event) -> None:
    late.set()
    _kill(child)


def _close(child: Child) -> None:
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
