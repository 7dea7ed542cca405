"""Settings of what watches over money, data and models."""

from typing import Self

from pydantic import BaseModel, Field, model_validator

from lambdas.shared.names.legal import dataset_slug
from lambdas.shared.settings.values import Names


class OversightSettings(BaseModel):
    """A budget, a record of who touched which object, alarms of models; none, unless set."""

    monthly_budget_usd: float | None = Field(
        default=None,
        gt=0,
        description="Cost of Molino's jobs and endpoints in a month; at 80 and at 100 percent "
        "of it the topic is notified: [a budget](costs.md#a-budget).",
    )
    budget_stops_jobs: bool = Field(
        default=False,
        description="At 100 percent of the budget, AWS takes away the right to start jobs and "
        "endpoints.",
    )
    record_data_access: bool = Field(
        default=False,
        description="Record with CloudTrail who read and wrote which object of the bucket, in "
        "a separate bucket.",
    )

    watched_datasets: Names = Field(
        default=(),
        description="Datasets with metrics and alarms in CloudWatch of their drift and their "
        'quality, such as `["heart"]`; [each costs something](costs.md#a-watched-dataset) by the '
        "month.",
    )

    @model_validator(mode="after")
    def _what_stops_has_a_limit(self) -> Self:
        if self.budget_stops_jobs and self.monthly_budget_usd is None:
            raise ValueError("budget_stops_jobs needs monthly_budget_usd")
        return self

    @property
    def watched_slugs(self) -> list[str]:
        """The watched datasets as their metrics name them."""
        return list(dict.fromkeys(map(dataset_slug, self.watched_datasets)))
