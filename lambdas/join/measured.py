"""Predictions of which the target is known, as the metrics take them."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import literal, one

PROBABILITY = "probability:"
MOST = 1_000_000  # rows; of more every second, third, … is taken


def write_measured(
    connection: duckdb.DuckDBPyConnection, header: Sequence[str], targets: Path, path: Path
) -> int:
    """Write rows with a target as evaluate's ``predictions.csv``; return how many.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``answers``.
    header : sequence of str
        Names of its columns.
    targets : Path
        Parquet with the column ``truth``, row by row.
    """
    connection.execute(f"CREATE TABLE targets AS FROM read_parquet({literal(str(targets))})")
    taken = [n for n, name in enumerate(header) if n == 0 or name.startswith(PROBABILITY)]
    columns = ", ".join(f"a{n}" for n in taken)
    source = (
        f"SELECT row_number() OVER () AS row, truth, {columns} FROM targets POSITIONAL JOIN answers"
    )
    return write_pairs(connection, source, [header[n] for n in taken[1:]], path)


def write_pairs(
    connection: duckdb.DuckDBPyConnection, source: str, scores: Sequence[str], path: Path
) -> int:
    """Write what happened and what was predicted in the same form; return how many rows.

    Parameters
    ----------
    source : str
        SQL of ``row``, ``truth`` (NULL where it is not known), the prediction, and scores.
    scores : sequence of str
        Their names.
    """
    (known,) = one(connection, f"SELECT count(truth) FROM ({source})")
    step = max(1, -(-known // MOST))
    rows = (
        "SELECT * EXCLUDE (number) FROM "
        "(SELECT *, count(truth) OVER (ROWS UNBOUNDED PRECEDING) AS number "
        f"FROM ({source})) WHERE truth IS NOT NULL AND number % {step} = 0"
    )
    names = ["row", "actual", "prediction", *scores]
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(names)
    (written,) = one(
        connection,
        f"COPY ({rows}) TO {literal(str(path))} (FORMAT csv, DELIMITER ',', HEADER false, "
        f"PREFIX {literal(line.getvalue())}, SUFFIX '\n')",
    )
    return int(written)
