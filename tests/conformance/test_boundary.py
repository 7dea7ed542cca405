"""Expressions that two engines could read in two ways, each over cells that would show it."""

# ruff: noqa: S608 - statements are made of the constants below

import math
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from lambdas.preprocess.columns import number_cells
from lambdas.preprocess.columns.cells import MISSING, number, trimmed, usable
from lambdas.preprocess.columns.dates import iso, moment
from lambdas.preprocess.engine import literal
from training.written_numbers import CELL, PARTS

pytestmark = pytest.mark.timeout(900)
TEXTS = (
    *("1", "1.", "-.5", "+1", "1_000", "1e5", "1e999", "1e-999", "inf", "-Infinity", "+inf", "nan"),
    *("1d", "1f", "0x10", " 1 ", "\t1\n", "1\u00a0", "", "1e", "1,5", "--1", "٣", "1__0"),
    *("_1", "1_", "1e1_0", "infi", "1.5.2", "- 1", "2020-1-5", "2020-01-05", "2020", "12:30"),
    *("2020-01-05T12:30", "2020-01-05 23:59:60", "2020-01-05 1:2:3", "2020-01-05 01:02:03.123456"),
    *("2020-01-05T01:02:03Z", "2020-01-05 01:02:03+02", "2020/01/05", " 2020-01-05 ", "2020-02-30"),
    *("2020-01-05x", "31.12.1999", "31.12.1999 11:59 pm", "1 Jan 2001", "$1,234.50", "<5", "90+"),
    *("1.234", "1.234,5", "12 %", "(5)", "5 kg", "Yes", "yes", "a\nb", "a\rb", "a\\b", "it's", "$"),
    *("\u017f", "\u212a", "É", "é", "👍🏽", "Straße", "a$\n", "NA", " NA", "x" * 300, "0" * 40),
    *("99999999", "1e15", "1e16", "12345678.5", "-0.0", "0.0001", "10000000"),
)
NUMBERS = (
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.0,
    -0.0,
    3e38,
    1e300,
    -1e300,
    math.inf,
    -math.inf,
    7.0,
    None,
)
OF_TEXTS = {
    "a double": "TRY_CAST(c0 AS DOUBLE)",
    "a number": number("c0"),
    "trimmed": trimmed("c0", MISSING),
    "plain": number_cells.plain("c0"),
    "folded": number_cells.folded("c0"),
    "a cell of a number": f"regexp_full_match(c0, {literal(CELL)})",
    "its parts": f"regexp_extract(c0, {literal(f'^(?:{PARTS})$')}, ['l', 'n', 'r'])",
    "any sign": "regexp_full_match(c0, 'a.b')",
    "the end": "regexp_matches(c0, '[$]$')",
    "any case": "regexp_full_match(c0, '(?i)[ské]')",
    "digits": r"regexp_full_match(c0, '\d+')",
    "small letters": "lower(c0)",
    "length": "length(c0)",
    "without": "regexp_replace(c0, '[^0-9]', '', 'g')",
    "a group": "regexp_replace(c0, '^([0-9]+)[.]', '\\1;')",
    "before": "c0 < 'a'",
    "looked up": "MAP {'Yes': 'Ja', 'it''s': '\\'}[c0]",
    "a moment": f"epoch({moment('c0', '%Y-%m-%d %H:%M:%S')})",
    "a time": "epoch(TRY_CAST(c0 AS TIMESTAMP))",
    "a day": iso(f"({moment('c0', '%d.%m.%Y %I:%M %p')})"),
    "a missing one": "nullif(c0, '')",
    "in pairs": "(rowid, c0) IN (VALUES (0, '1'), (1, '2'))",
    "written": "CAST(TRY_CAST(c0 AS DOUBLE) + 0.0 AS VARCHAR)",
}
OF_NUMBERS = {
    "usable": usable("c1"),
    "whole": "c1 = floor(c1)",
    "rounded": "round(c1)",
    "halved": "rowid / 2",
    "halves": "rowid // 2",
    "remainder": "(rowid - 5) % 3",
    "shifted": "xor(rowid, 12) * 4294967295 & 65535",
    "distinct": "c1 IS DISTINCT FROM rowid",
}
AGGREGATES = {
    "mean of integers": "avg(rowid)",
    "deviation of one": "stddev_samp(CASE WHEN rowid = 1 THEN c1 END)",
    "variance": "var_pop(CASE WHEN abs(c1) < 100 THEN c1 END)",
    "in bins": "histogram(CASE WHEN abs(c1) < 100 THEN c1 END, [-1.0, 0.0, 2.5])",
    "by value": "histogram(CASE WHEN rowid < 3 THEN 'a' ELSE 'b' END)",
    "quantiles": "quantile_cont(CASE WHEN abs(c1) < 100 THEN c1 END, [0.25, 0.5, 0.9])",
    "exact": "count(DISTINCT hash(c1)) FILTER (c1 NOTNULL)",
    "some": "count_if(c1 > 0)",
    "none": "count_if(c1 > 0 AND c1 < 0)",
    "any": "bool_or(c1 > 100)",
    "in a struct": "{most: max(rowid), 'least': min(rowid), kinds: histogram('x')}",
}


