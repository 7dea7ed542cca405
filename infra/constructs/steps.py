"""The functions that the state machine invokes, and what each of them may do.

The gate's and its champions' are in ``registry.py``.
"""

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts, Size
from infra.constructs.registry import reads_registry, registry_steps, spares_champions
from infra.constructs.rights import (
    SERVING,
    ends_spark_jobs,
    lists,
    may,
    reads_settings_files,
    reads_with_key,
    sagemaker_arn,
    sees_absence,
    uses_key,
)
from infra.constructs.spark import Spark
from infra.constructs.training import Training
from infra.settings import Settings
from infra.workflow.state_machine import state_machine_arn
from infra.workflow.stories import STORIES
from lambdas.preprocess.spark_request import MOST_MINUTES, MOST_VCPUS
from lambdas.shared.job_runs import APPLICATION
from lambdas.shared.names.resource_kinds import KINDS

_WRITE = ["s3:AbortMultipartUpload", "s3:PutObject"]


def step_functions(
    scope: Construct, parts: FunctionParts, training: Training, spark: Spark | None
) -> dict[str, Function]:
    """Return the functions by name, which is that of their folder in ``lambdas``."""
    settings, bucket, objects = parts.settings, parts.bucket, parts.bucket.arn_for_objects
    application = {APPLICATION: spark.application_id} if spark else {}
    steps = [
        Function(
            scope,
            "admission",
            parts,
            environment={
                "EXECUTIONS_AT_ONCE": str(settings.executions_at_once),
                "WAITING_UPLOADS": settings.waiting_uploads,
            },
            statements=[
                # By their names: a state machine's own ARN would depend on this function in turn.
                may(
                    ["states:ListExecutions"],
                    *(
                        state_machine_arn(scope, settings, story)
                        for story in STORIES
                        if story.is_admitted
                    ),
                ),
                *reads_settings_files(bucket),
                reads_with_key(parts.key),
            ],
        ),
        Function(
            scope,
            "preprocess",
            parts,
            size=_reads_files(settings),
            layers=("runtime", "duckdb"),
            environment={
                "IN_VPC": "1" if settings.subnet_ids else "",
                "UPLOAD_LIMIT_BYTES": str(settings.preprocess_upload_limit_mb << 20),
                **(_spark_limits(settings) if spark else {}),
            },
            statements=[
                may(["s3:GetObject", "s3:GetObjectVersion"], objects("incoming/*")),
                may(["s3:GetObject"], objects("settings/*")),
                may([*_WRITE, "s3:GetObject"], objects("datasets/*")),
                sees_absence(bucket),
                lists(bucket, ["incoming/*"], versions=True),
                uses_key(parts.key),
                *reads_registry(scope),
            ],
        ),
        Function(
            scope,
            "evaluate",
            parts,
            size=Size(settings.evaluate_memory_mb, settings.long_timeout_seconds),
            layers=("runtime", "numpy"),
            statements=[
                may(["sagemaker:InvokeEndpoint"], sagemaker_arn(scope, "endpoint")),
                *_writes_reports(parts),
            ],
        ),
        Function(
            scope,
            "teardown",
            parts,
            environment=application,
            statements=[
                *(
                    may(
                        [f"sagemaker:{kind.describe_action}", f"sagemaker:{kind.end_action}"],
                        sagemaker_arn(scope, kind.arn_type),
                    )
                    for kind in KINDS
                ),
                spares_champions(scope),
                *(ends_spark_jobs(spark.application_arn) if spark else []),
            ],
        ),
        Function(scope, "report", parts, statements=_writes_reports(parts)),
        Function(
            scope,
            "outcome",
            parts,
            # Who knows a task's token is all that can be asked for: these know no resource.
            statements=[may(["states:SendTaskFailure", "states:SendTaskSuccess"], "*")],
        ),
        *_predicting(scope, parts),
        *_comparing(scope, parts),
        *registry_steps(scope, parts, training.role, training.images.repository_arn),
    ]
    return {step.handler: step for step in steps}


def _spark_limits(settings: Settings) -> dict[str, str]:
    return {
        MOST_VCPUS: str(settings.spark_max_vcpus),
        MOST_MINUTES: str(settings.spark_max_runtime_minutes),
    }


