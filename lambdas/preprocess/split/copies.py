"""Tell copies of rows from rows that are equal by nature.

For every row it is estimated how many equals chance gives it, from the rows that differ from it in
one block of columns only (`coincidence`). Rows with about as many expected equals are judged
together: if they have more than twice as many equals as expected, so that most of these are not
explained by chance (a local false discovery rate below one half: Efron, Large-Scale Inference,
2010, chapter 5), the equal ones among them are copies. A row that has an equal by chance anyway is
none, however many it has: one more tells a model nothing that it would not know.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.engine import one
from lambdas.preprocess.split.arrangement import Arrangement
from lambdas.preprocess.split.coincidence import Agreements, Chance, chance

_MOST_BLOCKS = 6
_UNEXPLAINED = 2  # times as many as expected: more than half is not explained by chance
# Steps of expected equals: none, below 4^-4, 4^-3, … 4^0, and more: these are never copies.
_STEP = (
    "CASE WHEN expected <= 0 THEN -9 WHEN expected >= 1 THEN 0 "
    "ELSE greatest(-5, floor(log2(expected) / 2)) END"
)


@dataclass(frozen=True)
class Copies:
    """Usable rows that repeat the features of an earlier row.

    Parameters
    ----------
    copied : int
        Copies, by the criterion above.
    natural : int
        Those that are equal by nature.
    excluded : int
        Copies that agree in the target, too.
    """

    copied: int = 0
    natural: int = 0
    excluded: int = 0


def find_copies(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    task: str,
    arrangement: Arrangement,
) -> Copies:
    """Add the column ``record`` to ``usable``: a number that copies of one row share, else NULL.

    Copies share their features, whatever their target. In regression, rows with features that are
    equal by nature may be copies still, as the target has many values; these share the target, too.
    Where rows have times, none is a copy: what comes again later has happened again.
    """
    connection.execute("ALTER TABLE usable ADD COLUMN record UBIGINT")
    repeated = _repeated(connection, "cells", "label IS NOT NULL")
    if not repeated or arrangement.moment:
        return Copies(natural=repeated)
    columns = [f"c{feature.position}" for feature in features]
    keys = {"cells": columns}
    if task == "regression":
        keys["hash(cells, label)"] = [*columns, "label"]
    for key, parts in keys.items():
        if len(parts) > 1:
            _find(connection, key, parts)
    copied = _repeated(connection, "record", "record IS NOT NULL")
    return Copies(copied, repeated - copied)


def _repeated(connection: duckdb.DuckDBPyConnection, key: str, which: str) -> int:
    (rows,) = one(connection, f"SELECT count(*) - count(DISTINCT {key}) FROM usable WHERE {which}")
    return int(rows)


def _find(connection: duckdb.DuckDBPyConnection, key: str, columns: Sequence[str]) -> None:
    """Fill in ``record`` by what some columns tell of the rows that are equal in all of them."""
    blocks = _blocks(connection, key, columns)
    agreements = Agreements(connection, "blocks", blocks)
    _make_likely(connection, agreements, chance(agreements))
    steps = connection.execute(
        f"SELECT step FROM (SELECT *, {_STEP} AS step FROM likely) WHERE step < 0 GROUP BY step "
        f"HAVING sum(rows * (rows - 1)) > {_UNEXPLAINED} * sum(rows * expected * stands_for)"
    ).fetchall()
    if steps:
        named = ", ".join(str(int(step)) for (step,) in steps)
        connection.execute(
            f"UPDATE usable SET record = {key} WHERE record IS NULL AND label IS NOT NULL "
            f"AND {key} IN (SELECT key FROM likely WHERE rows > 1 AND {_STEP} IN ({named}))"
        )
    connection.execute("DROP TABLE likely; DROP TABLE blocks")


def _blocks(connection: duckdb.DuckDBPyConnection, key: str, columns: Sequence[str]) -> int:
    """Make the table ``blocks``: ``key``, and a hash of each block of neighbouring columns."""
    count = min(_MOST_BLOCKS, len(columns))
    ends = [place * len(columns) // count for place in range(count + 1)]
    # The block's number is hashed with it, as equal cells of two blocks would cancel each other.
    hashes = ", ".join(
        f"hash({', '.join(columns[ends[block] : ends[block + 1]])}, {block}) AS b{block}"
        for block in range(count)
    )
    connection.execute(
        f"CREATE TEMP TABLE blocks AS SELECT {key} AS key, {hashes} "
        "FROM data POSITIONAL JOIN usable WHERE label IS NOT NULL"
    )
    return count


def _make_likely(
    connection: duckdb.DuckDBPyConnection, agreements: Agreements, found: Chance
) -> None:
    """Make the table ``likely``: each different row, how often it is there, and expected equals.

    Of the rows without an equal it has a part only, each of which ``stands_for`` several.
    """
    part = agreements.part
    hashes = ", ".join(f"any_value(b{block}) AS b{block}" for block in range(agreements.blocks))
    connection.execute(
        f"CREATE TEMP TABLE rows_alike AS SELECT key, {hashes}, count(*) AS rows "
        f"FROM blocks GROUP BY key HAVING count(*) > 1 OR key % {part} = 0"
    )
    joins, terms = "", []
    for place, (block, odds) in enumerate(found.odds.items()):
        shared = agreements.key(block)
        joins += (
            f" JOIN (SELECT {shared} AS near, count(*) AS rows FROM blocks "
            f"WHERE {shared} IN (SELECT {shared} FROM rows_alike) GROUP BY near) AS n{place} "
            f"ON n{place}.near = a{place}"
        )
        terms.append(f"{odds!r} * (n{place}.rows - alike.rows)")
    nears = ", ".join(
        f"{agreements.key(block)} AS a{place}" for place, block in enumerate(found.odds)
    )
    connection.execute(
        f"CREATE TEMP TABLE likely AS SELECT key, alike.rows AS rows, "
        f"({' + '.join(terms)}) / {len(terms)} AS expected, "
        f"CASE WHEN alike.rows > 1 THEN 1 ELSE {part} END AS stands_for "
        f"FROM (SELECT key, rows, {nears} FROM rows_alike) AS alike{joins}"
    )
    connection.execute("DROP TABLE rows_alike")
