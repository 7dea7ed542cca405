"""Reading a split by the schema; problems name columns and rows, never values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import ChannelError, TrainingDataError
from training.fit.cells import name_rows, number_columns, text_columns
from training.fit.csv_file import read_csv
from training.fit.parquet_file import read_parquet
from training.fit.share import Share
from training.model.collective import gathered
from training.schema import Schema

Split = tuple[pd.DataFrame, NDArray[Any]]  # features, and the target of shape (rows,)
WHOLE = Share()
READERS: dict[str, Callable[[Path, Schema, int | None], Iterator[pd.DataFrame]]] = {
    ".csv": read_csv,
    ".parquet": read_parquet,
}


def _files(channel: str, folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    files = sorted(path for path in found if path.suffix in READERS)
    tables = sum(path.suffix == ".csv" for path in files)
    if not any(gathered(len(files))) or (tables and len(files) > 1):
        raise ChannelError(
            f"the channel '{channel}' must hold one CSV file, or Parquet files; "
            f"it holds {tables} CSV and {len(files) - tables} Parquet files"
        )
    return files


def _check_values(path: Path, frame: pd.DataFrame, schema: Schema) -> None:
    problems = []
    empty = [int(row) + 1 for row in frame.index[frame[schema.target].isna()]]
    if empty:
        problems.append(f"the target '{schema.target}' is empty in {name_rows(empty)}")
    for column in number_columns(schema):
        infinite = [int(row) + 1 for row in frame.index[np.isinf(frame[column].to_numpy())]]
        if infinite:
            problems.append(f"'{column}' is infinite in {name_rows(infinite)}")
    if problems:
        raise TrainingDataError(f"{path.name}: {'; '.join(problems)}")


def _frames(files: list[Path], schema: Schema, chunk_rows: int | None) -> Iterator[pd.DataFrame]:
    for path in files:
        for frame in READERS[path.suffix](path, schema, chunk_rows):
            _check_values(path, frame, schema)
            yield frame


def _nothing(schema: Schema) -> pd.DataFrame:
    numbers = dict.fromkeys(number_columns(schema), np.float64)
    columns = numbers | dict.fromkeys(text_columns(schema), object)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def read_split(channel: str, folder: Path, schema: Schema, share: Share = WHOLE) -> Split:
    """Read one split.

    Parameters
    ----------
    channel : str
        Name for messages.
    folder : Path
        The channel's folder; it holds one CSV file with a header, or Parquet files; of several
        hosts, some may have none of these.
    schema : Schema
    share : Share
        Which of the rows.

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
        If the folder holds anything else.
    TrainingDataError
        If a column lacks, or a numeric or target cell can't be used.
    """
    frames = [*share.of(_frames(_files(channel, folder), schema, share.chunk_rows))]
    frame = pd.concat(frames or [_nothing(schema)], ignore_index=True)
    target = frame[schema.target].to_numpy(dtype=str if schema.is_classification else np.float64)
    features = frame[schema.names].astype(dict.fromkeys(schema.written, object))
    return features, target
