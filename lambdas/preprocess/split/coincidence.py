"""How many rows would be equal by chance, given how many are nearly equal.

The columns are put into blocks. For two blocks A and B, take the pairs of rows that agree in all
other blocks: n_AB of them differ in both A and B, n_A only in A, n_B only in B. If, among such
pairs, agreeing in A and agreeing in B were independent, n_A * n_B / n_AB pairs would agree in
both, that is, be equal (the odds ratio of a two-by-two table is 1; Bishop, Fienberg and Holland,
Discrete Multivariate Analysis, 1975, chapter 2). So columns may depend on each other as they like,
as long as two blocks do not once everything else is equal. Rows that were copied add to the equal
pairs and to none of the others.

Blocks that depend on each other even then (a code and its name, the columns of one category) are
merged, the most dependent two first, down to two blocks. Blocks without which no more rows are
equal may follow from the others (a sum, a ratio), and are ignored for a trial. Of all these
partitions the one that expects most equal pairs is taken, as a copy must be shown.
"""

# ruff: noqa: S608 - statements hold positions, constants and the caller's own names only

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from lambdas.preprocess.engine import one

Block = frozenset[int]
_FEWEST_BLOCKS = 2
_ROWS = 200_000  # of more rows, as large a part is counted


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
    connection : duckdb.DuckDBPyConnection
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
