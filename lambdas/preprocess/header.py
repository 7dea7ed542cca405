"""Names of a file's columns: the user's own, made unique and never empty."""

from __future__ import annotations

from lambdas.shared.findings import Finding


def name_columns(
    header: tuple[str, ...],
) -> tuple[tuple[str, ...], frozenset[int], list[Finding]]:
    """Give every column a name of its own.

    Returns
    -------
    names : tuple of str
        By position; an unnamed column is called after its position, a repeated name is numbered.
    unnamed : frozenset of int
        Positions without a name in the file.
    findings : list of Finding
        One for each repeated name.
    """
    names: list[str] = []
    findings: list[Finding] = []
    for position, given in enumerate(header):
        name = _unused(given or f"column {position + 1}", names)
        if given and name != given:
            findings.append(_repeated(given, name))
        names.append(name)
    unnamed = frozenset(position for position, given in enumerate(header) if not given)
    return tuple(names), unnamed, findings


def _unused(wanted: str, names: list[str]) -> str:
    name, number = wanted, 2
    while name in names:
        name, number = f"{wanted} ({number})", number + 1
    return name


def _repeated(given: str, name: str) -> Finding:
    return Finding(
        "DuplicateColumnName",
        f"two columns are called “{given}”; the later one is called “{name}” here",
        column=given,
        row=1,
    )
