"""Read a CSV file into a table of numbers and trimmed texts, with missing cells as NULL.

Which columns hold numbers is guessed from the first rows, so that DuckDB converts each cell once
while it parses. The parser itself names the columns in which the guess was wrong for any row;
these are read as texts instead. The outcome is exact and does not depend on the guess.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from lambdas.preprocess.columns.cells import (
    INFINITE,
    MISSING,
    NUMBER,
    PhoneFigures,
    are_phones,
    is_number,
    is_untidy,
    missing_sql,
    trimmed,
)
from lambdas.preprocess.columns.target import likely_target
from lambdas.preprocess.engine import batches, by_column, literal, one, replace_columns
from lambdas.preprocess.read.dialect import Style
from lambdas.preprocess.read.header import name_columns
from lambdas.preprocess.read.records import Records
from lambdas.preprocess.read.source import SourceFile, TableFile
from lambdas.shared.failures.errors import DataError, HeaderOnly, UnreadableFile, data_error
from lambdas.shared.findings.finding import Finding, errors_of
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings
from training.written_dates import DateForm
from training.written_numbers import AMBIGUOUS, BLANK, ENDS_IN_COMMA_DECIMALS, NumberForm, parts
from training.written_words import WordForm

_USUAL_ROW_BYTES = 2_000_000  # DuckDB's own limit
_SAMPLED_CELLS = 50_000
_FEWEST_SAMPLED_ROWS = 20
_MOST_SAMPLED_ROWS = 2_000
_CELLS_LOOKED_AT = 50
_MOSTLY = 0.5
COMPACT_DATE = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_GROUPED = re.compile(f"[-+]?(?:{AMBIGUOUS}|[0-9]{{1,3}})")
_OPEN, _COMMA = re.compile(f"[-+]?{AMBIGUOUS}"), re.compile(f"[-+]?{ENDS_IN_COMMA_DECIMALS}")
_CHUNK_BYTES = 1 << 20
_COLUMNS_OF_FILE = 1_000  # of a query
FEWEST_ROWS = 20  # with fewer good rows, the bad ones say all there is to say
_MOST_GAPS = 1000


class RowsDoNotAddUp(RuntimeError):  # noqa: N818 - a mistake in here, not in a file
    """Rows were lost or made up on the way."""


def check(expected: int, counted: int) -> None:
    """Compare two counts of the same rows.

    Raises
    ------
    RowsDoNotAddUp
        If they differ.
    """
    if expected != counted:
        raise RowsDoNotAddUp(f"{expected} rows were expected, {counted} are accounted for")


@dataclass(frozen=True)
class Reader:
    """How DuckDB is to read one file or several as one.

    Parameters
    ----------
    files : sequence of (TableFile, Style)
        Each with how it is written.
    width : int
        Number of columns.
    longest : int
        Bytes of the longest row; DuckDB reads a multiple of it at once.
    missing : tuple of str
        Spellings of "no value".
    """

    files: Sequence[tuple[TableFile, Style]]
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
        alike = groupby(self.files, key=lambda each: (each[0].skip, each[1]))
        calls = [
            self._call([file.path for file, _ in files], skip, style, numbers)
            for (skip, style), files in alike
        ]
        # Both a list of files and UNION ALL keep the order of rows.
        return calls[0] if len(calls) == 1 else f"(FROM {' UNION ALL FROM '.join(calls)})"

    def _call(self, paths: Sequence[Path], skip: int, style: Style, numbers: frozenset[int]) -> str:
        types = ", ".join(
            f"'c{n}': '{'DOUBLE' if n in numbers else 'VARCHAR'}'" for n in range(self.width)
        )
        return (
            f"read_csv([{', '.join(literal(str(path)) for path in paths)}], "
            f"columns = {{{types}}}, auto_detect = false, header = false, skip = {skip}, "
            f"delim = {literal(style.delimiter)}, quote = {literal(style.quote)}, "
            f"escape = {literal(style.escape)}, "
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
        Positions where all is digits that are a name: some begin with a zero (00501 is not 501), or
        they are phone numbers.
    dates : set of int
        Positions where all is eight digits that are a day of 1900 to 2099, such as 20201231.
    whole : set of int
        Positions where all is digits, so that others may begin with a zero.
    grouped : set of int
        Positions among the numbers where points could separate thousands, as in 1.234.
    has_points, has_commas : bool
        Whether some column has decimals behind a point, or behind a comma.
    """

    numbers: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    codes: set[int] = field(default_factory=set)
    dates: set[int] = field(default_factory=set)
    whole: set[int] = field(default_factory=set)
    grouped: set[int] = field(default_factory=set)
    has_points: bool = False
    has_commas: bool = False

    def in_thousands(self, decimal: str | None, delimiter: str) -> set[int]:
        """Return the columns whose points separate thousands, by settings or the other columns.

        Files with semicolons come from where decimals have commas.
        """
        if decimal or self.has_points != self.has_commas:
            has_commas = decimal == "," if decimal else self.has_commas
        else:
            has_commas = delimiter == ";" and not self.has_points
        return self.grouped if has_commas else set()


