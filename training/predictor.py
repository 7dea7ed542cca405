"""A fitted pipeline driven batch by batch, without a table library in between.

The fitted steps themselves do the work; what is left out is the checking around them, done once in
``table``. With 300 trees that is most of the time of a small request (docs/container.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from training.errors import RequestError
from training.schema import Schema
from training.table import Table


@dataclass(frozen=True)
class Outcome:
    """Predictions of a batch.

    Parameters
    ----------
    predictions : list of str or float
        One a row: the class as in the training CSV, or the number.
    labels : list of str or None
        Classes, in the order of the probabilities' columns; None for regression.
    probabilities : list of list of float or None
        Shape (rows, classes).
    """

    predictions: list[Any]
    labels: list[str] | None
    probabilities: list[list[float]] | None


def _without_names(transformer: Any) -> Any:
    """Let fitted steps take plain arrays: the columns' names are checked already."""
    for _, step in transformer.steps:
        vars(step).pop("feature_names_in_", None)
    return transformer


def _forest_mean(forest: Any, values: Any) -> Any:
    """Average the trees' outputs in their order, as the forest's own methods do."""
    total = forest.estimators_[0].tree_.predict(values)
    for tree in forest.estimators_[1:]:
        total = total + tree.tree_.predict(values)
    return total / len(forest.estimators_)


class Predictor:
    """Answers batches with a fitted pipeline.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        As built by ``build_pipeline`` and fitted.
    schema : Schema
        The one it was fitted with.
    """

    def __init__(self, pipeline: Any, schema: Schema) -> None:
        self.schema = schema
        fitted = pipeline.named_steps["preprocess"].named_transformers_
        self._numeric = _without_names(fitted["numeric"]) if schema.numeric else None
        self._categorical = _without_names(fitted["categorical"]) if schema.categorical else None
        self._model = pipeline.named_steps["model"]
        self._is_forest = isinstance(self._model, (RandomForestClassifier, RandomForestRegressor))
        self._labels = self._model.classes_ if schema.is_classification else None

    def _transform(self, table: Table) -> Any:
        blocks = []
        if self._numeric is not None:
            block = self._numeric.transform(table.numeric)
            self._check_range(block)
            blocks.append(block)
        if self._categorical is not None:
            blocks.append(self._categorical.transform(table.categorical))
        return np.hstack(blocks)

    def _check_range(self, block: Any) -> None:
        # Forests compute in float32, whose range is the smaller one.
        bad = np.argwhere(~(np.abs(block) <= np.finfo(np.float32).max))
        if len(bad):
            row, column = bad[0]
            name = self.schema.numeric[column]
            raise RequestError(400, f"column '{name}', row {row + 1}: the number is too large")

    def _outputs(self, values: Any) -> Any:
        if self._is_forest:
            return _forest_mean(self._model, values.astype(np.float32))
        if self._labels is not None:
            return self._model.predict_proba(values)
        return self._model.predict(values)

    def predict(self, table: Table) -> Outcome:
        """Predict a batch.

        Raises
        ------
        RequestError
            400 if a number is beyond what the model can compute with; names column and row.
        """
        outputs = self._outputs(self._transform(table))
        if self._labels is None:
            return Outcome(np.ravel(outputs).tolist(), None, None)
        predictions = self._labels[np.argmax(outputs, axis=1)].tolist()
        return Outcome(predictions, self._labels.tolist(), outputs.tolist())
