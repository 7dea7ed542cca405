"""What became of every row of a file; the figures add up, or the run is refused as our mistake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from lambdas.preprocess.documents.row_count import check
from lambdas.preprocess.read.reading import Table
from lambdas.preprocess.split.sides import Split


@dataclass(frozen=True)
class Account:
    """The rows of a file.

    Parameters
    ----------
    file : int
        Records below the header; blank lines are none.
    used : int
        Rows of the splits.
    excluded : mapping of str to int
        The others, by reason: ``second_header``, ``repeated_header``, ``below_table``,
        ``target_missing``, ``target_no_number``, ``rare_class`` and ``copy`` (of another row that
        is used). Rows that are ``ragged`` or have ``broken_quotes`` end a run.

    Raises
    ------
    RowsDoNotAddUp
        If some are missing or too many.
    """

    file: int
    used: int
    excluded: Mapping[str, int]

    def __post_init__(self) -> None:
        check(self.file, self.used + sum(self.excluded.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {"file": self.file, "used": self.used, "excluded": dict(self.excluded)}


def account_for(connection: duckdb.DuckDBPyConnection, table: Table, split: Split) -> Account:
    """Account for the rows of a file that was split.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``usable``.
    table : Table
    split : Split
    """
    reasons = dict(
        connection.execute(
            "SELECT reason, count(*) FROM usable WHERE reason IS NOT NULL GROUP BY reason "
            "ORDER BY reason"
        ).fetchall()
    )
    excluded = {why: rows for why, rows in table.excluded.items() if rows}
    return Account(table.file_rows, sum(split.rows.values()), {**excluded, **reasons})
