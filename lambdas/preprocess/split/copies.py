"""Distinguish copies of rows from rows that are equal by nature.

How many rows would be equal by chance is estimated from how many are nearly equal. The columns are
put into blocks. For two blocks A and B, take the pairs of rows that agree in all other blocks: n_AB
of them differ in both A and B, n_A only in A, n_B only in B. If, among such pairs, agreeing in A
and agreeing in B were independent, n_A * n_B / n_AB pairs would agree in both, that is, be equal
(the odds ratio of a two-by-two table is 1; Bishop, Fienberg and Holland, Discrete Multivariate
Analysis, 1975, chapter 2). So columns may depend on each other as they like, as long as two blocks
do not once everything else is equal. Rows that were copied add to the equal pairs and to none of
the others.

Blocks that depend on each other even then (a code and its name, the columns of one category) are
merged, the most dependent two first, down to two blocks. Blocks without which no more rows are
equal may follow from the others (a sum, a ratio), and are ignored for a trial. Of all these
partitions the one that expects most equal pairs is taken, as a copy must be shown.

For every row it is then estimated how many equals chance gives it. Rows with about as many expected
equals are judged together: if they have more than twice as many equals as expected, so that most of
these are not explained by chance (a local false discovery rate below one half: Efron, Large-Scale
Inference, 2010, chapter 5), the equal ones among them are copies. A row that has an equal by chance
anyway is none, however many it has: one more teaches a model nothing new.
"""

# ruff: noqa: S608 - statements hold positions, constants and the caller's own names only

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.engine import one
from lambdas.preprocess.split.rows import Arrangement

Block = frozenset[int]
_FEWEST_BLOCKS = 2
_ROWS = 200_000  # of more rows, as large a part is counted
_MOST_BLOCKS = 6
_UNEXPLAINED = 2  # times as many as expected: more than half is not explained by chance
# Steps of expected equals: none, below 4^-4, 4^-3, … 4^0, and more: these are never copies.
_STEP = (
    "CASE WHEN expected <= 0 THEN -9 WHEN expected >= 1 THEN 0 "
    "ELSE greatest(-5, floor(log2(expected) / 2)) END"
)


@dataclass(frozen=True)
class Chance:
    """What is expected by chance.

    Parameters
    ----------
    pairs, expected : float
        Ordered pairs of equal rows: found, and by chance.
    odds : dict
        By block, the odds that two rows that agree in all others agree in it, too. Blocks that
        follow from others belong to all.
    """

    pairs: float
    expected: float
    odds: dict[Block, float]


class Agreements:
    """Counts pairs of rows that agree in all blocks but some.

    Parameters
    ----------
    table : str
        Its columns ``b0``, ``b1``, … are 64-bit hashes of a block of columns each.
    blocks : int
        How many there are, at least two.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, blocks: int) -> None:
        self._connection = connection
        self._table = table
        self.blocks = blocks
        self.rows = int(one(connection, f"SELECT count(*) FROM {table}")[0])
        self.part = 1 + self.rows // _ROWS
        self._known: dict[Block, int] = {}

    def key(self, without: Block) -> str:
        """Return the SQL of what rows share that agree in all blocks but these."""
        key = "0::UBIGINT"
        for block in range(self.blocks):
            if block not in without:
                key = f"xor({key}, b{block})"
        return key

    def pairs(self, without: Block) -> int:
        """Return how many ordered pairs, a row with itself included, agree in all other blocks."""
        if without not in self._known:
            self._known[without] = self._count(without)
        return self._known[without]

    def _count(self, without: Block) -> int:
        if len(without) == self.blocks:
            return self.rows * self.rows
        # Equal keys are in the part together or not at all.
        (pairs,) = one(
            self._connection,
            "SELECT sum(rows::HUGEINT * rows) FROM ("
            f"SELECT count(*) AS rows FROM (SELECT {self.key(without)} AS key FROM {self._table}) "
            f"WHERE key % {self.part} = 0 GROUP BY key)",
        )
        return int(pairs or 0) * self.part


def chance(agreements: Agreements) -> Chance:
    """Return what is expected by chance in the partition that expects most."""
    blocks: list[Block] = [frozenset({block}) for block in range(agreements.blocks)]
    counts = _Counts(agreements, blocks)
    independent = _without_consequences(counts)
    found: list[Chance] = list(_merged(counts))
    if independent is not counts:
        found += _merged(independent)
    return max(found, key=lambda each: each.expected)


def _merged(counts: _Counts) -> Iterator[Chance]:
    """Yield what is expected with all blocks, and as the most dependent two are merged."""
    yield counts.chance()
    while len(counts.blocks) > _FEWEST_BLOCKS:
        counts = counts.merged()
        yield counts.chance()


def _without_consequences(counts: _Counts) -> _Counts:
    """Remove blocks without which no more rows are equal: perhaps they follow from the others."""
    while len(counts.blocks) > _FEWEST_BLOCKS:
        kept = [counts.without(block) for block in counts.blocks if not counts.tells_apart(block)]
        if not kept:
            break
        counts = max(kept, key=lambda each: each.chance().expected)
    return counts


class _Counts:
    """Pairs that differ in one block only, and in two, whatever the ignored blocks hold."""

    def __init__(
        self, agreements: Agreements, blocks: Sequence[Block], ignored: Block = frozenset()
    ) -> None:
        def pairs(without: Block) -> int:
            return agreements.pairs(without | ignored)

        self.blocks = tuple(blocks)
        self._agreements = agreements
        self._ignored = ignored
        equal = agreements.pairs(frozenset())
        self._equal = equal - agreements.rows
        # Counts of a part of the rows are estimates, which may contradict each other a little.
        self._one = {block: max(0, pairs(block) - equal) for block in blocks}
        self._two = {
            frozenset({a, b}): max(0, pairs(a | b) - pairs(a) - pairs(b) + equal)
            for a, b in combinations(blocks, 2)
        }

    def chance(self) -> Chance:
        products = sum(self._one[a] * self._one[b] for a, b in combinations(self.blocks, 2))
        odds = {
            block | self._ignored: _ratio(
                sum(self._one[other] for other in self.blocks if other != block),
                sum(count for pair, count in self._two.items() if block in pair),
            )
            for block in self.blocks
        }
        return Chance(self._equal, _ratio(products, sum(self._two.values())), odds)

    def tells_apart(self, block: Block) -> bool:
        return self._one[block] > 0

    def without(self, block: Block) -> _Counts:
        kept = [each for each in self.blocks if each != block]
        return _Counts(self._agreements, kept, self._ignored | block)

    def merged(self) -> _Counts:
        def odds_ratio(pair: tuple[Block, Block]) -> float:
            # Half a pair is added everywhere, so that nothing is divided by zero (Haldane).
            alone = (self._one[pair[0]] + 0.5) * (self._one[pair[1]] + 0.5)
            return (self._two[frozenset(pair)] + 0.5) / alone

        a, b = max(combinations(self.blocks, 2), key=odds_ratio)
        kept = [block for block in self.blocks if block not in (a, b)]
        return _Counts(self._agreements, [*kept, a | b], self._ignored)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0


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
