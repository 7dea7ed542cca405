"""What each column holds, found by scanning the table once; columns that settings name."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from lambdas.preprocess.columns.cells import INFINITE, NUMBER, number, usable
from lambdas.preprocess.engine import by_column, literal, one, stacked
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

if TYPE_CHECKING:
    from lambdas.preprocess.read.loading import Table

_LARGEST_INTEGER = 2.0**53

MOST_COUNTED = 100_000  # rows up to which different values are counted, not estimated
_OF_NUMBERS = (
    "count(cell), count(number), coalesce(count_if(number = floor(number)), 0), min(number), "
    "max(number), avg(number), stddev_samp(number)"
)


@dataclass(frozen=True)
class Profile:
    """Figures of one column.

    Parameters
    ----------
    is_distinct_exact : bool
        Whether different values were counted; in files of more than `MOST_COUNTED` rows they are
        estimated.
    filled, distinct : int
        Cells that are not missing, and how many different values these have.
    constant : bool or None
        Whether all filled cells are equal; None without any.
    numbers, usable, whole : int
        Cells that are numbers, infinite and overlarge ones included; those that training can
        compute with; those of the latter that are integers.
    minimum, maximum, mean, deviation : float or None
        Of the usable numbers; None without any. The deviation is the sample's, None for one number.
    """

    position: int
    name: str
    is_distinct_exact: bool
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
    def is_numeric(self) -> bool:
        """Whether every filled cell is a number, and some number is usable."""
        return 0 < self.filled == self.numbers and self.usable > 0

    @property
    def unusable_numbers(self) -> int:
        """Infinite or overlarge numbers; they count as missing in a numeric feature."""
        return self.numbers - self.usable

    @property
    def is_whole(self) -> bool:
        """Whether every number is an integer."""
        return 0 < self.usable == self.whole

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
    wanted = range(len(table.columns)) if only is None else list(only)
    seen = f"count(cell), {_distinct(table.rows)}, min(cell) = max(cell)"
    numbers = [n for n in wanted if n in table.numbers]
    found = by_column(connection, numbers, f"{seen}, {_OF_NUMBERS}", _numbers)
    # What DuckDB takes for a number, which is a little more than we do.
    taken = f"{seen}, count(TRY_CAST(cell AS DOUBLE)), 0, 0, NULL, NULL, NULL, NULL"
    found |= by_column(connection, [n for n in wanted if n not in table.numbers], taken)
    # Columns of texts that may be numbers, as the target's often are.
    texts = [n for n in wanted if n not in table.numbers and 0 < found[n][0] == found[n][3]]
    for n, figures in by_column(connection, texts, _OF_NUMBERS, _texts).items():
        found[n] = (*found[n][:3], *figures)
    is_exact = table.rows <= MOST_COUNTED
    return [Profile(n, table.columns[n], is_exact, *found[n]) for n in wanted]


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


def distinct_count(connection: duckdb.DuckDBPyConnection, position: int) -> int:
    """Count a column's different values exactly."""
    (count,) = one(connection, f"SELECT count(DISTINCT c{position}) FROM data")
    return int(count)


@dataclass(frozen=True)
class ColumnsRead:
    """The table as its columns are read, one kind after another, and what was found."""

    table: Table
    profiles: list[Profile]
    findings: list[Finding]

    def changed(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        positions: Iterable[int],
        findings: Sequence[Finding],
    ) -> ColumnsRead:
        """Return it with another table, columns of which are profiled again, and more findings."""
        again = {new.position: new for new in profile(connection, table, sorted(positions))}
        profiles = [again.get(old.position, old) for old in self.profiles]
        return ColumnsRead(table, profiles, [*self.findings, *findings])


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
            findings.append(column_not_found(setting, wanted, list(by_name)))
        else:
            positions.add(by_name[name])
    return frozenset(positions), findings


def column_not_found(setting: str, wanted: str, names: list[str]) -> Finding:
    """Return what is wrong with a setting that names a column there is not."""
    text = Message(
        "“{setting}” names “{name}”, which is not a column", setting=setting, name=wanted
    )
    nearest = difflib.get_close_matches(wanted, names, n=1)
    if nearest:
        text = Message("{text}; did you mean “{nearest}”?", text=text, nearest=nearest[0])
    return Finding("ColumnNotFound", text)
