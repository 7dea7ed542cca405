"""Reading a split's CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.fit.cells import check_header, check_numbers, number_columns, text_columns
from training.schema import Schema


def read_csv(path: Path, schema: Schema) -> pd.DataFrame:
    """Read the schema's columns: numbers as float64, texts as they are; missing is NaN.

    Raises
    ------
    TrainingDataError
        If a column lacks, or a number is none.
    """
    check_header(path, list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns), schema)
    numbers, texts = number_columns(schema), text_columns(schema)
    types = {**dict.fromkeys(numbers, np.float64), **dict.fromkeys(texts, str)}
    try:
        return _read(path, types)
    except ValueError:  # quotes a cell: find the place ourselves and drop the text
        check_numbers(path, _read(path, dict.fromkeys(numbers, str)))
        raise


def _read(path: Path, types: dict[str, Any]) -> pd.DataFrame:
    # Only an empty field is missing: 'NA', 'None' and '007' are values.
    return pd.read_csv(
        path,
        usecols=list(types),
        dtype=types,
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8-sig",
        float_precision="round_trip",  # the same bits as float() gives at the endpoint
    )