def sample(connection: duckdb.DuckDBPyConnection, reader: Reader, names: Sequence[str]) -> Sample:
    """Judge by the first rows: as many as show the types, few if the table is wide."""
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
            _look_at_numbers(found, position, filled, names[position])
        elif not found.has_commas:
            found.has_commas = _has_commas(filled[:_CELLS_LOOKED_AT])
    return found


def _look_at_numbers(found: Sample, position: int, filled: Sequence[str], name: str) -> None:
    if not filled:
        return
    is_digits = all(text.isdecimal() for text in filled)
    has_zeros = is_digits and any(len(text) > 1 and text[0] == "0" for text in filled)
    may_be_phones = is_digits or filled[0][0] == "+"
    is_phone = may_be_phones and are_phones(PhoneFigures.of(filled), len(filled), name)
    if has_zeros or is_phone:
        found.codes.add(position)
    elif is_digits and all(map(COMPACT_DATE.fullmatch, filled)):
        found.dates.add(position)
    elif is_digits:
        found.whole.add(position)
    elif any("." in text for text in filled):
        if all(map(_GROUPED.fullmatch, filled)):
            found.grouped.add(position)
        else:
            found.has_points = True


def _has_commas(cells: Sequence[str]) -> bool:
    numbers = [cell for cell in cells if parts(cell)]
    decimals = (_COMMA.fullmatch(cell) and not _OPEN.fullmatch(cell) for cell in numbers)
    return len(numbers) >= _MOSTLY * len(cells) and any(decimals)


def has_grouped_digits(path: Path) -> bool:
    """Return whether a file has an underscore between two digits anywhere, as in "1_000"."""
    return _has(path, {b"_": rb"_(?<=[0-9]_)[0-9]"})


def has_zeros_in_front(path: Path, delimiter: str) -> bool:
    """Return whether a cell may begin with a zero and a digit, as in "00501"."""
    signs = {delimiter.encode(), b"\n", b'"', b"'", b" "}
    return _has(path, {sign: re.escape(sign) + rb"0[0-9]" for sign in signs})


def _has(path: Path, patterns: Mapping[bytes, bytes]) -> bool:
    """Look for patterns, each in chunks that have its sign: `in` is some ten times as fast."""
    compiled = {sign: re.compile(pattern) for sign, pattern in patterns.items()}
    overlap = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            text = overlap + chunk
            if any(sign in text and each.search(text) for sign, each in compiled.items()):
                return True
            overlap = text[-2:]
    return False


