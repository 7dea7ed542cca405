"""Bring a CSV into DuckDB: columns of numbers as DOUBLE, all others as trimmed texts.

Which columns hold numbers is guessed from the first rows, so that DuckDB converts each cell once
while it parses. The parser itself names the columns in which the guess was wrong for any row;
these are read as texts instead. The outcome is exact and does not depend on the guess.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Callable, Iterable

import duckdb

from lambdas.preprocess.cells import INFINITE, NUMBER, is_untidy, trimmed
from lambdas.preprocess.engine import batches, literal, one
from lambdas.preprocess.odd_digits import has_grouped_digits, has_zeros_in_front
from lambdas.preprocess.reader import Reader
from lambdas.preprocess.replacing import replace_columns
from lambdas.preprocess.sampling import Sample

_COLUMNS_OF_TABLE, _COLUMNS_OF_FILE = 100, 1_000  # of a query


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
    return _where(
        connection,
        sorted(positions),
        lambda column: f"bool_or(regexp_matches({column}, '^[ ]*0[0-9]'))",
        reader.sql(),
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
    return _where(connection, sorted(numbers), lambda column: f"bool_or(isnan({column}))")


def _not_numbers(
    connection: duckdb.DuckDBPyConnection, reader: Reader, numbers: frozenset[int]
) -> frozenset[int]:
    return _where(
        connection,
        sorted(numbers),
        lambda column: f"count(TRY_CAST({column} AS DOUBLE)) < count({column})",
        reader.sql(),
    )


def _with_underscore(
    connection: duckdb.DuckDBPyConnection, reader: Reader, numbers: frozenset[int]
) -> frozenset[int]:
    """Return the columns with an underscore, which DuckDB would read over ("1_000")."""
    return _where(
        connection,
        sorted(numbers),
        lambda column: f"bool_or(contains({column}, '_'))",
        reader.sql(),
    )


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
    untidy = _where(connection, texts, lambda column: f"bool_or({is_untidy(column)})")
    converted = _where(connection, sorted(doubtful), lambda column: _are_numbers(column, reader))
    values = {n: trimmed(f"c{n}", reader.missing) for n in sorted(untidy | converted)}
    values |= {n: f"CAST({values[n]} AS DOUBLE)" for n in converted}
    replace_columns(connection, values, reader.width)
    return converted


def _are_numbers(column: str, reader: Reader) -> str:
    """Return the SQL that tells whether all filled cells of a column of texts are numbers."""
    text, pattern = trimmed(column, reader.missing), literal(f"{NUMBER}|{INFINITE}")
    return f"bool_and(regexp_full_match({text}, {pattern})) IS NOT false"


def _where(
    connection: duckdb.DuckDBPyConnection,
    positions: Iterable[int],
    condition: Callable[[str], str],
    source: str = "data",
) -> frozenset[int]:
    """Return the positions of the columns that an aggregate is true of."""
    found: set[int] = set()
    # A file is read once for each batch, a table once in all.
    for batch in batches(positions, _COLUMNS_OF_TABLE if source == "data" else _COLUMNS_OF_FILE):
        aggregates = ", ".join(condition(f"c{n}") for n in batch)
        figures = one(connection, f"SELECT {aggregates} FROM {source}")
        found.update(n for n, holds in zip(batch, figures, strict=True) if holds)
    return frozenset(found)
