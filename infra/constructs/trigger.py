"""What starts an execution: a new object below ``incoming/``, ``predict/`` or ``actuals/``."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts
from infra.constructs.rights import may, notifies_and_gives_up, reads_settings_files
from infra.constructs.rules import invoking_rule
from lambdas.shared.names.paths import ACTUALS, INCOMING, PREDICT

_RETENTION = cdk.Duration.days(14)  # SQS's longest


class Trigger(Construct):
    """The rule, its Lambda, and the queue of what neither could handle.

    Parameters
    ----------
    machines
        ARNs of the state machines to start: the one that trains, the one that predicts, and the one
        that compares predictions with what really happened.
    topic
        Notified of uploads that are left to their schedule.

    Attributes
    ----------
    function
        The Lambda.
    unhandled
        The queue.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        parts: FunctionParts,
        *,
        machines: tuple[str, str, str],
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
        self.function = Function(
            self,
            "trigger",
            parts,
            environment={
                "STATE_MACHINE_ARN": machines[0],
                "PREDICT_MACHINE_ARN": machines[1],
                "ACTUALS_MACHINE_ARN": machines[2],
                "TOPIC_ARN": topic.topic_arn,
            },
            dead_letters=unhandled,
            statements=[
                may(["states:StartExecution"], *machines),
                *reads_settings_files(parts.bucket),
                *notifies_and_gives_up(parts.key, topic, unhandled),
            ],
        ).function
        invoking_rule(
            self,
            "NewUploads",
            self.function,
            unhandled,
            description="New objects below incoming/, predict/ and actuals/ in Molino's bucket",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [parts.bucket.bucket_name]},
                    "object": {"key": [{"prefix": each} for each in (INCOMING, PREDICT, ACTUALS)]},
                },
            },
        )
