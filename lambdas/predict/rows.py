"""The rows as the model's container takes them: its columns, in its order.

Batch transform cuts a file into requests at line ends, also at those within quotation marks. So
rows go as CSV, and as JSON, a line for each, only where a cell has a line break; so they do where
the model has one column, whose empty cell would be an empty line.

Many rows go in several files: each is answered by one instance, however many the job has.
"""

# ruff: noqa: S608 - statements hold positions and constants only

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.predict.trained import Feature
from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.engine import batches, literal, one
from training.written_numbers import AMBIGUOUS, NumberForm

CSV, JSON_LINES = "text/csv; header=absent", "application/jsonlines"
_FETCHED = 1000
# Some 90 MB of numbers with every digit, or fifteen requests: few enough that instances that share
# the files end at about the same time, and enough to keep each busy.
_CELLS_PER_FILE = 5_000_000
# What the model explains within a minute for certain (training/serve/reasons.py). A request is
# waited for an hour; with as many as are sent at once, a quarter of that is what each may take.
EXPLAINED_ROWS, EXPLAINED_CELLS, _MINUTES = 400, 12_000, 15


@dataclass(frozen=True)
class ModelRows:
    """The files, whose names sort as their rows do, and their media type."""

    paths: tuple[Path, ...]
    content_type: str


def write_rows(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    folder: Path,
    *,
    explain: bool,
) -> ModelRows:
    """Write ``data``, whose columns are the features; rows keep their order.

    Numbers are written with every digit that a 64-bit float holds.

    Parameters
    ----------
    folder : Path
        Gets a folder of the files. Its name has their number, so that where rows are read anew
        none of the files before is left between these.
    explain : bool
        Whether reasons are asked for: no request has rows of two files, so files are small then.
    """
    as_json = len(features) == 1 or _has_line_breaks(connection, dict(enumerate(features)))
    write, content_type = (_json_lines, JSON_LINES) if as_json else (_csv, CSV)
    (rows,) = one(connection, "SELECT count(*) FROM data")
    size = max(1, _CELLS_PER_FILE // len(features))
    if explain:
        size = min(size, explained_at_once(len(features)))
    parts = [f"data WHERE rowid BETWEEN {n} AND {n + size - 1}" for n in range(0, rows, size)]
    target = folder / f"rows-{len(parts)}"
    target.mkdir()
    paths = tuple(target / f"{number:05}" for number in range(len(parts)))
    for part, path in zip(parts, paths, strict=True):
        write(connection, features, part, path)
    return ModelRows(paths, content_type)


def _csv(
    connection: duckdb.DuckDBPyConnection, features: Sequence[Feature], part: str, path: Path
) -> None:
    columns = ", ".join(_cell(n, feature) for n, feature in enumerate(features))
    connection.execute(
        f"COPY (SELECT {columns} FROM {part}) TO {literal(str(path))} "
        "(FORMAT csv, DELIMITER ',', HEADER false)"
    )


def _has_line_breaks(
    connection: duckdb.DuckDBPyConnection, features: Mapping[int, Feature]
) -> bool:
    texts = [n for n, feature in features.items() if feature.kind != "numeric"]
    return any(
        any(
            one(
                connection,
                f"SELECT {', '.join(f'bool_or(regexp_matches(c{n}, chr(10)))' for n in batch)}, "
                f"{', '.join(f'bool_or(contains(c{n}, chr(13)))' for n in batch)} FROM data",
            )
        )
        for batch in batches(texts)
    )


def _cell(n: int, feature: Feature) -> str:
    if feature.kind != "numeric":
        return f"c{n}"
    value = usable(f"c{n}")
    if isinstance(feature.form, NumberForm) and not feature.form.agrees_with_float:
        # A zero more, so that the container, too, takes the point of "1.234" for a decimal one.
        return f"regexp_replace(CAST({value} AS VARCHAR), '^(-?{AMBIGUOUS})$', '\\10')"
    return value


def _json_lines(
    connection: duckdb.DuckDBPyConnection, features: Sequence[Feature], part: str, path: Path
) -> None:
    """DuckDB's own JSON would call "y" beside "Y" by another name."""
    names = [feature.name for feature in features]
    columns = ", ".join(
        usable(f"c{n}") if feature.kind == "numeric" else f"c{n}"
        for n, feature in enumerate(features)
    )
    found = connection.execute(f"SELECT {columns} FROM {part}")
    with path.open("w", encoding="utf-8") as file:
        while rows := found.fetchmany(_FETCHED):
            file.writelines(f"{json.dumps(dict(zip(names, row, strict=True)))}\n" for row in rows)


def explained_at_once(columns: int) -> int:
    """Return how many rows of a transform job are explained in time in one request."""
    return _MINUTES * max(1, min(EXPLAINED_ROWS, EXPLAINED_CELLS // columns))
