"""All rows that training may use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.errors import TrainingDataError
from training.fit.splits import Split
from training.model.collective import gathered
from training.schema import Schema

SPLITS = ("train", "validation")
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
    of_classes : mapping of int
        Rows by class on all hosts of the job, in the order of the classes; counted here if empty.
    """

    schema: Schema
    features: pd.DataFrame
    target: NDArray[Any]
    in_training: int
    of_classes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: Schema, train: Split, validation: Split) -> Data:
        """Join the splits, of which each host of the job may have a part.

        Raises
        ------
        TrainingDataError
            If the training split has no rows, or one class only.
        """
        if not any(gathered(len(train[1]))):
            raise TrainingDataError("the training split has no rows")
        of_classes: Mapping[str, int] = {}
        if schema.is_classification:
            if len(_counted(train[1])) < 2:
                raise TrainingDataError(f"the target '{schema.target}' has one class only")
            of_classes = _counted(np.concatenate([train[1], validation[1]]))
        features = pd.concat([train[0], validation[0]], ignore_index=True)
        target = np.concatenate([train[1], validation[1]])
        return cls(schema, features, target, len(train[1]), of_classes)

    @property
    def rows_of_splits(self) -> dict[str, int]:
        """Rows of the training and of the validation split, on all hosts."""
        parts = gathered((self.in_training, len(self.target) - self.in_training))
        return {name: sum(part[n] for part in parts) for n, name in enumerate(SPLITS)}

    @cached_property
    def rows_of_classes(self) -> Mapping[str, int]:
        """Rows by class, in the order of the classes."""
        return self.of_classes or _counted(self.target)

    @cached_property
    def classes(self) -> NDArray[np.str_] | None:
        """The classes in order; None for regression."""
        return np.array(list(self.rows_of_classes)) if self.schema.is_classification else None

    @cached_property
    def numbers(self) -> NDArray[np.intp]:
        """Each row's class as its place among the classes, shape (rows,)."""
        return np.searchsorted(np.array(list(self.rows_of_classes)), self.target)

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
        counts = np.array(list(self.rows_of_classes.values()))
        return np.asarray(counts / counts.sum())


def _counted(target: NDArray[Any]) -> dict[str, int]:
    """Count the rows of each class on all hosts."""
    counted: Counter[str] = Counter()
    for labels, counts in gathered(np.unique(target, return_counts=True)):
        counted.update(dict(zip(labels.tolist(), counts.tolist(), strict=True)))
    return dict(sorted(counted.items()))
