"""Predictions as CSV: UTF-8, commas, a header; nothing in it acts as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import literal

# What spreadsheets take for a formula; what begins so and is a number is none.
_FORMULA = "(?s)[-=+@\t\r].+"
_NUMBER = r"[+-]?[0-9., ]*[0-9][.]?([eE][+-]?[0-9]+)?( ?%)?"


def write_csv(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[tuple[str, str]],
    target: Path,
    *,
    raw: bool,
) -> None:
    """Write a table.

    Parameters
    ----------
    source : str
        What stands after FROM.
    columns : sequence of tuple of str
        Names, and the columns of the source that are called so.
    raw : bool
        Whether cells that a spreadsheet takes for formulas stay as they are.
    """
    names, cells = zip(*columns, strict=True)
    if not raw:
        cells, names = tuple(map(_harmless, cells)), tuple(map(_harmless_name, names))
    connection.execute(
        f"COPY (SELECT {', '.join(cells)} FROM {source}) "  # noqa: S608 - names of ours
        f"TO {literal(str(target))} (FORMAT csv, DELIMITER ',', HEADER false, "
        f"PREFIX {literal(_line(names))}, SUFFIX '\n')"
    )


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
