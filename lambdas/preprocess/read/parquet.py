"""A Parquet file as the CSV that it would be: numbers stay numbers, all else is text."""

# ruff: noqa: S608 - statements hold quoted paths only

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from lambdas.preprocess.engine import literal, one
from lambdas.shared.failures.errors import NotCsv, UnpackedTooLarge
from lambdas.shared.findings.message import Message

_MARK = b"PAR1"
# How it is written here, so that nothing is to be found out or assumed.
AS_WRITTEN: dict[str, Any] = {
    "delimiter": ",",
    "quote": '"',
    "escape": '"',
    "encoding": "utf-8",
    "header": True,
    "skip_rows": 0,
    "skip_last_rows": 0,
}


def is_parquet(path: Path) -> bool:
    """Return whether a file begins as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK


def as_csv(connection: duckdb.DuckDBPyConnection, path: Path, target: Path, most: int) -> None:
    """Write a Parquet file as CSV.

    Parameters
    ----------
    most : int
        Bytes that its data may have, unpacked.

    Raises
    ------
    NotCsv
        If it is damaged.
    UnpackedTooLarge
        If it holds more.
    """
    file, size = literal(str(path)), None
    try:
        (size,) = one(
            connection, f"SELECT sum(total_uncompressed_size) FROM parquet_metadata({file})"
        )
        if (size or 0) <= most:
            connection.execute(
                f"COPY (FROM read_parquet({file})) TO {literal(str(target))} "
                "(FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
            )
    except duckdb.Error:  # its message may quote what is in the file
        size = None
    if size is None:
        raise NotCsv(Message("its Parquet data are damaged or cut off"))
    if size > most:
        raise UnpackedTooLarge(Message("it contains more than {size} MB", size=most >> 20))
