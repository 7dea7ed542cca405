"""Preprocessing on Apache Spark: parts read by its workers, splits written by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from lambdas.gate.digests import one_in
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.on_duckdb import Written
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.spark.connection import SparkConnection
from lambdas.preprocess.spark.reading import Fetch, OpenedParts, Part, local, open_parts
from lambdas.preprocess.spark.splits import Known, Store, to_folder, write_splits
from lambdas.shared.settings.dataset import DatasetSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class OnSpark:
    """Parts of an upload, and where its splits go.

    Parameters
    ----------
    fetch : callable
        Lays a part into a folder, in a worker.
    store : callable, optional
        Puts a file of a split where it is to be, in a worker; None for the folder.
    champion : tuple of str
        Features of the champion, which will be compared with what becomes of the upload.
    """

    session: SparkSession
    parts: Sequence[Part]
    fetch: Fetch = local
    store: Store | None = None
    champion: tuple[str, ...] = ()
    opened: OpenedParts | None = field(default=None, init=False)

    @property
    def download(self) -> Download:
        """Digest and size of the parts together; empty until they are opened."""
        path = Path(self.parts[0].key)
        found = self.opened and self.opened.found
        return Download(path, found.sha256, found.size) if found else Download(path, "", 0)

    @property
    def versions(self) -> dict[str, str]:
        """Those of DuckDB, which reads the parts, and of Spark."""
        return {"duckdb": duckdb.__version__, "spark": self.session.version}

    def connect(self, folder: Path) -> SparkConnection:  # noqa: ARG002 - DuckDB's needs one
        """Open a connection with tables of its own."""
        return SparkConnection(self.session.newSession())

    def open(
        self,
        connection: SparkConnection,
        folder: Path,  # noqa: ARG002 - workers have folders of their own
        settings: DatasetSettings,
    ) -> OpenedParts:
        """Find out how the parts are to be read."""
        self.opened = open_parts(connection, self.fetch, self.parts, settings)
        return self.opened

    def write(
        self,
        connection: SparkConnection,
        features: Sequence[Feature],
        compared: Sequence[Feature],
        target: Target,
        folder: Path,
    ) -> Written:
        """Write the splits, and what is kept to know the rows of training and validation by."""
        store = self.store or to_folder(folder)
        names, rows = tuple(feature.name for feature in features), connection.rows
        tables = dict.fromkeys([names, self.champion])
        known = [
            Known(each, target.profile.name, one_in(rows))
            for each in tables
            if each and {*each} <= {*names}
        ]
        splits = write_splits(connection, features, compared, target, store, known=known)
        kept = []
        for n, (of, found) in enumerate(zip(known, splits.digests, strict=True)):
            path = folder / f"digests-{n}.npy"
            path.write_bytes(found.to_bytes())
            store(path, path.name)
            kept.append({"name": path.name, **asdict(of)})
        return Written({}, splits.sizes, kept)
