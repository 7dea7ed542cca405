"""From an upload to a file that DuckDB reads: unpacked, recognised, decoded, its dialect known."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from lambdas.preprocess.read.dialect import Dialect, find_dialect, least_width, no_table
from lambdas.preprocess.read.encoding import UTF8, find_encoding
from lambdas.preprocess.read.other_formats import refuse_binary, refuse_other_formats
from lambdas.preprocess.read.records import LONGEST_ROW_BYTES, Records, examine
from lambdas.preprocess.read.rewrite import rewrite
from lambdas.preprocess.read.scan import Scan, line_of, scan
from lambdas.preprocess.read.table_file import TableFile, table_file
from lambdas.preprocess.read.unpack import Limits, unpack
from lambdas.shared.failures.errors import (
    NulBytes,
    TooManyColumns,
    UndecodableText,
    UnreadableFile,
)
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.reading import ReadingSettings

_HEAD_BYTES = 1 << 18
_HEAD_LINES = 50
COLUMNS_LIMIT = 5000  # a training row this wide no longer fits the request limit of an endpoint
_WIDE = ("utf-16", "utf-32")
_WORDS = {"cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


@dataclass(frozen=True)
class SourceFile:
    """A file ready to be read, how it is written, what its records are, and what was assumed."""

    table: TableFile
    dialect: Dialect
    records: Records
    findings: tuple[Finding, ...]


def open_source(path: Path, folder: Path, settings: ReadingSettings) -> SourceFile:
    """Find out how an upload is to be read, and rewrite it if DuckDB can't read it as it is.

    Parameters
    ----------
    path : Path
    folder : Path
        Where an unpacked or rewritten copy goes.
    settings : ReadingSettings

    Raises
    ------
    EmptyFile
        If there is nothing in it.
    UnreadableFile
        Of the subclass that says why it is no CSV.
    """
    limits = Limits(settings.max_unpacked_mb << 20, settings.max_unpack_ratio)
    unpacked, findings = unpack(path, folder, limits)
    with unpacked.open("rb") as file:
        head = _head(file)
    if not head.strip():
        raise no_table(len(head) == unpacked.stat().st_size, has_comments=False)
    refuse_other_formats(head)
    found = scan(unpacked, LONGEST_ROW_BYTES)
    encoding = settings.encoding or find_encoding(unpacked, head, found)
    _refuse_unreadable(unpacked, head, encoding, found)
    if encoding != UTF8 and not settings.encoding:
        name = _WORDS.get(encoding, encoding.upper())
        text = Message("the text is read as {encoding}", encoding=name)
        findings.append(Finding("EncodingAssumed", text))
    if found.has_mixed_line_ends and not encoding.startswith(_WIDE):
        findings.append(Finding("LineEndsMixed", Message("lines end in different ways")))
    is_whole = len(head) == unpacked.stat().st_size
    start = _text(head, encoding)
    _refuse_too_wide(least_width(start, COLUMNS_LIMIT))  # before anything that takes time for each
    dialect = find_dialect(start, is_whole, settings)
    findings += dialect.findings
    _refuse_too_wide(len(dialect.names))
    ready = unpacked
    if encoding != UTF8 or found.has_odd_line_ends:
        ready = folder / "rewritten.csv"
        rewrite(unpacked, ready, encoding)
    records = examine(ready, dialect, settings.skip_last_rows)
    table = table_file(ready, folder, dialect, records)
    for done in {unpacked, ready} - {path, table.path}:
        done.unlink()
    return SourceFile(table, replace(dialect, findings=()), records, tuple(findings))


def _refuse_too_wide(columns: int) -> None:
    if columns > COLUMNS_LIMIT:
        text = Message(
            "it has {columns} columns; at most {most} can be used",
            columns=columns,
            most=COLUMNS_LIMIT,
        )
        raise TooManyColumns(Finding("TooManyColumns", text))


def _head(file: BinaryIO) -> bytes:
    """Read the first lines, whatever their length."""
    head = file.read(_HEAD_BYTES)
    while (
        head.count(b"\n") + head.count(b"\r") < _HEAD_LINES
        and len(head) < LONGEST_ROW_BYTES
        and (more := file.read(len(head)))
    ):
        head += more
    return head


def _refuse_unreadable(path: Path, head: bytes, encoding: str, found: Scan) -> None:
    if not encoding.startswith(_WIDE):
        refuse_binary(head)
        if found.zero_lines:
            text = Message(
                "there are null bytes in line {lines}",
                "there are null bytes in lines {lines}",
                count=len(found.zero_lines),
                lines=listed(found.zero_lines),
            )
            raise NulBytes(text)
    if found.overlong is not None:
        limit = LONGEST_ROW_BYTES >> 20
        text = Message(
            "line {line} is longer than {limit} MB", line=listed([found.overlong]), limit=limit
        )
        raise UnreadableFile(Finding("UnreadableFile", text))
    if encoding == UTF8 and found.not_utf8 is not None:
        line = str(line_of(path, found.not_utf8))
        raise UndecodableText(Message("line {line} has bytes that are not UTF-8", line=line))


def _text(head: bytes, encoding: str) -> str:
    # A head may end within a letter; what does not fit at all is told when the file is rewritten.
    text, problem = "", None
    try:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    except UnicodeError:  # UTF-16 without its mark
        problem = UndecodableText(
            Message("it does not begin as a text in {encoding} does", encoding=encoding)
        )
    if problem:
        raise problem
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")
