"""What in the rows differs from what the model was trained on; nothing of it stops a prediction."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

import duckdb

from lambdas.predict.trained import Feature, Trained
from lambdas.predict.unreadable import and_more, first_rows
from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.engine import literal, stacked
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from training.written_words import WordForm

_ROUNDED = 5e-6  # profile.json has six significant digits
_MOST_CATEGORIES = 10_000  # of a column; with more it is not looked at


def unusual(
    connection: duckdb.DuckDBPyConnection,
    features: Mapping[int, Feature],
    trained: Trained,
) -> Iterator[Finding]:
    """Yield findings about numbers out of range and new categories.

    Parameters
    ----------
    features : mapping of int to Feature
        By their position in ``data``, where numbers are DOUBLE.
    """
    numeric = {n for n, feature in features.items() if feature.kind == "numeric"}
    known = {n: trained.columns.get(feature.name, {}) for n, feature in features.items()}
    for n, column in known.items():
        if n in numeric and column.get("numbers"):
            yield from _out_of_range(connection, n, features[n].name, column["numbers"])
        if features[n].name in trained.categories:
            yield from _unseen(connection, n, features[n], {*trained.categories[features[n].name]})


def _out_of_range(
    connection: duckdb.DuckDBPyConnection, n: int, name: str, numbers: Mapping[str, Any]
) -> Iterator[Finding]:
    least, most = numbers["minimum"], numbers["maximum"]
    if least is None or most is None:
        return
    low, high = (repr(end + side * _ROUNDED * abs(end)) for end, side in ((least, -1), (most, 1)))
    value = usable("cell")
    cells = f"{stacked([n])} WHERE {value} < {low}::DOUBLE OR {value} > {high}::DOUBLE"
    count, first = first_rows(connection, cells)
    if count:
        text = Message(
            "in the column “{name}”, {count} number is outside the range of training (row {rows})",
            "in the column “{name}”, {count} numbers are outside the range of training "
            "(rows {rows})",
            name=name,
            count=count,
            rows=and_more(first, count),
        )
        yield Finding("OutOfRange", text, column=name, row=first[0])


def _unseen(
    connection: duckdb.DuckDBPyConnection, n: int, feature: Feature, known: Set[str]
) -> Iterator[Finding]:
    texts = connection.execute(
        f"SELECT DISTINCT c{n} FROM data WHERE c{n} IS NOT NULL LIMIT {_MOST_CATEGORIES}"
    ).fetchall()
    form = feature.form if isinstance(feature.form, WordForm) else WordForm(())
    new = [cell for (cell,) in texts if form.read(cell) not in known]
    if not new or len(texts) == _MOST_CATEGORIES:
        return
    cells = f"{stacked([n])} WHERE cell IN ({', '.join(map(literal, new))})"
    count, first = first_rows(connection, cells)
    text = Message(
        "in the column “{name}”, {count} row has a category that training did not (row {rows})",
        "in the column “{name}”, {count} rows have categories that training did not (rows {rows})",
        name=feature.name,
        count=count,
        rows=and_more(first, count),
    )
    yield Finding("CategoryUnseen", text, column=feature.name, row=first[0])
