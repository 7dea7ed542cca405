"""What columns of texts hold: dates, yes or no, prose, or names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.stacked import by_column, stacked
from lambdas.preprocess.engine import literal
from lambdas.preprocess.read.reading import Table
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

_YES_OR_NO = (
    *("yes", "no", "true", "false", "y", "n", "t", "f", "si", "sí", "verdadero", "falso"),
    *("oui", "non", "vrai", "faux", "ja", "nein", "wahr", "falsch", "sim", "não"),
)
_SAMPLED_ROWS = 5000
# Prose has words between blanks, and hardly ever the same cell twice.
_FEWEST_BLANKS, _DIFFERENT_SHARE = 3.0, 0.5


@dataclass(frozen=True)
class TextType:
    """What a column of texts is to training, and what there is to say of it.

    Parameters
    ----------
    kind : str or None
        ``datetime`` or ``text``; None for categories.
    finding : Finding or None
    """

    kind: str | None = None
    finding: Finding | None = None


def text_types(
    connection: duckdb.DuckDBPyConnection, table: Table, profiles: Sequence[Profile]
) -> dict[int, TextType]:
    """Judge every column of texts by rows from all over the table.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    table : Table
    profiles : sequence of Profile

    Returns
    -------
    dict
        By position.
    """
    texts = {p.position: p for p in profiles if p.position not in table.numbers and p.filled}
    step = max(1, table.rows // _SAMPLED_ROWS)
    words = ", ".join(literal(word) for word in _YES_OR_NO)
    figures = by_column(
        connection,
        texts,
        f"count(cell), count_if(lower(cell) IN ({words})), "
        "avg(length(cell) - length(replace(cell, ' ', '')))",
        lambda batch: stacked(batch, f"rowid % {step} = 0"),
    )
    found = {
        position: _type(texts[position], _Seen(*(float(figure or 0) for figure in seen)))
        for position, seen in figures.items()
    }
    found |= dict.fromkeys(table.dates, TextType("datetime"))
    found |= dict.fromkeys(table.codes, TextType())  # also if written with blanks
    return found


@dataclass(frozen=True)
class _Seen:
    """Cells of the sample: filled, yes or no; and blanks in a cell on average."""

    filled: float
    booleans: float
    blanks: float


def _type(profile: Profile, seen: _Seen) -> TextType:
    name = profile.name
    if profile.distinct <= 2 and seen.booleans == seen.filled and not profile.is_constant:
        text = Message("the column “{name}” is read as yes or no", name=name)
        return TextType(None, Finding("BooleanColumn", text, column=name))
    if seen.blanks >= _FEWEST_BLANKS and profile.distinct >= _DIFFERENT_SHARE * profile.filled:
        text = Message("the column “{name}” is used as free text", name=name)
        return TextType("text", Finding("FreeText", text, column=name))
    return TextType()
