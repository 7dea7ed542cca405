"""The events that a dataset's history is made of: docs/notifications.md."""

from __future__ import annotations

import datetime as dt
import os
from typing import Literal

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field

from lambdas.shared.names.paths import RunPaths

Kind = Literal["upload", "predictions", "actuals", "requests"]
KINDS: dict[str, Kind] = {
    "Molino Run Succeeded": "upload",
    "Molino Prediction Succeeded": "predictions",
    "Molino Actuals Compared": "actuals",
    "Molino Requests Compared": "requests",
}


class Detail(BaseModel):
    """The details of any of them, as far as they matter here."""

    dataset: str = Field(min_length=1)
    execution_arn: str | None = None
    rows: int | None = None
    quality_uri: str | None = None
    drift_uri: str | None = None
    distribution_uri: str | None = None
    day: str | None = None
    version: int | None = None


class Announced(BaseModel):
    """An event, with the time at which it was sent."""

    detail_type: Literal[
        "Molino Run Succeeded",
        "Molino Prediction Succeeded",
        "Molino Actuals Compared",
        "Molino Requests Compared",
    ] = Field(alias="detail-type")
    time: dt.datetime
    detail: Detail

    @property
    def kind(self) -> Kind:
        """What the event tells of."""
        return KINDS[self.detail_type]

    @property
    def name(self) -> str:
        """Of the execution; of requests the day and the version that answered them."""
        arn = self.detail.execution_arn
        if self.kind == "requests" or not arn:
            return f"{self.kind}-{self.detail.day}-{self.detail.version}"
        return arn.rpartition(":")[2]

    @property
    def paths(self) -> RunPaths:
        """Where the execution's results are."""
        return RunPaths(os.environ["BUCKET"], self.detail.dataset, self.name)

    @property
    def folder(self) -> str:
        """URI of the folder of the dataset's reports, without a slash at the end."""
        return self.paths.report_uri.rpartition("/")[0]
