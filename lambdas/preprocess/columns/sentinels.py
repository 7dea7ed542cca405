"""Numbers that seem to stand for "no value": -999 or 9999 far from all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb

from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.stacked import by_column
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed

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
    ends = [
        (found, end)
        for found in profiles
        for end, sign in ((found.minimum, -1), (found.maximum, 1))
        if end is not None and sign * end in _NINES
    ]
    figures = {
        end: by_column(
            connection, [found.position for found, own in ends if own == end], _figures(end)
        )
        for end in {end for _, end in ends}
    }
    for found, end in ends:
        yield from _suspected(found, end, *figures[end][found.position])


def _figures(end: float) -> str:
    return (
        f"count_if(cell = {end}), sheet_row(min(CASE WHEN cell = {end} THEN id END)), "
        f"{'max' if end > 0 else 'min'}(CASE WHEN cell <> {end} THEN cell END)"
    )


def _suspected(
    found: Profile, end: float, count: int, first: int, nearest: float | None
) -> Iterator[Finding]:
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
