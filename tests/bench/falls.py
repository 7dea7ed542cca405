"""Ways to tell that a model got worse: how often each tells it in vain, and finds it.

A forest learns from a month of each table of the replayed year. Its answers to other rows of the
table are drawn as its own test rows, as those of a later month in which nothing, or the concept,
has changed, and as those of four quiet months between; a month tests 15 % of its rows.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from lambdas.measure.difference import difference
from lambdas.quality.fall import chance_of_fall
from lambdas.quality.intervals import Figure
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import figures
from lambdas.shared.settings.gate import GATE_METRICS, LOWER_IS_BETTER
from tests.bench.years import YEARS, Year

MODELS, DRAWS = 4, 30
TITLE = (
    f"Telling that a model got worse: share of {MODELS * DRAWS} later months in which it is told in"
    " vain, and found"
)
COLUMNS = (
    "data (tested)",
    "registered interval, scaled",
    "both intervals, 95 %",
    "permutation, 1 %",
    "the same with 4 months between",
)
_TREES, _TESTED, _BETWEEN = 30, 0.15, 4


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each table."""
    for year in YEARS:
        told: list[list[tuple[bool, ...]]] = [[], []]
        for seed in range(MODELS):
            generator = np.random.default_rng(seed)
            for changed, each in zip(told, _months(year, seed), strict=True):
                changed += [_told(year, each, generator) for _ in range(DRAWS)]
        cells = (
            f"{vain:.1%}, {found:.0%}"
            for vain, found in zip(*(np.mean(each, axis=0) for each in told), strict=True)
        )
        yield f"{year.name} ({round(_TESTED * year.rows)})", *cells


def _months(year: Year, seed: int) -> Iterator[tuple[Scored, Scored]]:
    """Yield the answers to all other rows, as own and as later ones: as they are, and changed."""
    whole = year.table_rows().sample(frac=1, random_state=seed).reset_index(drop=True)
    learnt = round((1 - _TESTED) * year.rows)
    features = whole.drop(columns=year.target).apply(_as_numbers).to_numpy()
    before, after = whole[year.target], year.concept[1](whole)[year.target]
    if before.nunique() > 20:
        model = RandomForestRegressor(_TREES, random_state=seed)
        answers = model.fit(features[:learnt], before[:learnt]).predict(features[learnt:])
        same, changed = (
            Scored("regression", each[learnt:].to_numpy(dtype=float), answers)
            for each in (before, after)
        )
    else:
        forest = RandomForestClassifier(_TREES, random_state=seed)
        forest.fit(features[:learnt], before[:learnt].astype(str))
        chances, labels = forest.predict_proba(features[learnt:]).T, list(forest.classes_)
        task, positive = ("binary", 1) if len(labels) == 2 else ("multiclass", None)
        same, changed = (
            Scored(
                task,
                np.array([labels.index(label) for label in each[learnt:].astype(str)]),
                chances.argmax(axis=0),
                tuple(labels),
                chances,
                positive,
            )
            for each in (before, after)
        )
    yield same, same
    yield same, changed


def _as_numbers(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    return column.astype("category").cat.codes.astype(float)


def _told(
    year: Year, answers: tuple[Scored, Scored], generator: np.random.Generator
) -> tuple[bool, ...]:
    """Return by each way whether a later month, drawn at random, tells that the model got worse."""
    same, later = answers
    count = round(_TESTED * year.rows)
    drawn = generator.permutation(same.rows)[: count * (_BETWEEN + 2)]
    parts = np.array_split(drawn, _BETWEEN + 2)
    own, *between = (same.only(part) for part in parts[:-1])
    now, metric = later.only(parts[-1]), GATE_METRICS[same.task][0]
    before, after = (figures(each)[0][metric] for each in (own, now))
    alone = chance_of_fall(metric, [own], now)
    both = 2 * min(alone, chance_of_fall(metric, [own, *between], now))
    return (
        _beyond_registered(metric, before, after),
        _beyond_both(metric, before, after),
        alone <= 0.01,
        both <= 0.01,
    )


def _beyond_registered(metric: str, before: Figure, after: Figure) -> bool:
    """Return whether a figure falls by more than the earlier one's half width, scaled."""
    is_error = metric in LOWER_IS_BETTER
    half = before.high - before.value if is_error else before.value - before.low
    fall = after.value - before.value if is_error else before.value - after.value
    return fall > half * math.sqrt(2)  # of as many rows


def _beyond_both(metric: str, before: Figure, after: Figure) -> bool:
    found = difference(*((each.value, each.low, each.high) for each in (after, before)))
    return found["low"] > 0 if metric in LOWER_IS_BETTER else found["high"] < 0
