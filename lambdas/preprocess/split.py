"""Give every row its side: the same on any machine for the same bytes.

Rows with the same content share a group, and a group never falls apart. Within each class (for
regression: each range of the target) large groups go where most room is, and the others, in the
order of a hash that the file's own digest seeds, fill test, validation and training.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lambdas.preprocess.features import Feature
from lambdas.preprocess.findings import Finding
from lambdas.preprocess.profile import number
from lambdas.preprocess.target import Target, class_label
from lambdas.shared.errors import DataError, NoUsableTarget, SingleClass, TooFewRows

FEWEST_ROWS = 20  # 14 for training, 3 for validation and 3 for the test: less tells nothing
FEWEST_PER_CLASS = 3  # one for each side
_ROWS_PER_RANGE = 20
_MOST_RANGES = 10


@dataclass(frozen=True)
class Shares:
    """Parts of the rows that go to test and validation."""

    test: float
    validation: float


@dataclass
class Room:
    """How many rows of a stratum each side still takes.

    Parameters
    ----------
    left : dict
        Rows by side; negative once a large group went over.
    empty : list of str
        Sides without a group, the most wanted first.
    groups : int
        Groups not yet placed.
    """

    left: dict[str, int]
    empty: list[str]
    groups: int

    @classmethod
    def of(cls, rows: int, groups: int, shares: Shares) -> Room:
        """Return the room of a stratum before anything is placed."""
        test = max(1, round(rows * shares.test))
        validation = max(1, round(rows * shares.validation))
        left = {"train": rows - test - validation, "test": test, "validation": validation}
        return cls(left, ["train", "test", "validation"], groups)

    def place(self, size: int) -> str:
        """Choose the side with most room; the last groups go where there is none yet."""
        sides = self.empty if self.groups <= len(self.empty) else list(self.left)
        # max() takes the first of equals, so the order of the sides decides.
        side = sides[0] if sides is self.empty else max(sides, key=lambda name: self.left[name])
        self.left[side] -= size
        self.groups -= 1
        if side in self.empty:
            self.empty.remove(side)
        return side


@dataclass(frozen=True)
class Split:
    """Rows by side, and what was left out."""

    rows: dict[str, int]
    classes: int | None
    findings: tuple[Finding, ...]


def prepare_rows(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    features: Sequence[Feature],
    task: str,
    digest: str,
) -> tuple[list[Finding], list[DataError]]:
    """Make the table ``usable``: row, label (text), and key (seeded hash of the row's content).

    Rows without target, and classes too small to be on every side, are left out.

    Returns
    -------
    findings : list of Finding
    problems : list of DataError
        ``SingleClass`` or ``TooFewRows`` if what is left can't be split.
    """
    value = number(f"c{target.position}") if task == "regression" else None
    label = class_label(target, connection) if value is None else f"c{target.position}"
    present = f"({value}) IS NOT NULL" if value else f"{label} IS NOT NULL"
    cells = ["label", *(f"c{feature.position}" for feature in features)]
    # Lengths make the concatenation unambiguous: ("ab", "c") differs from ("a", "bc").
    content = " || ".join(
        f"coalesce(length({cell})::VARCHAR || ':' || {cell}, '-')" for cell in cells
    )
    connection.execute(
        "CREATE TABLE usable AS SELECT row, label, sha256($digest || content) AS key FROM ("
        f"SELECT row, label, {content} AS content FROM (SELECT rowid AS row, {label} AS label, * "
        f"FROM data WHERE {present})) ORDER BY row",
        {"digest": digest},
    )
    findings = _rows_without_target(connection, target)
    problems: list[DataError] = []
    if task != "regression":
        findings += _leave_out_rare_classes(connection, target)
        (classes,) = _one(connection, "SELECT count(DISTINCT label) FROM usable")
        if classes < 2:
            problems.append(
                SingleClass(
                    f"fewer than two values of the column “{target.profile.name}” occur in at "
                    f"least {FEWEST_PER_CLASS} rows each"
                )
            )
        elif task == "binary" and classes > 2:
            problems.append(NoUsableTarget("more than two classes for a binary task"))
    (rows,) = _one(connection, "SELECT count(*) FROM usable")
    if rows < FEWEST_ROWS:
        problems.append(TooFewRows(f"{rows} rows can be used, at least {FEWEST_ROWS} are needed"))
    return findings, problems


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return connection.execute(query).fetchone() or (0,)


def _rows_without_target(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
    missing, first = connection.execute(
        "SELECT count(*), min(rowid) + 2 FROM data WHERE rowid NOT IN (SELECT row FROM usable)"
    ).fetchone() or (0, None)
    if not missing:
        return []
    name = target.profile.name
    text = f"{missing} rows are left out: “{name}” is missing there (the first is row {first})."
    return [Finding("TARGET_MISSING", "note", text, column=name, row=first)]


def _leave_out_rare_classes(connection: duckdb.DuckDBPyConnection, target: Target) -> list[Finding]:
    connection.execute(
        "CREATE TEMP TABLE rare AS SELECT label, count(*) AS members FROM usable GROUP BY label "
        f"HAVING count(*) < {FEWEST_PER_CLASS}"
    )
    classes, rows = connection.execute("SELECT count(*), sum(members) FROM rare").fetchone() or (
        0,
        0,
    )
    if not classes:
        return []
    connection.execute("DELETE FROM usable WHERE label IN (SELECT label FROM rare)")
    name = target.profile.name
    text = (
        f"{classes} values of “{name}” occur in fewer than {FEWEST_PER_CLASS} rows; these "
        f"{rows} rows are left out."
    )
    advice = "Collect more rows of rare outcomes, or merge them into one."
    return [Finding("RARE_CLASS", "warning", text, column=name, advice=advice)]


def assign_sides(
    connection: duckdb.DuckDBPyConnection, target: Target, task: str, shares: Shares
) -> Split:
    """Make the table ``sides`` (row, side) from ``usable``.

    Every class with at least three different rows is on every side.
    """
    stratum = "label"
    if task == "regression":
        (rows,) = _one(connection, "SELECT count(*) FROM usable")
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
        (classes,) = _one(connection, "SELECT count(DISTINCT label) FROM usable")
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
    (repeated,) = _one(connection, "SELECT count(*) - count(DISTINCT key) FROM usable")
    if repeated:
        text = f"{repeated} rows repeat an earlier row; repeats stay on the same side as the first."
        findings.append(Finding("REPEATED_ROWS", "info", text))
    if task != "regression":
        (untested,) = _one(
            connection,
            "SELECT count(*) FROM (SELECT label FROM usable JOIN sides USING (row) "
            "GROUP BY label HAVING count_if(side = 'test') = 0)",
        )
        if untested:
            name = target.profile.name
            text = f"{untested} values of “{name}” cannot be tested: all their rows are identical."
            findings.append(Finding("UNTESTED_CLASS", "warning", text, column=name))
    return findings
