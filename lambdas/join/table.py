"""Own columns and answers next to each other, row by row; memory is bounded by DuckDB's limit."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lambdas.join.csv_file import write_csv
from lambdas.join.distribution import distribution
from lambdas.join.measured import PROBABILITY, write_measured
from lambdas.join.parquet_file import write_parquet
from lambdas.preprocess.engine import connect, literal, one
from lambdas.shared.documents.contents import Distribution
from lambdas.shared.failures.errors import PredictionsIncomplete
from lambdas.shared.findings.message import Message

_PREDICTION, _REASON = "prediction", "reason_1"
_JOINED = "own POSITIONAL JOIN answers"
_TEXTS = re.compile("explained|unit|reason_[0-9]+")  # among the answers; all others are numbers


@dataclass(frozen=True)
class Joined:
    """What was written.

    Parameters
    ----------
    rows : int
        Of the file.
    added : list of str
        Names of the columns that were added.
    is_explained : bool
        Whether reasons are there.
    distribution : Distribution
        How the predictions are spread.
    measured : int
        Rows written for the metrics.
    """

    rows: int
    added: list[str]
    is_explained: bool
    distribution: Distribution
    measured: int = 0


@dataclass(frozen=True)
class Known:
    """Targets, and where predictions go that can be measured by them."""

    targets: Path
    measured: Path


@dataclass(frozen=True)
class Form:
    """How predictions are written.

    Parameters
    ----------
    is_number : bool
        Whether numbers are predicted, not classes.
    is_parquet : bool
        Parquet, not CSV.
    raw : bool
        Whether cells of CSV that a spreadsheet takes for formulas stay as they are.
    """

    is_number: bool = False
    is_parquet: bool = False
    raw: bool = False


def join(  # noqa: PLR0913 - each is a file or how it is written
    own: Path,
    answers: Sequence[Path],
    target: Path,
    folder: Path,
    form: Form,
    *,
    known: Known | None = None,
) -> Joined:
    """Write own columns and answers.

    Parameters
    ----------
    own : Path
        Parquet with the file's own columns; their names, and the edges of the target's bins and
        their quantiles in the training file, in its metadata.
    answers : sequence of Path
        The job's output, in the order of the rows. Each request's answer has the same header, which
        equals no row: it is words where rows have numbers.
    target : Path
        What is written.
    folder : Path
        Empty folder for the database.
    form : Form
    known : Known, optional
        Where targets are known.

    Raises
    ------
    PredictionsIncomplete
        If there are not as many answers as rows.
    """
    header = _header(answers)
    with connect(folder) as connection:
        names = _told(connection, own, "columns")
        connection.execute(f"CREATE TABLE own AS SELECT * FROM read_parquet({literal(str(own))})")
        (rows,) = one(connection, "SELECT count(*) FROM own")
        answered = 0
        if header:
            connection.execute(_answers(answers, header))
            (answered,) = one(connection, "SELECT count(*) FROM answers")
        if rows != answered:
            text = Message(
                "{rows} rows were given, {answered} answered", rows=rows, answered=answered
            )
            raise PredictionsIncomplete(text)
        added = _unique([_name(name) for name in header], names)
        columns = [(name, f"own.c{n}") for n, name in enumerate(names)]
        if form.is_parquet:
            typed = [_typed(n, name, form) for n, name in enumerate(header)]
            columns += zip(added, typed, strict=True)
            added = write_parquet(connection, _JOINED, columns, target)[len(names) :]
        else:
            columns += [(name, f"answers.a{n}") for n, name in enumerate(added)]
            write_csv(connection, _JOINED, columns, target, raw=form.raw)
        bins = (_told(connection, own, key) for key in ("edges", "quantiles"))
        spread = distribution(connection, form.is_number, *bins)
        measured = write_measured(connection, header, known.targets, known.measured) if known else 0
    return Joined(rows, added, _REASON in header, spread, measured)


def _header(answers: Sequence[Path]) -> list[str]:
    with answers[0].open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def _answers(paths: Sequence[Path], header: Sequence[str]) -> str:
    """Return the statement that makes the table of answers, repeated headers left out."""
    files = ", ".join(literal(str(path)) for path in paths)
    types = ", ".join(f"'a{n}': 'VARCHAR'" for n in range(len(header)))
    is_header = " AND ".join(f"a{n} = {literal(name)}" for n, name in enumerate(header))
    return (
        f"CREATE TABLE answers AS SELECT * FROM read_csv([{files}], "
        f"columns = {{{types}}}, auto_detect = false, header = false, delim = ',', quote = '\"', "
        f"escape = '\"', nullstr = ['']) "
        f"WHERE a0 IS NOT NULL AND NOT coalesce({is_header}, false)"
    )


def _told(connection: duckdb.DuckDBPyConnection, own: Path, key: str) -> list[Any]:
    """Return what the file's metadata says."""
    metadata = f"parquet_kv_metadata({literal(str(own))})"
    (text,) = one(connection, f"SELECT value FROM {metadata} WHERE key = {literal(key)}")
    return list(json.loads(bytes(text).decode()))


def _typed(n: int, name: str, form: Form) -> str:
    is_text = _TEXTS.fullmatch(name) or (name == _PREDICTION and not form.is_number)
    return f"answers.a{n}" if is_text else f"CAST(answers.a{n} AS DOUBLE)"


def _name(name: str) -> str:
    is_probability = name.startswith(PROBABILITY)
    return f"probability_{name.removeprefix(PROBABILITY)}" if is_probability else name


def _unique(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return names with a number where the file has them already."""
    given, found = set(taken), []
    for name in names:
        unique, number = name, 2
        while unique in given:
            unique, number = f"{name} ({number})", number + 1
        given.add(unique)
        found.append(unique)
    return found
