"""Which columns of a file are the model's, and which it lacks or has beside them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from lambdas.predict.model import Trained
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed


@dataclass(frozen=True)
class Places:
    """Where the model's columns are in the file.

    Parameters
    ----------
    found : dict of int to int
        Positions in the file by place in the model's order; without the missing ones.
    """

    found: dict[int, int]
    findings: tuple[Finding, ...]


def find_places(columns: Sequence[str], trained: Trained) -> Places:
    """Look for the model's columns by their names."""
    positions = {name: position for position, name in enumerate(columns)}
    wanted = [feature.name for feature in trained.features]
    target = trained.target
    others = [name for name in columns if name not in {*wanted, target}]
    missing = [_missing(name, others) for name in wanted if name not in positions]
    beside = []
    if target in positions:
        text = Message(
            "the column “{name}” is the one to predict, and is kept as it is", name=target
        )
        beside.append(Finding("TargetKept", text, column=target))
    if others:
        text = Message(
            "one column is kept and not used by the model: {names}",
            "{count} columns are kept and not used by the model: {names}",
            count=len(others),
            names=listed(others),
        )
        beside.append(Finding("ColumnUnknown", text, column=others[0]))
    places = {place: positions[name] for place, name in enumerate(wanted) if name in positions}
    return Places(places, (*missing, *beside))


def _missing(name: str, others: Sequence[str]) -> Finding:
    alike = {other.casefold(): other for other in others}
    nearest = difflib.get_close_matches(name.casefold(), alike, n=1)
    if not nearest:
        return Finding(
            "ColumnMissing", Message("the column “{name}” is missing", name=name), column=name
        )
    text = Message(
        "the column “{name}” is missing; is it the one called “{nearest}” in the file?",
        name=name,
        nearest=alike[nearest[0]],
    )
    return Finding("ColumnMissing", text, column=name)
