"""Which columns to learn from, their types, what is odd in them, and why others are excluded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.columns.cells import PhoneFigures, mostly_phones, phone_figures
from lambdas.preprocess.columns.profile import Profile, distinct_count
from lambdas.preprocess.columns.target import Target, named_column
from lambdas.preprocess.engine import by_column, literal, stacked
from lambdas.preprocess.read.loading import Table
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from training.written_dates import DateForm
from training.written_numbers import NumberForm
from training.written_words import WordForm

_YES_OR_NO = (
    *("yes", "no", "true", "false", "y", "n", "t", "f", "si", "sí", "verdadero", "falso"),
    *("oui", "non", "vrai", "faux", "ja", "nein", "wahr", "falsch", "sim", "não"),
)
_SAMPLED_ROWS = 5000
# Prose has words between blanks, and hardly ever the same cell twice.
_FEWEST_BLANKS, _DIFFERENT_SHARE = 3.0, 0.5
_NINES = frozenset(float("9" * digits) for digits in range(2, 7))
_FEWEST_SENTINELS = 2
_FAR_FROM_OTHERS = 0.5  # the next number is not even half as large
# Text that is different in nearly every row names the row; nothing can be learnt from it.
_IDENTIFYING_SHARE = 0.9
_FEWEST_IDENTIFIERS = 20
_MOSTLY_MISSING = 0.5
_MOSTLY_DIGITS = 0.5
# A category seen fewer than five times is not a category to training (training/model/pipeline.py).
_MANY_CATEGORIES, _RARE = 100, 5
_ESTIMATE_ERROR = 0.75  # approx_count_distinct may be off by this factor on few rows
_IDENTIFIER_NAME = re.compile(
    r"(?i)^(id|uuid|guid|key|rowid|row_?names?|index)$|([_ .-]|(?<=[a-z]))(id|ID|uuid|UUID)$|"
    r"^(patient|case|record|sample|subject)[_ .-]?(number|no|nr|num)\.?$"
)


def _kinds(
    connection: duckdb.DuckDBPyConnection, table: Table, profiles: Sequence[Profile]
) -> tuple[dict[int, str], dict[int, Finding]]:
    """Return what columns are to training, and what there is to say of texts, by position.

    Texts are judged by rows from all over the table.
    """
    kinds = {p.position: "numeric" if p.is_numeric else "categorical" for p in profiles}
    remarks: dict[int, Finding] = {}
    texts = {p.position: p for p in profiles if p.position not in table.numbers and p.filled}
    step = max(1, table.rows // _SAMPLED_ROWS)
    words = ", ".join(literal(word) for word in _YES_OR_NO)
    figures = by_column(
        connection,
        texts.keys() - table.dates.keys() - table.codes,
        f"count(cell), count_if(lower(cell) IN ({words})), "
        "avg(length(cell) - length(replace(cell, ' ', '')))",
        lambda batch: stacked(batch, f"rowid % {step} = 0"),
    )
    for position, (filled, answers, blanks) in figures.items():
        profile, name = texts[position], texts[position].name
        kinds[position] = "categorical"
        if profile.distinct <= 2 and answers == filled and not profile.constant:
            text = Message("the column “{name}” is read as yes or no", name=name)
            remarks[position] = Finding("BooleanColumn", text, column=name)
        elif (blanks or 0) >= _FEWEST_BLANKS and (
            profile.distinct >= _DIFFERENT_SHARE * profile.filled
        ):
            kinds[position] = "text"
            text = Message("the column “{name}” is used as free text", name=name)
            remarks[position] = Finding("FreeText", text, column=name)
    kinds |= dict.fromkeys(table.dates, "datetime") | dict.fromkeys(table.codes, "categorical")
    return kinds, remarks


def suspected_sentinels(
    connection: duckdb.DuckDBPyConnection, profiles: Iterable[Profile]
) -> Iterator[Finding]:
    """Yield a finding for each column of numbers that ends in nines.

    Parameters
    ----------
    profiles : iterable of Profile
        Columns of numbers.
    """
    ends = [
        (found, end)
        for found in profiles
        for end, sign in ((found.minimum, -1), (found.maximum, 1))
        if end is not None and sign * end in _NINES
    ]
    figures = {
        end: by_column(
            connection, [found.position for found, own in ends if own == end], _figures(end)
        )
        for end in {end for _, end in ends}
    }
    for found, end in ends:
        yield from _suspected(found, end, *figures[end][found.position])


def _figures(end: float) -> str:
    return (
        f"count_if(cell = {end}), sheet_row(min(CASE WHEN cell = {end} THEN id END)), "
        f"{'max' if end > 0 else 'min'}(CASE WHEN cell <> {end} THEN cell END)"
    )


def _suspected(
    found: Profile, end: float, count: int, first: int, nearest: float | None
) -> Iterator[Finding]:
    if count < _FEWEST_SENTINELS or nearest is None or nearest / end > _FAR_FROM_OTHERS:
        return
    text = Message(
        "{count} cell of the column “{name}” contains a number of nines that is far from all "
        "others (row {rows})",
        "{count} cells of the column “{name}” contain a number of nines that is far from all "
        "others (the first is in row {rows})",
        count=count,
        name=found.name,
        rows=listed([first]),
    )
    yield Finding("SentinelSuspected", text, column=found.name, row=first)


@dataclass(frozen=True)
class Feature:
    """A column to learn from.

    Parameters
    ----------
    kind : str
        One of ``FEATURE_TYPES`` of training/schema.py.
    is_integer : bool
        Whether it holds integers only, of a size that 64 bits hold exactly.
    has_unusable : bool
        Whether some of its numbers are infinite or too large to compute with.
    form : NumberForm or DateForm or None
        How its numbers, if not plainly, or its dates are written.
    words : WordForm or None
        How its categories are written, if in several ways.
    """

    position: int
    name: str
    kind: str
    is_integer: bool = False
    has_unusable: bool = False
    form: NumberForm | DateForm | None = None
    words: WordForm | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what schema and manifest hold of it: no cells."""
        written = {"written": self.form.to_dict()} if self.form else {}
        return {"name": self.name, "type": self.kind, **written}


