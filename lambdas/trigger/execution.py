"""One upload, one execution, however often its event arrives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lambdas.shared.names.legal import execution_name
from lambdas.shared.names.paths import dataset_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class Upload:
    """One version of one object; also the execution's input, field by field."""

    bucket: str
    key: str
    version_id: str

    @property
    def execution_name(self) -> str:
        """Name of the one execution that this version of the object gets."""
        dataset = dataset_of(self.key)
        return execution_name(dataset, self.bucket, self.key, self.version_id)


@dataclass(frozen=True)
class ScheduledUpload(Upload):
    """An upload that is trained by schedule.

    Parameters
    ----------
    scheduled_for : str
        As EventBridge Scheduler has it.
    reason : mapping, optional
        Why it is trained: a `Message` as JSON.
    """

    scheduled_for: str
    reason: Mapping[str, Any] | None = None

    @property
    def execution_name(self) -> str:
        """Name of the one execution that a check of this version starts."""
        dataset = dataset_of(self.key)
        return execution_name(dataset, self.bucket, self.key, self.version_id, self.scheduled_for)


@dataclass(frozen=True)
class AnsweringUpload(Upload):
    """An upload that is trained for what an event has told.

    Parameters
    ----------
    event_id : str
        As EventBridge has it.
    reason : mapping
        Why it is trained: a `Message` as JSON.
    """

    event_id: str
    reason: Mapping[str, Any]

    @property
    def execution_name(self) -> str:
        """Name of the one execution that an event starts of this version."""
        dataset = dataset_of(self.key)
        return execution_name(dataset, self.bucket, self.key, self.version_id, self.event_id)


def is_folder_marker(upload: Upload) -> bool:
    """Tell whether the object only makes the console show an empty folder."""
    return upload.key.endswith("/")


def start(client: SFNClient, state_machine_arn: str, upload: Upload) -> tuple[str, bool]:
    """Start the upload's execution unless there has been one.

    Returns
    -------
    arn : str
        ARN of the execution.
    started : bool
        False if an execution of this name has already ended; a running one of the same name and
        input is answered by Step Functions as if just started.
    """
    name = upload.execution_name
    try:
        response = client.start_execution(
            stateMachineArn=state_machine_arn, name=name, input=json.dumps(asdict(upload))
        )
    except client.exceptions.ExecutionAlreadyExists:
        machine = state_machine_arn.replace(":stateMachine:", ":execution:", 1)
        return f"{machine}:{name}", False
    return response["executionArn"], True
