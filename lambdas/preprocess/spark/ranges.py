"""Ranks and running totals of all rows, divided among tasks: Spark alone sorts them in one.

Rows are divided into ranges of what the window goes by. In each it begins anew, and what the ranges
before it have is added: the same numbers, as equal rows are in one range.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark import StorageLevel
from pyspark.sql import functions
from sqlglot import exp

from lambdas.preprocess.spark.translate import spark_sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@contextmanager
def divided(session: SparkSession, query: exp.Expression, pieces: int) -> Iterator[str]:
    """Have a query in Spark's SQL whose windows go over ranges; tables for it last as long.

    Parameters
    ----------
    pieces : int
        How many ranges are made.
    """
    made = query.copy()
    kept = [
        _divide(session, select, windows, pieces, place)
        for place, select in enumerate(list(made.find_all(exp.Select)))
        if (windows := _windows(select)) and not select.args.get("group")
    ]
    yield spark_sql(made)
    for frame in kept:
        frame.unpersist()


def _windows(select: exp.Select) -> list[exp.Window]:
    """Return the windows of a query's own columns."""
    return [
        each
        for column in select.expressions
        for each in column.find_all(exp.Window)
        if each.parent_select is select
    ]


def _divide(
    session: SparkSession,
    select: exp.Select,
    windows: Sequence[exp.Window],
    pieces: int,
    place: int,
) -> DataFrame:
    """Let a query read a table of its rows with their ranges, and return the table."""
    name, before = f"ranged{place}", f"before{place}"
    named = {each.this.name: each for each in select.args.get("windows") or ()}
    window = named.get(windows[0].alias, windows[0])
    groups = [each.copy() for each in window.args.get("partition_by") or ()]
    orders = [each.copy() for each in window.args["order"].expressions]
    keys = {f"p{n}": each for n, each in enumerate(groups)}
    keys |= {f"o{n}": each.this for n, each in enumerate(orders)}
    frame = session.sql(spark_sql(_with_keys(select, keys)))
    by = [functions.col(f"p{n}") for n in range(len(groups))]
    for n, each in enumerate(orders):
        column = functions.col(f"o{n}")
        by.append(column.desc_nulls_last() if each.args.get("desc") else column.asc_nulls_last())
        each.set("this", exp.column(f"o{n}"))
    ranged = frame.repartitionByRange(pieces, *by)
    ranged = ranged.withColumn("piece", functions.spark_partition_id())
    ranged = ranged.persist(StorageLevel.MEMORY_AND_DISK)
    ranged.createOrReplaceTempView(name)
    found = _before(ranged, len(groups), [_counted(each) for each in windows])
    found.createOrReplaceTempView(before)
    group = [exp.column(f"p{n}") for n in range(len(groups))]
    for n, each in enumerate(windows):
        own = exp.Window(
            this=each.this.copy(),
            partition_by=[*(each.copy() for each in group), exp.column("piece")],
            order=exp.Order(expressions=[each.copy() for each in orders]),
            spec=window.args.get("spec"),
            over="OVER",
        )
        each.replace(exp.paren(exp.Add(this=own, expression=exp.column(f"b{n}"))))
    for clause in ("windows", "where", "joins"):
        select.set(clause, None)
    same = " AND ".join(["piece = of_piece", *(f"p{n} <=> q{n}" for n in range(len(groups)))])
    select.from_(name, copy=False).join(before, on=same, copy=False, dialect="spark")
    return ranged


def _with_keys(select: exp.Select, keys: Mapping[str, exp.Expression]) -> exp.Select:
    """Return the query without its windows, but with what they need."""
    base = select.copy()
    base.set("windows", None)
    plain = [each for each in select.expressions if not each.find(exp.Window)]
    columns = {each.output_name: each.copy() for each in plain}
    if "*" not in columns:
        for each in select.expressions:
            for column in each.find_all(exp.Column) if each not in plain else ():
                columns.setdefault(column.name, column.copy())
    made = [exp.alias_(each.copy(), name) for name, each in keys.items()]
    base.set("expressions", [*columns.values(), *made])
    return base


def _counted(window: exp.Window) -> str:
    """Return the SQL of what a range adds to those behind it."""
    return spark_sql(window.this) if isinstance(window.this, exp.Sum) else "count(*)"


def _before(ranged: DataFrame, groups: int, counted: Sequence[str]) -> DataFrame:
    """Return what stands before each range of each group."""
    keys = [*(f"p{n}" for n in range(groups)), "piece"]
    sums = [f"CAST({each} AS BIGINT)" for each in counted]
    found = ranged.groupBy(*keys).agg(*map(functions.expr, sums)).orderBy(*keys)
    total: Counter[tuple[object, ...]] = Counter()
    rows = []
    for row in found.collect():
        group, own = tuple(row[:groups]), row[groups + 1 :]
        rows.append((*row[: groups + 1], *(total[*group, n] for n in range(len(counted)))))
        for n, each in enumerate(own):
            total[*group, n] += each
    kinds = dict(ranged.dtypes)
    names = [f"q{n} {kinds[f'p{n}']}" for n in range(groups)]
    names += ["of_piece INT", *(f"b{n} BIGINT" for n in range(len(counted)))]
    return ranged.sparkSession.createDataFrame(rows, ", ".join(names))