def _reads_files(settings: Settings) -> Size:
    return Size(
        settings.preprocess_memory_mb,
        settings.long_timeout_seconds,
        settings.preprocess_storage_mb,
    )


def _predicting(scope: Construct, parts: FunctionParts) -> list[Function]:
    settings, bucket, objects = parts.settings, parts.bucket, parts.bucket.arn_for_objects
    size = _reads_files(settings)
    predictions = objects("predictions/*")
    limit = {"UPLOAD_LIMIT_BYTES": str(settings.preprocess_upload_limit_mb << 20)}
    return [
        Function(
            scope,
            "predict",
            parts,
            size=size,
            layers=("runtime", "duckdb"),
            environment=limit,
            statements=[
                may(["s3:GetObject", "s3:GetObjectVersion"], objects("predict/*")),
                may(["s3:GetObject"], objects("datasets/*"), objects("settings/*")),
                may(["s3:GetObject"], objects("predictions/*/job/read.json")),
                may(["s3:GetObject"], objects("reports/*/champion.json")),
                may(_WRITE, predictions),
                sees_absence(bucket),
                uses_key(parts.key),
                *reads_registry(scope),
            ],
        ),
        Function(
            scope,
            "ask",
            parts,
            size=Size(settings.evaluate_memory_mb, settings.long_timeout_seconds),
            statements=[
                may(
                    ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"],
                    sagemaker_arn(scope, "endpoint", SERVING),
                ),
                may(["s3:GetObject", "s3:PutObject"], predictions),
                uses_key(parts.key),
            ],
        ),
        Function(
            scope,
            "join",
            parts,
            size=size,
            layers=("runtime", "duckdb"),
            environment=limit,
            statements=[
                may([*_WRITE, "s3:GetObject"], predictions),
                lists(bucket, ["predictions/*"]),
                uses_key(parts.key),
            ],
        ),
        Function(
            scope,
            "measure",
            parts,
            size=Size(settings.evaluate_memory_mb, settings.long_timeout_seconds),
            layers=("runtime", "numpy"),
            statements=[
                may(["s3:GetObject", "s3:PutObject"], predictions),
                may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
                sees_absence(bucket),
                uses_key(parts.key),
            ],
        ),
        Function(
            scope,
            "result",
            parts,
            statements=[
                may(["s3:GetObject", "s3:PutObject"], predictions),
                may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
                sees_absence(bucket),
                uses_key(parts.key),
            ],
        ),
    ]


def _comparing(scope: Construct, parts: FunctionParts) -> list[Function]:
    settings, bucket, objects = parts.settings, parts.bucket, parts.bucket.arn_for_objects
    return [
        Function(
            scope,
            "actuals",
            parts,
            size=_reads_files(settings),
            layers=("runtime", "duckdb", "numpy"),
            environment={"UPLOAD_LIMIT_BYTES": str(settings.preprocess_upload_limit_mb << 20)},
            statements=[
                # Every file there has a version, and each is compared, the newest or not.
                may(["s3:GetObjectVersion"], objects("actuals/*")),
                may(
                    ["s3:GetObject"],
                    objects("datasets/*"),
                    objects("predictions/*"),
                    objects("reports/*/metrics.json"),
                    objects("reports/*/predictions.csv"),
                    objects("settings/*"),
                ),
                may(_WRITE, objects("predictions/*/actuals/*")),
                may(
                    ["s3:PutObject"],
                    objects("reports/*/findings.json"),
                    objects("reports/*/quality.json"),
                ),
                sees_absence(bucket),
                uses_key(parts.key),
            ],
        ),
        Function(
            scope,
            "comparison",
            parts,
            statements=[
                may(
                    ["s3:GetObject"],
                    objects("reports/*/findings.json"),
                    objects("reports/*/quality.json"),
                ),
                may(["s3:PutObject"], objects("reports/*/actuals.json")),
                sees_absence(bucket),
                uses_key(parts.key),
            ],
        ),
    ]


def _writes_reports(parts: FunctionParts) -> list[iam.PolicyStatement]:
    objects = parts.bucket.arn_for_objects
    return [
        may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
        may(_WRITE, objects("reports/*")),
        sees_absence(parts.bucket),
        uses_key(parts.key),
    ]
