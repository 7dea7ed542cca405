"""Reading a split's CSV by the schema; problems name columns and rows, never values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import ChannelError, TrainingDataError
from training.schema import Schema

Split = tuple[pd.DataFrame, NDArray[Any]]  # features, and the target of shape (rows,)
ROWS_NAMED = 5


def name_rows(rows: Sequence[int]) -> str:
    """Write row numbers for a message, the first few of many."""
    shown = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _csv_file(channel: str, folder: Path) -> Path:
    files = sorted(folder.glob("*.csv"))
    if len(files) != 1:
        raise ChannelError(f"the channel '{channel}' must hold one CSV file, it holds {len(files)}")
    return files[0]


def _check_header(path: Path, schema: Schema) -> None:
    header = list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns)
    absent = [name for name in [*schema.names, schema.target] if name not in header]
    if absent:
        quoted = ", ".join(f"'{name}'" for name in absent)
        raise TrainingDataError(f"{path.name} lacks the column(s) {quoted}")


def _read_texts(path: Path, columns: list[str]) -> pd.DataFrame:
    # Only an empty field is missing: 'NA', 'None' and '007' are values.
    return pd.read_csv(
        path,
        usecols=columns,
        dtype=dict.fromkeys(columns, str),
        keep_default_na=False,
        na_values=[""],
        encoding="utf-8-sig",
    )


def _not_numbers(texts: pd.Series[Any]) -> list[int]:
    numbers = pd.to_numeric(texts, errors="coerce")
    spelled_nan = texts.str.strip().str.lower().eq("nan")
    return [int(row) + 1 for row in np.flatnonzero(numbers.isna() & texts.notna() & ~spelled_nan)]


def _check_numbers(path: Path, numeric: list[str]) -> None:
    """Name every cell that is not a number, after a fast read stumbled over one."""
    texts = _read_texts(path, numeric)
    problems = [
        f"'{column}' ({name_rows(rows)})"
        for column in numeric
        if (rows := _not_numbers(texts[column]))
    ]
    if problems:
        raise TrainingDataError(
            f"{path.name} has text in numeric column(s): {'; '.join(problems)}; "
            "rows are counted without the header"
        )


def _read(path: Path, schema: Schema) -> pd.DataFrame:
    numeric = [*schema.numeric, *([] if schema.is_classification else [schema.target])]
    texts = [*schema.written, *([schema.target] if schema.is_classification else [])]
    types: dict[str, Any] = {**dict.fromkeys(numeric, np.float64), **dict.fromkeys(texts, str)}
    _check_header(path, schema)
    try:
        return pd.read_csv(
            path,
            usecols=list(types),
            dtype=types,
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
            float_precision="round_trip",  # the same bits as float() gives at the endpoint
        )
    except ValueError:  # quotes a cell: find the place ourselves and drop the text
        _check_numbers(path, numeric)
        raise


def _check_values(path: Path, frame: pd.DataFrame, schema: Schema) -> None:
    problems = []
    empty = [int(row) + 1 for row in np.flatnonzero(frame[schema.target].isna())]
    if empty:
        problems.append(f"the target '{schema.target}' is empty in {name_rows(empty)}")
    numeric = [*schema.numeric, *([] if schema.is_classification else [schema.target])]
    for column in numeric:
        infinite = [int(row) + 1 for row in np.flatnonzero(np.isinf(frame[column].to_numpy()))]
        if infinite:
            problems.append(f"'{column}' is infinite in {name_rows(infinite)}")
    if problems:
        raise TrainingDataError(f"{path.name}: {'; '.join(problems)}")


def read_split(channel: str, folder: Path, schema: Schema) -> Split:
    """Read one split.

    Parameters
    ----------
    channel : str
        Name for messages.
    folder : Path
        The channel's folder; it holds one CSV file with a header.
    schema : Schema

    Returns
    -------
    features : pandas.DataFrame
        Shape (rows, features) in the schema's order; numeric columns float64, the others
        text; missing is NaN.
    target : numpy.ndarray
        Shape (rows,): text as in the file for classes, float64 for regression.

    Raises
    ------
    ChannelError
        If the folder does not hold exactly one CSV file.
    TrainingDataError
        If a column lacks, or a numeric or target cell can't be used.
    """
    path = _csv_file(channel, folder)
    frame = _read(path, schema)
    _check_values(path, frame, schema)
    target = frame[schema.target].to_numpy(dtype=str if schema.is_classification else np.float64)
    features = frame[schema.names].astype(dict.fromkeys(schema.written, object))
    return features, target
