"""Put rows in an order that looks random, follows from a file's digest, and is the same anywhere.

Row numbers go through the 32-bit mixer "lowbias32" of Chris Wellons (Prospecting for Hash
Functions, nullprogram.com, 2018), twice, each time with 32 bits of the digest. It is a bijection:
no two rows have equal keys. It is plain integer arithmetic, so neither the processor nor DuckDB's
version matters, and several times as fast as a digest of each row.
"""

# ruff: noqa: S608 - statements hold constants and the caller's own names only

from __future__ import annotations

_STEPS = ((16, 0x7FEB352D), (15, 0x846CA68B))
_LAST_SHIFT = 16
_MASK = 0xFFFFFFFF


def shuffled(source: str, row: str, digest: str) -> str:
    """Return the SQL of a table with an additional column ``key``.

    Parameters
    ----------
    source : str
        Name of the table.
    row : str
        Its column of row numbers, from 0, below 2³².
    digest : str
        Hexadecimal digest, at least 64 bits.
    """
    query = f"SELECT *, {row}::UBIGINT AS key FROM {source}"
    for start in (0, 8):
        seed = int(digest[start : start + 8], 16)
        query = f"SELECT * REPLACE (xor(key, {seed}::UBIGINT) AS key) FROM ({query})"
        for shift, factor in _STEPS:
            query = (
                f"SELECT * REPLACE ((xor(key, key >> {shift}) * {factor}) & {_MASK} AS key) "
                f"FROM ({query})"
            )
        query = f"SELECT * REPLACE (xor(key, key >> {_LAST_SHIFT}) AS key) FROM ({query})"
    return query
