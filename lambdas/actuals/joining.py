"""Pairs of all models, and what is said of rows that have none."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from lambdas.actuals.models import Known
from lambdas.actuals.pairs import join, settle
from lambdas.actuals.work import Work
from lambdas.preprocess.engine import one
from lambdas.shared.failures.errors import raise_errors
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message


@dataclass(frozen=True)
class Joined:
    """How many rows there are; see `lambdas.shared.contracts.actuals.ComparedActuals`.

    Parameters
    ----------
    by_run : dict of int to int
        Pairs of each file of predictions that has some.
    """

    by_run: dict[int, int]
    known: int
    matched: int

    @property
    def pairs(self) -> int:
        """All pairs."""
        return sum(self.by_run.values())


def join_all(
    work: Work,
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[Known],
    key: int,
    name: str,
) -> Joined:
    """Make the tables of pairs.

    Parameters
    ----------
    key : int
        Which column of ``keys`` identifies rows.
    name : str
        Of that column.

    Raises
    ------
    NothingMatched
        If there is no pair.
    """
    by_run: dict[int, int] = {}
    repeated = 0
    for known in models:
        work.note(settle(connection, known.truths, known.known, key, name))
        found = join(connection, known.predictions, known.known, known.pairs, key)
        by_run |= found.by_run
        repeated += found.repeated
    work.note([*_repeated(repeated), *_never_predicted(connection, models, key)])
    if not by_run:
        work.note([_nothing(models[0].trained.target)])
    raise_errors(work.findings)
    known_rows = _count(connection, models, "truth IS NOT NULL")
    in_pairs = " OR ".join(f"k{key} IN (SELECT k FROM {known.pairs})" for known in models)
    matched = _count(connection, models, f"truth IS NOT NULL AND ({in_pairs})")
    return Joined(by_run, known_rows, matched)


def _count(connection: duckdb.DuckDBPyConnection, models: Sequence[Known], condition: str) -> int:
    """Return of how many rows something holds, for what any of the models says of them."""
    parts = (
        f"SELECT id FROM keys JOIN {known.truths} USING (id) WHERE {condition}" for known in models
    )
    (count,) = one(connection, f"SELECT count(*) FROM ({' UNION '.join(parts)})")
    return int(count)


def _repeated(count: int) -> Iterator[Finding]:
    if count:
        text = Message(
            "{count} row that was predicted has the same key as others of its file",
            "{count} rows that were predicted have the same key as others of their file",
            count=count,
        )
        yield Finding("PredictionsRepeated", text)


def _never_predicted(
    connection: duckdb.DuckDBPyConnection, models: Sequence[Known], key: int
) -> Iterator[Finding]:
    predicted = " OR ".join(
        f"k{key} IN (SELECT k{key} FROM {known.predictions})" for known in models
    )
    condition = f"truth IS NOT NULL AND k{key} IS NOT NULL AND ({predicted}) IS NOT TRUE"
    count = _count(connection, models, condition)
    if count:
        text = Message(
            "{count} row is not among the predictions that were looked at",
            "{count} rows are not among the predictions that were looked at",
            count=count,
        )
        yield Finding("ActualsUnused", text)


def _nothing(target: str) -> Finding:
    text = Message(
        "there is no row of which both is known: what was predicted, and, in the column “{name}”, "
        "what happened",
        name=target,
    )
    return Finding("NothingMatched", text, column=target)
