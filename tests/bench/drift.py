"""How often a drift is told where nothing has changed, and where something has.

Columns for themselves, all together (`DriftedTogether`), and what a logistic regression trained on
other rows predicts. Beside the area over all columns are those of scikit-learn's classifiers on one
split of each table. In "shuffled" each column's cells are in another order: only how they hang
together has changed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from lambdas.drift import sample
from lambdas.drift.bins import Bins, edges_of, number_bins, to_json
from lambdas.drift.counts import count_numbers, count_texts
from lambdas.drift.findings import findings
from lambdas.drift.measure import Drift, FileColumns, measure
from lambdas.drift.predictions import predictions_drift
from lambdas.drift.reference import Reference
from lambdas.preprocess.columns.cells import usable
from lambdas.preprocess.columns.figures import quantiles
from lambdas.preprocess.engine import connect
from tests.bench.honest_sets import SETS

_SEEDS = 5
_SIZES = (50, 200, 1000)
_COLUMNS = 8  # at most, of which one changes
TITLE = (
    f"drift of {len(SETS)} public tables, {_SEEDS} random splits each: shares of files, and mean "
    "areas under the ROC curve"
)
COLUMNS = (
    "rows of the later file, and what has changed in it",
    "a column drifted",
    "rows as a whole, no column far",
    "anything",
    "predictions drifted",
    "area",
    "logistic regression's",
    "gradient boosting's",
)
_OF_OTHERS = 1  # splits that scikit-learn's classifiers are tried on: they take half of the time
_MOST, _LEVELS = 2000, 20
OfColumn = Callable[[pd.Series], pd.Series]
Change = Callable[[pd.DataFrame, list[int], int], pd.DataFrame]


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each size of file and change; 0.05 is what may be told of nothing."""
    changes: dict[str, Change | None] = {
        "nothing": None,
        "a column 0.5 deviations up": _one(_up(0.5)),
        "a column 1 deviation up": _one(_up(1.0)),
        "a quarter of a column gone": _one(_gone),
        "all numbers 0.2 deviations up": _all(_up(0.2)),
        "shuffled": _shuffled,
    }
    tables = [_columns(each.load()) for each in SETS]
    for size in _SIZES:
        for name, change in changes.items():
            told = list(_told(tables, size, change))
            means = [np.nanmean(each) for each in zip(*told, strict=True)]
            yield f"{size:,}: {name}", *(f"{mean:.3f}" for mean in means)


def _columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep some columns: numbers as they are, all else as texts."""
    kept = frame.iloc[:, :_COLUMNS].copy()
    for name in kept.columns:
        if kept[name].dtype.kind in "iuf":
            kept[name] = kept[name].astype(float)
        else:
            kept[name] = kept[name].astype(str)
    return kept


def _told(
    tables: list[pd.DataFrame], size: int, change: Change | None
) -> Iterator[tuple[float, ...]]:
    for frame in tables:
        numbers = [n for n, kind in enumerate(frame.dtypes) if kind.kind == "f"]
        if len(frame) < 2 * size or not numbers:
            continue
        for seed in range(_SEEDS):
            rows = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
            before, now = rows[size:], rows[:size].copy()
            if change:
                now = change(now, numbers, seed)
            drift = _drift(before, now)
            codes = [each.code for each in findings(drift)]
            column = any(level != "none" for _, level in drift.columns)
            others = _areas(before[:_MOST], now) if seed < _OF_OTHERS else (np.nan, np.nan)
            area = drift.domain.auc if drift.domain else np.nan
            together = "DriftedTogether" in codes
            yield column, together, bool(codes), _predicted(before, now, seed), area, *others


def _areas(before: pd.DataFrame, now: pd.DataFrame) -> tuple[float, float]:
    """Return how well scikit-learn's classifiers tell the rows, cross-fitted in halves as ours."""
    both = pd.concat([before, now])
    is_new = np.repeat([0, 1], [len(before), len(now)])
    models = LogisticRegression(max_iter=200), HistGradientBoostingClassifier(max_iter=50)
    areas = []
    for model in models:
        halves = StratifiedKFold(2, shuffle=True, random_state=0)
        with threadpool_limits(1):  # on busy cores, threads that wait for each other take hours
            said = cross_val_predict(
                model, _encoded(both), is_new, cv=halves, method="predict_proba"
            )
        areas.append(float(roc_auc_score(is_new, said[:, 1])))
    return areas[0], areas[1]


