"""Write the splits and their schema to files."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from lambdas.preprocess.columns.cells import MISSING, usable
from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.engine import literal
from lambdas.shared.documents.contents import Schema
from lambdas.shared.documents.document import SCHEMA
from lambdas.shared.names.paths import SPLITS
from training.written_numbers import AMBIGUOUS, NumberForm
from training.written_words import WordForm


def write_splits(
    connection: duckdb.DuckDBPyConnection,
    features: Sequence[Feature],
    compared: Sequence[Feature],
    target: Target,
    folder: Path,
) -> dict[str, Path]:
    """Write ``<split>.csv`` for each subset; rows keep the file's order."""
    paths = {}
    for split in SPLITS:
        columns = columns_of(split, features, compared)
        # The three tables have the same rows: no join, no sort, and the order is the file's.
        rows = (
            f"data POSITIONAL JOIN usable POSITIONAL JOIN subsets WHERE subset = {literal(split)}"
        )
        paths[split] = folder / f"{split}.csv"
        connection.execute(as_csv(columns, target.profile.name, rows, paths[split]))
    return paths


def columns_of(
    split: str, features: Sequence[Feature], compared: Sequence[Feature]
) -> list[Feature]:
    """Return a split's columns: only the test has those to compare by that are not features."""
    known = {feature.position for feature in features}
    extra = [column for column in compared if column.position not in known]
    return [*features, *extra] if split == "test" else list(features)


def as_csv(columns: Sequence[Feature], target: str, rows: str, path: Path) -> str:
    """Return the statement that writes rows as a CSV.

    Numbers are written with every digit that a 64-bit float holds, texts as they stood in the file
    (trimmed); missing cells and numbers that can't be computed with are empty.

    Parameters
    ----------
    target : str
        What the last column, the labels, is called.
    rows : str
        What follows FROM; it has the columns of ``data`` and ``label``.
    path : Path
        The file.
    """
    cells = [*map(_cell, columns), "label"]
    header = _header([*(column.name for column in columns), target])
    return (
        f"COPY (SELECT {', '.join(cells)} FROM {rows}) TO {literal(str(path))} "
        f"(FORMAT csv, DELIMITER ',', HEADER false, PREFIX {literal(header)}, SUFFIX '\n')"
    )


def _header(names: Sequence[str]) -> str:
    """Return the first line; DuckDB's own would call "y" beside "Y" by another name."""
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue()


def value(feature: Feature) -> str:
    """Return the SQL of a feature's cells; whole numbers are integers."""
    column = f"c{feature.position}"
    if feature.kind != "numeric":
        return column
    number = usable(column) if feature.has_unusable else column
    # They are shorter, and quicker to write and to read.
    return f"CAST({number} AS BIGINT)" if feature.is_integer else number


def _cell(feature: Feature) -> str:
    is_point = isinstance(feature.form, NumberForm) and not feature.form.agrees_with_float
    if feature.kind != "numeric" or feature.is_integer or not is_point:
        return value(feature)
    # A zero more, so that the endpoint, too, takes the point of "1.234" for a decimal one.
    return f"regexp_replace(CAST({value(feature)} AS VARCHAR), '^(-?{AMBIGUOUS})$', '\\10')"


def schema_document(  # noqa: PLR0913 (a parameter for each part)
    task: str,
    target: Target,
    features: Sequence[Feature],
    origin: Mapping[str, str],
    missing: Sequence[str] = MISSING,
    *,
    bound_by: str | None = None,
    written: NumberForm | WordForm | None = None,
) -> str:
    """Return ``schema.json``, what training and serving read.

    Parameters
    ----------
    origin : mapping of str
        Where the data came from; it travels on into the model's description.
    missing : sequence of str
        Spellings of "no value".
    bound_by : str, optional
        ``group`` or ``time``, where that kept rows together.
    written : NumberForm or WordForm, optional
        How the target was written, where that was not plainly.
    """
    document: Schema = {
        "task": task,
        "target": target.profile.name,
        "features": [_described(feature) for feature in features],
        "missing": sorted(set(missing)),
        "origin": dict(origin),
    }
    if target.positive is not None:
        document["positive_class"] = target.positive
    if bound_by is not None:
        document["bound_by"] = bound_by
    if written is not None:
        document["target_written"] = written.to_dict()
    return SCHEMA.text(document)


def _described(feature: Feature) -> dict[str, Any]:
    words = {"written": feature.words.to_dict()} if feature.words else {}
    return feature.to_dict() | words
