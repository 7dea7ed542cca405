"""How often a drift is told where nothing has changed, and where something has."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd

from lambdas.drift.bins import edges_of, number_bins, to_json
from lambdas.drift.counts import count_numbers, count_texts
from lambdas.drift.measure import Drift, FileColumns, measure
from lambdas.drift.reference import Reference
from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.columns.figures import quantiles
from lambdas.preprocess.engine import connect
from tests.bench.honest_sets import SETS

_SEEDS = 20
_SIZES = (50, 200, 1000)
_COLUMNS = 8  # at most, of which one changes
TITLE = (
    f"drift of {len(SETS)} public tables, {_SEEDS} random splits each: share of files with a "
    "drifted column"
)
COLUMNS = (
    "rows of the later file",
    "nothing changed",
    "0.5 deviations up",
    "1 up",
    "a quarter gone",
)
Change = Callable[[pd.Series], pd.Series]


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each size of file; 0.05 is what may be told where nothing has changed."""
    changes: list[Change | None] = [None, _up(0.5), _up(1.0), _gone]
    tables = [_columns(each.load()) for each in SETS]
    for size in _SIZES:
        yield f"{size:,}", *(f"{_share(tables, size, change):.3f}" for change in changes)


def _columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep some columns: numbers as they are, all else as texts."""
    kept = frame.iloc[:, :_COLUMNS].copy()
    for name in kept.columns:
        if kept[name].dtype.kind in "iuf":
            kept[name] = kept[name].astype(float)
        else:
            kept[name] = kept[name].astype(str)
    return kept


def _share(tables: list[pd.DataFrame], size: int, change: Change | None) -> float:
    told = []
    for frame in tables:
        numbers = [n for n, kind in enumerate(frame.dtypes) if kind.kind == "f"]
        if len(frame) < 2 * size or (change and not numbers):
            continue
        for seed in range(_SEEDS):
            rows = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
            now = rows[:size].copy()
            if change:
                changed = numbers[seed % len(numbers)]
                now.isetitem(changed, change(now.iloc[:, changed]))
            drift = _drift(rows[size:], now)
            told.append(any(level != "none" for _, level in drift.columns))
    return float(np.mean(told))


def _up(deviations: float) -> Change:
    return lambda column: column + deviations * column.std()


def _gone(column: pd.Series) -> pd.Series:
    return column.where(np.arange(len(column)) % 4 > 0)


def _drift(before: pd.DataFrame, now: pd.DataFrame) -> Drift:
    kinds = ["numeric" if kind.kind == "f" else "categorical" for kind in before.dtypes]
    names = [f"c{n}" for n in range(len(kinds))]
    numbers = {n: usable(f"c{n}") for n, kind in enumerate(kinds) if kind == "numeric"}
    texts = [n for n, kind in enumerate(kinds) if kind == "categorical"]
    with TemporaryDirectory() as folder, connect(Path(folder)) as connection:
        _load(connection, before, names)
        ends = {
            n: edges_of(found) for n, found in quantiles(connection, numbers, len(before)).items()
        }
        counted = count_numbers(connection, numbers, ends)
        bins = {
            **{n: number_bins(ends[n], own) for n, own in counted.items()},
            **{n: own.bins for n, own in count_texts(connection, texts).items()},
        }
        columns = [{"name": name, "bins": to_json(bins[n])} for n, name in enumerate(names)]
        features = [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
        schema = {"task": "binary", "target": "none", "features": features}
        reference = Reference(1, schema, {"rows": {"file": len(before)}, "columns": columns})
        _load(connection, now, names)
        places = {name: n for n, name in enumerate(names)}
        return measure(connection, reference, FileColumns(places, numbers, len(now)))


def _load(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, names: list[str]) -> None:
    given = frame.set_axis(names, axis=1)  # noqa: F841 - DuckDB finds it by its name
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT * FROM given")
