"""What each column holds, found by scanning the table once."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import duckdb

from lambdas.preprocess.cells import INFINITE, NUMBER, number, usable
from lambdas.preprocess.engine import batches, literal, one
from lambdas.preprocess.reading import Table

_LARGEST_INTEGER = 2.0**53

MOST_COUNTED = 100_000  # rows up to which different values are counted, not estimated
_MOST_LISTED = 5_000


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
        Different values.
    is_distinct_exact : bool
        Whether they were counted; in files of more than `MOST_COUNTED` rows they are estimated.
    numbers : int
        Cells that are numbers, infinite and overlarge ones included.
    is_numeric : bool
        Whether every filled cell is a number, infinities and overlarge ones included.
    unusable_numbers : int
        Infinite or overlarge numbers; they count as missing in a numeric feature.
    is_whole : bool
        Whether every number is an integer.
    is_constant : bool
    minimum, maximum, mean, deviation : float or None
        Of the usable numbers; None without any. The deviation is the sample's, None for one number.
    """

    position: int
    name: str
    filled: int
    distinct: int
    is_distinct_exact: bool
    numbers: int
    is_numeric: bool
    unusable_numbers: int
    is_whole: bool
    is_constant: bool
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None

    @property
    def is_integer(self) -> bool:
        """Whether every number is an integer that a 64-bit float holds exactly."""
        if not self.is_whole or self.minimum is None or self.maximum is None:
            return False
        return self.minimum >= -_LARGEST_INTEGER and self.maximum <= _LARGEST_INTEGER


def profile(
    connection: duckdb.DuckDBPyConnection, table: Table, only: Iterable[int] | None = None
) -> list[Profile]:
    """Profile every column, or only some, by position."""
    return list(_profiles(connection, table, range(len(table.columns)) if only is None else only))


def _profiles(
    connection: duckdb.DuckDBPyConnection, table: Table, wanted: Iterable[int]
) -> Iterator[Profile]:
    for positions in batches(wanted):
        figures = iter(one(connection, _query(positions, table)))
        for position in positions:
            column = _Column(*islice(figures, len(_Column._fields)))
            if position not in table.numbers:
                column = column._replace(**_as_numbers(connection, position, column))
            yield _profile(position, table.columns[position], column, table.rows)


class _Column(NamedTuple):
    """Figures of a column as the query gives them."""

    filled: int
    distinct: int
    constant: bool | None
    numbers: int
    usable: int
    whole: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    deviation: float | None


_OF_NUMBERS = (
    "count({0}), count({1}), coalesce(count_if({1} = floor({1})), 0), min({1}), max({1}), "
    "avg({1}), stddev_samp({1})"
)


def _query(positions: Sequence[int], table: Table) -> str:
    parts, columns = [], []
    for position in positions:
        column = f"c{position}"
        columns.append(column)
        parts.append(f"count({column}), {_distinct(column, table)}, min({column})=max({column})")
        if position in table.numbers:
            columns.append(f"{usable(column)} AS u{position}")  # once, as planning takes long
            parts.append(_OF_NUMBERS.format(column, f"u{position}"))
        else:
            # What DuckDB takes for a number, which is a little more than we do.
            parts.append(f"count(TRY_CAST({column} AS DOUBLE)), 0, 0, NULL, NULL, NULL, NULL")
    return f"SELECT {', '.join(parts)} FROM (SELECT {', '.join(columns)} FROM data)"


def _distinct(column: str, table: Table) -> str:
    """Return what counts a column's different values.

    DuckDB's own ``count(DISTINCT)`` takes several times as long: on few rows for each column, on
    many for each row. Hashes take the same memory however long the texts are; that two of 100,000
    values have the same 64 bits happens once in four thousand million columns.
    """
    if table.rows > MOST_COUNTED:
        return f"approx_count_distinct({column})"
    if table.rows > _MOST_LISTED:
        return f"(SELECT count(*) FROM (SELECT DISTINCT {column} FROM data) WHERE {column} NOTNULL)"
    return f"coalesce(list_unique(list(hash({column})) FILTER ({column} NOTNULL)), 0)"


def _as_numbers(
    connection: duckdb.DuckDBPyConnection, position: int, column: _Column
) -> dict[str, Any]:
    """Look closer at a column of texts that may all be numbers, as the target's often are."""
    if column.numbers < column.filled or not column.filled:
        return {}
    name = f"c{position}"
    pattern = literal(f"{NUMBER}|{INFINITE}")
    numbers = f"CASE WHEN regexp_full_match({name}, {pattern}) THEN {name} END"
    query = f"SELECT {_OF_NUMBERS.format(numbers, number(name))} FROM data"
    return dict(zip(_Column._fields[3:], one(connection, query), strict=True))


def _profile(position: int, name: str, column: _Column, rows: int) -> Profile:
    return Profile(
        position=position,
        name=name,
        filled=column.filled,
        distinct=column.distinct,
        is_distinct_exact=rows <= MOST_COUNTED,
        numbers=column.numbers,
        is_numeric=0 < column.filled == column.numbers and column.usable > 0,
        unusable_numbers=column.numbers - column.usable,
        is_whole=0 < column.usable == column.whole,
        is_constant=bool(column.constant),
        minimum=column.minimum,
        maximum=column.maximum,
        mean=column.mean,
        deviation=column.deviation,
    )


def distinct_count(connection: duckdb.DuckDBPyConnection, position: int) -> int:
    """Count a column's different values exactly."""
    query = f"SELECT count(DISTINCT c{position}) FROM data"
    (count,) = one(connection, query)
    return int(count)
