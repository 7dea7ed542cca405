"""Columns of dates as people write them: the patterns, decided by all rows, and their SQL.

The SQL is made of training/written_dates.py's constants.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import duckdb

from lambdas.preprocess.columns.cells import all_known
from lambdas.preprocess.columns.number_cells import folded, plain
from lambdas.preprocess.columns.profile import ColumnsRead, Profile, named_columns
from lambdas.preprocess.engine import by_column, literal, replace_columns, stacked
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.dataset import DatasetSettings
from training import written_dates as written
from training.written_dates import PATTERNS, DateForm, shape
from training.written_numbers import digest

_PART = {
    name: f"p{place}"
    for place, name in enumerate(
        ("%Y", "%y", "%m", "%b", "%d", "%H", "%I", "%M", "%S", "%f", "%p", "%z")
    )
}
_ANY = "|".join(f"(?:{shape(pattern).regex})" for pattern in PATTERNS)
_SAMPLED_ROWS = 5000
_FEWEST_CELLS = 10
_MOSTLY, _NEARLY_ALL = 0.5, 0.95
_KEPT_WORDS = 50


def moment(cell: str, pattern: str) -> str:
    """Return the SQL of a cell as TIMESTAMP in UTC; NULL where the pattern does not read it.

    Parameters
    ----------
    cell : str
        SQL of a text without blanks around it.
    """
    form = written.shape(pattern)
    names = ", ".join(literal(_PART[part]) for part in form.parts)
    whole = literal(f"^(?:{form.regex})$")
    found = f"regexp_extract({cell}, {whole}, [{names}])"
    fits = f"regexp_full_match({cell}, {literal(form.regex)})"
    # A list of one, so that the parts are taken once.
    return f"CASE WHEN {fits} THEN list_transform([{found}], lambda p: {_made(form.parts)})[1] END"


def _made(parts: tuple[str, ...]) -> str:
    day = f"p.{_PART['%d']}" if "%d" in parts else "'1'"
    day = f"{_year(parts)} || '-' || {_month(parts)} || '-' || {day}"
    if "%H" not in parts and "%I" not in parts:
        return f"TRY_CAST({day} AS TIMESTAMP)"
    minute, second, fraction = (_text(parts, part) for part in ("%M", "%S", "%f"))
    time = f"{_hour(parts)} || ':' || {minute} || ':' || {second} || '.' || {fraction}"
    made = f"TRY_CAST({day} || ' ' || {time} AS TIMESTAMP)"
    return f"{made} - to_minutes({_offset()})" if "%z" in parts else made


def _year(parts: tuple[str, ...]) -> str:
    if "%Y" in parts:
        return f"p.{_PART['%Y']}"
    short = f"p.{_PART['%y']}"
    return f"CASE WHEN CAST({short} AS INT) >= {written.PIVOT} THEN '19' ELSE '20' END || {short}"


def _month(parts: tuple[str, ...]) -> str:
    if "%m" in parts:
        return f"p.{_PART['%m']}"
    names = ", ".join(f"{literal(name)}: {number}" for name, number in written.MONTHS.items())
    return f"CAST(MAP {{{names}}}[lower(left(p.{_PART['%b']}, 3))] AS VARCHAR)"


def _text(parts: tuple[str, ...], part: str) -> str:
    return (
        f"CASE WHEN p.{_PART[part]} = '' THEN '0' ELSE p.{_PART[part]} END"
        if part in parts
        else "'0'"
    )


def _hour(parts: tuple[str, ...]) -> str:
    hour = f"CAST({_text(parts, '%H' if '%H' in parts else '%I')} AS INT)"
    if "%p" not in parts:
        return f"CAST({hour} AS VARCHAR)"
    half = f"p.{_PART['%p']}"
    later = f"CASE WHEN lower({half}) = 'p' THEN 12 ELSE 0 END"
    # An hour of 99 makes no time: "13:00 pm".
    noon = f"CASE WHEN {hour} BETWEEN 1 AND 12 THEN {hour} % 12 + {later} ELSE 99 END"
    return f"CAST(CASE WHEN {half} = '' THEN {hour} ELSE {noon} END AS VARCHAR)"


def _offset() -> str:
    zone = f"p.{_PART['%z']}"
    minutes = f"CAST(substr({zone}, 2, 2) AS INT) * 60 + CAST(right({zone}, 2) AS INT)"
    sign = f"CASE WHEN left({zone}, 1) = '-' THEN -1 ELSE 1 END"
    return f"CASE WHEN {zone} IN ('', 'Z', 'UTC', 'GMT') THEN 0 ELSE {sign} * ({minutes}) END"


def iso(moment_: str) -> str:
    """Return the SQL of `written.iso`."""
    day, time = "'%Y-%m-%d'", "'%Y-%m-%dT%H:%M:%S'"
    return (
        f"CASE WHEN {moment_} = date_trunc('day', {moment_}) THEN strftime({moment_}, {day}) "
        f"WHEN {moment_} = date_trunc('second', {moment_}) THEN strftime({moment_}, {time}) "
        f"ELSE strftime({moment_}, '%Y-%m-%dT%H:%M:%S.%f') END"
    )


@dataclass(frozen=True)
class DateColumn:
    """What a column of texts holds of dates.

    Parameters
    ----------
    filled, others : int
        Cells that are filled, and those of them that are not dates.
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
    """Write dates in ``data`` in ISO 8601; other cells become NULL, in ``strict`` they stay."""
    cells: dict[int, str] = {}
    for column in columns:
        # A list of one, so that the moment is found once.
        found = f"[{_moment(plain('cell'), column.patterns)}]"
        written = f"list_transform({found}, lambda m: {iso('m')})[1]"
        kept = column.position in strict
        cells[column.position] = f"coalesce({written}, cell)" if kept else written
    replace_columns(connection, cells, width)


