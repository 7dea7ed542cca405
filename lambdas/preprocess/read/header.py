"""Names of a file's columns: the user's own, made unique and never empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed


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
    taken = {given for given in header if given}
    seen: Counter[str] = Counter()
    names: list[str] = []
    called: dict[str, list[str]] = {}
    for position, given in enumerate(header):
        name = given or f"col_{position + 1}"
        if seen[name] or (not given and name in taken):
            name = _numbered(name, seen, taken)
        seen[name] += 1
        taken.add(name)
        names.append(name)
        if given and name != given:
            called.setdefault(given, []).append(name)
    findings = [_repeated(given, others) for given, others in called.items()]
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


def _numbered(name: str, seen: Counter[str], taken: set[str]) -> str:
    """Return the name with the next number that no other column has."""
    seen[name] = max(seen[name], 1)
    while (numbered := f"{name} ({seen[name] + 1})") in taken:
        seen[name] += 1
    seen[name] += 1
    return numbered


def _repeated(given: str, others: Sequence[str]) -> Finding:
    text = Message(
        "two columns are called “{given}”; the later one is called “{names}” here",
        "{count} later columns are called “{given}”, too; here they are called {names}",
        count=len(others),
        given=given,
        names=listed(others),
    )
    return Finding("DuplicateColumnName", text, column=given)
