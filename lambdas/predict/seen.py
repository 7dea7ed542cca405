"""Rows that the model was trained on: on these it is better than on new ones.

Where columns have few values, new rows may well be equal to some of training. So are some of the
test rows; what counts is whether more of the new ones are.
"""

# ruff: noqa: S608 - statements hold positions, constants and quoted texts only

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from lambdas.predict.trained import Feature
from lambdas.preprocess.engine import literal, one
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message

_MORE, _SURE = 0.02, 3.0  # shares that differ by chance: by standard errors


def seen_rows(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    splits: Mapping[str, Sequence[Path]],
) -> Finding | None:
    """Return a finding if more of the rows are in the training data than of its test rows.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the tables ``data``, whose first columns are the features, and ``targets``: only
        rows that have one count.
    splits : mapping of list of Path
        The files of the model's data, CSV or Parquet: ``train``, ``validation`` and ``test``.
    """
    own = _digest(features, "c")
    learnt = " UNION ".join(
        f"SELECT {_digest(features, 'k')} FROM {_read(splits[name])}"
        for name in ("train", "validation")
    )
    connection.execute(f"CREATE TABLE learnt AS {learnt}")
    rows, seen = _count(connection, f"SELECT {own} FROM data POSITIONAL JOIN targets "
                        "WHERE truth IS NOT NULL")  # fmt: skip
    tested, seen_in_test = _count(
        connection, f"SELECT {_digest(features, 'k')} FROM {_read(splits['test'])}"
    )
    more = seen / rows - seen_in_test / max(1, tested)
    usual = (seen + seen_in_test) / (rows + tested)
    error = math.sqrt(usual * (1 - usual) * (1 / rows + 1 / max(1, tested)))
    if more <= max(_MORE, _SURE * error):
        return None
    text = Message(
        "{count} row is in the model's training data, too, so the metrics say little about new "
        "rows",
        "{count} rows are in the model's training data, too, so the metrics say little about new "
        "rows",
        count=seen,
    )
    return Finding("RowsSeen", text)


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> tuple[int, int]:
    """Return how many rows there are, and how many of them are learnt."""
    query = f"SELECT count(*), count_if(h IN (SELECT h FROM learnt)) FROM ({rows})"
    count, seen = one(connection, query)
    return int(count), int(seen)


def _digest(features: Sequence[Feature], letter: str) -> str:
    """Return the SQL of a row's digest, called ``h``; texts count whatever their case."""
    cells = (
        f"TRY_CAST({letter}{n} AS DOUBLE)" if feature.kind == "numeric" else f"lower({letter}{n})"
        for n, feature in enumerate(features)
    )
    return f"hash({', '.join(cells)}) AS h"


def _read(paths: Sequence[Path]) -> str:
    """Return the SQL of a split's rows, whose columns are called by their places."""
    files = ", ".join(literal(str(path)) for path in paths)
    if paths[0].suffix == ".parquet":
        with duckdb.connect() as connection:
            width = len(connection.read_parquet(str(paths[0])).columns)
        names = ", ".join(f"k{n}" for n in range(width))
        return f"read_parquet([{files}]) AS split({names})"
    with paths[0].open(encoding="utf-8", newline="") as file:
        width = len(next(csv.reader(file)))
    columns = ", ".join(f"'k{n}': 'VARCHAR'" for n in range(width))
    return (
        f"read_csv([{files}], columns = {{{columns}}}, auto_detect = false, "
        "header = true, delim = ',', quote = '\"', escape = '\"', nullstr = [''])"
    )
