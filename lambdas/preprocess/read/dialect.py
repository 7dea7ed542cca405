"""How a CSV is written: what lies above the table, its delimiter, quotes and header.

Delimiter, quotation mark and escape are what DuckDB's sniffer finds. On 124 real tables, each
written in 21 ways (four delimiters, three ways to quote, lines above and below the table, a row too
long), it was right every time, as long as rows that do not fit may be passed over. Our own count
was as often right about the delimiter and knew one quotation mark. Where the table begins and
whether it has a header is our own judgement: the sniffer was wrong about every title filled up with
delimiters, about titles above files with a row that does not fit, and about 4 to 14 headers of 124.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from lambdas.preprocess.engine import literal
from lambdas.preprocess.read.header import has_header, is_second_header, table_start, usual_width
from lambdas.shared.failures.errors import DataError, EmptyFile, UnreadableFile
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.reading import DELIMITERS, ReadingSettings

_NAMES = {mark: name for name, mark in DELIMITERS.items()}
_DELIMITED = {
    ";": Message("the delimiter is assumed to be a semicolon"),
    "\t": Message("the delimiter is assumed to be a tab"),
    "|": Message("the delimiter is assumed to be a pipe"),
}
_LONGEST_ROW = 16 << 20

Record = list[str]


@dataclass(frozen=True)
class Style:
    """What separates cells and what encloses them.

    Parameters
    ----------
    quote : str
        Empty if there is none.
    escape : str
        What stands before a quotation mark within quotes: the mark itself, or a backslash.
    """

    delimiter: str
    quote: str = '"'
    escape: str = '"'

    @property
    def for_csv(self) -> dict[str, Any]:
        """Parameters of ``csv.reader``."""
        style: dict[str, Any] = {"delimiter": self.delimiter, "skipinitialspace": True}
        if not self.quote:
            return {**style, "quoting": csv.QUOTE_NONE}
        style["quotechar"] = self.quote
        if self.escape != self.quote:
            style |= {"doublequote": False, "escapechar": self.escape}
        return style


@dataclass(frozen=True)
class Dialect:
    """How to read the file.

    Parameters
    ----------
    names : tuple of str
        Names as in the file, stripped; empty where there is none.
    header : tuple of str
        The header's own cells, stripped; empty if there is none.
    skip : int
        Lines above the first row of data.
    row : int
        The spreadsheet's number of the first row of data.
    second_headers : int
        Records below the header that describe it: one or none.
    findings : tuple of Finding
        What was assumed.
    """

    style: Style
    names: tuple[str, ...]
    header: tuple[str, ...]
    skip: int
    row: int
    findings: tuple[Finding, ...]
    second_headers: int = 0


def least_width(text: str, limit: int) -> int:
    """Return how many fields lines beside each other have, if it is more than a limit, else 0."""
    lines = [line for line in text.split("\n", 50)[:50] if line.strip()]
    for mark in _NAMES:
        wide = [line.count(mark) >= limit and _fields(line, mark) > limit for line in lines]
        if any(pair == (True, True) for pair in pairwise(wide)) or wide == [True]:
            return _fields(lines[wide.index(True)], mark)
    return 0


def _fields(line: str, mark: str) -> int:
    csv.field_size_limit(1 << 30)
    return len(next(csv.reader([line], delimiter=mark), []))


def no_table(is_whole: bool, has_comments: bool) -> DataError:
    """Return why there is no table in a text, which is the whole file or its beginning."""
    if not is_whole:
        return UnreadableFile(
            Message("its beginning contains nothing but white space and comments")
        )
    if has_comments:
        return EmptyFile(Message("it contains nothing but white space and comments"))
    return EmptyFile(Message("it contains nothing but white space"))


def find_dialect(
    connection: duckdb.DuckDBPyConnection, text: str, is_whole: bool, settings: ReadingSettings
) -> Dialect:
    """Judge by a file's first lines.

    Parameters
    ----------
    text : str
        Lines end with a newline alone.
    is_whole : bool
        Whether the text is the whole file; otherwise its last line is dropped.
    settings : ReadingSettings
        What they name is not judged.

    Raises
    ------
    EmptyFile, UnreadableFile
        If there is nothing but white space and comments, in all or as far as the text goes.
    """
    if not is_whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    comments, body, hint = _above(text, settings.skip_rows)
    if not body.strip():
        raise no_table(is_whole, bool(comments))
    style = _style(connection, body, settings, hint)
    records, ends = _records(body, style)
    start = table_start(records) if settings.skip_rows is None else 0
    table = [record for record in records[start:] if record]
    header = has_header(table) if settings.header is None else settings.header
    first = records.index(table[0], start)
    names, findings = _names(table, header)
    has_second = header and is_second_header(table)
    last_above = records.index(table[1], first + 1) if has_second else first - (not header)
    above = len(comments) + first
    dialect = Dialect(
        style=style,
        names=names,
        header=tuple(table[0]) if header else (),
        skip=len(comments) + (ends[last_above] if last_above >= 0 else 0),
        row=len(comments) + last_above + 2,
        second_headers=int(has_second),
        findings=tuple(findings),
    )
    assumed = _assumed(dialect, comments, settings)
    titles = [_title(above + 1)] if start else []
    described = [_second(dialect.row - 1)] if has_second else []
    return replace(dialect, findings=(*assumed, *titles, *described, *findings))


def _assumed(
    dialect: Dialect, comments: Sequence[str], settings: ReadingSettings
) -> Iterator[Finding]:
    """Report what the settings leave open and a plain CSV would not have."""
    style = dialect.style
    if any(line.startswith("#") for line in comments) and settings.skip_rows is None:
        text = Message(
            "{count} line above the table is excluded",
            "{count} lines above the table are excluded",
            count=len(comments),
        )
        yield Finding("CommentLines", text)
    if style.delimiter != "," and not settings.delimiter:
        yield Finding("DelimiterAssumed", _DELIMITED[style.delimiter])
    if style.quote == "'" and settings.quote is None:
        text = Message("cells are assumed to be enclosed in apostrophes")
        yield Finding("QuotesAssumed", text)
    if style.escape == "\\" and not settings.escape:
        text = Message("a backslash is assumed to escape quotation marks inside a cell")
        yield Finding("QuotesAssumed", text)
    if not dialect.header:
        row = dialect.row
        text = Message(
            "row {row} is read as data, not as names; columns are called col_1, col_2, …",
            row=listed([row]),
        )
        yield Finding("NoHeader", text, row=row)


def _title(row: int) -> Finding:
    text = Message(
        "the table is assumed to begin in row {row}; everything above it is excluded",
        row=listed([row]),
    )
    return Finding("LinesAboveTable", text, row=row)


def _second(row: int) -> Finding:
    text = Message(
        "row {row} describes the columns, with units for example, and is excluded",
        row=listed([row]),
    )
    return Finding("SecondHeader", text, row=row)


def _names(records: list[Record], header: bool) -> tuple[tuple[str, ...], list[Finding]]:
    if not header:
        return ("",) * usual_width(records), []
    names = tuple(records[0])
    return _completed(names, records[1:]) if len(records) > 1 else (names, [])


def _above(text: str, skip: int | None) -> tuple[list[str], str, str | None]:
    """Part blank lines, comments and Excel's "sep=" from the table; or as many lines as are set."""
    lines = text.split("\n")
    if skip is not None:
        return lines[:skip], "\n".join(lines[skip:]), None
    count, named = 0, None
    while count < len(lines) and _is_above(lines[count]):
        hint = re.fullmatch(r"sep=(.)", lines[count].strip())
        named = hint[1] if hint and hint[1] in _NAMES else named
        count += 1
    if count and _is_header_in_comment(lines[count - 1], lines[count:]):
        count -= 1
    return lines[:count], "\n".join(lines[count:]), named


