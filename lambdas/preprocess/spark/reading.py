"""An upload read in Spark's workers, each part file by the reader of single files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from lambdas.preprocess.read.loading import Table
from lambdas.preprocess.read.parts import Parts, Survey, read_part, survey
from lambdas.preprocess.read.source import Download, open_source
from lambdas.preprocess.spark.connection import SparkConnection
from lambdas.preprocess.spark.translate import ROW
from lambdas.preprocess.spark.workers import ROWS_OF_BATCH, database, schema
from lambdas.shared.findings.finding import Finding
from lambdas.shared.settings.dataset import DatasetSettings

if TYPE_CHECKING:
    import pyarrow as pa

_PARTITION_BYTES = 128_000_000  # as Spark's own guide has it for files
_LEAST_BYTES = 8_000_000  # less is done sooner than divided


@dataclass(frozen=True)
class Part:
    """A part file: where it is, and what it is called in messages.

    Parameters
    ----------
    key : str
        Of an object, or a path.
    version_id : str
        Empty where there are no versions.
    called : str
        Its name below the upload's folder; if it is not given, that without any folder.
    """

    key: str
    version_id: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.called or self.key.rpartition("/")[2]


# Lays a part into a folder; it runs in a worker.
Fetch = Callable[[Part, Path], Download]


def local(part: Part, _: Path) -> Download:
    """Fetch a part that is a file of this machine."""
    return Download.at(Path(part.key))


@contextmanager
def _fetched(
    fetch: Fetch, part: Part
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Download, Path]]:
    """Have a part in a folder with a database, which is all that a worker needs."""
    with database() as (connection, folder):
        yield connection, fetch(part, folder), folder


def _survey(fetch: Fetch, settings: DatasetSettings, part: Part) -> Survey:
    with _fetched(fetch, part) as (connection, upload, folder):
        return survey(connection, upload, folder, settings)


def _batches(
    fetch: Fetch, settings: DatasetSettings, table: Table, part: Part, offset: int
) -> Iterator[pa.RecordBatch]:
    """Yield a part's rows, numbered from an offset on."""
    with _fetched(fetch, part) as (connection, upload, folder):
        source = open_source(connection, upload.path, folder, settings)
        read_part(connection, source, table, settings)
        columns = ", ".join(f"c{n}" for n in range(len(table.columns)))
        rows = f"SELECT rowid + {offset} AS {ROW}, {columns} FROM data"  # noqa: S608 - positions
        yield from connection.sql(rows).to_arrow_reader(ROWS_OF_BATCH)


@dataclass(frozen=True)
class OpenedParts:
    """Parts whose form is known."""

    connection: SparkConnection
    fetch: Fetch
    parts: Sequence[Part]
    found: Parts
    settings: DatasetSettings

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was assumed about them."""
        return self.found.opened

    @property
    def delimiter(self) -> str:
        """What separates the first one's cells."""
        return self.found.delimiter

    def table(self, settings: DatasetSettings, target: int | None, also: Collection[int]) -> Table:
        """Read all parts into the table ``data``, a task for each: see ``Parts.table``."""
        table = self.found.table(settings, target, also)
        read = partial(_batches, self.fetch, settings, table)
        counted = zip(self.parts, self.found.offsets, self.found.surveys, strict=True)
        parts = [(part, offset) for part, offset, survey in counted if survey.rows]

        def rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for place in batch.column(0).to_pylist():
                    yield from read(*parts[place])

        types = schema(table.numbers, len(table.columns))
        session = self.connection.session
        tasks = session.range(0, len(parts), 1, len(parts))
        frame = tasks.mapInArrow(rows, f"{ROW} BIGINT, {types}")
        self.connection.sheet_row = self.found.sheet_row
        cores = session.sparkContext.defaultParallelism
        session.conf.set("spark.sql.shuffle.partitions", partitions(self.found.size, cores))
        self.connection.keep("data", frame)
        return table


def partitions(size: int, cores: int) -> int:
    """Return how many pieces an upload of so many bytes is divided into."""
    return max(-(-size // _PARTITION_BYTES), min(cores, -(-size // _LEAST_BYTES)), 1)


def open_parts(
    connection: SparkConnection, fetch: Fetch, parts: Sequence[Part], settings: DatasetSettings
) -> OpenedParts:
    """Find out how parts are to be read; what is wrong with them is raised by the first reading."""
    tasks = connection.session.sparkContext.parallelize(parts, len(parts))
    surveys = tasks.map(partial(_survey, fetch, settings)).collect()
    found = Parts([part.name for part in parts], surveys)
    return OpenedParts(connection, fetch, parts, found, settings)
