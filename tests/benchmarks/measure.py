"""How the benchmarks measure: interleaved runs, medians, the peak memory of a process and its children."""

from __future__ import annotations

import resource
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


def costs(contenders: Mapping[str, Callable[[], object]], repeats: int = 3) -> dict[str, tuple[float, float]]:
    """As ``interleaved``, with the processor seconds of this process and its children beside the wall seconds."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            started, used = time.perf_counter(), processor_seconds()
            run()
            found[name].append((time.perf_counter() - started, processor_seconds() - used))
    return {
        name: (statistics.median(a for a, _ in one), statistics.median(b for _, b in one))
        for name, one in found.items()
    }


def processor_seconds() -> float:
    """Processor seconds of this process and of its children that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def report_costs(what: str, found: Mapping[str, tuple[float, float]], against: str) -> None:
    """Print each contender's wall and processor seconds with their ratios to ``against``."""
    for name, (wall, cpu) in found.items():
        print(
            f"{what}: {name:<28} {wall:7.2f} s {wall / found[against][0]:6.2f} x   {cpu:7.2f} CPU-s {cpu / found[against][1]:6.2f} x {against}"
        )


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
