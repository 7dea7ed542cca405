"""Columns by whose values the metrics are to be broken down (``compare_by``)."""

from __future__ import annotations

from collections.abc import Sequence

from lambdas.preprocess.arrangement import named_column
from lambdas.preprocess.features import Feature
from lambdas.preprocess.profile import Profile
from lambdas.preprocess.target import Target
from lambdas.shared.findings import Finding


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
