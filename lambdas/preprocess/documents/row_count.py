"""Counts of the same rows that must be equal."""

from __future__ import annotations


class RowsDoNotAddUp(RuntimeError):  # noqa: N818 - a mistake in here, not in a file
    """Rows were lost or made up on the way."""


def check(expected: int, counted: int) -> None:
    """Compare two counts of the same rows.

    Raises
    ------
    RowsDoNotAddUp
        If they differ.
    """
    if expected != counted:
        raise RowsDoNotAddUp(f"{expected} rows were expected, {counted} are accounted for")
