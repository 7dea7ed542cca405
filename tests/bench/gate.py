"""How often the gate promotes a candidate that is no better than the champion.

A/A comparisons: two forests of the same settings on the same training rows, told apart by their
seeds only, are compared on the same test rows. Neither is better, so every promotion is a false
one. The gate asks that the paired 95 % interval lies above zero: by construction 2.5 % of such
comparisons get through, and no more than 5 % may. The same with rows that are equal by nature: the
candidate is trained on another file of the same kind, or on the champion's with some more rows, and
rows that the champion was trained on are excluded.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split

from lambdas.gate.digests import Digests
from lambdas.gate.seen import unseen
from lambdas.quality.comparison import compare
from lambdas.quality.scored import Scored
from lambdas.shared.settings.gate import GATE_METRICS

TITLE = "Champion gate: false promotions in 100 seeded A/A comparisons (stated rate: at most 5)"
COLUMNS = ("task", "metric", "test rows", "comparisons", "false promotions", "stated rate")
COMPARISONS = 100
STATED = "≤ 5"
_DATA: dict[str, Callable[..., Any]] = {
    "binary": load_breast_cancer,
    "multiclass": load_wine,
    "regression": load_diabetes,
}


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each task and metric."""
    for task, metrics in GATE_METRICS.items():
        pairs = [_pair(task, seed) for seed in range(COMPARISONS)]
        for metric in metrics:
            found = [compare(metric, *pair) for pair in pairs]
            false = sum(1 for each in found if each.low is not None and each.low > 0)
            test_rows = str(pairs[0][0].rows)
            yield task, metric, test_rows, str(COMPARISONS), str(false), STATED
    for name, more in (("equal rows, another file", None), ("equal rows, a file that grew", 100)):
        pairs = [_natural_pair(seed, more) for seed in range(COMPARISONS)]
        found = [compare("roc_auc", *pair) for pair in pairs]
        false = sum(1 for each in found if each.low is not None and each.low > 0)
        test_rows = f"{np.mean([pair[0].rows for pair in pairs]):.0f}"
        yield name, "roc_auc", test_rows, str(COMPARISONS), str(false), STATED


def _pair(task: str, seed: int) -> tuple[Scored, Scored]:
    features, target = _DATA[task](return_X_y=True)
    split = train_test_split(features, target, test_size=0.3, random_state=seed)
    return _trained(task, split, 2 * seed), _trained(task, split, 2 * seed + 1)


def _trained(task: str, split: list[Any], seed: int) -> Scored:
    train, test, known, truth = split
    if task == "regression":
        forest = RandomForestRegressor(30, random_state=seed).fit(train, known)
        return Scored(task, truth, forest.predict(test))
    model = RandomForestClassifier(30, random_state=seed).fit(train, known)
    chances = model.predict_proba(test).T
    labels = tuple(str(label) for label in model.classes_)
    positive = 1 if task == "binary" else None
    return Scored(task, truth, np.argmax(chances, axis=0), labels, chances, positive)


def _natural(count: int, generator: Any) -> tuple[Any, Any]:
    """Rows of four columns with six values each, the lower the more frequent."""
    features = (6 * generator.random((count, 4)) ** 2).astype(int)
    logit = features @ np.array([1, -0.7, 0.5, 0]) / 3
    return features, (generator.random(count) < 1 / (1 + np.exp(-logit))).astype(int)


def _natural_pair(seed: int, more: int | None) -> tuple[Scored, Scored]:
    """Return both models' answers to the rows by which they are compared."""
    generator = np.random.default_rng(seed)
    before = now = _natural(1500, generator)
    if more is None:
        now = _natural(1500, generator)
    else:
        now = tuple(
            np.concatenate(pair) for pair in zip(before, _natural(more, generator), strict=True)
        )
    (seen, others), (learnt, test) = (
        train_test_split(np.arange(len(file[0])), test_size=0.15, random_state=seed)
        for file in (before, now)
    )
    mask = unseen(
        _digests(now, test), _digests(now, learnt), _digests(before, seen), _digests(before, others)
    )
    compared = test[mask]
    split = [now[0][learnt], now[0][compared], now[1][learnt], now[1][compared]]
    other = [before[0][seen], now[0][compared], before[1][seen], now[1][compared]]
    return _trained("binary", split, 2 * seed), _trained("binary", other, 2 * seed + 1)


def _digests(file: tuple[Any, Any], places: Any) -> Digests:
    features = (file[0][places] @ 10 ** np.arange(4)).astype(np.uint64)
    return Digests(features, features * 2 + file[1][places].astype(np.uint64) + 10**9)
