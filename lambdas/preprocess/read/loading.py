"""Bring a CSV into DuckDB: columns of numbers as DOUBLE, all others as trimmed texts.

Which columns hold numbers is guessed from the first rows, so that DuckDB converts each cell once
while it parses. The parser itself names the columns in which the guess was wrong for any row;
these are read as texts instead. The outcome is exact and does not depend on the guess.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Callable, Iterable

import duckdb

from lambdas.preprocess.columns.cells import INFINITE, NUMBER, is_untidy, trimmed
from lambdas.preprocess.columns.replacing import replace_columns
from lambdas.preprocess.columns.stacked import by_column
from lambdas.preprocess.engine import batches, literal, one
from lambdas.preprocess.read.odd_digits import has_grouped_digits, has_zeros_in_front
from lambdas.preprocess.read.reader import Reader
from lambdas.preprocess.read.sampling import Sample

_COLUMNS_OF_FILE = 1_000  # of a query


def load(
    connection: duckdb.DuckDBPyConnection, reader: Reader, seen: Sample, texts: Iterable[int]
) -> frozenset[int]:
    """Make the table ``data``, its rows in the file's order, from the file.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    reader : Reader
    seen : Sample
    texts : iterable of int
        Positions to keep as texts even if they hold numbers.

    Returns
    -------
    frozenset of int
        Positions of the columns that are DOUBLE: those whose filled cells are all numbers,
        infinite ones included.
    """
    kept = frozenset(texts).union(seen.codes)
    whole = seen.whole - kept
    if whole and has_zeros_in_front(reader.file.path, reader.style.delimiter):
        kept |= _with_zero(connection, reader, whole)
    doubtful = seen.doubtful - kept
    numbers = frozenset(seen.numbers - kept - doubtful)
    if numbers and has_grouped_digits(reader.file.path):
        numbers -= _with_underscore(connection, reader, numbers)
    while refused := _load(connection, reader, numbers):
        doubtful |= refused
        numbers -= refused
    return numbers | _tidy(connection, reader, numbers, doubtful)


def _with_zero(
    connection: duckdb.DuckDBPyConnection, reader: Reader, positions: Iterable[int]
) -> frozenset[int]:
    """Return the columns in which some cell begins with a zero and goes on with a digit."""
    return _in_file(
        connection,
        reader,
        positions,
        lambda column: f"bool_or(regexp_matches({column}, '^[ ]*0[0-9]'))",
    )


def _load(
    connection: duckdb.DuckDBPyConnection, reader: Reader, numbers: frozenset[int]
) -> frozenset[int]:
    """Load the file and return the columns that hold something else than numbers."""
    load = f"CREATE OR REPLACE TABLE data AS SELECT * FROM {reader.sql(numbers)}"
    try:
        connection.execute(load)
    except (duckdb.ConversionException, duckdb.InvalidInputException):
        if not numbers:
            raise
        # DuckDB could list every cell that it can't convert, but with its whole line each.
        return _not_numbers(connection, reader, numbers) or numbers
    # DuckDB also takes "nAn" for a number, and " NaN", which is missing.
    return _where(connection, numbers, "bool_or(isnan(cell))")


def _not_numbers(
    connection: duckdb.DuckDBPyConnection, reader: Reader, numbers: frozenset[int]
) -> frozenset[int]:
    return _in_file(
        connection,
        reader,
        numbers,
        lambda column: f"count(TRY_CAST({column} AS DOUBLE)) < count({column})",
    )


def _with_underscore(
    connection: duckdb.DuckDBPyConnection, reader: Reader, numbers: frozenset[int]
) -> frozenset[int]:
    """Return the columns with an underscore, which DuckDB would read over ("1_000")."""
    return _in_file(connection, reader, numbers, lambda column: f"bool_or(contains({column}, '_'))")


def _tidy(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    numbers: frozenset[int],
    doubtful: Iterable[int],
) -> frozenset[int]:
    """Trim texts, and convert what is a column of numbers after all.

    Returns
    -------
    frozenset of int
        Positions among the doubtful ones that are DOUBLE now.
    """
    texts = [n for n in range(reader.width) if n not in numbers]
    untidy = _where(connection, texts, f"bool_or({is_untidy('cell')})")
    text = trimmed("cell", reader.missing)
    pattern = literal(f"{NUMBER}|{INFINITE}")
    are_numbers = f"bool_and(regexp_full_match({text}, {pattern})) IS NOT false"
    converted = _where(connection, doubtful, are_numbers)
    values = dict.fromkeys(untidy, text) | dict.fromkeys(converted, f"CAST({text} AS DOUBLE)")
    replace_columns(connection, values, reader.width)
    return converted


def _where(
    connection: duckdb.DuckDBPyConnection, positions: Iterable[int], condition: str
) -> frozenset[int]:
    """Return the positions of the columns that an aggregate is true of."""
    found = by_column(connection, sorted(positions), condition)
    return frozenset(n for n, (holds,) in found.items() if holds)


def _in_file(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    positions: Iterable[int],
    condition: Callable[[str], str],
) -> frozenset[int]:
    """Return the same of the file, all columns as texts; it is read once for each batch."""
    found: set[int] = set()
    for batch in batches(sorted(positions), _COLUMNS_OF_FILE):
        aggregates = ", ".join(condition(f"c{n}") for n in batch)
        figures = one(connection, f"SELECT {aggregates} FROM {reader.sql()}")
        found.update(n for n, holds in zip(batch, figures, strict=True) if holds)
    return frozenset(found)
