"""Part files of this machine, read by DuckDB as if they were one file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import duckdb

from lambdas.preprocess.engine import connect
from lambdas.preprocess.on_duckdb import OnDuckDB
from lambdas.preprocess.read.loading import Table, count_rows, load_table, reader_of
from lambdas.preprocess.read.parts import Parts, Survey, digest_of, look_into
from lambdas.preprocess.read.source import Download, SourceFile, is_packed
from lambdas.shared.failures.errors import UnpackedTooLarge
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings

# Rows' numbers come out of the database as bytes, which nothing else does, to be named.
_SHEET_ROW = "CREATE OR REPLACE MACRO sheet_row(id) AS encode(CAST(id AS VARCHAR))"


class NamingConnection:
    """DuckDB's connection, but that ``sheet_row`` gives what a person knows a row by.

    Parameters
    ----------
    connection : DuckDBPyConnection
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.sheet_row: Callable[[int], int] = int
        self._connection = connection
        connection.execute(_SHEET_ROW)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def execute(self, *statement: Any) -> Self:
        """Carry out a statement, whose rows are then fetched."""
        self._connection.execute(*statement)
        return self

    def fetchone(self) -> Any:
        """Return the next row."""
        return self._named(self._connection.fetchone())

    def fetchall(self) -> list[Any]:
        """Return all rows."""
        return [self._named(row) for row in self._connection.fetchall()]

    def _named(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return self.sheet_row(int(value))
        if isinstance(value, tuple):
            return tuple(map(self._named, value))
        if isinstance(value, dict):
            return {key: self._named(each) for key, each in value.items()}
        return value


@dataclass(frozen=True)
class _OpenedParts:
    connection: Any
    found: Parts
    sources: Sequence[SourceFile]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.found.opened

    @property
    def delimiter(self) -> str:
        return self.found.delimiter

    def table(self, settings: DatasetSettings, target: int | None, also: Collection[int]) -> Table:
        outline = self.found.outline()
        self.connection.sheet_row = self.found.sheet_row
        reader = reader_of(self.sources, len(outline.columns), settings)
        columns = outline.columns
        numbers = load_table(self.connection, reader, columns, settings, target=target, also=also)
        count_rows(self.connection, outline.rows)
        return replace(outline, numbers=numbers)


@dataclass(frozen=True)
class PartsOnDuckDB(OnDuckDB):
    """Part files of this machine; ``download`` is of all of them together.

    Parameters
    ----------
    parts : sequence of (str, Download)
        Each with what it is called in messages, in the order of their rows.
    """

    parts: Sequence[tuple[str, Download]]

    @classmethod
    def of(cls, parts: Sequence[tuple[str, Download]]) -> Self:
        """Take part files, at least one."""
        files = [each for _, each in parts]
        digest = digest_of([each.sha256 for each in files])
        return cls(Download(files[0].path, digest, sum(each.size for each in files)), parts)

    def connect(self, folder: Path) -> Any:
        """Open a database in an empty folder."""
        return NamingConnection(connect(folder))

    def open(self, connection: Any, folder: Path, settings: DatasetSettings) -> _OpenedParts:
        """Find out how the parts are to be read.

        Raises
        ------
        UnpackedTooLarge
            If all of them unpacked are larger than one archive may be.
        """
        surveys: list[Survey] = []
        sources: list[SourceFile] = []
        unpacked = 0
        for n, (_, part) in enumerate(self.parts):
            work = folder / f"part{n}"
            work.mkdir()
            found, source = look_into(connection, part, work, settings)
            surveys.append(found)
            if source and found.rows:
                sources.append(source)
            if is_packed(part.path):
                unpacked += sum(path.stat().st_size for path in work.iterdir())
            if unpacked > settings.max_unpacked_mb << 20:
                most = settings.max_unpacked_mb
                raise UnpackedTooLarge(
                    Message("its part files contain more than {size} MB", size=most)
                )
        return _OpenedParts(connection, Parts([name for name, _ in self.parts], surveys), sources)
