"""The kinds of things an execution starts at SageMaker: how each is found, and how it is ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore import xform_name


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Parameters
    ----------
    label : str
        As users read it.
    resource : str
        As SageMaker's API names it: ``Model`` of ``DeleteModel`` and ``ModelName``.
    is_part : bool
        Whether endpoints are made of it: it has no status, it only exists or does not.
    """

    label: str
    resource: str
    is_part: bool = False

    @property
    def is_job(self) -> bool:
        """Whether it ends by itself, and can only be stopped."""
        return self.resource.endswith("Job")

    @property
    def name(self) -> str:
        """The member of requests and answers that holds a name."""
        return f"{self.resource}Name"

    @property
    def arn(self) -> str:
        """The member of answers that holds an ARN."""
        return f"{self.resource}Arn"

    @property
    def status(self) -> str:
        """The member of answers that holds a status; empty for what has none."""
        return "" if self.is_part else f"{self.resource}Status"

    @property
    def arn_type(self) -> str:
        """What stands before the name in an ARN."""
        return xform_name(self.resource, "-")

    @property
    def list_action(self) -> str:
        """The operation that lists them."""
        return f"List{self.resource}s"

    @property
    def describe_action(self) -> str:
        """The operation that describes one by name."""
        return f"Describe{self.resource}"

    @property
    def end_action(self) -> str:
        """The operation that deletes or stops one by name."""
        return f"{'Stop' if self.is_job else 'Delete'}{self.resource}"

    def list(self, client: Any, **filters: Any) -> Iterator[dict[str, Any]]:
        """Yield the resources as SageMaker lists them."""
        member = f"{self.resource}{'Summaries' if self.is_job else 's'}"
        for page in client.get_paginator(xform_name(self.list_action)).paginate(**filters):
            yield from page[member]

    def describe(self, client: Any, name: str) -> dict[str, Any]:
        """Return one as SageMaker describes it."""
        return dict(getattr(client, xform_name(self.describe_action))(**{self.name: name}))

    def end(self, client: Any, name: str) -> None:
        """Delete or stop one."""
        getattr(client, xform_name(self.end_action))(**{self.name: name})


# Jobs first, as they start others; then endpoints before what they are made of.
KINDS = (
    Kind("tuning job", "HyperParameterTuningJob"),
    Kind("training job", "TrainingJob"),
    Kind("processing job", "ProcessingJob"),
    Kind("transform job", "TransformJob"),
    Kind("endpoint", "Endpoint"),
    Kind("endpoint configuration", "EndpointConfig", is_part=True),
    Kind("model", "Model", is_part=True),
)
UNDER_WAY = ("InProgress", "Stopping")  # jobs; any other status is one that has ended
# States from which an endpoint can't be deleted; SageMaker answers "Cannot update in-progress".
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")