def read_dates(
    connection: duckdb.DuckDBPyConnection,
    known: ColumnsRead,
    target: int,
    settings: DatasetSettings,
) -> ColumnsRead:
    """Write the dates of all columns in one form.

    Parameters
    ----------
    known : ColumnsRead
        The table, and what has been found.
    target : int
        Position of the column to predict, which is left as it is.
    """
    table, profiles = known.table, known.profiles
    asked, findings = _asked(profiles, settings)
    unused, _ = named_columns(profiles, "", [*settings.ignore, *settings.codes])
    excluded = table.numbers | unused | {target}
    texts = [each.position for each in profiles if each.filled and each.position not in excluded]
    found = find_date_columns(connection, texts, table.rows, asked)
    read = [column for column in found if column.is_date or column.position in asked]
    read = [column for column in read if column.patterns]
    for column in found:
        name = table.columns[column.position]
        findings += _remarks(column, name) if column in read else _not_read(column, name)
    time, _ = named_columns(profiles, "", [settings.time] if settings.time else [])
    convert_dates(connection, read, len(table.columns), time)
    table = replace(table, dates={column.position: column.form for column in read})
    return known.changed(connection, table, table.dates, findings)


def _asked(
    profiles: Sequence[Profile], settings: DatasetSettings
) -> tuple[Mapping[int, str], list[Finding]]:
    asked: dict[int, str] = {}
    findings: list[Finding] = []
    for name, pattern in settings.dates.items():
        positions, more = named_columns(profiles, "dates", [name])
        asked |= dict.fromkeys(positions, pattern)
        findings += more
    return asked, findings


def _remarks(column: DateColumn, name: str) -> Iterator[Finding]:
    text = Message(
        "the column “{name}” is read as dates, written as {patterns}",
        name=name,
        patterns=listed(column.patterns),
    )
    yield Finding("DateColumn", text, column=name)
    if column.others:
        yield _mixed(column, name, Message("such cells are treated as missing"))
    if column.is_mixed:
        text = Message(
            "some dates in “{name}” fit only with the day first and others only with the month "
            "first; those that fit both are read as {pattern}",
            name=name,
            pattern=column.patterns[0],
        )
        yield Finding("DatesAmbiguous", text, column=name)
    elif column.is_open:
        text = Message(
            "the dates in “{name}” fit with the day first and with the month first; they are read "
            "as {pattern}",
            name=name,
            pattern=column.patterns[0],
        )
        yield Finding("DatesAmbiguous", text, column=name)


def _not_read(column: DateColumn, name: str) -> Iterator[Finding]:
    if column.patterns and column.others:
        yield _mixed(column, name, Message("the column is taken as categories"))


def _mixed(column: DateColumn, name: str, taken: Message) -> Finding:
    text = Message(
        "{count} cell of the column “{name}” is not a date, as the others are; {taken} "
        "(row {rows})",
        "{count} cells of the column “{name}” are not dates, as the others are; {taken} (the "
        "first is in row {rows})",
        count=column.others,
        name=name,
        taken=taken,
        rows=listed([column.first_other or 0]),
    )
    return Finding("MixedTypes", text, column=name, row=column.first_other)
