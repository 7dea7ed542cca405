"""Columns of dates: the patterns in which each is written, decided by all of its rows."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from lambdas.preprocess.date_cells import iso, moment
from lambdas.preprocess.engine import batches, literal, one
from lambdas.preprocess.number_cells import folded, plain
from lambdas.preprocess.number_words import all_known
from lambdas.preprocess.replacing import replace_columns
from training.written_dates import PATTERNS, DateForm, shape
from training.written_numbers import digest

_ANY = "|".join(f"(?:{shape(pattern).regex})" for pattern in PATTERNS)
_SAMPLED_ROWS = 5000
_FEWEST_CELLS = 10
_MOSTLY, _NEARLY_ALL = 0.5, 0.95
_KEPT_WORDS = 50


@dataclass(frozen=True)
class DateColumn:
    """What a column of texts holds of dates.

    Parameters
    ----------
    position : int
    filled, others : int
        Cells that are filled, and those of them that are no dates.
    patterns : tuple of str
        Those that read cells, the most frequent first.
    is_open : bool
        Whether every date could have the month first as well as the day.
    is_mixed : bool
        Whether some dates can only have the month first, others only the day.
    words : tuple of str
        The most frequent other cells, folded.
    first_other : int or None
        Row, as a spreadsheet counts.
    """

    position: int
    filled: int
    others: int
    patterns: tuple[str, ...]
    is_open: bool
    is_mixed: bool
    words: tuple[str, ...] = ()
    first_other: int | None = None

    @property
    def is_date(self) -> bool:
        """Whether a person would say that it holds dates."""
        if self.filled < _FEWEST_CELLS or not self.patterns:
            return False
        read = self.filled - self.others
        known = self.others and all_known(self.words) and read >= _MOSTLY * self.filled
        return bool(known) or read >= _NEARLY_ALL * self.filled

    @property
    def form(self) -> DateForm:
        """What training and serving need to know."""
        words = self.words if len(self.words) <= _KEPT_WORDS else ()
        return DateForm(self.patterns, tuple(digest(word) for word in words))


def find_date_columns(
    connection: duckdb.DuckDBPyConnection,
    positions: Iterable[int],
    rows: int,
    asked: Mapping[int, str],
) -> list[DateColumn]:
    """Return the columns many of whose cells are dates.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    positions : iterable of int
        Columns of texts.
    rows : int
        Of the table.
    asked : mapping of int to str
        Patterns that the settings name, by position.
    """
    step = max(1, rows // _SAMPLED_ROWS)
    likely: list[int] = []
    for batch in batches(positions):
        figures = ", ".join(
            f"count(c{n}), count_if(regexp_full_match({plain(f'c{n}')}, {literal(_ANY)}))"
            for n in batch
        )
        counts = iter(one(connection, f"SELECT {figures} FROM data WHERE rowid % {step} = 0"))
        shares = {n: (next(counts), next(counts)) for n in batch}
        likely += [n for n, (filled, dates) in shares.items()
                   if n in asked or (dates and dates >= _MOSTLY * filled)]  # fmt: skip
    found = [_column(connection, n, step, asked.get(n)) for n in likely]
    return _by_the_others(found)


def _column(
    connection: duckdb.DuckDBPyConnection, position: int, step: int, wanted: str | None
) -> DateColumn:
    column = f"c{position}"
    (filled,) = one(connection, f"SELECT count({column}) FROM data")
    chosen: list[str] = []
    is_open, unread = False, filled
    candidates = [wanted] if wanted else _seen(connection, column, step)
    while unread and candidates:
        counts = _counts(connection, column, candidates, chosen)
        best = max(candidates, key=lambda pattern: counts[pattern])  # the first of equal ones
        if not counts[best]:
            if wanted or candidates == list(PATTERNS):
                break
            candidates = list(PATTERNS)
            continue
        is_open = is_open or counts.get(_twin(best), 0) == counts[best]
        chosen.append(best)
        unread -= counts[best]
        candidates = [pattern for pattern in candidates if pattern != best]
        candidates = candidates if wanted else candidates or list(PATTERNS)
    is_mixed = any(_twin(pattern) in chosen for pattern in chosen)
    made = DateColumn(position, filled, unread, tuple(chosen), is_open and not wanted, is_mixed)
    return _with_words(connection, made) if unread else made


def _seen(connection: duckdb.DuckDBPyConnection, column: str, step: int) -> list[str]:
    """Return the patterns that fit some cell of the sample."""
    fits = ", ".join(
        f"bool_or(regexp_full_match({plain(column)}, {literal(shape(pattern).regex)}))"
        for pattern in PATTERNS
    )
    found = one(connection, f"SELECT {fits} FROM data WHERE rowid % {step} = 0")
    return [pattern for pattern, fit in zip(PATTERNS, found, strict=True) if fit]


def _counts(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    candidates: Sequence[str],
    chosen: Sequence[str],
) -> dict[str, int]:
    """Count the cells that each pattern reads and none of the chosen ones does."""
    figures = ", ".join(f"count({moment('cell', pattern)})" for pattern in candidates)
    unread = f"({_moment('cell', chosen)}) IS NULL" if chosen else "true"
    source = f"(SELECT {plain(column)} AS cell FROM data WHERE {column} IS NOT NULL)"
    found = one(connection, f"SELECT {figures} FROM {source} WHERE {unread}")
    return dict(zip(candidates, found, strict=True))


def _moment(cell: str, patterns: Sequence[str]) -> str:
    return f"coalesce({', '.join(moment(cell, pattern) for pattern in patterns)})"


def _twin(pattern: str) -> str:
    """Return the pattern with day and month in each other's place, if there are both in figures."""
    if "%d" not in pattern or "%m" not in pattern:
        return ""
    return pattern.replace("%d", "%%").replace("%m", "%d").replace("%%", "%m")