def _is_above(line: str) -> bool:
    return not line.strip() or line.startswith("#") or bool(re.fullmatch(r"sep=.", line.strip()))


def _is_header_in_comment(line: str, below: list[str]) -> bool:
    """Return whether a comment is the header, as in genetics: "#CHROM  POS  ID"."""
    if not line.startswith("#") or not below or not below[0].strip():
        return False
    for delimiter in _NAMES:
        width = line.count(delimiter)
        if width and width == below[0].count(delimiter) and re.match(r"#[A-Za-z]", line):
            return not has_header(
                [
                    [cell.strip() for cell in row]
                    for row in csv.reader(below[:20], delimiter=delimiter)
                ]
            )
    return False


def _style(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    settings: ReadingSettings,
    hint: str | None,
) -> Style:
    """Let DuckDB find what neither the settings nor the file itself say."""
    known = {"delim": settings.delimiter or hint, "quote": settings.quote}
    if settings.escape == "\\":
        known["escape"] = settings.escape
    given = {name: mark for name, mark in known.items() if mark is not None}
    found = _sniffed(connection, text, given)
    quote = found.quote if settings.quote is None else settings.quote
    has_backslash = (settings.escape or found.escape) == "\\"
    return Style(known["delim"] or found.delimiter, quote, "\\" if has_backslash else quote)


