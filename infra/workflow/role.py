"""What the state machine may do: each statement is one integration's need, by AWS's manual."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.job_role import may_grant_volumes
from infra.constructs.rights import service_of_this_account
from lambdas.shared.names.legal import PREFIX

# `.sync` hears of a job's end through this rule, which Step Functions keeps itself.
_SYNC_RULE = "StepFunctionsGetEventsForSageMakerProcessingJobsRule"


def workflow_role(
    scope: Construct, *, functions: list[str], passed_roles: list[str], topic: str, key: kms.IKey
) -> iam.Role:
    """Return the state machine's role.

    Parameters
    ----------
    functions
        ARNs of the Lambda functions it invokes, in whatever version an execution began with.
    passed_roles
        ARNs of the roles that it passes to SageMaker, and to nobody else.
    topic
        ARN of the topic it publishes to.
    key
        Encrypts the topic and SageMaker's volumes.
    """
    here = cdk.Stack.of(scope)
    statements = [
        _allow(["lambda:InvokeFunction"], functions),
        *_sagemaker(here),
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=passed_roles,
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        _allow(
            ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            [here.format_arn(service="events", resource="rule", resource_name=_SYNC_RULE)],
        ),
        _allow(["sns:Publish"], [topic]),
        iam.PolicyStatement(
            actions=["events:PutEvents"],
            resources=[
                here.format_arn(service="events", resource="event-bus", resource_name="default")
            ],
            conditions={"StringEquals": {"events:source": "molino"}},
        ),
        _allow(["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [key.key_arn]),
        may_grant_volumes(key),
        *_logs_and_traces(),
    ]
    return iam.Role(
        scope,
        "Role",
        assumed_by=service_of_this_account(scope, "states.amazonaws.com"),
        description="What Molino's state machine may do",
        inline_policies={"Permissions": iam.PolicyDocument(statements=statements)},
    )


def _sagemaker(here: cdk.Stack) -> list[iam.PolicyStatement]:
    arns = {
        kind: here.format_arn(service="sagemaker", resource=kind, resource_name=f"{PREFIX}*")
        for kind in (
            *("processing-job", "training-job", "hyper-parameter-tuning-job"),
            *("model-package", "model", "endpoint-config", "endpoint"),
        )
    }
    return [
        _allow(
            [
                "sagemaker:CreateProcessingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:ListTags",
                "sagemaker:StopProcessingJob",
            ],
            [arns["processing-job"]],
        ),
        *(
            _allow([f"sagemaker:Create{kind}", f"sagemaker:Describe{kind}"], [arns[arn]])
            for kind, arn in (
                ("TrainingJob", "training-job"),
                ("HyperParameterTuningJob", "hyper-parameter-tuning-job"),
            )
        ),
        _allow(
            ["sagemaker:ListTrainingJobsForHyperParameterTuningJob"],
            [arns["hyper-parameter-tuning-job"]],
        ),
        # The champion's model is made of its package.
        _allow(["sagemaker:CreateModel"], [arns["model"], arns["model-package"]]),
        _allow(["sagemaker:CreateEndpointConfig"], [arns["endpoint-config"]]),
        _allow(["sagemaker:CreateEndpoint"], [arns["endpoint"], arns["endpoint-config"]]),
        _allow(["sagemaker:DescribeEndpoint"], [arns["endpoint"]]),
        _allow(
            ["sagemaker:AddTags"],
            [arn for kind, arn in arns.items() if kind != "model-package"],
        ),
    ]


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
