"""The one scikit-learn pipeline: what is learned from the rows travels inside the model."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from training.model.curves import Curves
from training.model.date_parts import DateCycles, DateParts
from training.model.text_directions import TextDirections
from training.schema import Schema

# A category seen fewer times than this joins the "infrequent" column: too few rows to learn from,
# and an identifier column then costs one column instead of one per row.
MINIMUM_CATEGORY_COUNT = 5
# Columns with more categories of that count are encoded by the target's mean in each, a number
# instead of a column a category; the figure is skrub's (skrub-data/skrub:
# skrub/_table_vectorizer.py). Rarer ones are not counted: their means would be noise.
MAXIMUM_CATEGORIES = 40
TARGET_FOLDS = 5
# A column of fewer values gets no curve: one coefficient says nearly all about it.
FEWEST_FOR_A_CURVE = 11
# What each kind of estimator takes; all take the groups that are not named here.
ENCODINGS = {
    "one_hot": frozenset({"categorical", "cycles"}),
    "curves": frozenset({"curves", "categorical", "cycles"}),
    "ordinal": frozenset({"ordinal"}),
}
_BY_ENCODING = frozenset().union(*ENCODINGS.values())


def _numeric_steps() -> list[tuple[str, Any]]:
    # keep_empty_features: a column without any value stays (as 0), so positions never shift.
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    return [("impute", impute), ("scale", StandardScaler())]


def _text_imputer() -> SimpleImputer:
    return SimpleImputer(strategy="constant", fill_value="missing", keep_empty_features=True)


def _one_hot_steps() -> list[tuple[str, Any]]:
    encode = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=MINIMUM_CATEGORY_COUNT,
        sparse_output=False,
    )
    return [("impute", _text_imputer()), ("encode", encode)]


def _ordinal_steps() -> list[tuple[str, Any]]:
    encode = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=MINIMUM_CATEGORY_COUNT
    )
    return [("impute", _text_imputer()), ("encode", encode)]


def _curve_steps() -> list[tuple[str, Any]]:
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    return [("impute", impute), ("curves", Curves()), ("scale", StandardScaler())]


def _target_steps(schema: Schema, seed: int, target: NDArray[Any]) -> list[tuple[str, Any]]:
    """Encode by the target, each fold by the others' rows, so that no row sees its own target."""
    kind, folds = "continuous", KFold
    if schema.is_classification:
        counts = np.unique(target, return_counts=True)[1]
        kind = "binary" if len(counts) == 2 else "multiclass"
        folds = StratifiedKFold if counts.min() >= TARGET_FOLDS else KFold
    cv = folds(TARGET_FOLDS, shuffle=True, random_state=seed)
    encode = TargetEncoder(target_type=kind, cv=cv)
    return [("impute", _text_imputer()), ("encode", encode), ("scale", StandardScaler())]


def _by_cardinality(schema: Schema, features: pd.DataFrame) -> tuple[list[str], list[str]]:
    names = schema.of_type("categorical")
    many = [name for name in names if _frequent_categories(features[name]) > MAXIMUM_CATEGORIES]
    return [name for name in names if name not in many], many


def _frequent_categories(column: pd.Series[Any]) -> int:
    return int((column.value_counts() >= MINIMUM_CATEGORY_COUNT).sum())


def build_preprocessing(
    schema: Schema,
    seed: int,
    features: pd.DataFrame,
    target: NDArray[Any],
    encodings: Collection[str],
) -> ColumnTransformer:
    """Make the unfitted steps that turn a table into numbers.

    Parameters
    ----------
    schema : Schema
    seed : int
    features : pandas.DataFrame
        The rows to fit on, which decide how each column of categories is encoded.
    target : numpy.ndarray
    encodings : collection of str
        Keys of ``ENCODINGS``: the columns of each of them are made.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        Groups ``numeric``, ``curves``, ``categorical``, ``ordinal``, ``many_categories``,
        ``datetime``, ``cycles`` and ``text`` in this order; those without columns are skipped.
    """
    few, many = _by_cardinality(schema, features)
    varied = [name for name in schema.numeric if features[name].nunique() >= FEWEST_FOR_A_CURVE]
    dates = schema.of_type("datetime")
    groups = [
        ("numeric", _numeric_steps(), schema.numeric),
        ("curves", _curve_steps(), varied),
        ("categorical", _one_hot_steps(), few),
        ("ordinal", _ordinal_steps(), few),
        ("many_categories", _target_steps(schema, seed, target), many),
        ("datetime", [("parts", DateParts()), *_numeric_steps()], dates),
        ("cycles", [("cycles", DateCycles()), *_numeric_steps()], dates),
        ("text", [("encode", TextDirections(seed)), *_numeric_steps()], schema.of_type("text")),
    ]
    left_out = _BY_ENCODING - frozenset().union(*(ENCODINGS[name] for name in encodings))
    return ColumnTransformer(
        [(name, Pipeline(steps), on) for name, steps, on in groups if on and name not in left_out]
    )


def columns_of(preprocessing: ColumnTransformer, encoding: str) -> NDArray[np.intp]:
    """Return which of the fitted steps' columns an encoding consists of."""
    left_out = _BY_ENCODING - ENCODINGS[encoding]
    places = [
        np.arange(place.start, place.stop)
        for name, place in preprocessing.output_indices_.items()
        if name not in left_out
    ]
    return np.concatenate(places)


def encoded_owners(preprocessing: ColumnTransformer) -> list[str]:
    """Return the feature that each of the fitted steps' columns belongs to."""
    owners = []
    for name, steps, features in preprocessing.transformers_:
        if name == "remainder":
            continue
        if name == "categorical":
            encode = steps.named_steps["encode"]
            rare = [[] if found is None else found[1:] for found in encode.infrequent_categories_]
            pairs = zip(encode.categories_, rare, strict=True)
            widths = [len(categories) - len(others) for categories, others in pairs]
        else:  # as many for each
            place = preprocessing.output_indices_[name]
            widths = [(place.stop - place.start) // len(features)] * len(features)
        owners += np.repeat(features, widths).tolist()
    return owners
