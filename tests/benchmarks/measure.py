"""How the benchmarks measure: interleaved runs, medians, the peak memory of a process and its children."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psutil


def interleaved(contenders: Mapping[str, Callable[[], object]], repeats: int = 3) -> dict[str, float]:
    """Median wall seconds of each contender, run in turn so that a busy moment hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) for name, found in seconds.items()}


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Yields a list whose only entry grows to the peak MB of this process and its children together."""
    peak, stop, process = [0.0], threading.Event(), psutil.Process()

    def watch() -> None:
        while not stop.wait(0.05):
            peak[0] = max(
                peak[0], _megabytes(process) + sum(_megabytes(child) for child in process.children(recursive=True))
            )

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0


def report(what: str, seconds: Mapping[str, float], against: str) -> None:
    """Print each contender with its ratio to ``against``."""
    for name, value in seconds.items():
        print(f"{what}: {name:<28} {value:8.3f} s   {value / seconds[against]:6.2f} x {against}")