def _encoded(frame: pd.DataFrame) -> pd.DataFrame:
    few = frame.copy()
    for name in few.select_dtypes("object").columns:
        levels = few[name].value_counts().index[:_LEVELS]
        few[name] = few[name].where(few[name].isin(levels), "others")
    made = pd.get_dummies(few, dtype=float)
    return (made.fillna(made.mean()) - made.mean()) / (made.std() + 1e-9)


def _predicted(before: pd.DataFrame, now: pd.DataFrame, seed: int) -> bool:
    """Return whether predictions of the first column with both answers are told to have moved."""
    target = before.iloc[:, 0]
    is_high = (target > target.median()) if target.dtype.kind == "f" else target == target.mode()[0]
    rest = [each.iloc[:, 1:] for each in (before, now)]
    both = _encoded(pd.concat(rest)) if rest[0].shape[1] else None
    if both is None or is_high.nunique() < 2:
        return False
    third = len(before) // 3
    model = LogisticRegression(max_iter=200).fit(both[third : len(before)], is_high[third:])
    answers = model.predict(both).astype(str)
    counted = [dict(Counter(each)) for each in (answers[:third], answers[len(before) :])]
    metrics = {"classes": [{"label": k, "predicted_rows": n} for k, n in counted[0].items()]}
    drift = predictions_drift(seed, {"classes": counted[1]}, metrics)
    return drift is not None and drift.level != "none"


def _one(change: OfColumn) -> Change:
    def changed(now: pd.DataFrame, numbers: list[int], seed: int) -> pd.DataFrame:
        column = numbers[seed % len(numbers)]
        now.isetitem(column, change(now.iloc[:, column]).to_numpy())
        return now

    return changed


def _all(change: OfColumn) -> Change:
    def changed(now: pd.DataFrame, numbers: list[int], seed: int) -> pd.DataFrame:
        for column in numbers:
            now.isetitem(column, change(now.iloc[:, column]).to_numpy())
        return now

    return changed


def _shuffled(now: pd.DataFrame, numbers: list[int], seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return now.apply(lambda column: pd.Series(random.permutation(column), index=now.index))


def _up(deviations: float) -> OfColumn:
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
        bins: dict[int, Bins] = {
            **{n: number_bins(ends[n], own) for n, own in counted.items()},
            **{n: own.bins for n, own in count_texts(connection, texts).items()},
        }
        columns = [{"name": name, "bins": to_json(bins[n])} for n, name in enumerate(names)]
        features = [{"name": name, "type": kind} for name, kind in zip(names, kinds, strict=True)]
        schema = {"task": "binary", "target": "none", "features": features}
        drawn = sample.draw(connection, range(len(names)), numbers)
        kept = sample.to_json(
            {name: sample.coded(bins[n], drawn[n]) for n, name in enumerate(names)}
        )
        profile = {"rows": {"file": len(before)}, "columns": columns}
        reference = Reference(1, schema, profile, kept)
        _load(connection, now, names)
        places = {name: n for n, name in enumerate(names)}
        return measure(connection, reference, FileColumns(places, numbers, len(now)))


def _load(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, names: list[str]) -> None:
    given = frame.set_axis(names, axis=1)  # noqa: F841 - DuckDB finds it by its name
    connection.execute("CREATE OR REPLACE TABLE data AS SELECT * FROM given")


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t", flush=True)
