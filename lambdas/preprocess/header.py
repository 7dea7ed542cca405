"""Names of a file's columns: the user's own, made unique and never empty."""

from __future__ import annotations

from collections.abc import Sequence

from lambdas.shared.findings import Finding
from lambdas.shared.message import Message, listed


def name_columns(
    header: Sequence[str],
) -> tuple[tuple[str, ...], frozenset[int], list[Finding]]:
    """Give every column a name of its own.

    Returns
    -------
    names : tuple of str
        By position; an unnamed column is called after its position, a repeated name is numbered.
    unnamed : frozenset of int
        Positions without a name in the file.
    findings : list of Finding
        One for each repeated name, and one if only some columns have names.
    """
    names: list[str] = []
    taken: set[str] = set()
    findings: list[Finding] = []
    for position, given in enumerate(header):
        name = _unused(given or f"col_{position + 1}", taken)
        if given and name != given:
            findings.append(_repeated(given, name))
        names.append(name)
        taken.add(name)
    unnamed = [position for position, given in enumerate(header) if not given]
    if 0 < len(unnamed) < len(names):
        shown = listed([names[position] for position in unnamed])
        text = Message(
            "a column without a name is called after its position: {names}",
            "{count} columns without a name are called after their positions: {names}",
            count=len(unnamed),
            names=shown,
        )
        findings.append(Finding("UnnamedColumn", text, column=names[unnamed[0]]))
    return tuple(names), frozenset(unnamed), findings


def _unused(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _repeated(given: str, name: str) -> Finding:
    text = Message(
        "two columns are called “{given}”; the later one is called “{name}” here",
        given=given,
        name=name,
    )
    return Finding("DuplicateColumnName", text, column=given)
