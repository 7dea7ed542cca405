"""The splits, written and stored by Spark's workers.

Training and validation are as many Parquet files as there are tasks. The test is one CSV, the same
that DuckDB makes of a smaller upload: it has a limit, and is read from its beginning to its end.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark import TaskContext

from lambdas.gate.digests import Digests, digests, joined
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.documents.splits import as_csv, columns_of, value
from lambdas.preprocess.engine import literal
from lambdas.preprocess.spark.connection import SparkConnection
from lambdas.preprocess.spark.translate import ROW, spark_sql, statements
from lambdas.preprocess.spark.workers import database
from lambdas.shared.names.paths import SPLITS

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

# Puts a file under a name such as "train/part-00000.parquet".
Store = Callable[[Path, str], None]
_FILES = "name STRING, bytes BIGINT, digests ARRAY<BINARY>"


@dataclass(frozen=True)
class Known:
    """By what rows are to be known again: in which columns, and one of how many."""

    features: tuple[str, ...]
    target: str
    one_in: int


@dataclass(frozen=True)
class _Table:
    """A split's columns, the name of the last one, and where its files go."""

    split: str
    columns: Sequence[Feature]
    target: str
    store: Store


@dataclass(frozen=True)
class Splits:
    """Bytes of each split's files by name, and the digests of rows to learn from."""

    sizes: dict[str, dict[str, int]]
    digests: list[Digests]


def to_folder(folder: Path) -> Store:
    """Return how files are put into a folder."""
    return partial(_move, folder)


def _move(folder: Path, path: Path, name: str) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)


def write_splits(  # noqa: PLR0913 - what there is, and where it goes
    connection: SparkConnection,
    features: Sequence[Feature],
    compared: Sequence[Feature],
    target: Target,
    store: Store,
    *,
    known: Sequence[Known] = (),
) -> Splits:
    """Write each subset's files.

    ``train/part-….parquet`` and ``validation/part-….parquet`` have columns of the user's names, the
    target last, and rows by the hash of their number; ``test/test.csv`` keeps the upload's order.
    """
    sizes: dict[str, dict[str, int]] = {}
    found: list[list[Digests]] = [[] for _ in known]
    for split in SPLITS:
        columns = columns_of(split, features, compared)
        table = _Table(split, columns, target.profile.name, store)
        rows = _rows(connection, table)
        if split == "test":
            one_task = rows.repartition(1).sortWithinPartitions(ROW)
            written = one_task.mapInArrow(partial(_write_csv, table), _FILES)
        else:
            written = rows.mapInArrow(partial(_write_parquet, table, known), _FILES)
        files = sorted(written.collect())
        sizes[split] = {file["name"]: file["bytes"] for file in files}
        for file in files:
            for each, content in zip(found, file["digests"], strict=False):
                each.append(Digests.from_bytes(content))
    return Splits(sizes, [joined(each) for each in found])


def _rows(connection: SparkConnection, table: _Table) -> DataFrame:
    columns = ", ".join(dict.fromkeys(f"c{column.position}" for column in table.columns))
    (query,) = statements(
        f"SELECT {columns}, label, {ROW} FROM data POSITIONAL JOIN usable "
        f"POSITIONAL JOIN subsets WHERE subset = {literal(table.split)}"
    )
    return connection.session.sql(spark_sql(query))


def _write_csv(table: _Table, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Write the rows, which one task has sorted on its disk, as those of a smaller upload."""
    import pyarrow as pa

    first = next(batches, None)
    if first is None:
        return
    with database() as (connection, folder):
        path = folder / "test.csv"
        rows = pa.RecordBatchReader.from_batches(first.schema, chain([first], batches))
        connection.register("rows_read", rows)
        connection.execute(as_csv(table.columns, table.target, "rows_read", path))
        yield _stored(table, path, path.name)


def _write_parquet(
    table: _Table, known: Sequence[Known], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Write one task's rows as a file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    context = TaskContext.get()
    place = context.partitionId() if context else 0
    names = [*(column.name for column in table.columns), table.target]
    columns = [*map(value, table.columns), "label"]
    cells = ", ".join(f"{cell} AS f{n}" for n, cell in enumerate(columns))
    found: list[list[Digests]] = [[] for _ in known]
    with database() as (connection, folder):
        path, writer = folder / "part.parquet", None
        for batch in batches:
            if not batch.num_rows:
                continue
            connection.register("rows_read", pa.Table.from_batches([batch]))
            rows = connection.sql(f"SELECT {cells} FROM rows_read").to_arrow_table()
            rows = rows.rename_columns(names)
            writer = writer or pq.ParquetWriter(path, rows.schema, compression="zstd")
            writer.write_table(rows)
            if known:
                csv = folder / "rows.csv"
                connection.execute(as_csv(table.columns, table.target, "rows_read", csv))
            for each, of in zip(found, known, strict=True):
                each.append(_digested(csv, of))
        if writer is None:
            return
        writer.close()
        kept = [joined(each).to_bytes() for each in found]
        yield _stored(table, path, f"part-{place:05d}.parquet", kept)


def _digested(path: Path, known: Known) -> Digests:
    """Return the digests of a CSV's rows as the gate has them of one, as far as they are kept."""
    with path.open(encoding="utf-8", newline="") as lines:
        found = digests(lines, known.features, known.target)
    return found.only(found.drawn(known.one_in))


def _stored(table: _Table, path: Path, name: str, kept: Sequence[bytes] = ()) -> pa.RecordBatch:
    """Store a file and return what is told of it."""
    import pyarrow as pa

    size = path.stat().st_size
    table.store(path, f"{table.split}/{name}")
    digested = pa.array([list(kept)], pa.list_(pa.binary()))
    columns: dict[str, Any] = {"name": [name], "bytes": [size], "digests": digested}
    return pa.RecordBatch.from_pydict(columns)
