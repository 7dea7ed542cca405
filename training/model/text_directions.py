"""Free text as numbers, without keeping any of it.

Character n-grams, weighted by how rare they are, and their main directions: latent semantic
analysis (Deerwester et al. 1990). Figures as in skrub's StringEncoder (skrub-data/skrub:
skrub/_string_encoder.py), which itself needs matplotlib and more that AWS's image lacks. The
n-grams are hashed, so a model file carries no vocabulary and with it no words of a patient.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.pipeline import Pipeline

DIRECTIONS = 30
BUCKETS = 2**13  # 2 MB of directions in the file; collisions hardly matter for 30 of them


class TextDirections(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped
    """Turn columns of text into at most ``DIRECTIONS`` numbers for each.

    Parameters
    ----------
    seed : int
        Seed of the randomised decomposition.

    Attributes
    ----------
    steps_ : list of sklearn.pipeline.Pipeline
        One a column.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, values: NDArray[np.object_], _target: object = None) -> TextDirections:
        """Learn weights and directions; ``values`` has the shape (rows, columns)."""
        self.steps_ = [self._steps(len(column)).fit(column) for column in _columns(values)]
        return self

    def transform(self, values: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return numbers of shape (rows, columns x directions)."""
        columns = zip(self.steps_, _columns(values), strict=True)
        return np.hstack([steps.transform(column) for steps, column in columns])

    def _steps(self, rows: int) -> Pipeline:
        hashed = HashingVectorizer(
            n_features=BUCKETS, analyzer="char_wb", ngram_range=(3, 4), norm=None,
            alternate_sign=False,
        )  # fmt: skip
        directions = TruncatedSVD(min(DIRECTIONS, rows), random_state=self.seed)
        return Pipeline([("hash", hashed), ("weigh", TfidfTransformer()), ("reduce", directions)])


def _columns(values: NDArray[np.object_]) -> list[list[str]]:
    array = np.asarray(values, dtype=object)
    return [[cell if isinstance(cell, str) else "" for cell in column] for column in array.T]
