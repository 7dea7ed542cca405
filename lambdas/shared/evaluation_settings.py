"""Settings of how a model is measured."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _list(value: Any) -> Any:
    """Take a list, or names with commas between, as metadata must be written."""
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


class EvaluationSettings(BaseModel):
    """How a model is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Columns by whose values the metrics are broken down; they need not be features.
    compare_by: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()
