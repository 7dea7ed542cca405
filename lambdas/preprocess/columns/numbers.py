"""Columns of numbers as people write them: with separators, units, limits or words.

A sample shows which columns of texts these may be and in which unit; all rows decide the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from lambdas.preprocess.columns import number_cells as cells
from lambdas.preprocess.columns.cells import PhoneFigures, all_known, are_phones, phone_figures
from lambdas.preprocess.columns.number_cells import Units, main_unit
from lambdas.preprocess.columns.profile import ColumnsRead, Profile, named_columns
from lambdas.preprocess.engine import by_column, replace_columns
from lambdas.preprocess.read.loading import COMPACT_DATE, Table
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from lambdas.shared.settings.dataset import DatasetSettings
from training.written_numbers import NumberForm, digest

_SAMPLED_ROWS = 5000
_MOSTLY, _NEARLY_ALL = 0.5, 0.9
_FEW_NUMBERS = 20  # so few can be learnt as categories, whatever they are
_FEW_WORDS = 10
_CODE_DIGITS = 16  # from here on different numbers are equal as 64-bit floats
_KEPT_WORDS = 50  # they travel in the model
_OTHER = "CASE WHEN cell IS NOT NULL AND NOT is_read"
_FIGURES = (
    "{filled: count(cell), numbers: count_if(is_read), "
    "plain: count_if(is_read AND TRY_CAST(cell AS DOUBLE) IS NOT NULL), "
    "limits: count_if(is_read AND at_limit), "
    "'distinct': approx_count_distinct(CASE WHEN is_read THEN signs || digits END), "
    f"styles: histogram(CASE WHEN is_read THEN {cells.style()} END), "
    f"words: approx_top_k({_OTHER} THEN {cells.folded('cell')} END, {_KEPT_WORDS + 1}), "
    f"first_other: sheet_row(min({_OTHER} THEN id END)), "
    "first_limit: sheet_row(min(CASE WHEN is_read AND at_limit THEN id END)), "
    "has_zeros: coalesce(bool_or(regexp_full_match(cell, '0[0-9]+')), false), "
    "digits: count_if(regexp_full_match(cell, '[0-9]+')), "
    f"longest: coalesce(max(length(digits)), 0), phones: {phone_figures('cell')}}}"
)
# Of a target with fewer different numbers, the spelling of the classes is kept.
_FEW_TARGET_NUMBERS = 10


@dataclass(frozen=True)
class Wanted:
    """What settings and file say about columns of numbers.

    Parameters
    ----------
    numbers, codes, others : frozenset of int
        Positions that are numbers or codes whatever they hold, and those to be ignored.
    decimal : str or None
        The decimal sign, if it is set.
    likely : str
        The decimal sign where the file does not show it.
    """

    numbers: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    decimal: str | None = None
    likely: str = "."


@dataclass(frozen=True)
class NumberColumn:
    """What a column of texts holds beside plain numbers.

    Parameters
    ----------
    filled, numbers, plain, limits : int
        Cells that are filled, that are numbers, that are plain ones, that are limits ("<5").
    distinct : int
        Different numbers, about.
    styles : mapping of str
        Cells by what they show of the decimal sign; see `number_cells.style`.
    words : sequence of str
        The most frequent other cells, folded; few where there are few.
    first_other, first_limit : int or None
        Rows, as a spreadsheet counts.
    has_zeros : bool
        Whether some number is of digits alone and begins with a zero.
    digits, longest : int
        Cells of digits alone, and the most digits of one.
    """

    position: int
    filled: int
    numbers: int
    plain: int
    limits: int
    distinct: int
    styles: Mapping[str, int]
    words: Sequence[str]
    first_other: int | None
    first_limit: int | None
    has_zeros: bool
    digits: int
    longest: int
    phones: PhoneFigures
    units: Units
    form: NumberForm = field(default=NumberForm())

    @property
    def others(self) -> int:
        """Cells that are not numbers."""
        return self.filled - self.numbers

    @property
    def is_code(self) -> bool:
        """Whether its digits are a name rather than a number."""
        is_digits = self.digits == self.numbers and self.numbers >= _MOSTLY * self.filled
        return is_digits and (self.has_zeros or self.longest >= _CODE_DIGITS)

    @property
    def is_numeric(self) -> bool:
        """Whether a person would say that it holds numbers."""
        if self.numbers < _MOSTLY * self.filled or not self.numbers:
            return False
        if not self.others or all_known(self.words):
            return True
        is_clear = self.numbers >= _NEARLY_ALL * self.filled or len(self.words) <= _FEW_WORDS
        return is_clear and self.distinct > _FEW_NUMBERS

    @property
    def has_decimal_comma(self) -> bool:
        """Whether some cell has one."""
        return self.form.decimal == "," and ("," in self.styles or "?," in self.styles)

    @property
    def is_open(self) -> bool:
        """Whether no cell of the column shows if "1,234" has thousands or decimals."""
        is_mixed = bool(self.styles.get(",")) == bool(self.styles.get("."))
        return is_mixed and ("?," in self.styles or "?." in self.styles)

    @property
    def is_plain(self) -> bool:
        """Whether every cell is a number as DuckDB reads it, and means the same here."""
        return self.plain == self.filled and not (self.form.decimal == "," and "?." in self.styles)


def find_number_columns(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    wanted: Wanted,
) -> list[NumberColumn]:
    """Return the columns of texts most of whose cells are numbers, however written."""
    texts = [
        found.position
        for found in profiles
        if found.filled and found.position not in table.numbers | wanted.others
    ]
    units = _units(connection, texts, table.rows, wanted.numbers)
    found = list(_columns(connection, units))
    has_points = any(p.position in table.numbers and not p.is_whole for p in profiles)
    shown = wanted.decimal or _shown(found, has_points=has_points)
    return [replace(column, form=_form(column, shown, wanted)) for column in found]


def _units(
    connection: duckdb.DuckDBPyConnection,
    positions: Iterable[int],
    rows: int,
    numbers: frozenset[int],
) -> dict[int, Units]:
    """Return for each column that may hold numbers its unit, in all its spellings."""
    step = max(1, rows // _SAMPLED_ROWS)
    found: dict[int, Units] = {}
    for position, (filled, counts, has_mega) in by_column(
        connection,
        positions,
        "count(cell), histogram(CASE WHEN digits IS NOT NULL THEN unit END), "
        "bool_or(regexp_matches(cell, '[0-9]M'))",
        lambda batch: cells.judged(batch, {}, f"rowid % {step} = 0"),
    ).items():
        read = sum((counts or {}).values())
        if read and (read >= _MOSTLY * filled or position in numbers):
            found[position] = main_unit(counts, has_mega=bool(has_mega))
    return found


def _columns(
    connection: duckdb.DuckDBPyConnection, units: Mapping[int, Units]
) -> Iterator[NumberColumn]:
    alike = {n: own.units for n, own in units.items()}
    found = by_column(connection, units, _FIGURES, lambda batch: cells.judged(batch, alike))
    for n, (figures,) in found.items():
        known = {
            "styles": figures["styles"] or {},
            "words": sorted(figures["words"] or ()),
            "phones": PhoneFigures(**figures["phones"]),
        }
        yield NumberColumn(n, units=units[n], **figures | known)


def _shown(columns: Sequence[NumberColumn], *, has_points: bool) -> str | None:
    """Return the decimal sign that columns show, if all that show one agree; else plain ones'."""
    numeric = [column for column in columns if column.is_numeric]
    signs = {sign for column in numeric for sign in ",." if column.styles.get(sign)}
    plain = "." if has_points and not signs else None
    return signs.pop() if len(signs) == 1 else plain