def _with_words(connection: duckdb.DuckDBPyConnection, column: DateColumn) -> DateColumn:
    cell = f"c{column.position}"
    unread = f"({_moment('cell', column.patterns)}) IS NULL" if column.patterns else "true"
    words, first = one(
        connection,
        f"SELECT approx_top_k({folded('cell')}, {_KEPT_WORDS + 1}), sheet_row(min(id)) FROM "
        f"(SELECT rowid AS id, {plain(cell)} AS cell FROM data WHERE {cell} IS NOT NULL) "
        f"WHERE {unread}",
    )
    return replace(column, words=tuple(sorted(words or ())), first_other=first)


def _by_the_others(columns: Sequence[DateColumn]) -> list[DateColumn]:
    """Read what is open in one column as other columns show it."""
    clear = [column for column in columns if column.is_date and not column.is_open]
    first = {_order(pattern) for column in clear for pattern in column.patterns} - {None}
    if first != {"month"}:
        return list(columns)
    return [
        replace(column, patterns=tuple(map(_month_first, column.patterns)))
        if column.is_open and not column.is_mixed
        else column
        for column in columns
    ]


def _order(pattern: str) -> str | None:
    return {"%d": "day", "%m": "month"}.get(pattern[:2]) if _twin(pattern) in PATTERNS else None


def _month_first(pattern: str) -> str:
    return _twin(pattern) if _order(pattern) == "day" else pattern


def convert_dates(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[DateColumn],
    width: int,
    strict: frozenset[int],
) -> None:
    """Write dates in ``data`` in ISO 8601; what is none becomes NULL, in ``strict`` it stays."""
    by_position = {column.position: column for column in columns}
    replace_columns(
        connection,
        {
            n: f"coalesce({iso(f'm{n}')}, c{n})" if n in strict else iso(f"m{n}")
            for n in by_position
        },
        width,
        lambda batch: f"(SELECT *, {_moments(batch, by_position)} FROM data)",
    )


def _moments(positions: Sequence[int], columns: Mapping[int, DateColumn]) -> str:
    return ", ".join(f"{_moment(plain(f'c{n}'), columns[n].patterns)} AS m{n}" for n in positions)
