"""The splits as Parquet files, written and stored by Spark's workers."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark import TaskContext

from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.engine import literal
from lambdas.preprocess.spark.connection import SparkConnection
from lambdas.preprocess.spark.translate import spark_sql, statements
from lambdas.shared.names.paths import SPLITS

if TYPE_CHECKING:
    import pyarrow as pa

# Puts a file under a name such as "train/part-00000.parquet".
Store = Callable[[Path, str], None]


def to_folder(folder: Path) -> Store:
    """Return how files are put into a folder."""
    return partial(_move, folder)


def _move(folder: Path, path: Path, name: str) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, target)


def write_splits(
    connection: SparkConnection,
    features: Sequence[Feature],
    compared: Sequence[Feature],
    target: Target,
    store: Store,
) -> dict[str, int]:
    """Write ``<split>/part-….parquet`` for each subset, and return their bytes.

    Columns have the user's names, the target is the last. Rows lie by the hash of their number.
    """
    known = {feature.position for feature in features}
    extra = [column for column in compared if column.position not in known]
    sizes: dict[str, int] = {}
    for split in SPLITS:
        wanted = [*features, *extra] if split == "test" else list(features)
        cells = ", ".join(f"{_cell(each)} AS f{n}" for n, each in enumerate(wanted))
        names = [*(column.name for column in wanted), target.profile.name]
        (query,) = statements(
            f"SELECT {cells}, label FROM data POSITIONAL JOIN usable POSITIONAL JOIN subsets "
            f"WHERE subset = {literal(split)}"
        )
        frame = connection.session.sql(spark_sql(query))
        written = frame.mapInArrow(partial(_write, split, names, store), "bytes BIGINT")
        sizes[split] = sum(row[0] for row in written.collect())
    return sizes


def _cell(feature: Feature) -> str:
    column = f"c{feature.position}"
    if feature.kind != "numeric":
        return column
    value = usable(column) if feature.has_unusable else column
    return f"CAST({value} AS BIGINT)" if feature.is_integer else value


def _write(
    split: str, names: Sequence[str], store: Store, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Write one task's rows as a file, and tell its bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    context = TaskContext.get()
    place = context.partitionId() if context else 0
    with tempfile.TemporaryDirectory(prefix="molino-") as folder:
        path, writer = Path(folder) / "part.parquet", None
        for batch in batches:
            if not batch.num_rows:
                continue
            table = pa.Table.from_batches([batch]).rename_columns(list(names))
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is None:
            return
        writer.close()
        size = path.stat().st_size
        store(path, f"{split}/part-{place:05d}.parquet")
    yield pa.RecordBatch.from_pydict({"bytes": pa.array([size], pa.int64())})
