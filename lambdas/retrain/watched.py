"""Drift, and figures that fell, of what is watched between uploads: a reason to look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field

from lambdas.retrain.drifted import clause
from lambdas.retrain.worse import fallen
from lambdas.shared.findings.message import Message

KINDS = ("Molino Drift", "Molino Quality")
# What uploads show, their own runs look at.
OF = ("predictions", "actuals", "requests")
_PLACES = {"predictions": Message("rows to predict"), "requests": Message("requests")}


class Detail(BaseModel):
    """What is told, of a version: columns that drifted far, or a figure that fell."""

    dataset: str = Field(min_length=1)
    kind: Literal["predictions", "actuals", "requests"]
    version: int
    columns: list[str] = Field(default_factory=list)
    figure: Mapping[str, Any] | None = None


class Watched(BaseModel):
    """An event: docs/notifications.md."""

    id: str = Field(min_length=1)
    detail_type: Literal["Molino Drift", "Molino Quality"] = Field(alias="detail-type")
    time: dt.datetime
    detail: Detail

    def drifted(self, champion: int | None) -> Message | None:
        """Return what has drifted far from a champion's data, as a clause; None if nothing."""
        told = self.detail
        if not told.columns or told.version != champion or told.kind not in _PLACES:
            return None
        return clause(_PLACES[told.kind], told.columns, told.version)

    def worse(self, champion: int | None) -> Message | None:
        """Return how a champion did worse, as a clause; None if that is not told."""
        figure = self.detail.figure
        if figure is None or figure["version"] != champion or not figure["registered"]:
            return None
        value = figure["registered"]["value"]
        return fallen(figure["metric"], figure["value"], figure["rows"], value)
