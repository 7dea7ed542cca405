"""Preprocessing in one process: a file read, and its splits written, by DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.documents.splits import write_splits
from lambdas.preprocess.engine import connect
from lambdas.preprocess.read.loading import Table, read_table
from lambdas.preprocess.read.source import Download, SourceFile, open_source
from lambdas.shared.findings.finding import Finding
from lambdas.shared.settings.dataset import DatasetSettings


@dataclass(frozen=True)
class Written:
    """The splits.

    Parameters
    ----------
    files : dict of Path
        As files of this machine, if they are.
    sizes : dict
        Of each the bytes by file.
    digests : list of dict
        What is kept to know rows by that are too many to be read again, as the manifest has it.
    """

    files: dict[str, Path]
    sizes: dict[str, dict[str, int]]
    digests: Sequence[dict[str, Any]] = ()


class Opened(Protocol):
    """An upload whose form is known."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was assumed about it."""

    @property
    def delimiter(self) -> str:
        """What separates its cells."""

    def table(self, settings: DatasetSettings, target: int | None, also: Collection[int]) -> Table:
        """Read it into the table ``data``: see ``loading.read_table``."""


class Upload(Protocol):
    """An upload, and the engine that reads it and writes what becomes of it."""

    @property
    def download(self) -> Download:
        """Its digest and size; known once it is opened."""

    @property
    def versions(self) -> dict[str, str]:
        """Those of the engine's libraries."""

    def connect(self, folder: Path) -> Any:
        """Open a connection that takes DuckDB's statements."""

    def open(self, connection: Any, folder: Path, settings: DatasetSettings) -> Opened:
        """Find out how it is to be read."""

    def write(
        self,
        connection: Any,
        features: Sequence[Feature],
        compared: Sequence[Feature],
        target: Target,
        folder: Path,
    ) -> Written:
        """Write the splits."""


@dataclass(frozen=True)
class _OpenedFile:
    connection: duckdb.DuckDBPyConnection
    source: SourceFile

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.source.findings

    @property
    def delimiter(self) -> str:
        return self.source.dialect.style.delimiter

    def table(self, settings: DatasetSettings, target: int | None, also: Collection[int]) -> Table:
        return read_table(self.connection, self.source, settings, target, also)


@dataclass(frozen=True)
class OnDuckDB:
    """One file of this machine."""

    download: Download

    @property
    def versions(self) -> dict[str, str]:
        """DuckDB's version."""
        return {"duckdb": duckdb.__version__}

    def connect(self, folder: Path) -> duckdb.DuckDBPyConnection:
        """Open a database in an empty folder."""
        return connect(folder)

    def open(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, settings: DatasetSettings
    ) -> Opened:
        """Find out how it is to be read: see ``source.open_source``."""
        source = open_source(connection, self.download.path, folder, settings)
        return _OpenedFile(connection, source)

    def write(
        self,
        connection: duckdb.DuckDBPyConnection,
        features: Sequence[Feature],
        compared: Sequence[Feature],
        target: Target,
        folder: Path,
    ) -> Written:
        """Write a CSV for each split into the folder."""
        files = write_splits(connection, features, compared, target, folder)
        sizes = {split: {path.name: path.stat().st_size} for split, path in files.items()}
        return Written(files, sizes)
