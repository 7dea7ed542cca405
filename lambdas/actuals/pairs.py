"""What happened and what was predicted, row by row."""

# ruff: noqa: S608 - statements hold positions, constants and quoted texts only

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.join.measured import PROBABILITY, write_pairs
from lambdas.predict.unreadable import and_more
from lambdas.preprocess.engine import literal, one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import NAMED, Message


def settle(
    connection: duckdb.DuckDBPyConnection, truths: str, known: str, key: int, name: str
) -> list[Finding]:
    """Make the table of what is known of each key: ``k`` and ``truth``.

    Parameters
    ----------
    truths, known : str
        The table of what the file says of each of its rows, and the one to make.
    key : int
        Which of the columns in ``keys`` identifies rows.
    name : str
        Of that column.
    """
    said = (
        f"SELECT k{key} AS k, min(truth) AS truth, min(id) AS id, "
        f"count(DISTINCT truth) AS different, list(id ORDER BY id) AS ids "
        f"FROM keys JOIN {truths} USING (id) "
        f"WHERE k{key} IS NOT NULL AND truth IS NOT NULL GROUP BY k{key}"
    )
    connection.execute(f"CREATE TABLE said AS {said}")
    connection.execute(f"CREATE TABLE {known} AS SELECT k, truth FROM said WHERE different = 1")
    findings = [*_keyless(connection, truths, key, name), *_contradictory(connection, name)]
    connection.execute("DROP TABLE said")
    return findings


def _keyless(
    connection: duckdb.DuckDBPyConnection, truths: str, key: int, name: str
) -> Iterator[Finding]:
    (count,) = one(
        connection,
        f"SELECT count(*) FROM keys JOIN {truths} USING (id) "
        f"WHERE k{key} IS NULL AND truth IS NOT NULL",
    )
    if count:
        text = Message(
            "{count} row has no value in the column “{name}”, which identifies rows",
            "{count} rows have no value in the column “{name}”, which identifies rows",
            count=count,
            name=name,
        )
        yield Finding("ActualsUnused", text, column=name)


def _contradictory(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[Finding]:
    rows = "(SELECT unnest(ids) AS id FROM said WHERE different > 1)"
    count, first = one(connection, f"SELECT count(*), min(id, {NAMED}) FROM {rows}")
    if count:
        numbers = ", ".join(f"sheet_row({int(row)})" for row in first)
        named = list(map(int, one(connection, f"SELECT {numbers}")))
        text = Message(
            "{count} row says something else than others with the same value in the column "
            "“{name}” (row {rows})",
            "{count} rows say something else than others with the same value in the column "
            "“{name}” (rows {rows})",
            count=count,
            name=name,
            rows=and_more(named, count),
        )
        yield Finding("ActualsContradictory", text, column=name, row=named[0])


@dataclass(frozen=True)
class Joined:
    """How many pairs there are: predictions of rows of which it is known what happened.

    Parameters
    ----------
    by_run : mapping of int to int
        Of each file of predictions.
    repeated : int
        Rows of predictions that share their key with others of their file, and do not count.
    """

    by_run: Mapping[int, int]
    repeated: int


def join(
    connection: duckdb.DuckDBPyConnection, predictions: str, known: str, pairs: str, key: int
) -> Joined:
    """Make the table of pairs: ``run``, ``row``, ``k``, ``truth``, ``prediction``, ``p0``, …."""
    connection.execute(
        f"CREATE TABLE joined AS SELECT said.k, said.truth, found.* FROM "
        f"(SELECT *, count(*) OVER (PARTITION BY run, k{key}) AS alike FROM {predictions} "
        f"WHERE k{key} IS NOT NULL) found JOIN {known} said ON found.k{key} = said.k"
    )
    (repeated,) = one(connection, "SELECT count(*) FROM joined WHERE alike > 1")
    connection.execute(f"CREATE TABLE {pairs} AS SELECT * FROM joined WHERE alike = 1")
    connection.execute("DROP TABLE joined")
    counted = connection.execute(f"SELECT run, count(*) FROM {pairs} GROUP BY run ORDER BY run")
    return Joined(dict(counted.fetchall()), repeated)


def write_pairs_of(
    connection: duckdb.DuckDBPyConnection,
    pairs: str,
    number: int,
    path: Path,
    told: Mapping[str, str],
) -> None:
    """Write the pairs of one file of predictions as Parquet.

    Parameters
    ----------
    told : mapping of str to str
        What each row says besides: the names of the two executions, and when the file came.
    """
    also = ", ".join(f"{literal(value)} AS {name}" for name, value in told.items())
    connection.execute(
        f"COPY (SELECT row, truth, COLUMNS('prediction|p[0-9]+'), {also} FROM {pairs} "
        f"WHERE run = {number} ORDER BY row) "
        f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )


def pool(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], labels: Sequence[str], to: Path
) -> tuple[int, int, int]:
    """Write the pairs of several such files for the metrics; the latest of each row counts.

    Parameters
    ----------
    to : Path
        Gets them as ``predictions.csv`` of evaluate has them.

    Returns
    -------
    rows, written, uploads : int
        How many there are, how many are written (of very many a part), and how many files of what
        happened they are of.
    """
    files = ", ".join(literal(str(path)) for path in paths)
    connection.execute(
        f"CREATE OR REPLACE TABLE pooled AS SELECT * FROM read_parquet([{files}]) "
        "QUALIFY row_number() OVER (PARTITION BY run, row ORDER BY came DESC, upload DESC) = 1 "
        "ORDER BY run, row"
    )
    (rows,) = one(connection, "SELECT count(*) FROM pooled")
    (uploads,) = one(connection, f"SELECT count(DISTINCT upload) FROM read_parquet([{files}])")
    scores = [f"{PROBABILITY}{label}" for label in labels]
    source = "SELECT row, truth, COLUMNS('prediction|p[0-9]+') FROM pooled"
    return rows, write_pairs(connection, source, scores, to), uploads
