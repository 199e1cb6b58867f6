"""Every text that Spark must run can be said in its words, with the same meaning; what cannot be is refused."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pipelines import marts
from pipelines.generation import LOOKED_UP, versions
from pipelines.spark import build, dialect
from pipelines.warehouse.publishing import Publisher
from pipelines.workspace import Workspace
from spark import networks


@pytest.mark.parametrize("name", [*LOOKED_UP, *build.MADE, "data_cut"])
def test_every_mart_that_spark_makes_can_be_said_to_it(name: str) -> None:
    said = dialect.read(marts.text(name))
    assert said.kind == "select"
    assert said.parameters <= {"everything", "as_of"}


def test_every_mart_reads_only_what_spark_has_by_then() -> None:
    known = {*build.REGISTERS, "affected", *(table.name for table in build.COUNTED)}
    for name in ("data_cut", "generation", *LOOKED_UP, *build.MADE):
        if name != "generation":
            assert dialect.read(marts.text(name)).tables <= known, name
        known.add(name)


class _Heard:
    """A connection that remembers what it was told."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.told: list[str] = []

    def execute(self, sql: str, parameters: Any = None) -> Any:
        self.told.append(sql)
        return self.con.execute(sql, parameters)


def test_all_that_decides_which_version_of_a_fact_counts_can_be_said_to_spark(workspace: Workspace) -> None:
    networks.fill(workspace, 1, most=2)
    parts = Publisher(workspace, workspace.warehouse.folder).parts()
    with duckdb.connect() as con:
        versions.register(con, parts)
        heard: Any = _Heard(con)
        for table in build.COUNTED:
            versions.create(heard, table, parts)
    assert {dialect.read(sql).kind for sql in heard.told} == {"create", "insert", "select", "schema"}


@pytest.mark.parametrize(
    ("said_to_duckdb", "said_to_spark"),
    [
        # The row with a NULL answer is not picked, and a NULL among the parts is the largest.
        ("select arg_max(a, (b, c)) from t",
         "SELECT MAX_BY(a, CASE WHEN NOT (a) IS NULL THEN STRUCT((b) IS NULL, b, (c) IS NULL, c) END) FROM t"),
        ("select arg_min(a, b) over w from t window w as (partition by c)",
         "SELECT MIN_BY(a, CASE WHEN NOT (a) IS NULL THEN b END) OVER w FROM t WINDOW w AS (PARTITION BY c)"),
        # (NULL, 1) and (1, NULL) are two things.
        ("select hash(a, b) from t", "SELECT XXHASH64(a, (a) IS NULL, b, (b) IS NULL) FROM t"),
        # 10:00:59 to 10:01:01 is a minute, not none.
        ("select date_diff('minute', a, b) from t",
         "SELECT TIMESTAMPDIFF(MINUTE, DATE_TRUNC('MINUTE', a), DATE_TRUNC('MINUTE', b)) FROM t"),
        ("select date_diff('day', a, b) from t", "SELECT TIMESTAMPDIFF(DAY, CAST(a AS DATE), CAST(b AS DATE)) FROM t"),
        ("select 'infinity'::timestamp > a from t",
         "SELECT CAST('+200000-01-01 00:00:00' AS TIMESTAMP_NTZ) > a FROM t"),
        ("select 1 from t where (a, b) in (select (c, d) from u)", "SELECT 1 FROM t WHERE (a, b) IN (SELECT c, d FROM u)"),
        ("with a as materialized (select 1 as b) select b from a", "WITH a AS (SELECT 1 AS b) SELECT b FROM a"),
        ("select * exclude (a) from t", "SELECT * EXCEPT (a) FROM t"),
        ("select * from t qualify row_number() over (partition by a order by b) = 1",
         "SELECT * FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b NULLS LAST) = 1"),
        ("select parse_filename(a) from t", "SELECT SUBSTRING_INDEX(a, '/', -1) FROM t"),
        ("select arg_max(date_diff('day', a, b), hash(c)) from t",
         "SELECT MAX_BY(TIMESTAMPDIFF(DAY, CAST(a AS DATE), CAST(b AS DATE)), CASE WHEN NOT (TIMESTAMPDIFF(DAY, CAST(a AS DATE),"
         " CAST(b AS DATE))) IS NULL THEN XXHASH64(c, (c) IS NULL) END) FROM t"),
    ],
)  # fmt: skip
def test_what_means_something_else_in_spark_is_said_otherwise(said_to_duckdb: str, said_to_spark: str) -> None:
    assert dialect.read(said_to_duckdb).query == said_to_spark


@pytest.mark.parametrize(
    "text",
    [
        "select a from t asof join u on t.a >= u.a",
        "select * replace (1 as a) from t",
        "select a similar to 'b' from t",
        "select a from t union all by name select a from u",
        "select norm_text(a) from t",
        "select jaro_winkler_similarity(a, b) from t",
        "from read_csv($file)",
        "update t set a = 1",
        "select from where",
    ],
)
def test_what_spark_would_take_for_something_else_is_refused(text: str) -> None:
    with pytest.raises(dialect.NotSayable):
        dialect.read(text)


def test_files_are_read_as_views_and_parameters_are_bound() -> None:
    said = dialect.read(
        "insert into t by name select p.a, p.filename from read_parquet($files, filename = true) p where b = $b"
    )
    assert (said.kind, said.target, said.by_name) == ("insert", "t", True)
    assert said.files == {"files"}
    assert said.parameters == {"b"}
    assert said.query == "SELECT p.a, p.filename FROM files_files AS p WHERE b = :b"
    assert dialect.read("select distinct name from parquet_schema($files)").kind == "schema"


def test_a_declared_table_keeps_its_types() -> None:
    said = dialect.read("create table t (a BIGINT NOT NULL, b UUID, c UBIGINT, d TIMESTAMP)")
    assert [name for name, _ in said.columns] == ["a", "b", "c", "d"]
    assert [dialect.spark_type(kind) for _, kind in said.columns] == [
        "BIGINT",
        "STRING",
        "DECIMAL(20, 0)",
        "TIMESTAMP_NTZ",
    ]
