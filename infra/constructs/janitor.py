"""What cleans up where the workflow can't: after aborts and time-outs, and regularly."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts, Size
from infra.constructs.registry import spares_champions
from infra.constructs.rights import (
    ends_spark_jobs,
    may,
    notifies_and_gives_up,
    reads_settings_files,
    sagemaker_arn,
)
from infra.constructs.rules import invoking_rule
from infra.constructs.spark import Spark
from lambdas.shared.job_runs import APPLICATION
from lambdas.shared.names.resource_kinds import KINDS

_TIMEOUT_SECONDS = 900  # Lambda's longest: an endpoint must have been created to be deleted


class Janitor(Construct):
    """The Lambda, the rule for executions that ended badly, and the schedule.

    Parameters
    ----------
    machines
        ARNs of the state machines whose executions it cleans up after.
    topic
        Notified of what was found, and of what could not be deleted.
    unhandled
        Queue for events that could not be delivered, or not be handled in three attempts.
    spark
        Whose jobs it finds, too.

    Attributes
    ----------
    function
        The Lambda.
    """

    def __init__(  # noqa: PLR0913 - each is one named part
        self,
        scope: Construct,
        name: str,
        parts: FunctionParts,
        *,
        machines: Sequence[str],
        topic: sns.ITopic,
        unhandled: sqs.IQueue,
        spark: Spark | None,
    ) -> None:
        super().__init__(scope, name)
        settings = parts.settings
        self.function = Function(
            self,
            "janitor",
            parts,
            size=Size(settings.memory_mb, _TIMEOUT_SECONDS),
            environment={
                "JANITOR_AGE_MINUTES": str(settings.janitor_age_minutes),
                "STACK_NAME": settings.stack_name,
                "STATE_MACHINE_ARNS": " ".join(machines),
                "TOPIC_ARN": topic.topic_arn,
                **({APPLICATION: spark.application_id} if spark else {}),
            },
            dead_letters=unhandled,
            statements=[
                *_finds_and_ends(self),
                *(_of_spark(spark.application_arn) if spark else []),
                spares_champions(self),
                may(
                    ["states:DescribeExecution"],
                    *(_executions(self, machine) for machine in machines),
                ),
                *reads_settings_files(parts.bucket),
                *notifies_and_gives_up(parts.key, topic, unhandled),
            ],
        ).function
        invoking_rule(
            self,
            "UntidyEnds",
            self.function,
            unhandled,
            description="Molino's executions that ended without their own teardown",
            event_pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "stateMachineArn": list(machines),
                    "status": ["ABORTED", "FAILED", "TIMED_OUT"],
                },
            },
        )
        invoking_rule(
            self,
            "Regularly",
            self.function,
            unhandled,
            description="Sweeps what outlived its execution in Molino's stack",
            schedule_expression=f"rate({settings.janitor_rate})",
        )


def _executions(scope: Construct, state_machine_arn: str) -> str:
    name = cdk.Fn.select(6, cdk.Fn.split(":", state_machine_arn))
    return cdk.Stack.of(scope).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{name}:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def _finds_and_ends(scope: Construct) -> list[iam.PolicyStatement]:
    arns = {kind: sagemaker_arn(scope, kind.arn_type) for kind in KINDS}
    return [
        # Lists have no resources that IAM can name.
        may(sorted(f"sagemaker:{kind.list_action}" for kind in KINDS), "*"),
        may(["sagemaker:ListTags"], *arns.values()),
        *(may([f"sagemaker:{kind.end_action}"], arn) for kind, arn in arns.items()),
    ]


def _of_spark(application_arn: str) -> list[iam.PolicyStatement]:
    return [
        *ends_spark_jobs(application_arn),
        may(["emr-serverless:ListTagsForResource"], f"{application_arn}/jobruns/*"),
    ]
