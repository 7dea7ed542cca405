"""Bring a CSV into DuckDB: columns of numbers as DOUBLE, all others as trimmed texts.

Which columns hold numbers is guessed from the first rows, so that DuckDB converts each cell once
while it parses. The parser itself names the columns in which the guess was wrong for any row;
these are read as texts instead. The outcome is exact and does not depend on the guess.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from lambdas.preprocess.cells import (
    INFINITE,
    MISSING,
    NUMBER,
    is_number,
    is_untidy,
    missing_sql,
    trimmed,
)
from lambdas.preprocess.dialect import Style
from lambdas.preprocess.engine import batches, literal, one
from lambdas.preprocess.grouped_digits import has_grouped_digits
from lambdas.preprocess.replacing import replace_columns
from lambdas.preprocess.table_file import TableFile
from training.written_numbers import BLANK

_USUAL_ROW_BYTES = 2_000_000  # DuckDB's own limit
_SAMPLED_CELLS = 50_000
_FEWEST_SAMPLED_ROWS = 20
_MOST_SAMPLED_ROWS = 2_000
_FEWEST_DIGITS = 3  # of numbers that may be codes because they all have as many
_CENTURIES, _YEAR_DIGITS = ("18", "19", "20", "21"), 4  # years are no codes
_COLUMNS_OF_TABLE, _COLUMNS_OF_FILE = 100, 1_000  # of a query


@dataclass(frozen=True)
class Reader:
    """How DuckDB is to read the file.

    Parameters
    ----------
    file : TableFile
    style : Style
    width : int
        Number of columns.
    longest : int
        Bytes of the longest row; DuckDB reads a multiple of it at once.
    missing : tuple of str
        Spellings of "no value".
    """

    file: TableFile
    style: Style
    width: int
    longest: int = 0
    missing: tuple[str, ...] = MISSING

    def sql(self, numbers: frozenset[int] = frozenset()) -> str:
        """Return the FROM clause.

        Parameters
        ----------
        numbers : frozenset of int
            Positions of the columns that come as DOUBLE.
        """
        types = ", ".join(
            f"'c{n}': '{'DOUBLE' if n in numbers else 'VARCHAR'}'" for n in range(self.width)
        )
        return (
            f"read_csv({literal(str(self.file.path))}, columns = {{{types}}}, "
            f"auto_detect = false, header = false, skip = {self.file.skip}, "
            f"delim = {literal(self.style.delimiter)}, quote = {literal(self.style.quote)}, "
            f"escape = {literal(self.style.escape)}, "
            f"nullstr = [{missing_sql(self.missing)}], null_padding = false, "
            f"max_line_size = {max(_USUAL_ROW_BYTES, self.longest + 1)})"
        )


@dataclass
class Sample:
    """What the first rows show of each column.

    Parameters
    ----------
    numbers : set of int
        Positions where every filled cell is a number, also if none is filled.
    filled : set of int
        Positions with a filled cell.
    doubtful : set of int
        Positions among the numbers that DuckDB can't convert by itself: "missing" is spelled there
        with blanks around it.
    codes : set of int
        Positions where all is digits, and some begin with a zero: 00501 is not 501.
    fixed : set of int
        Positions where all is digits, as many in each cell, so that others may begin with a zero.
    """

    numbers: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    codes: set[int] = field(default_factory=set)
    fixed: set[int] = field(default_factory=set)


def sample(connection: duckdb.DuckDBPyConnection, reader: Reader) -> Sample:
    """Look at the first rows: as many as show the types, few if the table is wide."""
    rows = max(_FEWEST_SAMPLED_ROWS, min(_MOST_SAMPLED_ROWS, _SAMPLED_CELLS // reader.width))
    cells = connection.execute(f"SELECT * FROM {reader.sql()} LIMIT {rows}").fetchall()
    found = Sample()
    for position, column in enumerate(zip(*cells, strict=True)):
        texts = [cell.strip(BLANK) for cell in column if cell is not None]
        filled = [text for text in texts if text not in reader.missing]
        if filled:
            found.filled.add(position)
        if all(is_number(text) for text in filled):
            found.numbers.add(position)
            if len(filled) < len(texts):
                found.doubtful.add(position)
            _look_for_codes(found, position, filled)
    return found


def _look_for_codes(found: Sample, position: int, filled: Sequence[str]) -> None:
    if not filled or not all(text.isdecimal() for text in filled):
        return
    if any(len(text) > 1 and text[0] == "0" for text in filled):
        found.codes.add(position)
    elif len(set(map(len, filled))) == 1 and len(filled[0]) >= _FEWEST_DIGITS:
        are_years = all(text[:2] in _CENTURIES and len(text) == _YEAR_DIGITS for text in filled)
        found.fixed |= set() if are_years else {position}


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
    kept |= _with_zero(connection, reader, seen.fixed - kept)
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
