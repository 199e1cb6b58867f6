"""A DuckDB statement in Spark's words. The only module that knows sqlglot.

sqlglot translates names and syntax. Where it keeps the words and loses the meaning, a rule of ``RULES`` says it
differently; what no rule covers and Spark lacks is refused, never passed on in the hope that it means the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp, transforms
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from pipelines.errors import RapportError

# Functions that mean the same once sqlglot has said them. Any other is refused until somebody has looked and adds it.
# Not averages or percentiles: those of floating point numbers depend on the order of the rows, or are approximate.
SAME = (
    exp.And, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.ArrayAgg, exp.ArrayFilter, exp.ArrayMax, exp.ArrayMin, exp.ArrayToString,
    exp.Case, exp.Cast, exp.Coalesce, exp.ConcatWs, exp.Count, exp.DateDiff, exp.Day, exp.Exists, exp.Greatest, exp.If, exp.Lag,
    exp.Lead, exp.Least, exp.Left, exp.Length, exp.LogicalAnd, exp.LogicalOr, exp.Lower, exp.Max, exp.Min, exp.Nullif, exp.Or, exp.RegexpLike,
    exp.RowNumber, exp.Split, exp.Substring, exp.Sum, exp.Transform, exp.Upper,
)  # fmt: skip
# Spark has no infinite instants; these lie beyond every real one and sort the same.
FAR = {"infinity": "+200000-01-01 00:00:00", "-infinity": "-200000-01-01 00:00:00"}

_STORED = re.compile(r"\s+USING COMPRESSION \w+")  # how DuckDB writes a column to its file is nothing to Spark


class NotSayable(RapportError):
    """A text uses what has no counterpart of the same meaning in Spark: a fault of the text, not of a person."""


@dataclass(frozen=True)
class Statement:
    """One statement. ``query`` is its SELECT in Spark's words, with ``:name`` parameters, and ``parameters`` those
    names. ``files`` names the parameters that list Parquet files: the query reads their rows, with ``filename``, as
    views ``files_NAME``."""

    kind: str  # create | insert | select | schema (the names of the columns that ``files`` have)
    target: str = ""
    columns: tuple[tuple[str, str], ...] = ()  # declared by a CREATE without a query: name and DuckDB type
    by_name: bool = False
    query: str = ""
    parameters: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()  # what the query reads and does not define itself


@lru_cache(maxsize=512)
def read(sql: str) -> Statement:
    """Parse one DuckDB statement. Raises ``NotSayable`` where Spark has no words of the same meaning."""
    try:
        tree = sqlglot.parse_one(_STORED.sub("", sql), read="duckdb")
    except sqlglot.ParseError:
        raise NotSayable("A statement of the builders cannot be parsed for Spark.") from None
    if isinstance(tree, exp.Create):
        return _created(tree)
    if isinstance(tree, exp.Insert):
        return _asking("insert", tree.expression, tree.this.name, by_name=bool(tree.args.get("by_name")))
    if _schema_of(tree):
        return Statement("schema", files=frozenset({_schema_of(tree)}))
    if isinstance(tree, exp.Query):
        return _asking("select", tree)
    raise NotSayable(f"A builder uses a statement that is not said to Spark: {tree.key}.")


def spark_type(duckdb_type: str) -> str:
    """Spark's type for a column that DuckDB declares so. A patient's key is text of 32 hexadecimal digits."""
    return "DECIMAL(20, 0)" if duckdb_type == "UBIGINT" else exp.DataType.build(duckdb_type, "duckdb").sql("spark")


def _created(tree: exp.Create) -> Statement:
    if tree.expression is not None:
        return _asking("create", tree.expression, tree.this.name)
    columns = tuple((one.name, one.args["kind"].sql("duckdb").upper()) for one in tree.this.expressions)
    return Statement("create", tree.this.this.name, columns)


def _asking(kind: str, tree: exp.Expr, target: str = "", *, by_name: bool = False) -> Statement:
    holder = exp.Subquery(this=tree)  # so that the query itself can be replaced like any part of it
    files: set[str] = set()
    for node in reversed(list(tree.walk())):  # the innermost first: a rule finds its parts said already
        said = _said(node, files)
        if said is not node:
            node.replace(said)
    tree = holder.this
    named = frozenset(node.name for node in tree.find_all(exp.Placeholder))
    try:
        query = tree.sql(_Words, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.UnsupportedError as problem:
        raise NotSayable(f"Spark has no words for part of a builder: {problem}") from None
    defined = {node.alias for node in tree.find_all(exp.CTE)}
    read_from = frozenset(node.name for node in tree.find_all(exp.Table)) - defined
    return Statement(kind, target, (), by_name, query, named, frozenset(files), read_from)


def _said(node: exp.Expr, files: set[str]) -> exp.Expr:
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        return _of_files(node, files)
    for of, say in RULES.items():
        if isinstance(node, of):
            return say(node)
    if isinstance(node, exp.Func) and not isinstance(node, SAME) and not isinstance(node.parent, exp.Table):
        return _function(node)
    return node


def _of_files(node: exp.Table, files: set[str]) -> exp.Expr:
    """``read_parquet($files, ...)`` as a view that the engine makes of the files."""
    place = _files_in(node.this, exp.ReadParquet)
    if not place:
        raise NotSayable("A builder reads from something that is not said to Spark.")
    files.add(place)
    return exp.Table(this=exp.to_identifier(f"files_{place}"), alias=node.args.get("alias"))


def _schema_of(tree: exp.Expr) -> str:
    """The parameter whose files' columns a query asks for, if it is ``select distinct name from parquet_schema($it)``."""
    source = tree.args.get("from_") if isinstance(tree, exp.Select) else None
    asked = source.this.this if source is not None and isinstance(source.this, exp.Table) else None
    return _files_in(asked, exp.Anonymous) if asked is not None and asked.name.lower() == "parquet_schema" else ""


