"""Numbers that seem to stand for "no value": -999 or 9999 far from all others."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb

from lambdas.preprocess.engine import one
from lambdas.preprocess.profile import Profile
from lambdas.shared.findings import Finding
from lambdas.shared.message import Message, listed

_NINES = frozenset(float("9" * digits) for digits in range(2, 7))
_FEWEST = 2
_FAR = 0.5  # the next number is not even half as large


def suspected_sentinels(
    connection: duckdb.DuckDBPyConnection, profiles: Iterable[Profile]
) -> Iterator[Finding]:
    """Yield a finding for each column of numbers that ends in nines.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``data``.
    profiles : iterable of Profile
        Columns of numbers.
    """
    for found in profiles:
        for end, sign in ((found.minimum, -1), (found.maximum, 1)):
            if end is not None and sign * end in _NINES:
                yield from _suspected(connection, found, end)


def _suspected(
    connection: duckdb.DuckDBPyConnection, found: Profile, end: float
) -> Iterator[Finding]:
    column = f"c{found.position}"
    count, first, nearest = one(
        connection,
        f"SELECT count_if({column} = {end}), "
        f"sheet_row(min(CASE WHEN {column} = {end} THEN rowid END)), "
        f"{'max' if end > 0 else 'min'}(CASE WHEN {column} <> {end} THEN {column} END) FROM data",
    )
    if count < _FEWEST or nearest is None or nearest / end > _FAR:
        return
    text = Message(
        "{count} cell of the column “{name}” holds a number of nines that is far from all others "
        "(row {rows})",
        "{count} cells of the column “{name}” hold a number of nines that is far from all others "
        "(the first is in row {rows})",
        count=count,
        name=found.name,
        rows=listed([first]),
    )
    yield Finding("SentinelSuspected", text, column=found.name, row=first)
