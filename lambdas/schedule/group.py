"""The schedules that settings files have made: all in the stack's own group."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.shared.failures.errors import SettingsInvalid
from lambdas.shared.findings.message import Message
from lambdas.shared.names.legal import schedule_name
from lambdas.shared.names.paths import settings_key
from lambdas.shared.settings.dataset import DatasetSettings

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# EventBridge Scheduler puts the time for which it fires in this one's place.
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
# EventBridge Scheduler's own default, written out.
RETRY_POLICY = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


@dataclass(frozen=True)
class ScheduleGroup:
    """The group, and what its schedules invoke.

    Parameters
    ----------
    client : EventBridgeSchedulerClient
    name : str
        Of the group.
    target : mapping
        ``Target`` of every schedule, without ``Input``.
    key_arn : str
        Encrypts the schedules.
    """

    client: EventBridgeSchedulerClient
    name: str
    target: dict[str, Any]
    key_arn: str

    def put(self, dataset: str, settings: DatasetSettings) -> bool:
        """Make the dataset's schedule, or bring it up to date; return whether it changed.

        Raises
        ------
        SettingsInvalid
            If AWS does not take what our own check has let pass.
        """
        wanted = self._request(dataset, settings)
        existing = self._get(dataset)
        if existing is not None and all(existing.get(name) == wanted[name] for name in wanted):
            return False
        problem = None
        try:
            if existing is None:
                self.client.create_schedule(**wanted)
            else:
                self.client.update_schedule(**wanted)
        except self.client.exceptions.ValidationException:
            place = settings_key(dataset)
            text = Message(
                "in {place}, “schedule”: AWS does not accept it in this zone", place=place
            )
            problem = SettingsInvalid(text)
        if problem:
            raise problem
        return True

    def remove(self, dataset: str) -> bool:
        """Delete the dataset's schedule; return whether there was one."""
        try:
            self.client.delete_schedule(GroupName=self.name, Name=schedule_name(dataset))
        except self.client.exceptions.ResourceNotFoundException:
            return False
        return True

    def _get(self, dataset: str) -> dict[str, Any] | None:
        try:
            found = self.client.get_schedule(GroupName=self.name, Name=schedule_name(dataset))
        except self.client.exceptions.ResourceNotFoundException:
            return None
        return dict(found)

    def _request(self, dataset: str, settings: DatasetSettings) -> dict[str, Any]:
        return {
            "Name": schedule_name(dataset),
            "GroupName": self.name,
            "Description": f"From {settings_key(dataset)}"[:512],
            "ScheduleExpression": settings.schedule,
            "ScheduleExpressionTimezone": settings.schedule_timezone,
            "State": "ENABLED" if settings.schedule_enabled else "DISABLED",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "KmsKeyArn": self.key_arn,
            "Target": self.target | {"Input": look_input(dataset)},
        }


def look_input(dataset: str, settings: dict[str, Any] | None = None) -> str:
    """Return what a schedule hands to the check (lambdas/retrain)."""
    given = {"settings": settings} if settings else {}
    return json.dumps({"dataset": dataset, "scheduled_for": SCHEDULED_TIME, **given})
