"""The kinds of things an execution starts at SageMaker: how each is listed, and how it is ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Parameters
    ----------
    label : str
        As users read it.
    list_operation, member : str
        Method of boto3's client, and where its answer holds the resources.
    name, arn, status : str
        Members of a resource; no status for what only exists or does not.
    end_operation : str
        Method that deletes or stops one by name.
    statuses : tuple of str
        Only resources in these states are looked at; all where empty.
    """

    label: str
    list_operation: str
    member: str
    name: str
    arn: str
    end_operation: str
    status: str = ""
    statuses: tuple[str, ...] = ()

    @property
    def is_part(self) -> bool:
        """Whether endpoints are made of it: it has no life of its own."""
        return not self.status


# States from which an endpoint can't be deleted; SageMaker answers "Cannot update in-progress".
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def _job(label: str, operation: str, member: str, name: str) -> Kind:
    return Kind(
        label=label,
        list_operation=f"list_{operation}s",
        member=member,
        name=f"{name}Name",
        arn=f"{name}Arn",
        end_operation=f"stop_{operation}",
        status=f"{name}Status",
        statuses=("InProgress",),
    )


# Jobs first, as they start others; then endpoints before what they are made of.
KINDS = (
    _job(
        "tuning job",
        "hyper_parameter_tuning_job",
        "HyperParameterTuningJobSummaries",
        "HyperParameterTuningJob",
    ),
    _job("training job", "training_job", "TrainingJobSummaries", "TrainingJob"),
    _job("processing job", "processing_job", "ProcessingJobSummaries", "ProcessingJob"),
    Kind(
        label="endpoint",
        list_operation="list_endpoints",
        member="Endpoints",
        name="EndpointName",
        arn="EndpointArn",
        end_operation="delete_endpoint",
        status="EndpointStatus",
    ),
    Kind(
        label="endpoint configuration",
        list_operation="list_endpoint_configs",
        member="EndpointConfigs",
        name="EndpointConfigName",
        arn="EndpointConfigArn",
        end_operation="delete_endpoint_config",
    ),
    Kind(
        label="model",
        list_operation="list_models",
        member="Models",
        name="ModelName",
        arn="ModelArn",
        end_operation="delete_model",
    ),
)