def _sniffed(connection: duckdb.DuckDBPyConnection, text: str, known: dict[str, str]) -> Style:
    given = "".join(f", {name} = {literal(mark)}" for name, mark in known.items())
    with tempfile.TemporaryDirectory(prefix="molino-") as folder:
        path = Path(folder) / "head.csv"
        path.write_text(text, encoding="utf-8", newline="")
        try:
            found = connection.execute(
                "SELECT Delimiter, Quote, Escape FROM sniff_csv("  # noqa: S608 - quoted
                f"{literal(str(path))}, ignore_errors = true, null_padding = true, "
                f"max_line_size = {_LONGEST_ROW}{given})"
            ).fetchone()
        except duckdb.Error:  # its message quotes cells; what is wrong is found in the records
            found = None
    delimiter, quote, escape = found or (",", '"', '"')
    return Style(
        delimiter if delimiter in _NAMES else ",",
        quote if quote in ("'", '"') else '"',
        escape if escape == "\\" else '"',
    )


def _records(text: str, style: Style) -> tuple[list[Record], list[int]]:
    """Return the records, blank lines as empty ones, and for each the number of its last line."""
    csv.field_size_limit(1 << 30)
    reader = csv.reader(io.StringIO(text, newline=""), **style.for_csv)
    records: list[Record] = []
    ends: list[int] = []
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            records.append(cells if len(cells) > 1 or any(cells) else [])
            ends.append(reader.line_num)
    except csv.Error:
        pass  # the first records are enough
    if not any(records):
        first = text.lstrip().split("\n", maxsplit=1)[0]
        return [[cell.strip() for cell in first.split(style.delimiter)]], [1]
    return records, ends


def _completed(names: tuple[str, ...], rows: list[Record]) -> tuple[tuple[str, ...], list[Finding]]:
    """Make the header as wide as its rows where it is clear how."""
    width = usual_width(rows)
    if len(names) > width > 1 and not any(names[width:]):
        text = Message("the header ends with a delimiter after its last name")
        return names[:width], [Finding("TrailingDelimiter", text)]
    if width != len(names) + 1:
        return names, []
    if all(len(row) != width or not row[-1] for row in rows):
        text = Message("every row ends with a delimiter after its last field")
        return (*names, ""), [Finding("TrailingDelimiter", text)]
    text = Message(
        "rows have one field more than the header, so the first column is taken as their names"
    )
    return ("", *names), [Finding("RowNames", text)]
