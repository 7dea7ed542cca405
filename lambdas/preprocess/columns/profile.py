"""What each column holds, found by scanning the table once; columns that settings name."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from lambdas.preprocess.columns.cells import INFINITE, NUMBER, number, usable
from lambdas.preprocess.engine import by_column, literal, one, stacked
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

if TYPE_CHECKING:
    from lambdas.preprocess.read.loading import Table

_LARGEST_INTEGER = 2.0**53

MOST_COUNTED = 100_000  # rows up to which different values are counted, not estimated


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
    wanted = list(wanted)
    seen = f"count(cell), {_distinct(table.rows)}, min(cell) = max(cell)"
    numbers = [n for n in wanted if n in table.numbers]
    found = by_column(connection, numbers, f"{seen}, {_OF_NUMBERS}", _numbers)
    # What DuckDB takes for a number, which is a little more than we do.
    taken = f"{seen}, count(TRY_CAST(cell AS DOUBLE)), 0, 0, NULL, NULL, NULL, NULL"
    found |= by_column(connection, [n for n in wanted if n not in table.numbers], taken)
    columns = {n: _Column(*figures) for n, figures in found.items()}
    texts = [n for n in wanted if n not in table.numbers and columns[n].may_be_numbers]
    for n, figures in by_column(connection, texts, _OF_NUMBERS, _texts).items():
        columns[n] = _Column(*columns[n][:3], *figures)
    for n in wanted:
        yield _profile(n, table.columns[n], columns[n], table.rows)


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

    @property
    def may_be_numbers(self) -> bool:
        """Whether a column of texts is worth a closer look: the target's are often numbers."""
        return 0 < self.filled == self.numbers


_OF_NUMBERS = (
    "count(cell), count(number), coalesce(count_if(number = floor(number)), 0), min(number), "
    "max(number), avg(number), stddev_samp(number)"
)


def _numbers(positions: Sequence[int]) -> str:
    return f"(SELECT n, cell, {usable('cell')} AS number FROM {stacked(positions)})"


def _texts(positions: Sequence[int]) -> str:
    fits = f"regexp_full_match(cell, {literal(f'{NUMBER}|{INFINITE}')})"
    return (
        f"(SELECT n, CASE WHEN {fits} THEN cell END AS cell, {number('cell')} AS number "
        f"FROM {stacked(positions)})"
    )


def _distinct(rows: int) -> str:
    """Return what counts a column's different values.

    Hashes take the same memory however long the texts are; that two of 100,000 values have the same
    64 bits happens once in four thousand million columns.
    """
    if rows > MOST_COUNTED:
        return "approx_count_distinct(cell)"
    return "count(DISTINCT hash(cell)) FILTER (cell NOTNULL)"


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


def ignored_columns(
    profiles: Sequence[Profile], ignore: Sequence[str]
) -> tuple[frozenset[int], list[Finding]]:
    """Return the positions of the columns that the setting "ignore" names.

    Returns
    -------
    positions : frozenset of int
    findings : list of Finding
        One for each name; ``ColumnNotFound`` for what is not there.
    """
    positions, findings = named_columns(profiles, "ignore", ignore)
    for profile in profiles:
        if profile.position in positions:
            text = Message(
                "the column “{name}” is excluded: the setting “ignore” names it", name=profile.name
            )
            findings.append(Finding("IgnoredColumn", text, column=profile.name))
    return positions, findings


def named_columns(
    profiles: Sequence[Profile], setting: str, names: Iterable[str]
) -> tuple[frozenset[int], list[Finding]]:
    """Return the positions of the columns that a setting names, in whatever case.

    Returns
    -------
    positions : frozenset of int
    findings : list of Finding
        ``ColumnNotFound`` for each that is not there.
    """
    by_name = {profile.name: profile.position for profile in profiles}
    by_fold = {name.casefold(): name for name in reversed(by_name)}
    positions: set[int] = set()
    findings: list[Finding] = []
    for wanted in names:
        name = wanted if wanted in by_name else by_fold.get(wanted.casefold())
        if name is None:
            findings.append(_not_found(setting, wanted, list(by_name)))
        else:
            positions.add(by_name[name])
    return frozenset(positions), findings


def _not_found(setting: str, wanted: str, names: list[str]) -> Finding:
    text = Message(
        "“{setting}” names “{name}”, which is not a column", setting=setting, name=wanted
    )
    nearest = difflib.get_close_matches(wanted, names, n=1)
    if nearest:
        text = Message("{text}; did you mean “{nearest}”?", text=text, nearest=nearest[0])
    return Finding("ColumnNotFound", text)
