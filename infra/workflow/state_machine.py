"""The state machines: their fragments, with this stack's names and figures filled in."""

import itertools
import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import yaml
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.constructs.functions import encrypted_log_group
from infra.constructs.network import sagemaker_vpc
from infra.constructs.processing import Processing
from infra.constructs.spark import LAID_OUT, Spark
from infra.constructs.training import Training
from infra.packaging.locks import EMR, PACKAGED
from infra.packaging.spark_package import FOLDERS
from infra.settings import Settings
from infra.workflow.role import RIGHTS, workflow_role
from infra.workflow.stories import TRAINING, Story
from lambdas.janitor.sweep import STACK_TAG
from lambdas.preprocess.spark_request import STACK_OPTION
from lambdas.report.language import LANGUAGES, language
from training.written_export import DIFFERENCE, REFUSED

# Instance families whose disks are local, encrypted by the hardware: a KMS key is refused there
# (API reference, CreateTrainingJob's VolumeKmsKeyId and CreateEndpointConfig's KmsKeyId).
LOCAL_DISKS = (
    "^ml[.]([a-z]+[0-9]+[a-z]*d[a-z]*|g[4-9][a-z]*|p[4-9][a-z0-9-]*|trn[0-9]+[a-z]*|dl[0-9]+)[.]"
)
# What training prints on the validation split: training/fit/metrics.py, a line each.
METRICS = ("accuracy", "balanced_accuracy", "f1_macro", "log_loss", "roc_auc", "mae", "rmse", "r2")
_NUMBER = "([0-9.eE+-]+)"
_LAMBDA_MARGIN_SECONDS = 30  # so that the Lambda's own time limit is reported, not the state's
_PENDING_SECONDS = 3600  # a processing job's wait for an instance, its download and its upload
# Seconds before the first check of a training or tuning job, and by how much each wait is longer
# than the one before: a job of five minutes is looked at 11 times, one of a day 287 times, so that
# no end is noticed much later than it comes, and no history reaches the limit of 25,000 events.
JOB_WAIT = (15, 2)
_LEFT_OUT = object()  # in place of a figure: its member is not to be there at all
# By algorithm, as CloudFormation's substitutions allow letters and digits only.
_PACKAGED_SOURCES = {name: f"Source{name.title().replace('_', '')}" for name in PACKAGED}
# What a job starts with, whatever its size: Python and our packages, and no line of Spark's own in
# the log, as it may quote cells.
_PYTHON = f"/usr/bin/python{EMR.python}"
_PATH = ":".join(f"./{LAID_OUT}/{folder}" for folder in FOLDERS)
SPARK_PROPERTIES = {
    "spark.archives": f"${{SparkPackageUri}}#{LAID_OUT}",
    "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": _PYTHON,
    "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": _PYTHON,
    "spark.emr-serverless.driverEnv.PYTHONPATH": _PATH,
    "spark.emr-serverless.driverEnv.AWS_DEFAULT_REGION": "${Region}",
    "spark.executorEnv.PYSPARK_PYTHON": _PYTHON,
    "spark.executorEnv.PYTHONPATH": _PATH,
    "spark.executorEnv.AWS_DEFAULT_REGION": "${Region}",
    "spark.driver.extraJavaOptions": STACK_OPTION,
    "spark.log.level": "OFF",
}
# Its states are left out of stacks without Spark, which have no application and no right to use it.
_OF_SPARK = "02_spark.yaml"
_STATE = re.compile(r"^  ([A-Z].*?):", re.MULTILINE)
_OTHER_STATES_SECONDS = 86_400  # room for everything but jobs, with all retries


@dataclass(frozen=True)
class WorkflowParts:
    """What state machines work with."""

    functions: Mapping[str, lambda_.Function]
    training: Training
    processing: Processing
    spark: Spark | None
    key: kms.IKey
    topic: sns.ITopic


