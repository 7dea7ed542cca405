"""Settings of how a model is measured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lambdas.shared.settings.types import Names


class EvaluationSettings(BaseModel):
    """How a model is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive_class: str | None = Field(
        default=None,
        min_length=1,
        description="Of two classes the one that is to be found, such as `malignant` or `1`: "
        "sensitivity, precision, F1 and the like are of it; if not set, see "
        "[reading-the-report.md](reading-the-report.md#the-positive-class).",
    )
    compare_by: Names = Field(
        default=(),
        description="Columns by whose values the metrics are broken down; they need not be "
        "features.",
    )
