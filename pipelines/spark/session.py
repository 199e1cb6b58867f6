"""Apache Spark, started for one build and ended with it. The only module that imports pyspark.

Every setting that bears on meaning is said here, whatever the machine's own Spark configuration says: instants without
a zone, UTC, errors instead of NULLs (ANSI), the calendar as it is for every date. In local mode nothing listens but on
loopback, with Spark's own authentication, and what it spills stays in a private folder that is removed.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipelines.errors import RapportError, WorkspaceError

OLDEST_JAVA = 17
LOCAL = "local[*]"
MEMORY = "2g"
REMEDY = (
    "Install the packages with: uv sync --extra spark (or: pip install 'rapport[spark]'), and a Java (on Debian: apt-get"
    " install openjdk-17-jre-headless; or set JAVA_HOME). Without them: rapport build --engine duckdb."
)
log = logging.getLogger(__name__)


class SparkMissing(RapportError):
    """PySpark, or a Java that it can run on, is not there."""


def missing() -> str:
    """What keeps Spark from starting here, in words; empty where nothing does."""
    if find_spec("pyspark") is None or find_spec("sqlglot") is None:
        return "Apache Spark is not installed (the packages pyspark and sqlglot)."
    return "" if java_home() else f"Apache Spark needs Java {OLDEST_JAVA} or newer, and none was found."


def demand() -> None:
    """Raise ``SparkMissing``, with what to do, where Spark cannot start."""
    if lacking := missing():
        raise SparkMissing(lacking, REMEDY)


def java_home() -> Path | None:
    """The folder of a Java that Spark can run on: that of ``JAVA_HOME``, else of ``java`` on the path."""
    own = shutil.which("java")
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += [Path(own).resolve().parents[1]] if own else []
    return next((home for home in homes if _version(home) >= OLDEST_JAVA), None)


def _version(home: Path) -> int:
    try:
        said = subprocess.run([str(home / "bin" / "java"), "-version"], capture_output=True, text=True, check=False, timeout=60).stderr  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


@contextmanager
def started(folder: Path, master: str = LOCAL, memory: str = MEMORY) -> Iterator[Any]:
    """A ``SparkSession`` that spills below ``folder``; it and its Java end with the block.

    Raises ``SparkMissing`` where Spark cannot start, and ``WorkspaceError`` for what fails in it, without its
    messages: they may quote rows.
    """
    demand()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # says of pandas 3 what concerns nobody who hands over no frame
        import pyspark.sql
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

    try:
        with _java(folder, master, memory) as context:
            session = pyspark.sql.SparkSession(context)
            try:
                yield session
            finally:
                session.stop()
    except (PySparkException, Py4JError) as problem:
        what = _condition(problem) or type(problem).__name__
        log.error("Spark failed: %s", what)
        raise WorkspaceError(
            f"Spark could not finish the build ({what}); what was published stays.",
            "Give it more memory with --memory, check that the disk has room, or run: rapport build --engine duckdb.",
        ) from None


@contextmanager
def _java(folder: Path, master: str, memory: str) -> Iterator[Any]:
    """The ``SparkContext`` in a Java process of its own. What that prints is not read: it may quote rows."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    local = {"SPARK_LOCAL_IP": "127.0.0.1"} if master.startswith("local") else {}
    unset = dict.fromkeys(("PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT", "SPARK_LOCAL_DIRS", "SPARK_REMOTE"))
    before = signal.getsignal(signal.SIGINT)
    with _environment({"JAVA_HOME": str(java_home())} | unset | local):
        conf = SparkConf(loadDefaults=False).setAll(list(settings(folder, master, memory).items()))
        conf.setAppName("rapport build").setMaster(master)
        gateway = launch_gateway(conf, {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})
        try:
            with SparkContext(gateway=gateway, conf=conf) as context:
                yield context
        finally:
            SparkContext._gateway = SparkContext._jvm = None
            _end(gateway)
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, before)  # Spark puts its own in place


def settings(folder: Path, master: str, memory: str) -> Mapping[str, str]:
    """Spark's settings for a build that works below ``folder``."""
    cores = os.cpu_count() or 2
    said = {
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.caseSensitive": "false",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
        "spark.sql.parquet.compression.codec": "snappy",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "false",
        "spark.driver.memory": memory,
    }
    if master.startswith("local"):
        said |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.authenticate": "true",
            "spark.local.dir": str(folder / "spill"),
            "spark.driver.extraJavaOptions": f'"-Djava.io.tmpdir={folder}"',
            "spark.sql.shuffle.partitions": str(4 * cores),
        }
    return said


def _condition(problem: Exception) -> str:
    """The name Spark gives a kind of error, such as DIVIDE_BY_ZERO: never its text."""
    told = getattr(problem, "getCondition", None)
    try:
        return str(told() or "") if told else ""
    except Exception:  # asking a Java that has died
        return ""


@contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _end(gateway: Any) -> None:
    """``stop`` leaves the Java process for the life of this one: a server that built once would keep its memory."""
    gateway.shutdown()
    process = gateway.proc
    process.stdin.close()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