def _files_in(function: Any, of: Any) -> str:
    place = function.expressions[0] if isinstance(function, of) and function.expressions else None
    return place.name if isinstance(place, exp.Placeholder) else ""


class _Generator(SparkGenerator):
    """Spark 4.3 has QUALIFY. Done without, it leaves a column more in every ``select *``."""

    TRANSFORMS: ClassVar[dict[Any, Any]] = {
        **SparkGenerator.TRANSFORMS,
        exp.Select: transforms.preprocess([transforms.eliminate_distinct_on, transforms.unnest_to_explode, transforms.any_to_exists]),
    }  # fmt: skip


class _Words(Spark):
    Generator = _Generator


# --- the rules ----------------------------------------------------------------------------------------------------


def _is_null(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=exp.paren(node.copy()), expression=exp.Null())


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _best_of(node: Any) -> exp.Expr:
    """``arg_max(x, (a, b))`` never picks a row whose x is NULL, and takes a NULL among the parts for the largest;
    ``max_by`` picks such rows, and takes it for the smallest."""
    order = node.expression
    if isinstance(order, exp.Tuple):
        order = _call("struct", *(part for one in order.expressions for part in (_is_null(one), one.copy())))
    counted = exp.Not(this=_is_null(node.this))
    return type(node)(this=node.this.copy(), expression=exp.Case(ifs=[exp.If(this=counted, true=order.copy())]))  # type: ignore[no-any-return]


def _between(node: Any) -> exp.Expr:
    """``date_diff`` counts the minutes or days begun since; Spark the whole ones gone by."""
    unit, first, last = node.args["unit"].name.upper(), node.expression, node.this
    if unit == "DAY":
        first, last = (exp.cast(one.copy(), "date") for one in (first, last))
    else:
        first, last = (_call("date_trunc", exp.Literal.string(unit), one.copy()) for one in (first, last))
    return _call("timestampdiff", exp.var(unit), first, last)


def _cast(node: Any) -> exp.Expr:
    """Infinite instants."""
    far = FAR.get(node.this.name) if isinstance(node.this, exp.Literal) else None
    return exp.cast(exp.Literal.string(far), node.to) if far else node


def _with(node: Any) -> exp.Expr:
    """``as [not] materialized`` is advice for DuckDB's planner."""
    node.set("materialized", None)
    return node  # type: ignore[no-any-return]


def _listed(node: Any) -> exp.Expr:
    """``(a, b) in (select (c, d) ...)``: two columns, not one value of two parts."""
    asked = node.args["query"].this if node.args.get("query") else None
    if isinstance(asked, exp.Select) and len(asked.expressions) == 1 and isinstance(asked.expressions[0], exp.Tuple):
        asked.set("expressions", asked.expressions[0].expressions)
    return node  # type: ignore[no-any-return]


def _function(node: Any) -> exp.Expr:
    name = node.name.lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower()
    arguments = [one.copy() for one in node.expressions]
    if name == "hash":  # tells (NULL, 1) from (1, NULL); xxhash64 passes over NULLs
        return _call("xxhash64", *(part for one in arguments for part in (one, _is_null(one))))
    if name == "parse_filename":
        return _call("substring_index", *arguments, exp.Literal.string("/"), exp.Literal.number(-1))
    raise NotSayable(f"Nobody has said yet that {name} means the same in Spark.")


def _join(node: Any) -> exp.Expr:
    if str(node.args.get("method") or "").upper() == "ASOF":
        raise NotSayable("Spark has no ASOF join; it would take the word for a table's alias.")
    return node  # type: ignore[no-any-return]


def _star(node: Any) -> exp.Expr:
    if node.args.get("replace"):
        raise NotSayable("Spark has no * REPLACE: write * EXCLUDE (name), ... AS name.")
    return node  # type: ignore[no-any-return]


def _union(node: Any) -> exp.Expr:
    if node.args.get("by_name"):
        raise NotSayable("Spark's SQL has no UNION BY NAME: write the columns of both in one order.")
    return node  # type: ignore[no-any-return]


def _pattern(node: Any) -> exp.Expr:
    raise NotSayable("Spark has no SIMILAR TO: write regexp_matches.")


RULES: dict[Any, Callable[[Any], exp.Expr]] = {
    (exp.ArgMax, exp.ArgMin): _best_of,
    exp.Cast: _cast,
    exp.CTE: _with,
    exp.DateDiff: _between,
    exp.In: _listed,
    exp.Join: _join,
    exp.SetOperation: _union,
    exp.SimilarTo: _pattern,
    exp.Star: _star,
}
