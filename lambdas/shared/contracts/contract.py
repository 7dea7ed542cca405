"""What all contracts share, and what several steps are given."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Task = Literal["binary", "multiclass", "regression"]
Tags = list[dict[str, str]]


class Contract(BaseModel):
    """Data that go from one step to another; what a step does not know is ignored."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())
