"""What is told of a drift."""

from __future__ import annotations

from collections.abc import Iterator

from lambdas.drift.compare import Compared
from lambdas.drift.domain import Domain
from lambdas.drift.measure import Drift
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

_CODES = {"large": "Drifted", "small": "DriftedSlightly"}


def findings(drift: Drift) -> Iterator[Finding]:
    """Yield a finding for each column that has drifted, the target's first; last for all."""
    found = [*([drift.target] if drift.target else []), *drift.columns]
    for column, level in found:
        if level == "none":
            continue
        is_gaps, (before, now) = column.furthest is column.gaps, column.missing
        code = "MoreGaps" if is_gaps and before < now else _CODES[level]
        said = _gaps if is_gaps else _cells
        yield Finding(code, said(column, drift.version), column=column.name)
    if (
        drift.domain
        and drift.domain.is_far
        and "large" not in (level for _, level in drift.columns)
    ):
        yield Finding("DriftedTogether", _together(drift.domain, drift.version))


def _gaps(column: Compared, version: int) -> Message:
    before, now = (round(100 * share, 1) for share in column.missing)
    return Message(
        "in the column “{name}”, {now} % of the cells are empty; when version {version} was "
        "trained it was {before} %",
        name=column.name,
        now=now,
        before=before,
        version=version,
    )


def _together(found: Domain, version: int) -> Message:
    return Message(
        "no column for itself has drifted far, but the rows as a whole can be distinguished from "
        "those that version {version} was trained on (AUC {auc}; 0.5 if nothing has changed)",
        version=version,
        auc=round(found.auc, 2),
    )


def _cells(column: Compared, version: int) -> Message:
    shift = column.furthest
    return Message(
        "the values of the column “{name}” are distributed differently than when version "
        "{version} was trained (stability index {index}, by chance {chance})",
        name=column.name,
        version=version,
        index=round(shift.index, 2),
        chance=round(shift.by_chance, 2),
    )
