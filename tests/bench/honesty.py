"""Whether a reported figure is what the same training reaches on other rows of the same kind.

A quick forest is trained and tested on our split, and on 20 plain random splits of the same rows
with the same shares (stratified by class; by groups, scikit-learn's GroupShuffleSplit; by time, the
latest rows). What our figure differs by is given in standard deviations of one plain split's
figure (by time there is one plain split: of figures of its test rows, drawn with replacement). Of a
fair split this is as a standard normal number: for each table it is shown for several orders of its
rows, as each makes a split of its own. Where rows were copied in, the plain splits are those of the
table without copies.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from lambdas.preprocess.columns.target import FEWEST_PER_CLASS
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import Prepared, prepare
from lambdas.shared.settings.dataset import Source
from tests.bench.honest_sets import COPIED, FEW_DIFFERENT_ROWS, GROUPED, SETS, TIMED, PublicSet

TITLE = (
    "Honesty: the figure of our split less the mean of 20 plain splits, in standard deviations of "
    "one plain split (wanted: median of all within ±0.3, none beyond 4)"
)
COLUMNS = ("data", "rows", "repeats: copies, by nature", "metric", "plain splits", "ours", "off by")
PLAIN, ORDERS, COPIED_ORDERS = 20, 5, 3
_TRAIN, _VALIDATION, _TEST = 0.7, 0.15, 0.15
_TREES = 30


@dataclass(frozen=True)
class Outcome:
    """Our figures, and those of plain splits."""

    prepared: Prepared
    ours: list[float]
    plain: list[float]

    @property
    def off(self) -> list[float]:
        """By how many standard deviations of a plain split's figure ours are off."""
        return [(figure - fmean(self.plain)) / self.spread for figure in self.ours]

    @property
    def spread(self) -> float:
        """Standard deviation of a plain split's figure."""
        return stdev(self.plain) or 1.0


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each table, with and without copies, groups and times, and a summary."""
    by_name = {each.name: each for each in (*SETS, *FEW_DIFFERENT_ROWS)}
    for title, sets, copied in (
        ("plain", (*SETS, *FEW_DIFFERENT_ROWS), 0.0),
        *(
            (f"{part:.0%} copied in", [by_name[name] for name in COPIED], part)
            for part in (0.1, 0.3, 0.6)
        ),
        ("groups", GROUPED, 0.0),
        ("groups, 30% copied in", GROUPED, 0.3),
        ("times", TIMED, 0.0),
        ("times, 30% copied in", TIMED, 0.3),
    ):
        off: list[float] = []
        for each in sets:
            found = measure(each, ORDERS if not copied else COPIED_ORDERS, copied)
            off += found.off
            yield _row(each, found)
        yield (
            f"{title}: median of all {len(off)}, largest",
            *[""] * 5,
            f"{median(off):+.2f}, {max(off, key=abs):+.2f}",
        )


def _row(each: PublicSet, found: Outcome) -> tuple[str, ...]:
    repeats = found.prepared.split.repeats
    metric = {"regression": "R²", "binary": "ROC AUC"}.get(found.prepared.task, "accuracy")
    return (
        each.name,
        str(found.prepared.table.rows),
        f"{repeats.copied}, {repeats.natural}",
        metric,
        f"{fmean(found.plain):.3f} ± {found.spread:.3f}",
        f"{fmean(found.ours):.3f}",
        f"{fmean(found.off):+.2f}",
    )


def measure(each: PublicSet, orders: int, copied: float = 0.0, plain: int = PLAIN) -> Outcome:
    """Split a table in several orders of its rows, with a part of them copied in."""
    frame = each.load()
    ours = []
    for order in range(orders):
        extra = frame.sample(frac=copied, random_state=order)
        mixed = pd.concat([frame, extra]).sample(frac=1, random_state=order)
        with tempfile.TemporaryDirectory() as folder:
            prepared = _prepared(each, mixed, Path(folder))
            train, test = (pd.read_csv(prepared.files[side]) for side in ("train", "test"))
        ours.append(_figure(prepared, train, test))
    counts = frame[each.target].map(frame[each.target].value_counts())
    usable = frame if prepared.task == "regression" else frame[counts >= FEWEST_PER_CLASS]
    figures = []
    for seed in range(plain):
        train, test = _plain(each, prepared.task, usable, seed)
        names = [*(feature.name for feature in prepared.features), each.target]
        figures.append(_figure(prepared, train[names], test[names]))
    return Outcome(prepared, ours, figures)


def _prepared(each: PublicSet, frame: pd.DataFrame, folder: Path) -> Prepared:
    body = frame.to_csv(index=False).encode()
    (folder / "upload").write_bytes(body)
    named = {"target": each.target, "group": each.group, "time": each.time}
    source = Source("set", "bench", {name: value for name, value in named.items() if value})
    return prepare(Download.at(folder / "upload"), [source], folder)


def _plain(each: PublicSet, task: str, frame: pd.DataFrame, seed: int) -> tuple[Any, Any]:
    """Return training and test rows; those of validation are in neither."""
    if each.time:
        moments = frame[each.time]
        later = moments.value_counts(normalize=True).sort_index(ascending=False).cumsum()
        test = (later - _TEST).abs().idxmin()
        validation = (later[later.index < test] - _TEST - _VALIDATION).abs().idxmin()
        latest = frame[moments >= test].sample(frac=1, replace=True, random_state=seed)
        return frame[moments < validation], latest
    if each.group:
        groups = frame[each.group]
        sides = GroupShuffleSplit(1, test_size=_TEST, train_size=_TRAIN, random_state=seed)
        train, test = next(sides.split(frame, groups=groups))
        return frame.iloc[train], frame.iloc[test]
    classes = None if task == "regression" else frame[each.target]
    train, test = train_test_split(
        frame, test_size=_TEST, train_size=_TRAIN, random_state=seed, stratify=classes
    )
    return train, test


def _figure(prepared: Prepared, train: pd.DataFrame, test: pd.DataFrame) -> float:
    """Train a forest, and measure it by what its task is measured by."""
    target = prepared.target.profile.name
    together = pd.concat([train, test], ignore_index=True)
    cells = together.drop(columns=target).apply(_as_numbers).to_numpy()
    known, new = cells[: len(train)], cells[len(train) :]
    if prepared.task == "regression":
        forest = RandomForestRegressor(_TREES, random_state=0, n_jobs=1).fit(known, train[target])
        return float(r2_score(test[target], forest.predict(new)))
    forest = RandomForestClassifier(_TREES, random_state=0, n_jobs=1).fit(
        known, train[target].astype(str)
    )
    truth = test[target].astype(str)
    if prepared.task == "binary":
        chances = forest.predict_proba(new)[:, 1]
        return float(roc_auc_score(truth == forest.classes_[1], chances))
    return float(accuracy_score(truth, forest.predict(new)))


def _as_numbers(column: pd.Series) -> Any:
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    return column.astype("category").cat.codes
