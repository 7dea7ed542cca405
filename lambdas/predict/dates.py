"""Cells of the model's columns of dates: whether the model reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from lambdas.predict.trained import Feature
from lambdas.predict.unreadable import unreadable
from lambdas.preprocess.columns.dates import moment
from lambdas.preprocess.columns.number_cells import plain
from lambdas.preprocess.engine import stacked
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from training.written_dates import DateForm

_ISO = "%Y-%m-%d"  # which a form reads as well


def unreadable_dates(
    connection: duckdb.DuckDBPyConnection, features: Mapping[int, Feature]
) -> Iterator[Finding]:
    """Yield an error for each column of dates with cells that are none.

    Parameters
    ----------
    features : mapping of int to Feature
        Those of dates by their position in ``data``; one without a form takes any text.
    """
    for n, feature in features.items():
        if not isinstance(feature.form, DateForm):
            continue
        found = _unreadable(connection, n, feature.form, feature.name)
        if found:
            yield found


def _unreadable(
    connection: duckdb.DuckDBPyConnection, n: int, form: DateForm, name: str
) -> Finding | None:
    moments = ", ".join(moment(plain("cell"), pattern) for pattern in (*form.patterns, _ISO))
    unread = f"{stacked([n], f'c{n} IS NOT NULL')} WHERE coalesce({moments}) IS NULL"
    what = Message("is not a date as they were written in training")
    return unreadable(connection, unread, name, what, lambda cell: form.read(cell) is not None)
