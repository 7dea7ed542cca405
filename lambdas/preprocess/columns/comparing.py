"""Columns by whose values the metrics are to be broken down (``compare_by``)."""

from __future__ import annotations

from collections.abc import Sequence

from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.split.arrangement import named_column
from lambdas.shared.findings.finding import Finding


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
