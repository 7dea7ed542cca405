"""Columns that the settings name: to leave them out, or to say what they hold."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from lambdas.preprocess.columns.profile import Profile
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message


def ignored_columns(
    profiles: Sequence[Profile], ignore: Sequence[str]
) -> tuple[frozenset[int], list[Finding]]:
    """Return the positions of the columns that the setting "ignore" names.

    Returns
    -------
    positions : frozenset of int
    findings : list of Finding
        One for each name; ``ColumnNotFound`` for what is not there.
    """
    positions, findings = named_columns(profiles, "ignore", ignore)
    for profile in profiles:
        if profile.position in positions:
            text = Message(
                "the column “{name}” is excluded: the setting “ignore” names it", name=profile.name
            )
            findings.append(Finding("IgnoredColumn", text, column=profile.name))
    return positions, findings


def named_columns(
    profiles: Sequence[Profile], setting: str, names: Iterable[str]
) -> tuple[frozenset[int], list[Finding]]:
    """Return the positions of the columns that a setting names, in whatever case.

    Returns
    -------
    positions : frozenset of int
    findings : list of Finding
        ``ColumnNotFound`` for each that is not there.
    """
    by_name = {profile.name: profile.position for profile in profiles}
    by_fold = {name.casefold(): name for name in reversed(by_name)}
    positions: set[int] = set()
    findings: list[Finding] = []
    for wanted in names:
        name = wanted if wanted in by_name else by_fold.get(wanted.casefold())
        if name is None:
            findings.append(_not_found(setting, wanted, list(by_name)))
        else:
            positions.add(by_name[name])
    return frozenset(positions), findings


def _not_found(setting: str, wanted: str, names: list[str]) -> Finding:
    text = Message(
        "“{setting}” names “{name}”, which is not a column", setting=setting, name=wanted
    )
    nearest = difflib.get_close_matches(wanted, names, n=1)
    if nearest:
        text = Message("{text}; did you mean “{nearest}”?", text=text, nearest=nearest[0])
    return Finding("ColumnNotFound", text)
