"""Reading a split's Parquet file, to the very frame that the same rows in a CSV file give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from training.fit.cells import check_header, check_numbers, number_columns, text_columns
from training.schema import Schema


def read_parquet(path: Path, schema: Schema, chunk_rows: int | None) -> Iterator[pd.DataFrame]:
    """Read the schema's columns, so many rows at once, or all.

    Numbers are float64, texts as they are; missing is NaN.

    Raises
    ------
    TrainingDataError
        If a column lacks, or a number is none.
    """
    import pyarrow.parquet as pq  # for these files only

    with pq.ParquetFile(path) as file:
        check_header(path, file.schema_arrow.names, schema)
        first, rows = 0, chunk_rows or max(1, file.metadata.num_rows)
        for batch in file.iter_batches(rows, columns=[*schema.names, schema.target]):
            frame = _frame(path, batch, schema)
            frame.index += first
            first += len(frame)
            yield frame


def _frame(path: Path, table: Any, schema: Schema) -> pd.DataFrame:
    numbers, texts = number_columns(schema), text_columns(schema)
    columns = {name: _texts(table.column(name)) for name in texts}
    spelled = [name for name in numbers if _is_text(table.column(name))]
    read = pd.DataFrame({name: _texts(table.column(name)) for name in spelled}, dtype=object)
    check_numbers(path, read)
    for name in numbers:
        cells = read[name] if name in spelled else table.column(name).cast("double").to_pandas()
        columns[name] = cells.astype(np.float64)
    return pd.DataFrame(columns)


def _is_text(column: Any) -> bool:
    return str(column.type) in ("string", "large_string")


def _texts(column: Any) -> pd.Series[Any]:
    """Return texts; an empty one is a missing one, as in CSV."""
    cells: pd.Series[Any] = column.cast("string").to_pandas().astype(object)
    return cells.mask(cells.isna() | (cells == ""), np.nan)
