"""Cells of the model's numeric columns as numbers, as training and the endpoint would read them.

Columns of nothing but plain numbers are converted as they are. The others are read in the form that
they had in training, with the decimal sign that this file shows.
"""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import duckdb

from lambdas.predict.trained import Feature
from lambdas.predict.unreadable import unreadable
from lambdas.preprocess.columns import number_cells as cells
from lambdas.preprocess.columns.cells import INFINITE, NUMBER
from lambdas.preprocess.engine import (
    batches,
    by_column,
    literal,
    one,
    remake,
    replace_columns,
)
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from training.written_numbers import AMBIGUOUS, NumberForm


@dataclass(frozen=True)
class Asked:
    """What settings say about numbers.

    Parameters
    ----------
    decimal : str or None
        The decimal sign.
    numbers : frozenset of str
        Columns, in small letters, in which all that is not a number is missing.
    """

    decimal: str | None = None
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Signs:
    """How many cells show a decimal point or comma by themselves, and how many leave it open."""

    points: int = 0
    commas: int = 0
    open: int = 0
    others: int = 0  # cells that are no plain numbers

    @property
    def decimal(self) -> str | None:
        """The sign that most show."""
        return None if self.points == self.commas else "," if self.commas > self.points else "."


def read_numbers(
    connection: duckdb.DuckDBPyConnection, features: Mapping[int, Feature], width: int, asked: Asked
) -> list[Finding]:
    """Turn columns of ``data`` into DOUBLE; return an error for each with cells that are none.

    Parameters
    ----------
    features : mapping of int to Feature
        The numeric ones by their position in ``data``.
    width : int
        Columns of ``data``.
    """
    signs = _signs(connection, features)
    points, commas = (
        sum(getattr(each, name) for each in signs.values()) for name in ("points", "commas")
    )
    of_file = _Signs(points, commas).decimal
    forms = {
        n: _form(features[n], asked.decimal or found.decimal or of_file)
        for n, found in signs.items()
    }
    plain = {
        n for n, found in signs.items()
        if not found.others and (forms[n].agrees_with_float or not found.open)
    }  # fmt: skip
    written = {n: form for n, form in forms.items() if n not in plain}
    wrong = (
        _unreadable(connection, n, form, features[n].name)
        for n, form in written.items()
        if features[n].name.casefold() not in asked.numbers
    )
    findings = [finding for finding in wrong if finding]
    _cast(connection, plain, width)
    units = {n: form.units for n, form in written.items()}
    values = {n: cells.value(form) for n, form in written.items()}
    replace_columns(connection, values, width, lambda batch: cells.judged(batch, units))
    return findings


def _form(feature: Feature, decimal: str | None) -> NumberForm:
    form = feature.form if isinstance(feature.form, NumberForm) else NumberForm()
    return replace(form, decimal=decimal) if decimal else form


def _signs(
    connection: duckdb.DuckDBPyConnection, features: Mapping[int, Feature]
) -> dict[int, _Signs]:
    number, open_ = literal(f"{NUMBER}|{INFINITE}"), literal(AMBIGUOUS)
    found: dict[int, _Signs] = {}
    for batch in batches(features):
        figures = ", ".join(
            f"count_if(c{n} IS NOT NULL AND NOT regexp_full_match(c{n}, {number})), "
            f"count_if(c{n} IS NOT NULL AND regexp_full_match(c{n}, {open_})), "
            f"count_if(c{n} IS NOT NULL AND contains(c{n}, '.'))"
            for n in batch
        )
        counts = iter(one(connection, f"SELECT {figures} FROM data"))
        for n in batch:
            others, ambiguous, pointed = next(counts), next(counts), next(counts)
            found[n] = _Signs(pointed - ambiguous, 0, ambiguous, others)
    judged = [n for n, each in found.items() if each.others]
    for n, (styles,) in by_column(
        connection, judged, f"histogram({cells.style()})", lambda batch: cells.judged(batch, {})
    ).items():
        shown = {style: count for style, count in (styles or {}).items() if style}
        open_cells = shown.get("?.", 0) + shown.get("?,", 0)
        found[n] = _Signs(shown.get(".", 0), shown.get(",", 0), open_cells, found[n].others)
    return found


def _cast(connection: duckdb.DuckDBPyConnection, plain: set[int], width: int) -> None:
    if not plain:
        return
    columns = (f"CAST(c{n} AS DOUBLE) AS c{n}" if n in plain else f"c{n}" for n in range(width))
    remake(connection, columns)


def _unreadable(
    connection: duckdb.DuckDBPyConnection, n: int, form: NumberForm, name: str
) -> Finding | None:
    """Return what is wrong with a column, if anything is but words for "no value"."""
    is_infinite = f"regexp_full_match(cell, {literal(INFINITE)})"
    unread = (
        f"{cells.judged([n], {n: form.units})} "
        f"WHERE cell IS NOT NULL AND {cells.value(form)} IS NULL AND NOT {is_infinite}"
    )
    what = Message("is not a number as they were written in training")
    return unreadable(connection, unread, name, what, partial(_is_word, form))


def _is_word(form: NumberForm, cell: str) -> bool:
    value = form.read(cell)
    return value is not None and math.isnan(value)
