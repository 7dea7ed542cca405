"""Give every row its side: the same on any machine for the same bytes.

Rows with the same content share a group, and a group never falls apart. Within each class (for
regression: each range of the target) large groups go where most room is, and the others, in the
order of a hash that the file's own digest seeds, fill test, validation and training.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from lambdas.preprocess.engine import one
from lambdas.preprocess.profile import number
from lambdas.preprocess.room import Room, Shares
from lambdas.preprocess.target import Target
from lambdas.shared.findings import Finding

_ROWS_PER_RANGE = 20
_MOST_RANGES = 10


@dataclass(frozen=True)
class Split:
    """Rows by side, and what was left out."""

    rows: dict[str, int]
    classes: int | None
    findings: tuple[Finding, ...]


def assign_sides(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, shares: Shares
) -> Split:
    """Make the table ``sides`` (row, side) from ``usable``.

    Every class with at least three different rows is on every side.
    """
    stratum = "label"
    if task == "regression":
        (rows,) = one(connection, "SELECT count(*) FROM usable")
        ranges = max(1, min(_MOST_RANGES, rows // _ROWS_PER_RANGE))
        # rank() gives equal values equal ranges, so identical rows stay together.
        stratum = (
            f"((rank() OVER (ORDER BY ({number('label')})) - 1) * {ranges} // {rows})::VARCHAR"
        )
    connection.execute(_GROUPS.format(stratum=stratum))
    _place_large(connection, shares)
    connection.execute(_PLACE_SMALL)
    counts = dict(connection.execute("SELECT side, count(*) FROM sides GROUP BY side").fetchall())
    classes = None
    if task != "regression":
        (classes,) = one(connection, "SELECT count(DISTINCT label) FROM usable")
    rows_by_side = {side: int(counts.get(side, 0)) for side in ("train", "validation", "test")}
    return Split(rows_by_side, classes, tuple(_findings(connection, target, task)))


_GROUPS = """
CREATE TABLE members AS SELECT row, key, {stratum} AS stratum FROM usable;
CREATE TABLE groups AS
SELECT *, sum(size) OVER (PARTITION BY stratum)::BIGINT AS total,
  count(*) OVER (PARTITION BY stratum) AS places
FROM (SELECT stratum, key, count(*) AS size FROM members GROUP BY stratum, key);
CREATE TABLE placed (stratum VARCHAR, key VARCHAR, side VARCHAR);
CREATE TABLE room (stratum VARCHAR, test BIGINT, validation BIGINT,
  test_is_empty BOOLEAN, validation_is_empty BOOLEAN);
"""

# Small groups fill, in the order of their hashes, what room the large ones left.
_PLACE_SMALL = """
INSERT INTO placed
SELECT stratum, key, CASE
  WHEN test_is_empty AND place = 1 THEN 'test'
  WHEN validation_is_empty AND place = 1 + test_is_empty::INTEGER THEN 'validation'
  WHEN before < test + validation_is_empty::INTEGER THEN 'test'
  WHEN before < test + validation THEN 'validation'
  ELSE 'train' END
FROM (
  SELECT stratum, key, row_number() OVER byhash AS place, sum(size) OVER byhash - size AS before
  FROM groups WHERE size * 100 <= total
  WINDOW byhash AS (PARTITION BY stratum ORDER BY key ROWS UNBOUNDED PRECEDING)
) JOIN room USING (stratum);
CREATE TABLE sides AS
SELECT row, side FROM members JOIN placed USING (stratum, key) ORDER BY row;
"""


def _place_large(connection: duckdb.DuckDBPyConnection, shares: Shares) -> None:
    """Place every group of more than a hundredth of its stratum, the largest first."""
    strata: dict[str, Room] = {}
    query = "SELECT DISTINCT stratum, total, places FROM groups ORDER BY stratum"
    for stratum, total, places in connection.execute(query).fetchall():
        strata[stratum] = Room.of(int(total), int(places), shares)
    query = (
        "SELECT stratum, key, size FROM groups WHERE size * 100 > total "
        "ORDER BY stratum, size DESC, key"
    )
    placed = [
        (stratum, key, strata[stratum].place(size))
        for stratum, key, size in connection.execute(query).fetchall()
    ]
    if placed:
        connection.executemany("INSERT INTO placed VALUES (?, ?, ?)", placed)
    connection.executemany(
        "INSERT INTO room VALUES (?, ?, ?, ?, ?)",
        [
            (
                stratum,
                *(max(0, room.left[side]) for side in ("test", "validation")),
                *(side in room.empty for side in ("test", "validation")),
            )
            for stratum, room in strata.items()
        ],
    )


def _findings(connection: duckdb.DuckDBPyConnection, target: Target, task: str) -> list[Finding]:
    findings = []
    (repeated,) = one(connection, "SELECT count(*) - count(DISTINCT key) FROM usable")
    if repeated:
        text = f"{repeated} rows repeat an earlier row; repeats stay on the same side as the first"
        findings.append(Finding("RepeatedRows", text))
    if task != "regression":
        (untested,) = one(
            connection,
            "SELECT count(*) FROM (SELECT label FROM usable JOIN sides USING (row) "
            "GROUP BY label HAVING count_if(side = 'test') = 0)",
        )
        if untested:
            name = target.profile.name
            text = f"{untested} values of “{name}” cannot be tested: all their rows are identical"
            findings.append(Finding("UntestedClass", text, column=name))
    return findings
