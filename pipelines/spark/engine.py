"""Statements run by Spark as a DuckDB connection would run them.

A table made from a query is written as Parquet at once: Spark's plans grow with every query that another one reads, and
planning them took longer than running them. One that is declared and then added to is a list of queries until
``settle`` writes it. Names mean what they mean when a statement is given, so a table may be made anew while others still
read the one before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.model import table
from pipelines.spark import dialect

Columns = Sequence[tuple[str, str]]  # name and DuckDB type

KEY = "UUID"


class Answer:
    """The rows of a query: there already, or asked for when wanted."""

    def __init__(self, rows: Any = ()) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows = self._rows if isinstance(self._rows, list | tuple) else self._rows.collect()
        return [tuple(row) for row in rows]


class Engine:
    """What the builders need of a connection, on ``session`` (a ``SparkSession``); tables settle below ``folder``."""

    def __init__(self, session: Any, folder: Path) -> None:
        self.session = session
        self.folder = folder
        self._columns: dict[str, Columns] = {}
        self._rows: dict[str, list[Any]] = {}
        self._written: dict[str, Path] = {}
        self._places = 0

    def execute(self, query: str, parameters: Any = None, /) -> Answer:
        """Run one statement of DuckDB's. Parameters are named; a query's rows come with ``fetchall``."""
        said = dialect.read(query)
        given: Mapping[str, Any] = parameters or {}
        if said.kind == "schema":  # every file is read as if it had every declared column
            return Answer([(name,) for files in said.files for name, _ in _declared(given[files])])
        for name in sorted(said.files):
            self._bind(name, given[name])
        if said.kind == "create" and not said.query:
            self._declare(said.target, said.columns)
            return Answer()
        frame = self.session.sql(said.query, args={name: given[name] for name in sorted(said.parameters)})
        if said.kind == "select":
            return Answer(frame)
        if said.kind == "insert":
            self._add(said.target, frame, by_name=said.by_name)
        else:
            self._write(said.target, frame)
        return Answer()

    def read(self, name: str, files: Iterable[str], columns: Columns) -> None:
        """Let ``name`` mean the rows of Parquet ``files``; a column that a file lacks is NULL."""
        self._show(name, self._parquet([*files], columns))

    def settle(self, name: str) -> Path:
        """Where the rows of the table ``name`` are as Parquet; written now, if they were not yet."""
        if name not in self._written:
            self._write(name, self.session.table(name))
        return self._written[name]

    # --- tables

    def _declare(self, name: str, columns: Columns) -> None:
        self._columns[name] = columns
        self._rows[name] = []
        self._written.pop(name, None)
        self._show(name, self._whole(name))

    def _add(self, name: str, frame: Any, *, by_name: bool) -> None:
        self._written.pop(name, None)
        if name not in self._rows:
            so_far = self.session.table(name)
            self._show(name, so_far.unionAll(frame.toDF(*so_far.columns)))
            return
        columns = self._columns[name]
        given = frame.columns if by_name else [column for column, _ in columns]
        frame = frame.toDF(*given)
        parts = [
            f"cast({f'`{column}`' if column in given else 'null'} as {dialect.spark_type(kind)}) as `{column}`"
            for column, kind in columns
        ]
        self._rows[name].append(frame.selectExpr(*parts))
        self._show(name, self._whole(name))

    def _write(self, name: str, frame: Any) -> None:
        self._places += 1  # never over a table of the same name that is being read
        target = self._written[name] = self.folder / f"{self._places:04d}-{name}"
        frame.write.parquet(_place(target))
        self._rows.pop(name, None)
        self._show(name, self._reader(frame.schema).parquet(_place(target)))

    def _whole(self, name: str) -> Any:
        rows = self._rows[name]
        if not rows:
            return self._none(self._columns[name])
        whole = rows[0]
        for more in rows[1:]:
            whole = whole.unionAll(more)
        return whole

    def _none(self, columns: Columns) -> Any:
        """No row of these columns. Handing rows of Python's to Spark would start Python workers."""
        parts = (f"cast(null as {dialect.spark_type(kind)}) as `{column}`" for column, kind in columns)
        return self.session.sql(f"select {', '.join(parts)} where false")

    @staticmethod
    def _show(name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)

    # --- files

    def _bind(self, name: str, files: Sequence[str]) -> None:
        """``files_NAME`` for canonical Parquet files, all of the table they are named after."""
        rows = self._parquet(files, _declared(files), "url_decode(replace(regexp_replace(_metadata.file_path, '^file:/+', '/'), '+', '%2B')) as filename")  # fmt: skip
        self._show(f"files_{name}", rows)

    def _parquet(self, files: Sequence[str], columns: Columns, *more: str) -> Any:
        # Spark refuses a UUID whose type it has to find out, and reads the bytes of one that it is told to be bytes.
        stored = ", ".join(
            f"`{column}` {'BINARY' if kind == KEY else dialect.spark_type(kind)}" for column, kind in columns
        )
        shown = [f"lower(hex(`{column}`)) as `{column}`" if kind == KEY else f"`{column}`" for column, kind in columns]
        return self._reader(stored).parquet(*map(_place, files)).selectExpr(*shown, *more)

    def _reader(self, schema: Any) -> Any:
        return self.session.read.schema(schema).option("__globPaths__", "false")  # a folder may be called [1]


def _place(path: Path | str) -> str:
    """A path on this file system, whatever file system Spark takes for the usual one."""
    return f"file://{path}"


def _declared(files: Sequence[str]) -> Columns:
    return [(column.name, column.type) for column in table(Path(files[0]).stem).all_columns]
