"""What a split's files are checked for, whatever their form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.errors import TrainingDataError
from training.schema import Schema

ROWS_NAMED = 5


def number_columns(schema: Schema) -> list[str]:
    """Return the columns of numbers, the target last if it is one."""
    return [*schema.numeric, *([] if schema.is_classification else [schema.target])]


def text_columns(schema: Schema) -> list[str]:
    """Return the columns of texts, the target last if it is one."""
    return [*schema.written, *([schema.target] if schema.is_classification else [])]


def name_rows(rows: Sequence[int]) -> str:
    """Write row numbers for a message, the first few of many."""
    shown = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def check_header(path: Path, header: Sequence[str], schema: Schema) -> None:
    """Raise a TrainingDataError if the file lacks a column."""
    absent = [name for name in [*schema.names, schema.target] if name not in header]
    if absent:
        quoted = ", ".join(f"'{name}'" for name in absent)
        raise TrainingDataError(f"{path.name} lacks the column(s) {quoted}")


def check_numbers(path: Path, texts: pd.DataFrame) -> None:
    """Raise a TrainingDataError that names every cell that is not a number."""
    problems = [
        f"'{column}' ({name_rows(rows)})"
        for column in texts.columns
        if (rows := _not_numbers(texts[column]))
    ]
    if problems:
        raise TrainingDataError(
            f"{path.name} has text in numeric column(s): {'; '.join(problems)}; "
            "rows are counted without the header"
        )


def _not_numbers(texts: pd.Series[Any]) -> list[int]:
    numbers = pd.to_numeric(texts, errors="coerce")
    spelled_nan = texts.str.strip().str.lower().eq("nan")
    return [int(row) + 1 for row in np.flatnonzero(numbers.isna() & texts.notna() & ~spelled_nan)]
