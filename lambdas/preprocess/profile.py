"""What each column holds, found by scanning the table once."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.reading import Table

# A number as training and serving read it. DuckDB alone would also take "1_000" and "inf".
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
INFINITE = r"(?i)[+-]?inf(inity)?"
# Forests compute in 32-bit floats; a larger number would end training.
LARGEST_NUMBER = 3.0e38
_COLUMNS_PER_QUERY = 100


@dataclass(frozen=True)
class Profile:
    """Figures of one column.

    Parameters
    ----------
    position : int
    name : str
    filled : int
        Cells that are not missing.
    distinct : int
        Different values, estimated (HyperLogLog) above some hundred.
    is_numeric : bool
        Whether every filled cell is a number, infinities and overlarge ones included.
    unusable_numbers : int
        Infinite or overlarge numbers; they count as missing in a numeric feature.
    is_whole : bool
        Whether every number is an integer.
    is_constant : bool
    """

    position: int
    name: str
    filled: int
    distinct: int
    is_numeric: bool
    unusable_numbers: int
    is_whole: bool
    is_constant: bool


def number(column: str) -> str:
    """Return the SQL of a column as DOUBLE, NULL where it is no usable number."""
    value = f"TRY_CAST({column} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({column}, '{NUMBER}') AND abs({value}) <= {LARGEST_NUMBER} "
        f"THEN {value} END"
    )


def profile(connection: duckdb.DuckDBPyConnection, table: Table) -> list[Profile]:
    """Profile every column, by position."""
    return list(_profiles(connection, table))


def _profiles(connection: duckdb.DuckDBPyConnection, table: Table) -> Iterator[Profile]:
    for start in range(0, len(table.columns), _COLUMNS_PER_QUERY):
        positions = range(start, min(start + _COLUMNS_PER_QUERY, len(table.columns)))
        aggregates = ", ".join(_aggregates(f"c{position}") for position in positions)
        figures = connection.execute(f"SELECT {aggregates} FROM data").fetchone() or ()
        for index, position in enumerate(positions):
            filled, distinct, numbers, usable, whole, constant = figures[index * 6 : index * 6 + 6]
            yield Profile(
                position=position,
                name=table.columns[position],
                filled=filled,
                distinct=distinct,
                is_numeric=filled > 0 and numbers == filled and usable > 0,
                unusable_numbers=numbers - usable,
                is_whole=usable > 0 and whole == usable,
                is_constant=bool(constant),
            )


def _aggregates(column: str) -> str:
    value = number(column)
    return (
        f"count({column}), approx_count_distinct({column}), "
        f"coalesce(count_if(regexp_full_match({column}, '{NUMBER}|{INFINITE}')), 0), "
        f"count({value}), coalesce(count_if({value} = floor({value})), 0), "
        f"min({column}) = max({column})"
    )


def distinct_count(connection: duckdb.DuckDBPyConnection, position: int) -> int:
    """Count a column's different values exactly."""
    query = f"SELECT count(DISTINCT c{position}) FROM data"
    (count,) = connection.execute(query).fetchone() or (0,)
    return int(count)
