"""Compare the file in ``data`` with what a champion has learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import duckdb

from lambdas.drift.bins import NumberBins, TextBins
from lambdas.drift.compare import Compared, Level, levels
from lambdas.drift.counts import (
    Counts,
    Expressions,
    count_filled,
    count_numbers,
    count_texts,
)
from lambdas.drift.domain import Domain, domain
from lambdas.drift.reference import Known, Reference
from lambdas.drift.sample import coded, draw, from_json
from lambdas.shared.documents.contents import Drift as Content
from lambdas.shared.documents.contents import Sample


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
    domain : Domain or None
        All features together; None where too few rows are known.
    lacking, new, changed : list of str
        Columns that the file does not have, that the champion's did not have, and that hold
        texts instead of numbers or the other way round.
    answered_by : int or None
        A later version that has learned from columns like those that drifted far.
    """

    version: int
    rows_before: int
    rows: int
    columns: list[tuple[Compared, Level]]
    target: tuple[Compared, Level] | None
    lacking: list[str]
    new: list[str]
    changed: list[str]
    domain: Domain | None = None
    answered_by: int | None = None

    @property
    def far(self) -> set[str]:
        """Names of the columns that have drifted far."""
        return {column.name for column, level in self.columns if level == "large"}

    def to_json(self) -> Content:
        """Return the content of ``drift.json``."""
        return {
            "champion": self.version,
            "rows": {"before": self.rows_before, "now": self.rows},
            "columns": [column.to_json(level) for column, level in self.columns],
            "target": self.target and self.target[0].to_json(self.target[1]),
            "domain": self.domain.to_json() if self.domain else None,
            "lacking": self.lacking,
            "new": self.new,
            "changed": self.changed,
            "answered_by": self.answered_by,
        }


def measure(
    connection: duckdb.DuckDBPyConnection,
    reference: Reference,
    file: FileColumns,
    counted: Counts | None = None,
) -> Drift:
    """Return how the file differs, and whether a later version has learned from files like it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    counted : Counts, optional
        What has been counted already, numbers with the edges that `edges` returns.
    """
    drift = _measure(connection, reference, file, counted)
    if reference.later is None or not drift.far:
        return drift
    later = _measure(connection, reference.later, file, counted)
    near = {column.name for column, level in later.columns if level != "large"}
    return replace(drift, answered_by=later.version) if drift.far <= near else drift


def _measure(
    connection: duckdb.DuckDBPyConnection,
    reference: Reference,
    file: FileColumns,
    counted: Counts | None,
) -> Drift:
    there = [known for known in _asked(reference) if known.name in file.positions]
    places = {file.positions[known.name]: known for known in there if _is_same(known, file)}
    counts = _counts(connection, places, file, counted)
    compared = [
        Compared(known.name, known.bins, counts[n], (reference.rows, file.rows))
        for n, known in places.items()
        if known.bins
    ]
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
        changed=[known.name for known in there if not _is_same(known, file)],
        domain=_domain(connection, reference, places, file, counted),
    )


def _domain(
    connection: duckdb.DuckDBPyConnection,
    reference: Reference,
    places: Mapping[int, Known],
    file: FileColumns,
    counted: Counts | None,
) -> Domain | None:
    before = from_json(cast("Sample", reference.sample))
    features = {
        n: known
        for n, known in places.items()
        if known.bins and known.name in before and known.name != reference.target.name
    }
    cells = counted.drawn if counted else draw(connection, sorted(features), file.numbers)
    now = {
        known.name: coded(known.bins, cells[n], known.form.read)
        for n, known in features.items()
        if known.bins
    }
    bins = {known.name: known.bins for known in features.values() if known.bins}
    return domain(before, now, bins)


def drawn_columns(reference: Reference, file: FileColumns) -> set[int]:
    """Return the positions of the columns whose rows are compared as a whole."""
    names = reference.sample.get("columns", ())
    return {file.positions[name] for name in names if name in file.positions}


def edges(reference: Reference, file: FileColumns) -> dict[int, tuple[float, ...]]:
    """Return the ends of all bins in which the file's numbers are compared, by position."""
    found: dict[int, tuple[float, ...]] = {}
    for each in (reference, reference.later):
        for known in _asked(each) if each else ():
            if known.name in file.positions and _is_same(known, file):
                n, bins = file.positions[known.name], known.bins
                if isinstance(bins, NumberBins):
                    found[n] = (*found.get(n, ()), *bins.edges)
    return found


def _counts(
    connection: duckdb.DuckDBPyConnection,
    places: Mapping[int, Known],
    file: FileColumns,
    counted: Counts | None,
) -> dict[int, tuple[int, ...]]:
    """Return the rows in each of the champion's bins, counting what has not been counted."""
    bins = {n: known.bins for n, known in places.items() if known.bins}
    ends = {n: each.edges for n, each in bins.items() if isinstance(each, NumberBins)}
    values = {n: each.values for n, each in bins.items() if isinstance(each, TextBins)}
    numbers = counted.numbers if counted else count_numbers(connection, file.numbers, ends)
    known = counted or Counts()
    only_filled = {n for n, each in values.items() if not each}
    filled = {**known.filled, **count_filled(connection, only_filled - known.filled.keys())}
    named = values.keys() - only_filled
    texts = {**known.texts, **count_texts(connection, sorted(named - known.texts.keys()))}
    return {
        **{n: numbers[n].between(edges) for n, edges in ends.items()},
        **{n: texts[n].read(places[n].form.read).of(values[n]) for n in named},
        **{n: (filled[n],) for n in only_filled},
    }


def _asked(reference: Reference) -> list[Known]:
    return [*reference.features, reference.target]


def _is_same(known: Known, file: FileColumns) -> bool:
    is_number = file.positions[known.name] in file.numbers
    return is_number == (known.kind == "numeric")
