"""Reading a split's CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.fit.cells import check_header, check_numbers, number_columns, text_columns
from training.schema import Schema


def read_csv(path: Path, schema: Schema, chunk_rows: int | None) -> Iterator[pd.DataFrame]:
    """Read the schema's columns, so many rows at once, or all.

    Numbers are float64, texts as they are; missing is NaN.

    Raises
    ------
    TrainingDataError
        If a column lacks, or a number is none.
    """
    check_header(path, list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns), schema)
    numbers = number_columns(schema)
    types = {**dict.fromkeys(numbers, np.float64), **dict.fromkeys(text_columns(schema), str)}
    try:
        yield from _read(path, types, chunk_rows)
    except ValueError:  # quotes a cell: find the place ourselves and drop the text
        for texts in _read(path, dict.fromkeys(numbers, str), None):
            check_numbers(path, texts)
        raise


def _read(path: Path, types: dict[str, Any], chunk_rows: int | None) -> Iterator[pd.DataFrame]:
    # Only an empty field is missing: 'NA', 'None' and '007' are values.
    found = pd.read_csv(
        path,
        usecols=list(types),
        dtype=types,
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8-sig",
        chunksize=chunk_rows,
        float_precision="round_trip",  # the same bits as float() gives at the endpoint
    )
    if isinstance(found, pd.DataFrame):
        yield found
    else:
        yield from found
