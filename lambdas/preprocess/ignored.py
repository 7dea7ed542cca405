"""Columns that the settings leave out."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from lambdas.preprocess.profile import Profile
from lambdas.shared.findings import Finding


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
    by_name = {profile.name: profile.position for profile in profiles}
    by_fold = {name.casefold(): name for name in reversed(by_name)}
    positions: set[int] = set()
    findings: list[Finding] = []
    for wanted in ignore:
        name = wanted if wanted in by_name else by_fold.get(wanted.casefold())
        if name is None:
            findings.append(_not_found(wanted, list(by_name)))
            continue
        positions.add(by_name[name])
        text = f"the column “{name}” is left out: the setting “ignore” names it"
        findings.append(Finding("IgnoredColumn", text, column=name))
    return frozenset(positions), findings


def _not_found(wanted: str, names: list[str]) -> Finding:
    nearest = difflib.get_close_matches(wanted, names, n=1)
    hint = f"; did you mean “{nearest[0]}”?" if nearest else ""
    return Finding("ColumnNotFound", f"“ignore” names “{wanted}”, which is no column{hint}")
