"""Rows that users asked about, beside those that the version was trained on."""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

from pathlib import Path

import duckdb

from lambdas.drift.measure import FileColumns, measure
from lambdas.join.distribution import distribution
from lambdas.predict.trained import Trained
from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.engine import connect, literal
from lambdas.shared.documents.contents import Distribution, Drift


def compare(path: Path, trained: Trained, folder: Path) -> tuple[Drift, Distribution]:
    """Return how far the rows have drifted, and how their predictions are spread.

    Parameters
    ----------
    path : Path
        Rows as `write_rows` has written them.
    trained : Trained
        With a reference.
    folder : Path
        Empty folder for the database.
    """
    reference = trained.reference
    assert reference is not None  # noqa: S101 - for mypy: the caller has looked
    with connect(folder) as connection:
        rows = _load(connection, path, trained)
        positions = {feature.name: n for n, feature in enumerate(trained.features)}
        numbers = {
            n: usable(f"c{n}") for n, each in enumerate(trained.features) if each.kind == "numeric"
        }
        drift = measure(connection, reference, FileColumns(positions, numbers, rows))
        is_number = trained.task == "regression"
        spread = distribution(connection, is_number, trained.edges, trained.target_quantiles)
        return drift.to_json(), spread


def _load(connection: duckdb.DuckDBPyConnection, path: Path, trained: Trained) -> int:
    """Make the tables ``data`` and ``answers``; return how many rows they have."""
    types = {
        f"c{n}": "DOUBLE" if feature.kind == "numeric" else "VARCHAR"
        for n, feature in enumerate(trained.features)
    }
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in {**types, "a0": "VARCHAR"}.items())
    connection.execute(
        f"CREATE TABLE data AS SELECT {', '.join(types)} FROM read_json({literal(str(path))}, "
        f"format = 'newline_delimited', columns = {{{columns}}})"
    )
    connection.execute(
        f"CREATE TABLE answers AS SELECT a0 FROM read_json({literal(str(path))}, "
        "format = 'newline_delimited', columns = {a0: 'VARCHAR'})"
    )
    (rows,) = connection.execute("SELECT count(*) FROM data").fetchall()
    return int(rows[0])
