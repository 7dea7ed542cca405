"""Own columns and answers next to each other, row by row; memory is bounded by DuckDB's limit."""

# ruff: noqa: S608 - statements hold positions, constants and quoted names only

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import connect, literal, one
from lambdas.shared.failures.errors import PredictionsIncomplete
from lambdas.shared.findings.message import Message

# What spreadsheets take for a formula; what begins so and is a number is none.
_FORMULA = "(?s)[-=+@\t\r].+"
_NUMBER = r"[+-]?[0-9., ]*[0-9][.]?([eE][+-]?[0-9]+)?( ?%)?"
_PROBABILITY, _REASON = "probability:", "reason_1"


@dataclass(frozen=True)
class Joined:
    """Rows of the file, the names of the columns that were added, and whether reasons are there."""

    rows: int
    added: list[str]
    is_explained: bool


def join(own: Path, answers: Sequence[Path], target: Path, folder: Path, *, raw: bool) -> Joined:
    """Write own columns and answers as CSV: UTF-8, commas, a header.

    Parameters
    ----------
    own : Path
        Parquet with the file's own columns, and their names in its metadata.
    answers : sequence of Path
        The job's output, in the order of the rows. Each request's answer has the same header, which
        equals no row: it is words where rows have numbers.
    target : Path
        What is written.
    folder : Path
        Empty folder for the database.
    raw : bool
        Whether cells that a spreadsheet takes for formulas stay as they are.

    Raises
    ------
    PredictionsIncomplete
        If there are not as many answers as rows.
    """
    header = _header(answers)
    with connect(folder) as connection:
        names = _names(connection, own)
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
        cells = [f"own.c{n}" for n in range(len(names))]
        cells += [f"answers.a{n}" for n in range(len(header))]
        shown = [*names, *added]
        if not raw:
            cells, shown = list(map(_harmless, cells)), list(map(_harmless_name, shown))
        connection.execute(
            f"COPY (SELECT {', '.join(cells)} FROM own POSITIONAL JOIN answers) "
            f"TO {literal(str(target))} (FORMAT csv, DELIMITER ',', HEADER false, "
            f"PREFIX {literal(_line(shown))}, SUFFIX '\n')"
        )
    return Joined(rows, added, _REASON in header)


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


def _names(connection: duckdb.DuckDBPyConnection, own: Path) -> list[str]:
    metadata = f"parquet_kv_metadata({literal(str(own))})"
    (text,) = one(connection, f"SELECT value FROM {metadata} WHERE key = 'columns'")
    return list(json.loads(bytes(text).decode()))


def _name(name: str) -> str:
    is_probability = name.startswith(_PROBABILITY)
    return f"probability_{name.removeprefix(_PROBABILITY)}" if is_probability else name


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


def _harmless(cell: str) -> str:
    is_formula = f"regexp_full_match({cell}, {literal(_FORMULA)})"
    is_number = f"regexp_full_match({cell}, {literal(_NUMBER)})"
    return f"CASE WHEN {is_formula} AND NOT {is_number} THEN '''' || {cell} ELSE {cell} END"


def _harmless_name(name: str) -> str:
    is_formula = re.fullmatch(_FORMULA, name) and not re.fullmatch(_NUMBER, name)
    return f"'{name}" if is_formula else name


def _line(names: Sequence[str]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(names)  # with its own line end it also quotes a carriage return
    return line.getvalue().removesuffix("\r\n") + "\n"
