"""All rows that training may use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import TrainingDataError
from training.fit.splits import Split
from training.schema import Schema

# Of the mean: of numbers that spread less, the logarithm is all but a straight line.
LEAST_SPREAD = 0.25
# So many are never all in the same fold.
FEWEST_ABOVE_ZERO = 10


@dataclass(frozen=True)
class Data:
    """Rows of the training split, then of the validation split.

    Parameters
    ----------
    schema : Schema
    features : pandas.DataFrame
        Shape (rows, features).
    target : numpy.ndarray, shape (rows,)
    in_training : int
        Rows of the training split.
    """

    schema: Schema
    features: pd.DataFrame
    target: NDArray[Any]
    in_training: int

    @classmethod
    def of(cls, schema: Schema, train: Split, validation: Split) -> Data:
        """Join the splits.

        Raises
        ------
        TrainingDataError
            If the training split has no rows, or one class only.
        """
        if len(train[1]) == 0:
            raise TrainingDataError("the training split has no rows")
        if schema.is_classification and len(np.unique(train[1])) < 2:
            raise TrainingDataError(f"the target '{schema.target}' has one class only")
        features = pd.concat([train[0], validation[0]], ignore_index=True)
        return cls(schema, features, np.concatenate([train[1], validation[1]]), len(train[1]))

    @cached_property
    def classes(self) -> NDArray[np.str_] | None:
        """The classes in order; None for regression."""
        return np.unique(self.target) if self.schema.is_classification else None

    @cached_property
    def numbers(self) -> NDArray[np.intp]:
        """Each row's class as its place among the classes, shape (rows,)."""
        return np.asarray(np.unique(self.target, return_inverse=True)[1])

    @property
    def allows_logarithms(self) -> bool:
        """Whether the target is a number whose mean has a logarithm, whatever rows are held out."""
        if self.schema.is_classification:
            return False
        above = np.count_nonzero(self.target[: self.in_training])
        return bool(self.target.min() >= 0 and above >= FEWEST_ABOVE_ZERO)

    @cached_property
    def spreads_in_ratios(self) -> bool:
        """Whether a model of the target's logarithm may well differ from one of the target."""
        spreads = self.allows_logarithms and self.target.std() >= LEAST_SPREAD * self.target.mean()
        return bool(spreads)

    @cached_property
    def base_rates(self) -> NDArray[np.float64] | None:
        """The classes' shares of the rows, shape (classes,); None for regression."""
        if self.classes is None:
            return None
        return np.asarray(np.bincount(self.numbers) / len(self.numbers))