def _form(column: NumberColumn, shown: str | None, wanted: Wanted) -> NumberForm:
    commas, points = (column.styles.get(sign, 0) for sign in ",.")
    decimal = wanted.decimal or shown or wanted.likely
    if not wanted.decimal and commas != points:
        decimal = "," if commas > points else "."
    words = column.words if len(column.words) <= _KEPT_WORDS else ()
    kept = tuple(digest(word) for word in words)
    return NumberForm(decimal, column.units.units, kept, column.units.multiply)


def convert(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[NumberColumn],
    table: Table,
    target: int,
) -> None:
    """Turn columns of texts in ``data`` into numbers; the target stays text, plainly written."""
    by_position = {column.position: column for column in columns}
    units = {n: column.form.units for n, column in by_position.items()}
    values = {n: cells.value(column.form) for n, column in by_position.items()}
    if target in values:
        plain = f"regexp_replace(CAST({values[target]} AS VARCHAR), '[.]0$', '')"
        # Words stay numbers that none can learn from, so that their rows are counted as such.
        values[target] = f"CASE WHEN cell IS NOT NULL THEN coalesce({plain}, 'inf') END"
    replace_columns(
        connection, values, len(table.columns), lambda batch: cells.judged(batch, units)
    )


def read_numbers(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    target: int,
    settings: DatasetSettings,
) -> ColumnsRead:
    """Turn columns of numbers, however written, into numbers.

    Parameters
    ----------
    target : int
        Position of the column to predict, which stays text.
    settings : DatasetSettings
        With the delimiter of the file: those with semicolons come from where decimals have commas.
    """
    wanted, findings = _wanted(profiles, target, settings)
    found = find_number_columns(connection, table, profiles, wanted)
    names = table.columns
    read: list[NumberColumn] = []
    codes = set(wanted.codes)
    for column in found:
        name = names[column.position]
        if column.position == target and not _is_number_target(column, settings):
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
    before = ColumnsRead(table, list(profiles), [])
    table = replace(_with(table, read, target), codes=frozenset(codes))
    return before.changed(connection, table, [column.position for column in read], findings)


def _wanted(
    profiles: Sequence[Profile], target: int, settings: DatasetSettings
) -> tuple[Wanted, list[Finding]]:
    numbers, findings = named_columns(profiles, "numbers", settings.numbers)
    codes, more = named_columns(profiles, "codes", settings.codes)
    arranging = [name for name in (settings.group, settings.time) if name]
    others, _ = named_columns(profiles, "", [*settings.ignore, *settings.dates, *arranging])
    wanted = Wanted(
        numbers=numbers,
        codes=codes - {target},
        others=(others | codes) - {target},
        decimal=settings.decimal_sign,
        likely="," if settings.delimiter == ";" else ".",
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
    """Return whether all may be dates of digits alone; impossible days are found on reading."""
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
    if column.units.has_others:
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
