"""The one scikit-learn pipeline: what is learned from the rows travels inside the model."""

from __future__ import annotations

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from training.estimators import RECIPES
from training.hyperparameters import Hyperparameters
from training.schema import Schema

# A category seen fewer times than this joins the "infrequent" column: too few rows to learn from,
# and an identifier column then costs one column instead of one per row.
MINIMUM_CATEGORY_COUNT = 5
MAXIMUM_CATEGORIES = 50


def _numeric_steps() -> Pipeline:
    # keep_empty_features: a column without any value stays (as 0), so positions never shift.
    impute = SimpleImputer(strategy="median", keep_empty_features=True)
    return Pipeline([("impute", impute), ("scale", StandardScaler())])


def _categorical_steps() -> Pipeline:
    impute = SimpleImputer(strategy="constant", fill_value="missing", keep_empty_features=True)
    encode = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=MINIMUM_CATEGORY_COUNT,
        max_categories=MAXIMUM_CATEGORIES,
        sparse_output=False,
    )
    return Pipeline([("impute", impute), ("encode", encode)])


def build_pipeline(schema: Schema, hyperparameters: Hyperparameters) -> Any:
    """Make the unfitted pipeline for a schema.

    Parameters
    ----------
    schema : Schema
    hyperparameters : Hyperparameters
        With ``class_weight`` settled to ``none`` or ``balanced``.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``preprocess`` (numeric columns first, then the categorical ones) and ``model``.
    """
    groups = [
        ("numeric", _numeric_steps(), schema.numeric),
        ("categorical", _categorical_steps(), schema.categorical),
    ]
    preprocess = ColumnTransformer([group for group in groups if group[2]])
    model = RECIPES[hyperparameters.algorithm].build(
        schema.is_classification, hyperparameters.seed, hyperparameters.values
    )
    return Pipeline([("preprocess", preprocess), ("model", model)])
