"""The events that have requests compared: the rule's, once a day, and one for each dataset."""

from __future__ import annotations

import datetime as dt

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import Field

DUE = "Molino Requests Due"


class Detail(BaseModel):
    """A dataset whose requests of a day are to be compared; without one, it is the turn of all."""

    dataset: str | None = None
    day: dt.date | None = None


class Due(BaseModel):
    """The rule's daily event, or one that the function sends itself for each dataset."""

    time: dt.datetime = Field(default_factory=lambda: dt.datetime.now(dt.UTC))
    detail: Detail = Field(default_factory=Detail)

    @property
    def day(self) -> dt.date:
        """The day that is meant: the one before (UTC), unless another is named."""
        yesterday = self.time.astimezone(dt.UTC).date() - dt.timedelta(1)
        return self.detail.day or yesterday
