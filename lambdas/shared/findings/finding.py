"""What is noticed in an upload: one registry of kinds, from a remark to what ends the run.

A finding of severity ``error`` ends the run; ``lambdas.shared.failures.errors`` has a class of the
same name for each, which carries every finding made before it was raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from lambdas.shared.findings.kinds import KINDS
from lambdas.shared.findings.message import NAMED, Message, listed, sentence

Severity = Literal["info", "note", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One observation, never with a cell's value.

    Parameters
    ----------
    code : str
        Key of ``KINDS``, such as ``ConstantColumn``.
    message : Message
        One sentence for the user, without capital and full stop.
    column : str or None
    row : int or None
        As a spreadsheet counts, the header being row 1; the first of many.

    Raises
    ------
    KeyError
        If the registry lacks the code.
    """

    code: str
    message: Message
    column: str | None = None
    row: int | None = None

    def __post_init__(self) -> None:
        KINDS[self.code]

    @property
    def severity(self) -> Severity:
        """How much it matters: see ``docs/preparing-data.md``."""
        return KINDS[self.code].severity

    @property
    def advice(self) -> str | None:
        """What the user can do about it."""
        return KINDS[self.code].advice or None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types: the message as an English sentence, and to be translated."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": sentence(str(self.message)),
            "column": self.column,
            "row": self.row,
            "advice": self.advice,
            "wording": self.message.to_json(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Finding:
        """Return what `to_dict` was called on."""
        message = Message.from_json(document["wording"])
        return cls(document["code"], message, document["column"], document["row"])


def errors_of(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that end a run."""
    return [finding for finding in findings if finding.severity == "error"]


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
