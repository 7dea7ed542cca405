"""A fitted pipeline driven batch by batch, without a table library in between.

What the pipeline learned does the work; left out is the checking around it, done once in ``table``,
and for a forest the loop over its trees. Tests hold every prediction against the pipeline's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from training.errors import RequestError
from training.forest import Forest
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


class _Numeric:
    """Impute and scale with the fitted figures: scikit-learn's arithmetic without its checks."""

    def __init__(self, fitted: Any) -> None:
        self._median = fitted.named_steps["impute"].statistics_
        self._mean = fitted.named_steps["scale"].mean_
        self._scale = fitted.named_steps["scale"].scale_

    def transform(self, values: Any) -> Any:
        return (np.where(np.isnan(values), self._median, values) - self._mean) / self._scale


class _Written:
    """A group of other columns: its fitted steps, given plain arrays (names are checked already).

    Parameters
    ----------
    fitted : sklearn.pipeline.Pipeline
    positions : list of int
        Where the group's columns are among the schema's ``written`` ones.
    """

    def __init__(self, fitted: Any, positions: list[int]) -> None:
        for _, step in fitted.steps:
            vars(step).pop("feature_names_in_", None)
        self._fitted, self._positions = fitted, positions

    def transform(self, values: Any) -> Any:
        return self._fitted.transform(values[:, self._positions])


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
        groups = [
            group for group in pipeline.named_steps["preprocess"].transformers_ if len(group[2])
        ]
        self._numeric = _Numeric(groups[0][1]) if schema.numeric else None
        self._written = [
            _Written(fitted, [schema.written.index(column) for column in columns])
            for name, fitted, columns in groups
            if name != "numeric"
        ]
        self._model = pipeline.named_steps["model"]
        is_forest = isinstance(self._model, (RandomForestClassifier, RandomForestRegressor))
        self._forest = Forest(self._model) if is_forest else None
        self._labels = self._model.classes_ if schema.is_classification else None

    def _transform(self, table: Table) -> Any:
        blocks = []
        if self._numeric is not None:
            block = self._numeric.transform(table.numeric)
            self._check_range(block)
            blocks.append(block)
        blocks += [group.transform(table.written) for group in self._written]
        return np.hstack(blocks)

    def _check_range(self, block: Any) -> None:
        # Forests compute in float32, whose range is the smaller one.
        bad = np.argwhere(~(np.abs(block) <= np.finfo(np.float32).max))
        if len(bad):
            row, column = bad[0]
            name = self.schema.numeric[column]
            raise RequestError(400, f"column '{name}', row {row + 1}: the number is too large")

    def _outputs(self, values: Any) -> Any:
        if self._forest is not None:
            return self._forest.mean(values.astype(np.float32))
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
