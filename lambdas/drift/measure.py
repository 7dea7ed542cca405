"""Compare the file in ``data`` with what a champion has learned from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from lambdas.drift.bins import Expressions, NumberBins, TextBins, count_numbers, count_texts
from lambdas.drift.compare import Compared, Level, levels
from lambdas.drift.reference import Known, Reference
from lambdas.shared.documents.contents import Drift as Content


@dataclass(frozen=True)
class FileColumns:
    """The columns of ``data``.

    Parameters
    ----------
    positions : mapping of str to int
        By name.
    numbers : mapping of int to str
        SQL of a DOUBLE, of the columns that hold numbers.
    """

    positions: Mapping[str, int]
    numbers: Expressions
    rows: int


@dataclass(frozen=True)
class Drift:
    """A file beside the champion's.

    Parameters
    ----------
    columns : list of (Compared, level)
        The champion's columns that can be compared, in its order.
    target : (Compared, level) or None
    lacking, new, changed : list of str
        Columns that the file does not have, that the champion's did not have, and that hold
        texts instead of numbers or the other way round.
    """

    version: int
    rows_before: int
    rows: int
    columns: list[tuple[Compared, Level]]
    target: tuple[Compared, Level] | None
    lacking: list[str]
    new: list[str]
    changed: list[str]

    def to_json(self) -> Content:
        """Return the content of ``drift.json``."""
        return {
            "champion": self.version,
            "rows": {"before": self.rows_before, "now": self.rows},
            "columns": [column.to_json(level) for column, level in self.columns],
            "target": self.target and self.target[0].to_json(self.target[1]),
            "lacking": self.lacking,
            "new": self.new,
            "changed": self.changed,
        }


def measure(
    connection: duckdb.DuckDBPyConnection, reference: Reference, file: FileColumns
) -> Drift:
    """Return how the file differs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    """
    asked = [*reference.features, reference.target]
    there = [known for known in asked if known.name in file.positions]
    same = [known for known in there if _is_same(known, file)]
    compared = list(_compared(connection, same, reference, file))
    found = dict(zip((column.name for column in compared), levels(compared), strict=True))
    by_name = {column.name: (column, found[column.name]) for column in compared}
    target = by_name.pop(reference.target.name, None)
    return Drift(
        version=reference.version,
        rows_before=reference.rows,
        rows=file.rows,
        columns=list(by_name.values()),
        target=target,
        lacking=[known.name for known in reference.features if known.name not in file.positions],
        new=[name for name in file.positions if name not in reference.columns],
        changed=[known.name for known in there if known not in same],
    )


def _is_same(known: Known, file: FileColumns) -> bool:
    is_number = file.positions[known.name] in file.numbers
    return is_number == (known.kind == "numeric")


def _compared(
    connection: duckdb.DuckDBPyConnection,
    same: Iterable[Known],
    reference: Reference,
    file: FileColumns,
) -> Iterator[Compared]:
    places = {file.positions[known.name]: known for known in same}
    numbers = {n: k.bins.edges for n, k in places.items() if isinstance(k.bins, NumberBins)}
    texts = {
        n: (k.bins.values, k.form.read) for n, k in places.items() if isinstance(k.bins, TextBins)
    }
    counts = count_numbers(connection, {n: file.numbers[n] for n in numbers}, numbers)
    counts |= count_texts(connection, texts)
    for n, known in places.items():
        if known.bins:
            yield Compared(known.name, known.bins, counts[n], (reference.rows, file.rows))
