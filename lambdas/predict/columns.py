"""Which columns of a file are the model's, and which it lacks or has beside them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lambdas.predict.trained import Trained
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed

_SIMILAR, _ALMOST = 0.6, 0.8  # shares of letters in common; of the first that of difflib itself


@dataclass(frozen=True)
class Places:
    """Where the model's columns are in the file.

    Parameters
    ----------
    found : dict of int to int
        Positions in the file by place in the model's order; without the missing ones.
    target : int or None
        Position of the column to predict, where the file has it.
    """

    found: dict[int, int]
    findings: tuple[Finding, ...]
    target: int | None = None


def find_places(columns: Sequence[str], trained: Trained) -> Places:
    """Look for the model's columns by their names."""
    positions = {name: position for position, name in enumerate(columns)}
    wanted = [feature.name for feature in trained.features]
    target = trained.target
    others = [name for name in columns if name not in {*wanted, target}]
    missing = [name for name in wanted if name not in positions]
    is_strange = len(others) == len(columns)
    nearest = _nearest(missing, others, _ALMOST if is_strange else _SIMILAR)
    if is_strange and 2 * len(nearest) < min(len(missing), NAMED):
        return Places({}, tuple(_all_missing(wanted, len(columns))))
    findings = [_missing(name, nearest.get(name)) for name in missing]
    if target in positions:
        text = Message(
            "the column “{name}” is the one to predict, and is kept as it is", name=target
        )
        findings.append(Finding("TargetKept", text, column=target))
    if others:
        text = Message(
            "one column is kept and not used by the model: {names}",
            "{count} columns are kept and not used by the model: {names}",
            count=len(others),
            names=listed(others),
        )
        findings.append(Finding("ColumnUnknown", text, column=others[0]))
    places = {place: positions[name] for place, name in enumerate(wanted) if name in positions}
    return Places(places, tuple(findings), positions.get(target))


def _nearest(missing: Sequence[str], others: Sequence[str], least: float) -> dict[str, str]:
    """Return the most similar name in the file for each that has one as similar as that.

    Names that differ in letters are looked for only for the columns that a message names: each is
    compared with all the others.
    """
    alike = {_letters(other): other for other in others}
    found = {name: alike[_letters(name)] for name in missing if _letters(name) in alike}
    for name in missing[:NAMED]:
        if name not in found:
            for nearest in difflib.get_close_matches(_letters(name), alike, 1, least):
                found[name] = alike[nearest]
    return found


def _letters(name: str) -> str:
    """Return a name without what is easily written in another way."""
    return "".join(filter(str.isalnum, name.casefold())) or name


def _all_missing(wanted: Sequence[str], width: int) -> Iterator[Finding]:
    """Yield what is wrong with a file that is of something else, or is read as it is not meant.

    Its first row may be one of cells: no name of it is told.
    """
    text = Message(
        "the column {names} of the model is not in the file, whose first row must have its name",
        "none of the {count} columns of the model is in the file, whose first row must have "
        "their names: {names}",
        count=len(wanted),
        names=listed(wanted),
    )
    yield Finding("ColumnMissing", text, column=wanted[0])
    if width == 1 < len(wanted):
        text = Message(
            "the whole file was read as one column; if another sign separates its cells, name it "
            "with the setting “delimiter”"
        )
        yield Finding("ColumnMissing", text, column=wanted[0])


def _missing(name: str, nearest: str | None) -> Finding:
    if nearest is None:
        text = Message("the column “{name}” is missing", name=name)
    else:
        text = Message(
            "the column “{name}” is missing; is it the one called “{nearest}” in the file?",
            name=name,
            nearest=nearest,
        )
    return Finding("ColumnMissing", text, column=name)