def choose_features(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    target: Target,
) -> tuple[list[Feature], list[Finding]]:
    """Sort the columns into features and excluded ones, with a finding for each of the latter."""
    features: list[Feature] = []
    findings: list[Finding] = []
    others = [profile for profile in profiles if profile.position != target.position]
    kinds, remarks = _kinds(connection, table, others)
    counting = _counting(connection, table, others)
    identifiers = _identifiers(connection, table, others, kinds)
    for profile in others:
        position, kind = profile.position, kinds[profile.position]
        finding = _reason_to_exclude(table, profile, counting, identifiers)
        if finding:
            findings.append(finding)
            continue
        is_numeric = kind == "numeric"
        feature = Feature(
            position,
            profile.name,
            kind,
            is_integer=is_numeric and profile.is_integer,
            has_unusable=is_numeric and profile.unusable_numbers > 0,
            form=table.forms.get(position) if is_numeric else table.dates.get(position),
            words=table.words.get(position),
        )
        features.append(feature)
        findings += [remarks[position]] if position in remarks else []
        findings += _remarks(table, profile, kind)
    if len(features) > table.rows:
        text = Message(
            "there are more columns to learn from ({columns}) than rows ({rows})",
            columns=len(features),
            rows=table.rows,
        )
        findings.append(Finding("WideData", text))
    return features, findings


def _remarks(table: Table, profile: Profile, kind: str) -> Iterator[Finding]:
    """Say what is odd about a column that is used."""
    name = profile.name
    if kind == "numeric" and profile.unusable_numbers:
        text = Message(
            "{count} cell of the column “{name}” is infinite or too large to compute with; it is "
            "treated as missing",
            "{count} cells of the column “{name}” are infinite or too large to compute with; they "
            "are treated as missing",
            count=profile.unusable_numbers,
            name=name,
        )
        yield Finding("UnusableNumbers", text, column=name)
    if profile.filled < _MOSTLY_MISSING * table.rows:
        text = Message(
            "the column “{name}” is empty in {empty} of {rows} rows",
            name=name,
            empty=table.rows - profile.filled,
            rows=table.rows,
        )
        yield Finding("MostlyMissing", text, column=name)
    rare = profile.filled < _RARE * profile.distinct
    if kind == "categorical" and profile.distinct > _MANY_CATEGORIES and rare:
        counted: dict[str, str | int] = {"name": name, "distinct": profile.distinct}
        if profile.is_distinct_exact:
            text = Message("the column “{name}” has {distinct} different values", **counted)
        else:
            text = Message("the column “{name}” has about {distinct} different values", **counted)
        yield Finding("ManyCategories", text, column=name)


