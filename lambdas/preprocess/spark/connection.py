"""A connection to Spark that takes the statements written for DuckDB.

A table is a DataFrame that is kept, under its name as a view. Tables with a row for each row of
``data`` keep its number, by which they lie: beside each other, they need no shuffle.
"""

# ruff: noqa: S608 - statements are made of parsed ones

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from pyspark import StorageLevel
from sqlglot import exp

from lambdas.preprocess.spark.answers import Answers
from lambdas.preprocess.spark.ranges import divided
from lambdas.preprocess.spark.translate import ROW, spark_sql, statements
from lambdas.preprocess.spark.workers import numbers_after, replaced, schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_MOST_EXACT = 100_000  # rows up to which quantiles are exact
_ENUM = "CREATE TYPE"
_OF_ROWS = ("data", "usable")  # tables with a row for each row of the upload
_CLAUSES = ("group", "where", "distinct", "limit", "order", "having", "joins")


@dataclass(frozen=True)
class Result:
    """The rows that a statement returned."""

    rows: Sequence[tuple[Any, ...]] = ()

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the first row, if there is one."""
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return list(self.rows)


class SparkConnection:
    """What DuckDB's connection is to preprocessing.

    Parameters
    ----------
    session : SparkSession
        As `session.start` makes it.
    """

    columns_per_statement = 25
    rows_of_task = 1_000_000  # which one may sort

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.sheet_row: Callable[[int], Any] = int
        self._tables: dict[str, DataFrame] = {}
        self._rows_of: dict[str, int] = {}
        self._is_bound = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._tables):
            self._drop(name)

    def table(self, name: str) -> DataFrame:
        """Return a table."""
        return self._tables[name]

    @property
    def rows(self) -> int:
        """Rows of ``data``."""
        return self._rows_of.get("data", 0)

    def keep(self, name: str, frame: DataFrame, *, is_bound: bool = False) -> int:
        """Make a table of a DataFrame, in place of one of that name, and return its rows.

        Parameters
        ----------
        is_bound : bool
            Whether its rows are to lie by their numbers.
        """
        if is_bound:
            partitions = int(self.session.conf.get("spark.sql.shuffle.partitions") or 1)
            frame = frame.repartition(partitions, ROW).sortWithinPartitions(ROW)
        if name == "data":
            self._is_bound = is_bound
        frame = frame.persist(StorageLevel.MEMORY_AND_DISK)
        rows = self._rows_of[name] = int(frame.count())
        before = self._tables.pop(name, None)
        if before is not None:
            before.unpersist()
        self._tables[name] = frame
        frame.createOrReplaceTempView(name)
        return rows

    def execute(self, sql: str, parameters: Sequence[Any] | None = None) -> Result:
        """Carry out DuckDB's statements and return the last one's rows."""
        result = Result()
        if sql.startswith(_ENUM):  # its values are texts
            sql = sql.partition(";")[2]
        for statement in statements(sql, parameters):
            result = self._carry_out(statement)
        return result

    def replace_columns(
        self,
        cells: Mapping[int, str],
        width: int,
        source: Callable[[Sequence[int]], str],
    ) -> None:
        """Replace columns of ``data``: see ``engine.replace_columns``; DuckDB does, in workers."""
        before = self._tables["data"]
        numbers = {n for n in range(width) if dict(before.dtypes)[f"c{n}"] == "double"}
        after = numbers_after(numbers, cells, width, source)
        made = before.mapInArrow(
            partial(replaced, numbers, cells, width, source),
            f"{ROW} BIGINT, {schema(after, width)}",
        )
        self.keep("data", made)

    def _carry_out(self, statement: exp.Expression) -> Result:
        if isinstance(statement, exp.Select):
            counted = _counted(statement)
            if counted:
                return Result([(self._rows_of[counted],)])
            translated = partial(spark_sql, is_large=self._rows_of.get("data", 0) > _MOST_EXACT)
            answers = Answers(statement, self.sheet_row, translated)
            return Result(answers.rows(self._rows))
        if isinstance(statement, exp.Create) and statement.kind == "TABLE":
            self._create(statement)
        elif isinstance(statement, exp.Insert):
            self._insert(statement)
        elif isinstance(statement, exp.Update):
            return Result([(self._update(statement),)])
        elif isinstance(statement, exp.Alter):
            self._alter(statement)
        elif isinstance(statement, exp.Drop):
            self._drop(statement.find(exp.Table).name)
        else:
            raise NotImplementedError(type(statement).__name__)
        return Result()

    def _sql(self, sql: str) -> DataFrame:
        return self.session.sql(sql)

    def _rows(self, sql: str) -> list[Sequence[Any]]:
        return [tuple(row) for row in self._sql(sql).collect()]

    def _create(self, statement: exp.Create) -> None:
        if isinstance(statement.this, exp.Schema):
            columns = ", ".join(
                f"{each.name} {_type(each.kind)}" for each in statement.this.expressions
            )
            frame = self.session.createDataFrame([], columns)
            self.keep(statement.this.this.name, frame)
            return
        query = statement.expression
        is_moved = _number_rows(query)
        if ROW in query.named_selects and not self._is_bound:
            # From here on rows are joined by their numbers; until now none had to be moved.
            self.keep("data", self._tables["data"], is_bound=True)
        with self._translated(query) as sql:
            self.keep(statement.this.name, self._sql(sql), is_bound=is_moved)

    def _insert(self, statement: exp.Insert) -> None:
        name = statement.this.name
        with self._translated(statement.expression) as sql:
            self.keep(name, self._tables[name].union(self._sql(sql)))

    @contextmanager
    def _translated(self, query: exp.Expression) -> Iterator[str]:
        """Have a query in Spark's SQL; of many rows its windows are divided."""
        if self._rows_of.get("data", 0) <= self.rows_of_task:
            yield spark_sql(query)
            return
        pieces = int(self.session.conf.get("spark.sql.shuffle.partitions") or 1)
        with divided(self.session, query, max(2, pieces)) as sql:
            yield sql

    def _update(self, statement: exp.Update) -> int:
        """Change rows, and return how many: as a new table, with what fits found beforehand."""
        name = statement.this.name
        where = statement.args["where"].this
        has_row = ROW in self._tables[name].columns
        condition = spark_sql(exp.select("*").from_(name).where(where.copy()))
        fits = self._sql(condition)
        key = ROW if has_row else self._tables[name].columns[0]
        hits = fits.select(key).withColumnRenamed(key, "hit").persist(StorageLevel.MEMORY_AND_DISK)
        rows = int(hits.count())
        if rows:
            hits.createOrReplaceTempView("hits")
            new = {each.this.name: spark_sql(each.expression) for each in statement.expressions}
            cells = ", ".join(
                f"CASE WHEN hit IS NOT NULL THEN {new[column]} ELSE {column} END AS {column}"
                if column in new
                else column
                for column in self._tables[name].columns
            )
            joined = f"SELECT {cells} FROM {name} LEFT JOIN hits ON {name}.{key} = hits.hit"
            self.keep(name, self._sql(joined))
        hits.unpersist()
        return rows

    def _alter(self, statement: exp.Alter) -> None:
        name, (action,) = statement.this.name, statement.args["actions"]
        if isinstance(action, exp.ColumnDef):
            kind = _type(action.kind)
            frame = self._sql(f"SELECT *, CAST(NULL AS {kind}) AS {action.name} FROM {name}")
            self.keep(name, frame)
        else:
            raise NotImplementedError(type(action).__name__)

    def _drop(self, name: str) -> None:
        frame = self._tables.pop(name)
        self.session.catalog.dropTempView(name)
        frame.unpersist()


def _type(kind: exp.Expression) -> str:
    cast = exp.Cast(this=exp.column("x"), to=kind.copy())
    return spark_sql(exp.select(cast)).rpartition(" AS ")[2].rstrip(")").strip()


def _counted(query: exp.Select) -> str | None:
    """Return the table whose rows a query counts, if it does nothing else."""
    source = query.args.get("from_")
    name = str(source.this.name) if source else ""
    return name if query.sql() == f"SELECT COUNT(*) FROM {name}" else None


def _number_rows(query: exp.Select) -> bool:
    """Let a query keep the number of its rows where each is a row of ``data``.

    Returns
    -------
    bool
        Whether they have come to lie in another way, and are to be laid by their numbers again.
    """
    order = query.args.get("order")
    if order and [each.this.name for each in order.expressions] == ["row"]:
        # The order is that of the rows' numbers: these are kept in its place.
        query.set("order", None)
        query.append("expressions", exp.alias_(exp.column("row"), ROW))
        return True
    source = query.args["from_"].this
    is_row = isinstance(source, exp.Table) and source.name in _OF_ROWS
    if is_row and not any(query.args.get(clause) for clause in _CLAUSES):
        query.append("expressions", exp.column(ROW))
    return False
