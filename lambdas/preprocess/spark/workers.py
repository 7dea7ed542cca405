"""DuckDB in Spark's workers: what makes a row's cells of that row alone is its own work there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from lambdas.preprocess.engine import connect, replace_columns
from lambdas.preprocess.spark.translate import ROW

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_OF_BATCH = 50_000


@contextmanager
def database() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Have a database in a folder of its own.

    Raises
    ------
    RuntimeError
        With the class of an error of DuckDB's, whose own words, which Spark logs, may quote cells.
    """
    with tempfile.TemporaryDirectory(prefix="molino-") as name:
        try:
            with connect(Path(name), threads=1) as connection:
                yield connection, Path(name)
        except duckdb.Error as error:
            raise RuntimeError(f"{type(error).__name__} of DuckDB") from None


def schema(numbers: Collection[int], width: int) -> str:
    """Return the columns of ``data``, with the types that Spark and DuckDB call alike."""
    return ", ".join(f"c{n} {'DOUBLE' if n in numbers else 'STRING'}" for n in range(width))


def replaced(
    numbers: Collection[int],
    cells: Mapping[int, str],
    width: int,
    source: Callable[[Sequence[int]], str],
    batches: Iterator[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Yield rows whose columns are replaced: see ``engine.replace_columns``.

    Parameters
    ----------
    numbers : collection of int
        Columns that are DOUBLE before.
    """
    import pyarrow as pa

    rows: list[pa.Array] = []

    def without_row() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows.append(batch.column(ROW))
            yield batch.drop_columns([ROW])

    names = [(f"c{n}", pa.float64() if n in numbers else pa.string()) for n in range(width)]
    reader = pa.RecordBatchReader.from_batches(pa.schema(names), without_row())
    with database() as (connection, _):
        connection.register("batches", reader)
        connection.execute("CREATE TABLE data AS FROM batches")
        replace_columns(connection, cells, width, source)
        place, numbered = 0, pa.chunked_array(rows, pa.int64())
        for batch in connection.sql("FROM data").to_arrow_reader(ROWS_OF_BATCH):
            own = numbered.slice(place, batch.num_rows).combine_chunks()
            place += batch.num_rows
            yield pa.RecordBatch.from_arrays([own, *batch.columns], [ROW, *batch.schema.names])


def numbers_after(
    numbers: Collection[int],
    cells: Mapping[int, str],
    width: int,
    source: Callable[[Sequence[int]], str],
) -> frozenset[int]:
    """Return which columns are DOUBLE once they are replaced."""
    with database() as (connection, _):
        connection.execute(f"CREATE TABLE data ({schema(numbers, width)})")
        replace_columns(connection, cells, width, source)
        types = connection.table("data").types
    return frozenset(n for n, each in enumerate(types) if str(each) == "DOUBLE")
