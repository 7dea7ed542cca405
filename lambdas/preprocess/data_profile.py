"""All that is known of the data, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.preprocess.arrangement import Arrangement
from lambdas.preprocess.features import Feature
from lambdas.preprocess.number_figures import NumberFigures
from lambdas.preprocess.profile import Profile
from lambdas.preprocess.target import Target
from lambdas.preprocess.text_figures import TextFigures
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
