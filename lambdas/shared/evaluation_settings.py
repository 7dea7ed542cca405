"""Settings of how a model is measured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lambdas.shared.setting_types import Names


class EvaluationSettings(BaseModel):
    """How a model is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compare_by: Names = Field(
        default=(),
        description="Columns by whose values the metrics are broken down; they need not be "
        "features.",
    )
