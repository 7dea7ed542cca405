"""What starts an execution: a new object below ``incoming/`` in the stack's own bucket."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Function, FunctionParts, Size, uses_key
from infra.rules import invoking_rule

INCOMING = "incoming/"
_RETENTION = cdk.Duration.days(14)  # SQS's longest


class Trigger(Construct):
    """The rule, its Lambda, and the queue of what neither could handle, with an alarm.

    Parameters
    ----------
    state_machine_arn
        Of the state machine to start.
    topic
        Told when an upload could not be started.

    Attributes
    ----------
    unhandled
        The queue.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        parts: FunctionParts,
        *,
        state_machine_arn: str,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, name)
        self.unhandled = unhandled = sqs.Queue(
            self,
            "Unhandled",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=parts.key,
            enforce_ssl=True,
            retention_period=_RETENTION,
            removal_policy=cdk.RemovalPolicy(parts.settings.removal_policy.upper()),
        )
        starter = Function(
            self,
            "trigger",
            parts,
            size=Size(parts.settings.memory_mb, parts.settings.timeout_seconds),
            environment={"STATE_MACHINE_ARN": state_machine_arn},
            dead_letters=unhandled,
            statements=[
                iam.PolicyStatement(
                    actions=["states:StartExecution"], resources=[state_machine_arn]
                ),
                iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[unhandled.queue_arn]),
                uses_key(parts.key),
            ],
        )
        invoking_rule(
            self,
            "NewUploads",
            starter.function,
            unhandled,
            description="New objects below incoming/ in Molino's bucket",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [parts.bucket.bucket_name]},
                    "object": {"key": [{"prefix": INCOMING}]},
                },
            },
        )
        _alarm(self, unhandled, topic)


def _alarm(scope: Construct, unhandled: sqs.IQueue, topic: sns.ITopic) -> None:
    alarm = cloudwatch.Alarm(
        scope,
        "UnhandledUploads",
        alarm_description="Molino could not start an execution for an upload: see the queue",
        metric=unhandled.metric_approximate_number_of_messages_visible(
            period=cdk.Duration.minutes(1), statistic="Maximum"
        ),
        threshold=1,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
