"""Ranks and running totals that are divided among tasks are those of one sort."""

from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.timeout(900)
ROWS = 500
WINDOWS = {
    "ranks of equal rows": "(rank() OVER (ORDER BY c0) - 1) * 10 // 500 AS found FROM data",
    "some rows": "rank() OVER (ORDER BY c0) AS found FROM data WHERE c1 = 1",
    "totals in groups": "c0 + sum(c0) OVER later AS found FROM (SELECT * FROM data) "
    "JOIN kinds USING (c1) WINDOW later AS (PARTITION BY c1 ORDER BY c2 ROWS UNBOUNDED PRECEDING)",
    "two, from the last": "row_number() OVER latest + sum(c0) OVER latest AS found FROM data "
    "WINDOW latest AS (ORDER BY c2 DESC ROWS UNBOUNDED PRECEDING)",
}


@pytest.mark.parametrize("sql", WINDOWS.values(), ids=WINDOWS.keys())
def test_divided_windows_are_the_same(spark: Any, sql: str) -> None:
    from lambdas.preprocess.spark.connection import SparkConnection

    rows = [(n, n * 37 % 50, n % 3, n * 211 % 1009) for n in range(ROWS)]
    connection = SparkConnection(spark.newSession())
    connection.rows_of_task = 100
    connection.session.conf.set("spark.sql.shuffle.partitions", 4)
    with duckdb.connect() as database, connection:
        database.execute("CREATE TABLE data (c0 BIGINT, c1 BIGINT, c2 BIGINT)")
        database.executemany("INSERT INTO data VALUES (?, ?, ?)", [row[1:] for row in rows])
        names = "rowid BIGINT, c0 BIGINT, c1 BIGINT, c2 BIGINT"
        connection.keep("data", connection.session.createDataFrame(rows, names))
        found = []
        for engine in (database, connection):
            engine.execute("CREATE TABLE kinds AS SELECT c1, count(*) AS much FROM data GROUP BY 1")
            engine.execute(f"CREATE TABLE made AS SELECT c2, {sql}")
            found.append(engine.execute("SELECT c2, found FROM made ORDER BY c2").fetchall())
        assert found[0] == found[1]
        assert len(found[0]) > ROWS / 4
