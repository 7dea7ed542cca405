"""What the state machines may do: each statement is one integration's need, by AWS's manual."""

from collections.abc import Callable, Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.job_role import may_grant_volumes
from infra.constructs.rights import may_pass, service_of_this_account
from infra.constructs.spark import Spark
from infra.workflow.stories import ACTUALS, PREDICTION, TRAINING, Story
from lambdas.shared.names.legal import PREFIX
from lambdas.shared.names.resource_kinds import KINDS

Rights = Callable[[cdk.Stack], list[iam.PolicyStatement]]


def workflow_role(  # noqa: PLR0913 - each is one named part
    scope: Construct,
    *,
    rights: Rights,
    functions: list[str],
    passed_roles: list[str],
    topic: str,
    key: kms.IKey,
    spark: Spark | None,
) -> iam.Role:
    """Return a state machine's role.

    Parameters
    ----------
    rights
        What it may do at SageMaker; see `RIGHTS`.
    functions
        ARNs of the Lambda functions it invokes, in whatever version an execution began with.
    passed_roles
        ARNs of the roles that it passes to SageMaker, and to nobody else.
    topic
        ARN of the topic it publishes to.
    key
        Encrypts the topic and SageMaker's volumes.
    spark
        Whose jobs it starts, if any.
    """
    here = cdk.Stack.of(scope)
    statements = [
        _allow(["lambda:InvokeFunction"], functions),
        *rights(here),
        *(_starts_machines(passed_roles, key) if passed_roles else []),
        *(_starts_spark_jobs(spark) if spark else []),
        _allow(["sns:Publish"], [topic]),
        iam.PolicyStatement(
            actions=["events:PutEvents"],
            resources=[
                here.format_arn(service="events", resource="event-bus", resource_name="default")
            ],
            conditions={"StringEquals": {"events:source": "molino"}},
        ),
        _allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn]),
        *_logs_and_traces(),
    ]
    return iam.Role(
        scope,
        "Role",
        assumed_by=service_of_this_account(scope, "states.amazonaws.com"),
        description="What Molino's state machine may do",
        inline_policies={"Permissions": iam.PolicyDocument(statements=statements)},
    )


def _starts_machines(passed_roles: list[str], key: kms.IKey) -> list[iam.PolicyStatement]:
    """Let it pass roles to SageMaker, and have it encrypt the volumes of what it starts."""
    return [
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=passed_roles,
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        _allow(["kms:DescribeKey"], [key.key_arn]),
        may_grant_volumes(key),
    ]


def _starts_spark_jobs(spark: Spark) -> list[iam.PolicyStatement]:
    job_runs = f"{spark.application_arn}/jobruns/*"
    return [
        _allow(["emr-serverless:StartJobRun"], [spark.application_arn]),
        _allow(["emr-serverless:GetJobRun", "emr-serverless:TagResource"], [job_runs]),
        may_pass(spark.role, "emr-serverless.amazonaws.com"),
    ]


def _waits_for(here: cdk.Stack, kind: str) -> list[iam.PolicyStatement]:
    """Let it start and stop jobs of a kind, and hear of their end by `.sync`."""
    # Step Functions keeps this rule itself.
    rule = f"StepFunctionsGetEventsForSageMaker{kind}sRule"
    actions = [f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")]
    return [
        _allow([*actions, "sagemaker:ListTags"], [_arn(here, _ARN_TYPES[kind])]),
        _allow(
            ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            [here.format_arn(service="events", resource="rule", resource_name=rule)],
        ),
    ]


_ARN_TYPES = {kind.resource: kind.arn_type for kind in KINDS}


def _arn(here: cdk.Stack, kind: str) -> str:
    return here.format_arn(service="sagemaker", resource=kind, resource_name=f"{PREFIX}*")


def _trains(here: cdk.Stack) -> list[iam.PolicyStatement]:
    tagged = {kind: _arn(here, kind) for kind in _ARN_TYPES.values() if kind != "transform-job"}
    return [
        *_waits_for(here, "ProcessingJob"),
        *(
            _allow([f"sagemaker:Create{kind}", f"sagemaker:Describe{kind}"], [tagged[arn]])
            for kind, arn in (
                ("TrainingJob", "training-job"),
                ("HyperParameterTuningJob", "hyper-parameter-tuning-job"),
            )
        ),
        _allow(
            ["sagemaker:ListTrainingJobsForHyperParameterTuningJob"],
            [tagged["hyper-parameter-tuning-job"]],
        ),
        # The champion's model is made of its package.
        _allow(["sagemaker:CreateModel"], [tagged["model"], _arn(here, "model-package")]),
        _allow(["sagemaker:CreateEndpointConfig"], [tagged["endpoint-config"]]),
        _allow(["sagemaker:CreateEndpoint"], [tagged["endpoint"], tagged["endpoint-config"]]),
        _allow(["sagemaker:DescribeEndpoint"], [tagged["endpoint"]]),
        _allow(["sagemaker:AddTags"], list(tagged.values())),
    ]


def _predicts(here: cdk.Stack) -> list[iam.PolicyStatement]:
    model, *jobs = (_arn(here, kind) for kind in ("model", "processing-job", "transform-job"))
    return [
        *_waits_for(here, "ProcessingJob"),
        *_waits_for(here, "TransformJob"),
        _allow(["sagemaker:CreateModel"], [model, _arn(here, "model-package")]),
        _allow(["sagemaker:AddTags"], [model, *jobs]),
    ]


def _compares(_: cdk.Stack) -> list[iam.PolicyStatement]:
    return []


RIGHTS: Mapping[Story, Rights] = {
    TRAINING: _trains,
    PREDICTION: _predicts,
    ACTUALS: _compares,
}


def _logs_and_traces() -> list[iam.PolicyStatement]:
    return [
        # Log deliveries and traces are not resources that IAM can name.
        _allow(
            [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            ["*"],
        ),
        _allow(
            [
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            ["*"],
        ),
    ]


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)