def _reason_to_exclude(
    table: Table, profile: Profile, counting: frozenset[int], identifiers: Mapping[int, str]
) -> Finding | None:
    name = profile.name
    if profile.filled == 0:
        return _excluded("EmptyColumn", name, Message("it is empty in every row"))
    if profile.constant and profile.filled == table.rows:
        reason = Message("it has the same value in every row")
        return _excluded("ConstantColumn", name, reason)
    if profile.position in counting:
        return _excluded("IndexColumn", name, Message("it only counts the rows"))
    if profile.position in identifiers:
        reason = Message("it is different in nearly every row")
        return _excluded(identifiers[profile.position], name, reason)
    return None


def _identifiers(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    kinds: Mapping[int, str],
) -> dict[int, str]:
    """Return the columns that are different in nearly every row, each with its finding's code.

    Codes and what a person may take for numbers ("120/80") are kept apart from others.
    """
    found = {p.position: p for p in profiles if _is_identifier(connection, table, p, kinds)}
    texts = [n for n in found if n not in table.codes | table.numbers]
    digits = "count_if(regexp_full_match(cell, '[^A-Za-z]*[0-9][^A-Za-z]*'))"
    seen = by_column(connection, texts, f"{digits}, {phone_figures('cell')}")
    named = {n: _kind_of_identifier(found[n], *figures) for n, figures in seen.items()}
    codes = dict.fromkeys(table.codes & found.keys(), "CodesExcluded")
    return dict.fromkeys(found, "IdentifierColumn") | named | codes


def _kind_of_identifier(profile: Profile, digits: int, phones: dict[str, Any]) -> str:
    if mostly_phones(PhoneFigures(**phones), profile.filled, profile.name):
        return "CodesExcluded"
    return "NumbersExcluded" if digits >= _MOSTLY_DIGITS * profile.filled else "IdentifierColumn"


def _excluded(code: str, name: str, reason: Message) -> Finding:
    text = Message("the column “{name}” is excluded: {reason}", name=name, reason=reason)
    return Finding(code, text, column=name)


def _may_count_rows(table: Table, profile: Profile) -> bool:
    placed = profile.position == 0 or profile.position in table.unnamed
    named = bool(re.match(r"(?i)^(unnamed|index|row_?names?|rowid$)", profile.name))
    return (placed or named) and profile.is_whole and profile.filled == table.rows


def _counting(
    connection: duckdb.DuckDBPyConnection, table: Table, profiles: Sequence[Profile]
) -> frozenset[int]:
    """Return the columns that count the rows, from 0 or 1."""
    likely = [found.position for found in profiles if _may_count_rows(table, found)]
    value = "TRY_CAST(cell AS BIGINT) IS DISTINCT FROM id"
    others = f"count_if({value}), count_if({value} + 1)"
    found = by_column(connection, [n for n in likely if n in table.numbers], others)
    found |= by_column(connection, [n for n in likely if n not in table.numbers], others)
    return frozenset(n for n, counts in found.items() if 0 in counts and table.rows > 1)


def _is_identifier(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profile: Profile,
    kinds: Mapping[int, str],
) -> bool:
    kind = kinds[profile.position]
    # Dates, prose and measurements may well be different in every row.
    if table.rows < _FEWEST_IDENTIFIERS or kind not in ("categorical", "numeric"):
        return False
    if kind == "numeric" and not (profile.is_whole and _IDENTIFIER_NAME.search(profile.name)):
        return False
    least = _IDENTIFYING_SHARE * table.rows
    if profile.is_distinct_exact:
        return profile.distinct >= least
    if profile.distinct < least * _ESTIMATE_ERROR:
        return False
    return distinct_count(connection, profile.position) >= least


def compared_columns(
    profiles: Sequence[Profile], target: Target, named: Sequence[str]
) -> tuple[list[Feature], list[Finding]]:
    """Look up the columns that the settings name; they need not be features.

    Returns
    -------
    columns : list of Feature
    findings : list of Finding
        With ``ColumnNotFound`` or ``SettingsInvalid`` for each that can't be used.
    """
    columns: dict[int, Feature] = {}
    findings: list[Finding] = []
    for name in named:
        found, more = named_column(profiles, target, "compare_by", name)
        findings += more
        if found:
            kind = "numeric" if found.is_numeric else "categorical"
            columns[found.position] = Feature(found.position, found.name, kind, found.is_integer)
    return list(columns.values()), findings
