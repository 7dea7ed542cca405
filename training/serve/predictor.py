"""A fitted pipeline driven batch by batch, without a table library in between.

What the pipeline learned does the work; the checking around it is done once, in ``table``.
Tests hold every prediction against the pipeline's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import RequestError
from training.model.ensemble import Ensemble
from training.model.pipeline import encoded_owners
from training.model.threshold import Threshold, most_probable
from training.schema import Schema
from training.serve.encoding import encoder
from training.serve.quick_prediction import quick_prediction
from training.serve.reasons import Explainer, Reasons
from training.serve.single_model import SingleModel
from training.serve.table import Answered, Table

# Forests compute in float32, whose range is smaller than that of the other models.
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Outcome:
    """Predictions of a batch.

    Parameters
    ----------
    predictions : list of str or float
        One a row: the class as in the training CSV, or the number.
    labels : list of str or None
        Classes, in the order of the probabilities' columns; None for regression.
    probabilities : numpy.ndarray or None
        Shape (rows, classes).
    half_widths : mapping
        Half the width of a number's prediction interval, by level; empty for classes.
    threshold : Threshold or None
        By which classes were told from probabilities; None for regression, and for a model from
        before there were thresholds: the most probable class.
    """

    predictions: list[Any]
    labels: list[str] | None
    probabilities: NDArray[np.float64] | None
    half_widths: Mapping[str, float]
    threshold: Threshold | None = None


class Predictor:
    """Answers batches with a fitted pipeline.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        As built by ``build_pipeline`` and fitted.
    schema : Schema
        The one it was fitted with.
    half_widths : mapping or None
        Of prediction intervals by level, as ``training.intervals`` found them.
    background : Table or None
        Rows that stand for what is not known; without them there are no reasons.
    threshold : Threshold or None
        By which classes are told from probabilities.
    """

    def __init__(
        self,
        pipeline: Any,
        schema: Schema,
        half_widths: Mapping[str, float] | None = None,
        background: Table | None = None,
        threshold: Threshold | None = None,
    ) -> None:
        self.schema = schema
        self._threshold = threshold
        self._half_widths = half_widths or {}
        self._background = background
        self._groups = [
            encoder(name, fitted, list(columns), schema)
            for name, fitted, columns in pipeline.named_steps["preprocess"].transformers_
            if len(columns)
        ]
        ensemble = pipeline.named_steps["model"]
        self._single = _single(ensemble, encoded_owners(pipeline.named_steps["preprocess"]))
        self._ask = quick_prediction(ensemble)
        self._classes = ensemble.classes_ if schema.is_classification else None
        self._labels = None if self._classes is None else self._classes.tolist()

    def _transform(self, table: Table) -> NDArray[np.float64]:
        blocks = [encode(table) for encode in self._groups]
        if self.schema.numeric:
            self._check_range(blocks[0])
        return blocks[0] if len(blocks) == 1 else np.hstack(blocks)

    def _check_range(self, block: NDArray[np.float64]) -> None:
        if np.abs(block).max() <= LARGEST:
            return
        row, column = np.argwhere(~(np.abs(block) <= LARGEST))[0]
        name = self.schema.numeric[column]
        raise RequestError(400, f"column '{name}', row {row + 1}: the number is too large")

    def _answered(self, table: Table) -> Answered:
        encoded = self._transform(table)
        return Answered(table, encoded, self._ask(encoded).reshape(table.rows, -1))

    @cached_property
    def _explainer(self) -> Explainer:
        if self._background is None:
            raise RequestError(400, "the model was trained without what reasons are made from")
        background = self._answered(self._background)
        return Explainer(self.schema, self._labels, self._answered, background, self._single)

    def _explained(self, outputs: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return each row's output to explain: of the positive class of two, else the predicted."""
        if self._labels is None:
            return np.zeros(len(outputs), dtype=np.intp)
        if len(self._labels) == 2:
            positive = self.schema.positive_class or self._labels[1]
            return np.full(len(outputs), self._labels.index(positive))
        return self._told(outputs)

    def predict(self, table: Table) -> Outcome:
        """Predict a batch.

        Raises
        ------
        RequestError
            400 if a number is beyond what the model can compute with; names column and row.
        """
        return self._outcome(self._answered(table).outputs)

    def predict_with_reasons(
        self, table: Table, strongest: int | None = None
    ) -> tuple[Outcome, Reasons]:
        """Predict a batch, and say what each feature adds to the answers.

        Parameters
        ----------
        table : Table
        strongest : int or None
            How many features of each row to tell of; None for all.

        Raises
        ------
        RequestError
            400 if the model can't, 413 if there are too many rows.
        """
        answered = self._answered(table)
        explained = self._explained(answered.outputs)
        reasons = self._explainer.explain(answered, explained, strongest)
        return self._outcome(answered.outputs), reasons

    def _outcome(self, outputs: NDArray[np.float64]) -> Outcome:
        if self._classes is None:
            return Outcome(np.ravel(outputs).tolist(), None, None, self._half_widths)
        predictions = self._classes[self._told(outputs)].tolist()
        return Outcome(predictions, self._labels, outputs, {}, self._threshold)

    def _told(self, outputs: NDArray[np.float64]) -> NDArray[np.intp]:
        if self._threshold is None:
            return most_probable(outputs)
        return self._threshold.positions(self._labels or [], outputs)


def _single(ensemble: Ensemble, owners: list[str]) -> SingleModel | None:
    if len(ensemble.models) > 1:
        return None
    columns, calibrations = ensemble.columns[0], ensemble.calibrations
    owned = [owners[column] for column in columns]
    return SingleModel(ensemble.models[0], columns, owned, calibrations, ensemble.base_rates)
