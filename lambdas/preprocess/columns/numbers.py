"""Read every column that holds numbers for a person as numbers, and say how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb

from lambdas.preprocess.columns.named_columns import named_columns
from lambdas.preprocess.columns.number_columns import (
    NumberColumn,
    Wanted,
    convert,
    find_number_columns,
)
from lambdas.preprocess.columns.phone_numbers import are_phones
from lambdas.preprocess.columns.profile import Profile, profile
from lambdas.preprocess.read.reading import Table
from lambdas.preprocess.read.sampling import COMPACT_DATE
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.dataset import DatasetSettings
from training.written_numbers import NumberForm

# Of a target with fewer different numbers, the spelling of the classes is kept.
_FEW_TARGET_NUMBERS = 10


@dataclass(frozen=True)
class Asked:
    """What a user says of the file.

    Parameters
    ----------
    settings : DatasetSettings
    delimiter : str
        Files with semicolons come from where decimals have commas.
    """

    settings: DatasetSettings
    delimiter: str


@dataclass(frozen=True)
class NumbersRead:
    """The table, and what was found."""

    table: Table
    profiles: list[Profile]
    findings: list[Finding]

    def changed(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        positions: Iterable[int],
        findings: Sequence[Finding],
    ) -> NumbersRead:
        """Return it with another table, columns of which are profiled again, and more findings."""
        again = {new.position: new for new in profile(connection, table, sorted(positions))}
        profiles = [again.get(old.position, old) for old in self.profiles]
        return NumbersRead(table, profiles, [*self.findings, *findings])


def read_numbers(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    target: int,
    asked: Asked,
) -> NumbersRead:
    """Turn columns of numbers, however written, into numbers.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    table : Table
    profiles : sequence of Profile
    target : int
        Position of the column to predict, which stays text.
    asked : Asked
    """
    wanted, findings = _wanted(profiles, target, asked)
    found = find_number_columns(connection, table, profiles, wanted)
    names = table.columns
    read: list[NumberColumn] = []
    codes = set(wanted.codes)
    for column in found:
        name = names[column.position]
        if column.position == target and not _is_number_target(column, asked.settings):
            continue
        if _are_dates(column) and column.position not in wanted.numbers | {target}:
            continue
        is_code = column.is_code or are_phones(column.phones, column.filled, name)
        if is_code and column.position not in wanted.numbers | {target}:
            codes.add(column.position)
            findings.append(_code(column, name))
        elif column.is_numeric or column.position in wanted.numbers:
            if not column.is_plain or column.position != target:
                read.append(column)
            findings += _remarks(column, name, is_target=column.position == target)
        else:
            findings += _not_read(column, name)
    findings += _as_written(read, names)
    convert(connection, read, table, target)
    before = NumbersRead(table, list(profiles), [])
    table = replace(_with(table, read, target), codes=frozenset(codes))
    return before.changed(connection, table, [column.position for column in read], findings)


def _wanted(profiles: Sequence[Profile], target: int, asked: Asked) -> tuple[Wanted, list[Finding]]:
    settings = asked.settings
    numbers, findings = named_columns(profiles, "numbers", settings.numbers)
    codes, more = named_columns(profiles, "codes", settings.codes)
    arranging = [name for name in (settings.group, settings.time) if name]
    others, _ = named_columns(profiles, "", [*settings.ignore, *settings.dates, *arranging])
    wanted = Wanted(
        numbers=numbers,
        codes=codes - {target},
        others=(others | codes) - {target},
        decimal=settings.decimal_sign,
        likely="," if asked.delimiter == ";" else ".",
    )
    return wanted, findings + more


def long_numbers(profiles: Sequence[Profile], table: Table) -> frozenset[int]:
    """Return the columns of whole numbers with more digits than a 64-bit float holds."""
    return frozenset(
        found.position
        for found in profiles
        if found.position in table.numbers and found.is_whole and not found.is_integer
    )


def _is_number_target(column: NumberColumn, settings: DatasetSettings) -> bool:
    if settings.task:
        return settings.task == "regression"
    return column.distinct > _FEW_TARGET_NUMBERS


def _with(table: Table, read: Sequence[NumberColumn], target: int) -> Table:
    forms: dict[int, NumberForm] = {c.position: c.form for c in read if not c.is_plain}
    numbers = table.numbers.union(column.position for column in read) - {target}
    return replace(table, numbers=numbers, forms=forms)


def _remarks(column: NumberColumn, name: str, *, is_target: bool) -> Iterator[Finding]:
    if column.limits:
        text = Message(
            "{count} cell of the column “{name}” is a limit, such as “less than”; the limit itself "
            "is used (row {rows})",
            "{count} cells of the column “{name}” are limits, such as “less than”; the limits "
            "themselves are used (the first is in row {rows})",
            count=column.limits,
            name=name,
            rows=listed([column.first_limit or 0]),
        )
        yield Finding("LimitsTaken", text, column=name, row=column.first_limit)
    if column.others and not is_target:
        yield _mixed(column, name, Message("such cells are treated as missing"))
    if column.is_open:
        sign = Message("a point") if column.form.decimal == "." else Message("a comma")
        text = Message(
            "numbers in the column “{name}” could have thousands or three decimals; they are read "
            "as having {sign} before decimals",
            name=name,
            sign=sign,
        )
        yield Finding("NumbersAmbiguous", text, column=name)


def _are_dates(column: NumberColumn) -> bool:
    """Tell dates of digits alone; a month or day that cannot be is found when they are read."""
    first, last = column.phones.least, column.phones.most
    is_fixed = column.phones.shortest == column.phones.longest == len("20201231")
    is_digits = column.digits == column.filled
    return is_fixed and is_digits and bool(COMPACT_DATE.fullmatch(first)) and last < "21"


def _code(column: NumberColumn, name: str) -> Finding:
    text = Message(
        "the column “{name}” is read as codes, because some of its numbers begin with a zero",
        name=name,
    )
    if not column.is_code:
        text = Message(
            "the column “{name}” is read as codes, because its numbers seem to be phone numbers or "
            "the like",
            name=name,
        )
    elif not column.has_zeros:
        text = Message(
            "the column “{name}” is read as codes, because its numbers have more digits than can "
            "be computed with",
            name=name,
        )
    return Finding("CodeColumn", text, column=name)


def _mixed(column: NumberColumn, name: str, taken: Message) -> Finding:
    text = Message(
        "{count} cell of the column “{name}” is not a number, as the others are; {taken} "
        "(row {rows})",
        "{count} cells of the column “{name}” are not numbers, as the others are; {taken} (the "
        "first is in row {rows})",
        count=column.others,
        name=name,
        taken=taken,
        rows=listed([column.first_other or 0]),
    )
    return Finding("MixedTypes", text, column=name, row=column.first_other)


def _not_read(column: NumberColumn, name: str) -> Iterator[Finding]:
    """Say why a column with many numbers is not read as such."""
    if column.has_other_units:
        text = Message(
            "the column “{name}” contains numbers in several units, so all are taken as categories",
            name=name,
        )
        yield Finding("MixedUnits", text, column=name)
    else:
        yield _mixed(column, name, Message("the column is taken as categories"))


def _as_written(columns: Sequence[NumberColumn], names: Sequence[str]) -> Iterator[Finding]:
    """Say in one sentence of all columns that are written in the same way how they are read."""
    for code, text, fits in _MANNERS:
        written = [names[column.position] for column in columns if fits(column)]
        if written:
            shown = listed([f"“{name}”" for name in written])
            message = Message("{text} ({columns})", text=text, columns=shown)
            alone = written[0] if len(written) == 1 else None
            yield Finding(code, message, column=alone)


def _has_separators(column: NumberColumn) -> bool:
    is_plain = column.plain + column.limits >= column.numbers
    return not (is_plain or column.form.units or column.has_decimal_comma)


_MANNERS: tuple[tuple[str, Message, Callable[[NumberColumn], bool]], ...] = (
    (
        "DecimalComma",
        Message("numbers are read with a decimal comma"),
        lambda column: column.has_decimal_comma,
    ),
    (
        "WrittenNumbers",
        Message("percentages are read as the number before the sign: 12% is 12"),
        lambda column: "%" in column.form.units,
    ),
    (
        "WrittenNumbers",
        Message("k, M and bn behind numbers are read as thousands, millions and billions"),
        lambda column: column.form.multiplies,
    ),
    (
        "WrittenNumbers",
        Message("numbers are read without their currency or unit"),
        lambda column: bool({*column.form.units} - {"%"}) and not column.form.multiplies,
    ),
    (
        "WrittenNumbers",
        Message("numbers are read without the signs between their thousands and around them"),
        _has_separators,
    ),
)
