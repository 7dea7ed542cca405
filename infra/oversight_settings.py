"""Settings of what watches over money and data."""

from typing import Self

from pydantic import BaseModel, Field, model_validator


class OversightSettings(BaseModel):
    """A budget, and a record of who touched which object; neither, unless set."""

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

    @model_validator(mode="after")
    def _what_stops_has_a_limit(self) -> Self:
        if self.budget_stops_jobs and self.monthly_budget_usd is None:
            raise ValueError("budget_stops_jobs needs monthly_budget_usd")
        return self
