"""Which of the columns that may identify rows does: by what was predicted of their values."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.actuals.keys import KeyColumn
from lambdas.preprocess.engine import one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed, together

_PREDICTED = 0.5  # share of a column's values that must have been predicted
_ONCE = 0.9  # share of predicted rows whose key no other row of their file may have
_COUNTS = 0.95  # share of values that are their row's own number, from which on they say no more


@dataclass(frozen=True)
class _Tried:
    """How a column's values fit the predictions.

    Parameters
    ----------
    filled, predicted : int
        Rows of the file with a value, and those of them that were predicted.
    rows, once, counted : int
        Rows of predictions with such a value; those whose value no other row of their file has;
        and those whose value is their number within their file.
    """

    filled: int
    predicted: int
    rows: int
    once: int
    counted: int

    @property
    def objection(self) -> Message | None:
        """Why the column does not identify rows, as a clause; None if it may."""
        if self.predicted < _PREDICTED * self.filled:
            return Message(
                "{predicted} of its {filled} values were predicted",
                predicted=self.predicted,
                filled=self.filled,
            )
        if self.once < _ONCE * self.rows:
            return Message("its values repeat in the rows that were predicted")
        if self.rows > 1 and self.counted >= _COUNTS * self.rows:
            return Message("it only numbers the rows that were predicted")
        return None


def choose_key(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[KeyColumn], tables: Sequence[str]
) -> tuple[int | None, list[Finding]]:
    """Return the place of the column that identifies rows, and what is noticed.

    Of several that do, any will do that has all pairs of the others: they agree then.

    Parameters
    ----------
    keys : sequence of KeyColumn
        Those that may; of the tables ``keys`` and those of `take` they are ``k0``, ``k1``, ….
    """
    columns = ", ".join(["run", "row", *(f"k{n}" for n in range(len(keys)))])
    union = " UNION ALL ".join(f"SELECT {columns} FROM {table}" for table in tables)
    connection.execute(f"CREATE OR REPLACE VIEW predicted AS {union}")
    tried = {n: _try(connection, n) for n in range(len(keys))}
    present = {n: found for n, found in tried.items() if found.rows}
    if not present:
        return None, [nothing_matched(keys)]
    good = [n for n, found in present.items() if found.objection is None]
    if not good:
        return None, [_none_fits(keys, present)]
    best = max(good, key=lambda n: (present[n].rows, -n))
    if any(_has_others(connection, n, best) for n in good if n != best):
        text = Message(
            "each of these columns could identify rows, and they do not agree: {names}",
            names=listed([keys[n].name for n in good]),
        )
        return None, [Finding("KeyUnclear", text)]
    text = Message("the column “{name}” is taken to identify rows", name=keys[best].name)
    return best, [Finding("KeyAssumed", text, column=keys[best].name)]


def _try(connection: duckdb.DuckDBPyConnection, n: int) -> _Tried:
    number = f"TRY_CAST(k{n} AS BIGINT)"
    with_count = (
        f"SELECT *, count(*) OVER (PARTITION BY run, k{n}) AS alike FROM predicted "
        f"WHERE k{n} IN (SELECT k{n} FROM keys)"
    )
    rows, once, from_one, from_zero = one(
        connection,
        f"SELECT count(*), count_if(alike = 1), count_if({number} = row), "
        f"count_if({number} = row - 1) FROM ({with_count})",
    )
    filled, predicted = one(
        connection,
        f"SELECT count(k{n}), count_if(k{n} IN (SELECT k{n} FROM predicted)) FROM keys",
    )
    # Of no rows there are none to count.
    return _Tried(filled, predicted or 0, rows, once or 0, max(from_one or 0, from_zero or 0))


def _has_others(connection: duckdb.DuckDBPyConnection, n: int, than: int) -> bool:
    """Return whether a column matches rows that another does not, each of them once in its file."""
    (others,) = one(connection, f"SELECT count(*) FROM ({_pairs(n)} EXCEPT {_pairs(than)})")
    return bool(others)


def _pairs(n: int) -> str:
    return (
        f"SELECT id, run, row FROM keys JOIN predicted ON keys.k{n} = predicted.k{n} "
        f"QUALIFY count(*) OVER (PARTITION BY run, predicted.k{n}) = 1"
    )


def nothing_matched(keys: Sequence[KeyColumn]) -> Finding:
    """Return the error where no key was predicted."""
    text = Message(
        "no value of the column {names} is among the rows that were predicted",
        "no value of any of these {count} columns is among the rows that were predicted: {names}",
        count=len(keys),
        names=listed([key.name for key in keys]),
    )
    return Finding("NothingMatched", text)


def _none_fits(keys: Sequence[KeyColumn], tried: dict[int, _Tried]) -> Finding:
    why = [
        Message("“{name}”: {why}", name=keys[n].name, why=found.objection)
        for n, found in tried.items()
        if found.objection
    ]
    text = Message("no column identifies rows for certain; {why}", why=together(why))
    return Finding("KeyUnclear", text, column=keys[next(iter(tried))].name)