class Workflow(Construct):
    """A state machine with its role and log.

    Attributes
    ----------
    state_machine_arn
        Of the STANDARD state machine.
    role
        What it may do.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        parts: WorkflowParts,
        story: Story = TRAINING,
    ) -> None:
        super().__init__(scope, name)
        text = json.dumps(definition(settings, story), sort_keys=True, indent=1)
        log_group = encrypted_log_group(self, "Log", settings, parts.key)
        self.role = workflow_role(
            self,
            rights=RIGHTS[story],
            functions=[f"{each.function_arn}:*" for each in _invoked(parts, story).values()],
            passed_roles=[
                role.role_arn for name, role in _passed(parts).items() if f"${{{name}}}" in text
            ],
            topic=parts.topic.topic_arn,
            key=parts.key,
            spark=parts.spark if "${SparkApplicationId}" in text else None,
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "StateMachine",
            state_machine_name=story.machine_name(settings),
            state_machine_type="STANDARD",
            role_arn=self.role.role_arn,
            definition_string=text,
            definition_substitutions=_names(self, parts, story, text),
            logging_configuration=_all_but_data(log_group),
            tracing_configuration=stepfunctions.CfnStateMachine.TracingConfigurationProperty(
                enabled=True
            ),
        )
        # Its pattern of a Resource knows one partition; tests lint the definition as filled in.
        machine.cfn_options.metadata = {"cfn-lint": {"config": {"ignore_checks": ["E3601"]}}}
        self.state_machine_arn = machine.attr_arn


def state_machine_arn(scope: Construct, settings: Settings, story: Story) -> str:
    """Return the ARN that one of the stack's state machines will have."""
    return cdk.Stack.of(scope).format_arn(
        service="states",
        resource="stateMachine",
        resource_name=story.machine_name(settings),
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def definition(settings: Settings, story: Story = TRAINING) -> dict[str, Any]:
    """Return a definition with its figures; names that exist once deployed stay ``${Name}``."""
    found = yaml.load(story.text, Loader=yaml.CSafeLoader)  # ten times as fast as Python's
    conditions = found.pop("Common")["Conditions"]
    filled: dict[str, Any] = _fill(found, _figures(settings) | conditions)
    of_spark = story.folder / _OF_SPARK
    if of_spark in story.fragments and not settings.spark:
        return _without(filled, set(_STATE.findall(of_spark.read_text())))
    return filled


def _without(machine: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return a definition without some states, and without what leads to them."""
    kept = {name: state for name, state in machine["States"].items() if name not in names}
    for name, state in kept.items():
        if "Choices" in state:
            choices = [each for each in state["Choices"] if each["Next"] not in names]
            kept[name] = state | {"Choices": choices}
    return machine | {"States": kept}


def _figures(settings: Settings) -> dict[str, Any]:
    processing_wait_limit = settings.processing_max_runtime_seconds + _PENDING_SECONDS
    spark_wait_limit = settings.spark_max_runtime_minutes * 60 + _PENDING_SECONDS
    checks = math.ceil(settings.endpoint_wait_limit_seconds / settings.endpoint_wait_seconds)
    first, more = JOB_WAIT
    return {
        "ExecutionTimeout": (
            settings.turn_wait_limit_seconds
            + 2 * settings.training_wait_limit_seconds  # with the defaults, and tuning
            + max(processing_wait_limit, spark_wait_limit)
            + settings.approval_hours * 3600
            + _OTHER_STATES_SECONDS
        ),
        "PredictTimeout": (
            settings.turn_wait_limit_seconds
            + settings.transform_wait_limit_seconds
            + 2 * processing_wait_limit  # to read the rows, and to join the answers
            + _OTHER_STATES_SECONDS
        ),
        "ActualsTimeout": _OTHER_STATES_SECONDS,
        "TransformWaitLimit": settings.transform_wait_limit_seconds,
        "ApprovalLimit": settings.approval_hours * 3600,
        "ApprovalHours": settings.approval_hours,
        "ProcessingWaitLimit": processing_wait_limit,
        "ProcessingMaxRuntime": settings.processing_max_runtime_seconds,
        "SparkWaitLimit": spark_wait_limit,
        "SparkChecks": _checks(spark_wait_limit, first, more),
        "SparkParameters": " ".join(f"--conf {n}={v}" for n, v in SPARK_PROPERTIES.items()),
        "LongTimeout": settings.long_timeout_seconds + _LAMBDA_MARGIN_SECONDS,
        "Timeout": settings.timeout_seconds + _LAMBDA_MARGIN_SECONDS,
        "TrainingWaitLimit": settings.training_wait_limit_seconds,
        "JobWait": f"{first} + {more} * $job_checks",
        "JobChecks": _checks(settings.training_wait_limit_seconds, first, more),
        "CapacityAttempts": settings.capacity_attempts,
        "CapacityWait": settings.capacity_wait_seconds,
        "EndpointWait": settings.endpoint_wait_seconds,
        "EndpointWaitLimit": settings.endpoint_wait_limit_seconds,
        "EndpointChecks": checks,
        "EvaluatePasses": settings.evaluate_passes,
        "LocalDisks": LOCAL_DISKS,
        "PackagedSources": json.dumps(
            {
                algorithm: {"uri": f"${{{name}Uri}}", "file": f"${{{name}File}}"}
                for algorithm, name in _PACKAGED_SOURCES.items()
            }
        ),
        "Language": settings.language,
        "UnreportedSubjects": _in_all_languages("notification.subject.unreported"),
        "UnreportedMessages": _in_all_languages("notification.unreported"),
        "MetricDefinitions": [
            {"Name": name, "Regex": f"{name}={_NUMBER}"}
            for name in (*(f"validation:{metric}" for metric in METRICS), DIFFERENCE, REFUSED)
        ],
        "Tags": _tags(settings),
        "VpcConfig": sagemaker_vpc(settings) or _LEFT_OUT,
    }


def _in_all_languages(key: str) -> str:
    """Return a text by language as JSON, for what no Lambda can say."""
    return json.dumps({code: language(code)(key) for code in LANGUAGES})


def _checks(limit_seconds: int, first: int, more: int) -> int:
    """Return after how many waits, each longer than the one before, a limit is reached."""
    waits = itertools.accumulate(itertools.count(first, more))
    return next(number for number, waited in enumerate(waits, 1) if waited >= limit_seconds)


def _tags(settings: Settings) -> list[dict[str, str]]:
    ours = {
        STACK_TAG: settings.stack_name,
        "molino:execution": "{% $states.context.Execution.Name %}",
        # Tags allow few signs; a folder's name may hold any.
        "molino:dataset": (
            "{% $replace($states.result.Payload.dataset, /[^a-zA-Z0-9 _.:=+@-]/, '-') %}"
        ),
    }
    return [{"Key": key, "Value": value} for key, value in (settings.tags | ours).items()]


def _fill(node: Any, figures: Mapping[str, Any]) -> Any:
    """Replace ``${Name}`` by its figure: with its own type where it is the whole value."""
    if isinstance(node, dict):
        filled = {key: _fill(value, figures) for key, value in node.items()}
        return {key: value for key, value in filled.items() if value is not _LEFT_OUT}
    if isinstance(node, list):
        return [_fill(value, figures) for value in node]
    if not isinstance(node, str):
        return node
    if node.startswith("${") and node[2:-1] in figures:
        return figures[node[2:-1]]
    for name, figure in figures.items():
        node = node.replace(f"${{{name}}}", str(figure))
    return node


def _invoked(parts: WorkflowParts, story: Story) -> dict[str, lambda_.Function]:
    """Return the functions that a story names, by how it does."""
    named = {f"{name.capitalize()}Arn": each for name, each in parts.functions.items()}
    return {name: each for name, each in named.items() if f"${{{name}}}" in story.text}


def _passed(parts: WorkflowParts) -> dict[str, iam.IRole]:
    return {"ProcessingRoleArn": parts.processing.role, "RoleArn": parts.training.role}


def _of_spark(spark: Spark | None) -> dict[str, str]:
    if spark is None:
        return {}
    return {
        "SparkApplicationId": spark.application_id,
        "SparkRoleArn": spark.role.role_arn,
        "SparkLogGroup": spark.log_group.log_group_name,
        **_asset("SparkPackage", spark.package),
        **_asset("EntryPoint", spark.entry_point),
    }


def _names(scope: Construct, parts: WorkflowParts, story: Story, text: str) -> dict[str, str]:
    """Return what the ``${Names}`` in a story's filled text are once deployed."""
    functions = {
        name: function.current_version.function_arn
        for name, function in _invoked(parts, story).items()
    }
    packaged = {
        key: value
        for algorithm, source in parts.training.packaged_sources.items()
        for key, value in _asset(_PACKAGED_SOURCES[algorithm], source).items()
    }
    known = (
        functions
        | packaged
        | {name: role.role_arn for name, role in _passed(parts).items()}
        | _of_spark(parts.spark)
        | {
            "Image": parts.training.image_uri,
            "KeyArn": parts.key.key_arn,
            **_asset("Package", parts.processing.package),
            "Partition": cdk.Aws.PARTITION,
            "Region": cdk.Stack.of(scope).region,
            **_asset("Onnx", parts.training.onnx),
            **_asset("Source", parts.training.source),
            "TopicArn": parts.topic.topic_arn,
        }
    )
    return {name: value for name, value in known.items() if f"${{{name}}}" in text}


def _asset(name: str, asset: assets.Asset) -> dict[str, str]:
    file = asset.s3_object_key.rsplit("/", 1)[-1]
    return {f"{name}Uri": asset.s3_object_url, f"{name}File": file}


def _all_but_data(
    log_group: logs.ILogGroup,
) -> stepfunctions.CfnStateMachine.LoggingConfigurationProperty:
    machine = stepfunctions.CfnStateMachine
    return machine.LoggingConfigurationProperty(
        level="ALL",
        include_execution_data=False,
        destinations=[
            machine.LogDestinationProperty(
                cloud_watch_logs_log_group=machine.CloudWatchLogsLogGroupProperty(
                    log_group_arn=log_group.log_group_arn
                )
            )
        ],
    )
