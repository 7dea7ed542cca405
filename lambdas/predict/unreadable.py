"""Cells that the model can't read, by their rows and never by what they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb

from lambdas.preprocess.engine import literal, one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message, listed

_MOST_TEXTS = 1000  # of a column, different ones that are looked at one by one


def unreadable(
    connection: duckdb.DuckDBPyConnection,
    cells: str,
    name: str,
    what: Message,
    is_read: Callable[[str], bool],
) -> Finding | None:
    """Return an error with the rows of some cells of a column; None if there is none.

    Parameters
    ----------
    cells : str
        SQL of the cells that SQL can't read, with their rows' ``id``, as it stands after FROM; it
        ends in a condition.
    what : Message
        What is wrong with each, as a clause.
    is_read : callable
        Whether the column's form reads a cell all the same.
    """
    distinct = f"SELECT DISTINCT cell FROM {cells} LIMIT {_MOST_TEXTS}"  # noqa: S608
    texts = [cell for (cell,) in connection.execute(distinct).fetchall() if is_read(cell)]
    fine = ", ".join(map(literal, [*texts, ""]))
    count, first = first_rows(connection, f"{cells} AND cell NOT IN ({fine})")
    if not count:
        return None
    text = Message(
        "in the column “{name}”, {count} cell {what} (row {rows})",
        "in the column “{name}”, each of {count} cells {what} (rows {rows})",
        name=name,
        count=count,
        what=what,
        rows=and_more(first, count),
    )
    return Finding("CellUnreadable", text, column=name, row=first[0])


def first_rows(connection: duckdb.DuckDBPyConnection, cells: str) -> tuple[int, list[int]]:
    """Return how many cells there are, and the rows of the first as a spreadsheet counts."""
    count, rows = one(connection, f"SELECT count(*), min(id, {NAMED}) FROM {cells}")  # noqa: S608
    numbers = ", ".join(f"sheet_row({int(row)})" for row in rows or ())
    return int(count), list(map(int, one(connection, f"SELECT {numbers}"))) if numbers else []


def and_more(first: Sequence[int], count: int) -> Message:
    """Return the numbers of the first rows, and how many more there are."""
    if count <= len(first):
        return listed(first)
    names = ", ".join(map(str, first))
    return Message("{names} and {count} more", names=names, count=count - len(first))
