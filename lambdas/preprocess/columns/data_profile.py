"""All that is known of the data, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.preprocess.columns.features import Feature
from lambdas.preprocess.columns.number_figures import NumberFigures
from lambdas.preprocess.columns.profile import Profile
from lambdas.preprocess.columns.target import Target
from lambdas.preprocess.columns.text_figures import TextFigures
from lambdas.preprocess.split.arrangement import Arrangement
from lambdas.shared.positive_class import PositiveClass


@dataclass(frozen=True)
class DataProfile:
    """Columns, what was chosen of them, and their figures by position."""

    profiles: Sequence[Profile]
    features: Sequence[Feature]
    target: Target
    arrangement: Arrangement
    numbers: dict[int, NumberFigures]
    texts: dict[int, TextFigures]
    target_counts: dict[str, Any]
    positive: PositiveClass | None
