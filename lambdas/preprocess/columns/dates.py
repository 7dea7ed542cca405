"""Read every column that holds dates for a person as dates, and say how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import duckdb

from lambdas.preprocess.columns.date_columns import DateColumn, convert_dates, find_date_columns
from lambdas.preprocess.columns.named_columns import named_columns
from lambdas.preprocess.columns.numbers import NumbersRead
from lambdas.preprocess.columns.profile import Profile
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.dataset import DatasetSettings


def read_dates(
    connection: duckdb.DuckDBPyConnection,
    known: NumbersRead,
    target: int,
    settings: DatasetSettings,
) -> NumbersRead:
    """Write the dates of all columns in one form.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    known : NumbersRead
        The table, and what has been found.
    target : int
        Position of the column to predict, which is left as it is.
    settings : DatasetSettings
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
