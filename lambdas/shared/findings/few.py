"""Few findings where thousands of columns have the same."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed


def few_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the first findings of each code about columns, and name the other columns in one more.

    Returns
    -------
    list of Finding
        By code in the order of its first finding.
    """
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    return [kept for alike in by_code.values() for kept in _few(alike)]


def _few(alike: list[Finding]) -> list[Finding]:
    """Return findings of one code; at most one more than are named of a list."""
    kept, others = alike[:NAMED], list(islice(alike, NAMED, None))
    columns = [finding.column for finding in others if finding.column is not None]
    if len(others) < 2 or len(columns) < len(others):
        return alike
    text = Message(
        "the same applies to {count} more column: {names}",
        "the same applies to {count} more columns: {names}",
        count=len(columns),
        names=listed(columns),
    )
    return [*kept, Finding(others[0].code, text, column=columns[0])]
