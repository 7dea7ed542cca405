"""The file that DuckDB reads: rows of the table and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lambdas.preprocess.read.dialect import Dialect
from lambdas.preprocess.read.records import Records

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class TableFile:
    """Where the rows are.

    Parameters
    ----------
    path : Path
    skip : int
        Lines above the first row.
    """

    path: Path
    skip: int


def table_file(path: Path, folder: Path, dialect: Dialect, records: Records) -> TableFile:
    """Return the file itself if it is a header and rows, else a copy of its rows."""
    if not records.cuts and dialect.skip <= 1:
        return TableFile(path, dialect.skip)
    copy = folder / "table.csv"
    with path.open("rb") as source, copy.open("wb") as target:
        size = path.stat().st_size
        for begin, end in _kept(records, size):
            source.seek(begin)
            _copy(source, target, end - begin)
    return TableFile(copy, 0)


def _kept(records: Records, size: int) -> Iterator[tuple[int, int]]:
    begin = records.begin
    for cut, end in zip(records.cuts[::2], records.cuts[1::2], strict=True):
        if cut > begin:
            yield begin, cut
        begin = end
    yield begin, size


def _copy(source: BinaryIO, target: BinaryIO, count: int) -> None:
    while count and (chunk := source.read(min(count, _CHUNK_BYTES))):
        target.write(chunk)
        count -= len(chunk)
