"""Which columns to learn from, their types, and why others are left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.columns.phone_numbers import PhoneFigures, mostly_phones, phone_figures
from lambdas.preprocess.columns.profile import Profile, distinct_count
from lambdas.preprocess.columns.stacked import by_column
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.columns.text_types import TextType, text_types
from lambdas.preprocess.read.reading import Table
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from training.written_dates import DateForm
from training.written_numbers import NumberForm
from training.written_words import WordForm

# Text that is different in nearly every row names the row; nothing can be learnt from it.
_IDENTIFYING_SHARE = 0.9
_FEWEST_IDENTIFIERS = 20
_MOSTLY_MISSING = 0.5
_MOSTLY_DIGITS = 0.5
# A category seen fewer than five times is no category to training (training/model/pipeline.py).
_MANY_CATEGORIES, _SELDOM = 100, 5
_ESTIMATE_ERROR = 0.75  # approx_count_distinct may be off by this factor on few rows
_IDENTIFIER_NAME = re.compile(
    r"(?i)^(id|uuid|guid|key|rowid|row_?names?|index)$|([_ .-]|(?<=[a-z]))(id|ID|uuid|UUID)$|"
    r"^(patient|case|record|sample|subject)[_ .-]?(number|no|nr|num)\.?$"
)


@dataclass(frozen=True)
class Feature:
    """A column to learn from.

    Parameters
    ----------
    position : int
    name : str
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
    """Sort the columns into features and those left out, with a finding for each of the latter."""
    features: list[Feature] = []
    findings: list[Finding] = []
    others = [profile for profile in profiles if profile.position != target.position]
    types = text_types(connection, table, others)
    counting = _counting(connection, table, others)
    identifiers = _identifiers(connection, table, others, types)
    for profile in others:
        found = _type(profile, types)
        finding = _reason_to_leave_out(table, profile, counting, identifiers)
        if finding:
            findings.append(finding)
            continue
        features.append(_feature(table, profile, found.kind))
        findings += _remarks(table, profile, found)
    if len(features) > table.rows:
        text = Message(
            "there are more columns to learn from ({columns}) than rows ({rows})",
            columns=len(features),
            rows=table.rows,
        )
        findings.append(Finding("WideData", text))
    return features, findings


def _feature(table: Table, profile: Profile, kind: str | None) -> Feature:
    position, name = profile.position, profile.name
    if kind == "numeric":
        return Feature(
            position,
            name,
            kind,
            is_integer=profile.is_integer,
            has_unusable=profile.unusable_numbers > 0,
            form=table.forms.get(position),
        )
    form, words = table.dates.get(position), table.words.get(position)
    return Feature(position, name, kind or "categorical", form=form, words=words)


def _remarks(table: Table, profile: Profile, found: TextType) -> list[Finding]:
    """Say what is odd about a column that is used."""
    remarks = [found.finding] if found.finding else []
    name = profile.name
    if found.kind == "numeric" and profile.unusable_numbers:
        remarks.append(_unusable_numbers(profile))
    if profile.filled < _MOSTLY_MISSING * table.rows:
        text = Message(
            "the column “{name}” is empty in {empty} of {rows} rows",
            name=name,
            empty=table.rows - profile.filled,
            rows=table.rows,
        )
        remarks.append(Finding("MostlyMissing", text, column=name))
    seldom = profile.filled < _SELDOM * profile.distinct
    if found.kind is None and profile.distinct > _MANY_CATEGORIES and seldom:
        counted: dict[str, str | int] = {"name": name, "distinct": profile.distinct}
        if profile.is_distinct_exact:
            text = Message("the column “{name}” has {distinct} different values", **counted)
        else:
            text = Message("the column “{name}” has about {distinct} different values", **counted)
        remarks.append(Finding("ManyCategories", text, column=name))
    return remarks


def _type(profile: Profile, types: Mapping[int, TextType]) -> TextType:
    return types.get(profile.position, TextType("numeric" if profile.is_numeric else None))


def _reason_to_leave_out(
    table: Table, profile: Profile, counting: frozenset[int], identifiers: Mapping[int, str]
) -> Finding | None:
    name = profile.name
    if profile.filled == 0:
        return _left_out("EmptyColumn", name, Message("it is empty in every row"))
    if profile.is_constant and profile.filled == table.rows:
        reason = Message("it has the same value in every row")
        return _left_out("ConstantColumn", name, reason)
    if profile.position in counting:
        return _left_out("IndexColumn", name, Message("it only counts the rows"))
    if profile.position in identifiers:
        reason = Message("it is different in nearly every row")
        return _left_out(identifiers[profile.position], name, reason)
    return None


def _identifiers(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    types: Mapping[int, TextType],
) -> dict[int, str]:
    """Return the columns that are different in nearly every row, each with its finding's code.

    Codes and what a person may take for numbers ("120/80") are told from other identifiers.
    """
    found = {p.position: p for p in profiles if _is_identifier(connection, table, p, types)}
    texts = [n for n in found if n not in table.codes | table.numbers]
    digits = "count_if(regexp_full_match(cell, '[^A-Za-z]*[0-9][^A-Za-z]*'))"
    seen = by_column(connection, texts, f"{digits}, {phone_figures('cell')}")
    kinds = {n: _kind_of_identifier(found[n], *figures) for n, figures in seen.items()}
    codes = dict.fromkeys(table.codes & found.keys(), "CodesExcluded")
    return dict.fromkeys(found, "IdentifierColumn") | kinds | codes


def _kind_of_identifier(profile: Profile, digits: int, phones: dict[str, Any]) -> str:
    if mostly_phones(PhoneFigures(**phones), profile.filled, profile.name):
        return "CodesExcluded"
    return "NumbersExcluded" if digits >= _MOSTLY_DIGITS * profile.filled else "IdentifierColumn"


def _left_out(code: str, name: str, reason: Message) -> Finding:
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
    types: Mapping[int, TextType],
) -> bool:
    kind = _type(profile, types).kind
    # Dates, prose and measurements may well be different in every row.
    if table.rows < _FEWEST_IDENTIFIERS or kind not in (None, "numeric"):
        return False
    if kind == "numeric" and not (profile.is_whole and _IDENTIFIER_NAME.search(profile.name)):
        return False
    least = _IDENTIFYING_SHARE * table.rows
    if profile.is_distinct_exact:
        return profile.distinct >= least
    if profile.distinct < least * _ESTIMATE_ERROR:
        return False
    return distinct_count(connection, profile.position) >= least


def _unusable_numbers(profile: Profile) -> Finding:
    text = Message(
        "{count} cell of the column “{name}” is infinite or too large to compute with; it is "
        "treated as missing",
        "{count} cells of the column “{name}” are infinite or too large to compute with; they are "
        "treated as missing",
        count=profile.unusable_numbers,
        name=profile.name,
    )
    return Finding("UnusableNumbers", text, column=profile.name)