@pytest.fixture(scope="module")
def engines(spark: Any) -> Iterator[tuple[Any, Any]]:
    from lambdas.preprocess.spark.connection import SparkConnection

    rows = [(n, TEXTS[n], NUMBERS[n] if n < len(NUMBERS) else None) for n in range(len(TEXTS))]
    connection = SparkConnection(spark.newSession())
    with duckdb.connect() as database, connection:
        database.execute("CREATE TABLE data (c0 VARCHAR, c1 DOUBLE)")
        database.executemany("INSERT INTO data VALUES (?, ?)", [row[1:] for row in rows])
        frame = connection.session.createDataFrame(rows, "rowid BIGINT, c0 STRING, c1 DOUBLE")
        connection.keep("data", frame, is_bound=True)
        yield database, connection


def _like(value: Any) -> Any:
    """Return a value as both engines' Python gives it; two numbers that are none are equal."""
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if hasattr(value, "asDict"):
        return value.asDict()
    if isinstance(value, list | tuple):
        return [_like(each) for each in value]
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


@pytest.mark.parametrize("cells", [OF_TEXTS, OF_NUMBERS], ids=["texts", "numbers"])
def test_cells_mean_the_same(engines: tuple[Any, Any], cells: dict[str, str]) -> None:
    asked = f"SELECT rowid, {', '.join(cells.values())} FROM data ORDER BY rowid"
    by_duckdb, by_spark = (each.execute(asked).fetchall() for each in engines)
    different = [
        (name, TEXTS[row], a, b)
        for row, (one, other) in enumerate(zip(by_duckdb, by_spark, strict=True))
        for name, a, b in zip(cells, one[1:], other[1:], strict=True)
        if _like(a) != _like(b)
    ]
    assert not different, "\n".join(map(str, different))


def test_aggregates_mean_the_same(engines: tuple[Any, Any]) -> None:
    asked = f"SELECT {', '.join(AGGREGATES.values())} FROM data"
    by_duckdb, by_spark = (each.execute(asked).fetchone() for each in engines)
    for name, a, b in zip(AGGREGATES, by_duckdb, by_spark, strict=True):
        if name == "in bins":
            a.pop(math.inf, None)  # what is above all edges, which no one asks for
        assert _like(a) == _like(b), name


def test_missing_cells_come_last(engines: tuple[Any, Any]) -> None:
    asked = "SELECT c1 FROM data WHERE rowid < 16 ORDER BY c1, rowid"
    by_duckdb, by_spark = (each.execute(asked).fetchall() for each in engines)
    assert by_duckdb == by_spark
    assert by_spark[-1] == (None,)


def test_hashes_tell_places_apart(engines: tuple[Any, Any]) -> None:
    pairs = "SELECT NULL AS a, 'x' AS b UNION ALL SELECT 'x', NULL"
    asked = f"SELECT count(DISTINCT hash(a, b)) FROM ({pairs})"
    assert [each.execute(asked).fetchone() for each in engines] == [(2,), (2,)]
