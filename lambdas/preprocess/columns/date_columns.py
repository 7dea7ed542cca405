"""Columns of dates: the patterns in which each is written, decided by all of its rows."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import duckdb

from lambdas.preprocess.columns.date_cells import iso, moment
from lambdas.preprocess.columns.number_cells import folded, plain
from lambdas.preprocess.columns.number_words import all_known
from lambdas.preprocess.columns.replacing import replace_columns
from lambdas.preprocess.columns.stacked import by_column, stacked
from lambdas.preprocess.engine import literal
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

    def sampled(batch: Sequence[int]) -> str:
        return _plain(stacked(batch, f"rowid % {step} = 0"))

    share = f"count(cell), count_if(regexp_full_match(cell, {literal(_ANY)}))"
    shares = by_column(connection, positions, share, sampled)
    likely = [n for n, (filled, dates) in shares.items()
              if n in asked or (dates and dates >= _MOSTLY * filled)]  # fmt: skip
    fits = ", ".join(
        f"bool_or(regexp_full_match(cell, {literal(shape(pattern).regex)}))" for pattern in PATTERNS
    )
    seen = by_column(connection, [n for n in likely if n not in asked], fits, sampled)
    filled = by_column(connection, likely, "count(cell)")
    searches = {
        n: _Search(
            filled=filled[n][0],
            unread=filled[n][0],
            candidates=(asked[n],)
            if n in asked
            else tuple(pattern for pattern, fit in zip(PATTERNS, seen[n], strict=True) if fit),
            wanted=asked.get(n),
        )
        for n in likely
    }
    _search(connection, searches)
    found = {n: search.column(n) for n, search in searches.items()}
    others = {n: column.patterns for n, column in found.items() if column.others}
    words = f"approx_top_k({folded('cell')}, {_KEPT_WORDS + 1}), sheet_row(min(id))"
    for n, (most, first) in _of_unread(connection, others, words).items():
        found[n] = replace(found[n], words=tuple(sorted(most or ())), first_other=first)
    return _by_the_others(list(found.values()))


def _plain(source: str) -> str:
    return f"(SELECT id, n, {plain('cell')} AS cell FROM {source})"


@dataclass
class _Search:
    """For the patterns of a column: those chosen read all but ``unread`` of its filled cells."""

    filled: int
    unread: int
    candidates: tuple[str, ...]
    wanted: str | None
    chosen: tuple[str, ...] = ()
    is_open: bool = False

    def choose(self, counts: Mapping[str, int]) -> None:
        """Take the pattern that reads most of the unread cells; without any, try all, or end."""
        best = max(self.candidates, key=lambda pattern: counts[pattern])  # the first of equal ones
        if not counts[best]:
            is_last = self.wanted or self.candidates == PATTERNS
            self.candidates = () if is_last else PATTERNS
            return
        self.is_open = self.is_open or counts.get(_twin(best), 0) == counts[best]
        self.chosen += (best,)
        self.unread -= counts[best]
        left = tuple(pattern for pattern in self.candidates if pattern != best)
        self.candidates = left if self.wanted else left or PATTERNS

    def column(self, position: int) -> DateColumn:
        is_mixed = any(_twin(pattern) in self.chosen for pattern in self.chosen)
        is_open = self.is_open and not self.wanted
        return DateColumn(position, self.filled, self.unread, self.chosen, is_open, is_mixed)


def _search(connection: duckdb.DuckDBPyConnection, searches: Mapping[int, _Search]) -> None:
    """Choose patterns for all columns; those that are as far as each other are counted together."""
    while going := {n: each for n, each in searches.items() if each.unread and each.candidates}:
        for candidates in {each.candidates for each in going.values()}:
            alike = {n: each.chosen for n, each in going.items() if each.candidates == candidates}
            figures = ", ".join(f"count({moment('cell', pattern)})" for pattern in candidates)
            for n, counts in _of_unread(connection, alike, figures).items():
                going[n].choose(dict(zip(candidates, counts, strict=True)))


def _of_unread(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[int, tuple[str, ...]], figures: str
) -> dict[int, tuple[Any, ...]]:
    """Return figures of the cells that a column's patterns do not read."""
    found: dict[int, tuple[Any, ...]] = {}
    for patterns in set(columns.values()):
        positions = [n for n, own in columns.items() if own == patterns]
        found |= by_column(connection, positions, figures, partial(_unread, patterns))
    return found


def _unread(patterns: Sequence[str], positions: Sequence[int]) -> str:
    unread = f"({_moment('cell', patterns)}) IS NULL" if patterns else "true"
    cells = _plain(stacked(positions))
    return f"(SELECT * FROM {cells} WHERE cell IS NOT NULL AND {unread})"


def _moment(cell: str, patterns: Sequence[str]) -> str:
    return f"coalesce({', '.join(moment(cell, pattern) for pattern in patterns)})"


def _twin(pattern: str) -> str:
    """Return the pattern with day and month in each other's place, if there are both in figures."""
    if "%d" not in pattern or "%m" not in pattern:
        return ""
    return pattern.replace("%d", "%%").replace("%m", "%d").replace("%%", "%m")


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
    cells: dict[int, str] = {}
    for column in columns:
        # A list of one, so that the moment is found once.
        found = f"[{_moment(plain('cell'), column.patterns)}]"
        written = f"list_transform({found}, lambda m: {iso('m')})[1]"
        kept = column.position in strict
        cells[column.position] = f"coalesce({written}, cell)" if kept else written
    replace_columns(connection, cells, width)
