"""Trainings by schedule: the group of schedules, who makes them, and what they invoke."""

import hashlib

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts
from infra.constructs.retrain import (
    SCHEDULER,
    retrain_function,
    scheduler_role,
)
from infra.constructs.rights import may, may_pass, notifies_and_gives_up, reads_settings_files
from infra.constructs.rules import invoking_rule
from infra.settings import StackSchedule
from lambdas.schedule.group import RETRY_POLICY, look_input
from lambdas.shared.names.legal import schedule_name
from lambdas.shared.names.paths import SETTINGS


class Schedules(Construct):
    """The group, the check, and what follows the settings files.

    Parameters
    ----------
    state_machine_arn
        Of the state machine that trainings are executions of.
    topic
        Notified of schedules made, changed or removed, and of checks that start nothing.
    unhandled
        Queue for what could not be delivered or handled.

    Attributes
    ----------
    functions
        Both functions, by name; no execution stands behind them.
    """

    def __init__(  # noqa: PLR0913 - each is one named part
        self,
        scope: Construct,
        name: str,
        parts: FunctionParts,
        *,
        state_machine_arn: str,
        topic: sns.ITopic,
        unhandled: sqs.Queue,
    ) -> None:
        super().__init__(scope, name)
        self._parts, self._topic, self._unhandled = parts, topic, unhandled
        # Named by CloudFormation; deleting it deletes every schedule in it.
        self._group = scheduler.CfnScheduleGroup(self, "Group")
        retrain = retrain_function(
            self, parts, state_machine_arn=state_machine_arn, topic=topic, unhandled=unhandled
        )
        role = scheduler_role(self, self._group, retrain, unhandled, parts.key)
        follower = self._follow_settings_files(retrain, role)
        self.functions = {"schedule": follower, "retrain": retrain}
        for dataset, settings in parts.settings.schedules.items():
            self._schedule(dataset, settings, retrain, role)

    def _follow_settings_files(
        self, retrain: lambda_.IFunction, role: iam.IRole
    ) -> lambda_.IFunction:
        schedules = cdk.Stack.of(self).format_arn(
            service="scheduler", resource="schedule", resource_name=f"{self._group.ref}/*"
        )
        actions = [f"scheduler:{verb}Schedule" for verb in ("Create", "Delete", "Get", "Update")]
        follower = Function(
            self,
            "schedule",
            self._parts,
            environment={
                "KEY_ARN": self._parts.key.key_arn,
                "RETRAIN_ARN": retrain.function_arn,
                "SCHEDULE_GROUP": self._group.ref,
                "SCHEDULER_ROLE_ARN": role.role_arn,
                "TOPIC_ARN": self._topic.topic_arn,
                "UNHANDLED_ARN": self._unhandled.queue_arn,
            },
            dead_letters=self._unhandled,
            statements=[
                may(actions, schedules),
                may_pass(role, SCHEDULER),
                may(["kms:DescribeKey"], self._parts.key.key_arn),
                *reads_settings_files(self._parts.bucket),
                *notifies_and_gives_up(self._parts.key, self._topic, self._unhandled),
            ],
        )
        invoking_rule(
            self,
            "SettingsFiles",
            follower.function,
            self._unhandled,
            description="Settings files put or deleted below settings/ in Molino's bucket",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created", "Object Deleted"],
                "detail": {
                    "bucket": {"name": [self._parts.bucket.bucket_name]},
                    "object": {"key": [{"prefix": SETTINGS}]},
                },
            },
        )
        return follower.function

    def _schedule(
        self, dataset: str, settings: StackSchedule, retrain: lambda_.IFunction, role: iam.IRole
    ) -> None:
        # Datasets may have names that identifiers may not.
        identifier = f"Schedule{hashlib.sha256(dataset.encode()).hexdigest()[:8]}"
        given = settings.model_dump(mode="json", exclude_unset=True)
        scheduler.CfnSchedule(
            self,
            identifier,
            # Never that of the schedule which the dataset's own file may make.
            name=f"{schedule_name(dataset)}.stack",
            group_name=self._group.ref,
            description=f"Molino: checks the dataset {dataset}"[:512],
            schedule_expression=str(settings.schedule),
            schedule_expression_timezone=settings.schedule_timezone,
            state="ENABLED" if settings.schedule_enabled else "DISABLED",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            kms_key_arn=self._parts.key.key_arn,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=retrain.function_arn,
                role_arn=role.role_arn,
                input=look_input(dataset, given),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=self._unhandled.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=RETRY_POLICY["MaximumEventAgeInSeconds"],
                    maximum_retry_attempts=RETRY_POLICY["MaximumRetryAttempts"],
                ),
            ),
        )