def load(
    connection: duckdb.DuckDBPyConnection, reader: Reader, seen: Sample, texts: Iterable[int]
) -> frozenset[int]:
    """Make the table ``data``, its rows in the file's order, from the file.

    Parameters
    ----------
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
    if whole and any(
        has_zeros_in_front(file.path, style.delimiter) for file, style in reader.files
    ):
        kept |= _in_file(connection, reader, whole, "bool_or(regexp_matches({}, '^[ ]*0[0-9]'))")
    doubtful = seen.doubtful - kept
    numbers = frozenset(seen.numbers - kept - doubtful)
    if numbers and any(has_grouped_digits(file.path) for file, _ in reader.files):
        # DuckDB would read over them ("1_000").
        numbers -= _in_file(connection, reader, numbers, "bool_or(contains({}, '_'))")
    while refused := _load(connection, reader, numbers):
        doubtful |= refused
        numbers -= refused
    return numbers | _tidy(connection, reader, numbers, doubtful)


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
        others = "count(TRY_CAST({0} AS DOUBLE)) < count({0})"
        return _in_file(connection, reader, numbers, others) or numbers
    # DuckDB also takes "nAn" for a number, and " NaN", which is missing.
    return _where(connection, numbers, "bool_or(isnan(cell))")


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
    condition: str,
) -> frozenset[int]:
    """Return the same of the file, its columns as texts; it is read once for each batch."""
    found: set[int] = set()
    for batch in batches(sorted(positions), _COLUMNS_OF_FILE):
        aggregates = ", ".join(condition.format(f"c{n}") for n in batch)
        figures = one(connection, f"SELECT {aggregates} FROM {reader.sql()}")
        found.update(n for n, holds in zip(batch, figures, strict=True) if holds)
    return frozenset(found)


@dataclass(frozen=True)
class Table:
    """A file read: the DuckDB table ``data`` with columns ``c0``, ``c1``, ….

    Parameters
    ----------
    columns : tuple of str
        The user's names, by position; unique and not empty.
    unnamed : frozenset of int
        Positions whose name is ours because the file has none.
    numbers : frozenset of int
        Positions whose filled cells are all numbers; these columns are DOUBLE, the others VARCHAR.
    excluded : mapping of str to int
        The file's other records, by why they are not in the table.
    forms : mapping of int
        How columns of numbers are written, by position, where it is not plainly.
    dates : mapping of int
        How columns of dates are written, by position.
    words : mapping of int
        How columns of categories are written, by position, where it is in several ways.
    codes : frozenset of int
        Positions of columns whose digits are names: they are texts.
    """

    columns: tuple[str, ...]
    unnamed: frozenset[int]
    numbers: frozenset[int]
    rows: int
    excluded: Mapping[str, int]
    findings: tuple[Finding, ...]
    forms: Mapping[int, NumberForm] = field(default_factory=dict)
    dates: Mapping[int, DateForm] = field(default_factory=dict)
    words: Mapping[int, WordForm] = field(default_factory=dict)
    codes: frozenset[int] = frozenset()

    @property
    def file_rows(self) -> int:
        """Records of the file below its header, blank lines not counted."""
        return self.rows + sum(self.excluded.values())


def read_table(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    settings: DatasetSettings,
    target: int | None = None,
    also: Collection[int] = (),
) -> Table:
    """Read a file; row order is kept, ``rowid`` counts from 0.

    The macro ``sheet_row(rowid)`` gives a row's number as a spreadsheet counts.

    Parameters
    ----------
    target : int, optional
        The target's position if it is known. The target stays as text, as classes keep their
        spelling.
    also : collection of int
        Positions of other columns to keep as texts.

    Returns
    -------
    Table
        Rows with another number of fields than the header are not in it; the first are named in
        findings of severity ``error``.

    Raises
    ------
    HeaderOnly
        If there is no row.
    UnreadableFile
        If the file does not follow the rules of CSV, or mostly not.
    """
    dialect, records = source.dialect, source.records
    columns, unnamed, noticed = begin(dialect.names, records)
    connection.execute(_sheet_row(dialect.row, records))
    reader = reader_of([source], len(columns), settings)
    numbers = load_table(connection, reader, columns, settings, target=target, also=also)
    rows = count_rows(connection, records.rows)
    return Table(
        columns, unnamed, numbers, rows, dict(records.excluded), (*source.findings, *noticed)
    )


def load_table(  # noqa: PLR0913 (what `read_table` is given)
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    columns: Sequence[str],
    settings: DatasetSettings,
    *,
    target: int | None,
    also: Collection[int],
) -> frozenset[int]:
    """Make the table ``data``, and return the positions of its columns of numbers.

    Raises
    ------
    UnreadableFile
        If DuckDB can't read it.
    """
    numbers, (_, first) = None, reader.files[0]
    try:
        seen = looked_at(connection, reader, columns, settings)
        texts = kept_texts(columns, seen, settings, first.delimiter, target).union(also)
        numbers = load(connection, reader, seen, texts)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        pass  # its message quotes cells
    if numbers is None:
        raise not_csv()
    return numbers


def reader_of(sources: Sequence[SourceFile], width: int, settings: DatasetSettings) -> Reader:
    """Return how files of so many columns are read."""
    files = [(each.table, each.dialect.style) for each in sources]
    longest = max(each.records.longest for each in sources)
    return Reader(files, width, longest, (*MISSING, *settings.missing))


def looked_at(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    columns: Sequence[str],
    settings: DatasetSettings,
) -> Sample:
    """Return what the first rows show; what the settings call numbers is not taken for codes."""
    seen = sample(connection, reader, columns)
    for found in (seen.codes, seen.dates, seen.whole, seen.grouped):
        found.difference_update(_named(columns, settings.numbers))
    return seen


def kept_texts(
    columns: Sequence[str],
    seen: Sample,
    settings: DatasetSettings,
    delimiter: str,
    target: int | None,
) -> frozenset[int]:
    """Return the columns that stay texts even if they hold numbers, the target among them.

    Parameters
    ----------
    target : int or None
        Its position; None if it is to be guessed.
    """
    if target is None:
        target = likely_target(columns, seen.filled, settings.target)
    texts = {*([] if target is None else [target])}
    texts.update(_named(columns, [*settings.codes, *settings.dates]))
    return frozenset(texts | seen.dates | seen.in_thousands(settings.decimal_sign, delimiter))


def read_texts(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Table:
    """Read a file as `read_table` does, but leave every cell as it is written; empty is NULL.

    Raises
    ------
    HeaderOnly, UnreadableFile
        As `read_table`.
    """
    records, style = source.records, source.dialect.style
    columns, unnamed, noticed = begin(source.dialect.names, records)
    connection.execute(_sheet_row(source.dialect.row, records))
    reader = Reader([(source.table, style)], len(columns), records.longest, ("",))
    is_read = False
    try:
        connection.execute(f"CREATE TABLE data AS SELECT * FROM {reader.sql()}")
        is_read = True
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        pass  # its message quotes cells
    if not is_read:
        raise not_csv()
    rows = count_rows(connection, records.rows)
    excluded = dict(records.excluded)
    return Table(columns, unnamed, frozenset(), rows, excluded, (*source.findings, *noticed))


def begin(
    names: Sequence[str], records: Records
) -> tuple[tuple[str, ...], frozenset[int], tuple[Finding, ...]]:
    """Name the columns, and say what is wrong with rows; raise if there is nothing to go on with.

    Parameters
    ----------
    names : sequence of str
        Those of the header.
    records : Records

    Returns
    -------
    columns : tuple of str
    unnamed : frozenset of int
    findings : tuple of Finding
    """
    columns, unnamed, findings = name_columns(names)
    noticed = (*findings, *records.problems.findings(len(columns), records.excluded, records.rows))
    wrong = errors_of(noticed)
    if wrong and records.rows < FEWEST_ROWS:
        raise data_error(wrong[0].code)(*wrong)
    if not records.rows:
        raise HeaderOnly(Finding("HeaderOnly", Message("there is no row below the header")))
    return columns, unnamed, noticed


def count_rows(connection: duckdb.DuckDBPyConnection, expected: int) -> int:
    """Return how many rows were read, which must be as many as there are."""
    (rows,) = one(connection, "SELECT count(*) FROM data")
    check(expected, rows)
    return int(rows)


def not_csv() -> DataError:
    """Return that DuckDB can't read a file; its own words quote cells."""
    text = Message("its rows or quotes do not follow the rules of CSV")
    return UnreadableFile(Finding("UnreadableFile", text))


def first_gaps(records: Records) -> list[int]:
    """Return as many gaps as rows are counted with."""
    return list(records.gaps[:_MOST_GAPS])


def _sheet_row(first: int, records: Records) -> str:
    """Return the statement that makes the macro; rows below many gaps are counted too low."""
    gaps = first_gaps(records)
    above = f"len(list_filter({gaps}::BIGINT[], lambda gap: gap <= id))" if gaps else "0"
    return f"CREATE OR REPLACE MACRO sheet_row(id) AS id + {first} + {above}"


def _named(columns: Sequence[str], names: Sequence[str]) -> list[int]:
    """Return the positions of columns, in whatever case; unknown names are reported later."""
    wanted = {name.strip().casefold() for name in names}
    return [n for n, column in enumerate(columns) if column.casefold() in wanted]
