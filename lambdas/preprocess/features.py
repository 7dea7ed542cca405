"""Which columns to learn from, their types, and why others are left out."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.profile import Profile, distinct_count
from lambdas.preprocess.reading import Table
from lambdas.preprocess.target import Target
from lambdas.shared.findings import Finding

# Text that is different in nearly every row names the row; nothing can be learnt from it.
_IDENTIFYING_SHARE = 0.9
_FEWEST_IDENTIFIERS = 20
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
        ``numeric`` or ``categorical``.
    is_integer : bool
        Whether it holds integers only, of a size that 64 bits hold exactly.
    has_unusable : bool
        Whether some of its numbers are infinite or too large to compute with.
    """

    position: int
    name: str
    kind: str
    is_integer: bool = False
    has_unusable: bool = False


def choose_features(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    profiles: Sequence[Profile],
    target: Target,
) -> tuple[list[Feature], list[Finding]]:
    """Sort the columns into features and those left out, with a finding for each of the latter."""
    features: list[Feature] = []
    findings: list[Finding] = []
    for profile in profiles:
        if profile.position == target.position:
            continue
        finding = _reason_to_leave_out(connection, table, profile)
        if finding:
            findings.append(finding)
            continue
        kind = "numeric" if profile.is_numeric else "categorical"
        features.append(
            Feature(
                profile.position,
                profile.name,
                kind,
                is_integer=profile.is_integer,
                has_unusable=profile.unusable_numbers > 0,
            )
        )
        if kind == "numeric" and profile.unusable_numbers:
            findings.append(_unusable_numbers(profile))
    return features, findings


def _reason_to_leave_out(
    connection: duckdb.DuckDBPyConnection, table: Table, profile: Profile
) -> Finding | None:
    name = profile.name
    if profile.filled == 0:
        return _left_out("EmptyColumn", name, "it is empty in every row")
    if profile.is_constant and profile.filled == table.rows:
        return _left_out("ConstantColumn", name, "it has the same value in every row")
    if _may_count_rows(table, profile) and _counts_rows(connection, table, profile):
        return _left_out("IndexColumn", name, "it only counts the rows")
    if _is_identifier(connection, table, profile):
        return _left_out("IdentifierColumn", name, "it is different in nearly every row")
    return None


def _left_out(code: str, name: str, reason: str) -> Finding:
    return Finding(code, f"the column “{name}” is left out: {reason}", column=name)


def _may_count_rows(table: Table, profile: Profile) -> bool:
    placed = profile.position == 0 or profile.position in table.unnamed
    named = bool(re.match(r"(?i)^(unnamed|index|row_?names?|rowid$)", profile.name))
    return (placed or named) and profile.is_whole and profile.filled == table.rows


def _counts_rows(connection: duckdb.DuckDBPyConnection, table: Table, profile: Profile) -> bool:
    value = f"TRY_CAST(c{profile.position} AS BIGINT)"
    (first,) = connection.execute(f"SELECT {value} FROM data WHERE rowid = 0").fetchone() or (None,)
    if first not in (0, 1):
        return False
    (others,) = connection.execute(
        f"SELECT count(*) FROM data WHERE {value} IS DISTINCT FROM rowid + {first}"
    ).fetchone() or (0,)
    return table.rows > 1 and others == 0


def _is_identifier(connection: duckdb.DuckDBPyConnection, table: Table, profile: Profile) -> bool:
    if table.rows < _FEWEST_IDENTIFIERS:
        return False
    if profile.is_numeric and not (profile.is_whole and _IDENTIFIER_NAME.search(profile.name)):
        return False
    least = _IDENTIFYING_SHARE * table.rows
    if profile.distinct < least * _ESTIMATE_ERROR:
        return False
    return distinct_count(connection, profile.position) >= least


def _unusable_numbers(profile: Profile) -> Finding:
    return Finding(
        "UnusableNumbers",
        f"{profile.unusable_numbers} cells of the column “{profile.name}” are infinite or too "
        "large to compute with; they are treated as missing",
        column=profile.name,
    )
