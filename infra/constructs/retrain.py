"""The check that schedules invoke, and the role they invoke it with."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts
from infra.constructs.rights import (
    may,
    notifies_and_gives_up,
    reads_settings_files,
    sagemaker_arn,
    uses_key,
)
from infra.constructs.rules import invoking_rule
from lambdas.retrain.watched import KINDS, OF

SCHEDULER = "scheduler.amazonaws.com"


def retrain_function(
    scope: Construct,
    parts: FunctionParts,
    *,
    state_machine_arn: str,
    topic: sns.ITopic,
    unhandled: sqs.IQueue,
) -> lambda_.IFunction:
    """Return the function that checks a dataset and starts a training if that is worth it."""
    objects = parts.bucket.arn_for_objects
    function = Function(
        scope,
        "retrain",
        parts,
        environment={"STATE_MACHINE_ARN": state_machine_arn, "TOPIC_ARN": topic.topic_arn},
        dead_letters=unhandled,
        statements=[
            may(["states:ListExecutions", "states:StartExecution"], state_machine_arn),
            may(
                ["s3:GetObject"],
                objects("datasets/*"),
                objects("incoming/*"),
                objects("predictions/*/job/drift.json"),
                objects("reports/*"),
            ),
            may(["s3:PutObject"], objects("reports/*/skipped.json")),
            *reads_settings_files(parts.bucket),
            # AWS lists versions for the account; the request names the group.
            may(["sagemaker:ListModelPackages"], "*"),
            may(["sagemaker:DescribeModelPackage"], sagemaker_arn(scope, "model-package")),
            *notifies_and_gives_up(parts.key, topic, unhandled),
        ],
    ).function
    invoking_rule(
        scope,
        "Watched",
        function,
        unhandled,
        description="Drift, and figures that fell, of what is watched between a dataset's uploads",
        event_pattern={
            "source": ["molino"],
            "detail-type": list(KINDS),
            "detail": {
                "kind": list(OF),
                # The bus is the account's; another stack's events name another bucket.
                "health_uri": [{"prefix": f"s3://{parts.bucket.bucket_name}/"}],
            },
        },
    )
    return function


def scheduler_role(
    scope: Construct,
    group: scheduler.CfnScheduleGroup,
    retrain: lambda_.IFunction,
    unhandled: sqs.IQueue,
    key: kms.IKey,
) -> iam.Role:
    """Return the role that the schedules of a group, and nothing else, act with."""
    conditions = {
        "StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account},
        "ArnEquals": {"aws:SourceArn": group.attr_arn},
    }
    return iam.Role(
        scope,
        "SchedulerRole",
        assumed_by=iam.ServicePrincipal(SCHEDULER, conditions=conditions),
        description="What Molino's schedules may do",
        inline_policies={
            "Permissions": iam.PolicyDocument(
                statements=[
                    may(["lambda:InvokeFunction"], retrain.function_arn),
                    may(["sqs:SendMessage"], unhandled.queue_arn),
                    uses_key(key),
                ],
                minimize=True,
            )
        },
    )
