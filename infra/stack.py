"""The stack: one construct for each capability, wired together."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import Access
from infra.constructs.alarms import Alarms, Watched
from infra.constructs.budget import Budget
from infra.constructs.dashboard import Dashboard, Shown
from infra.constructs.functions import (
    Function,
    FunctionParts,
    Size,
    reads_settings_files,
    reads_with_key,
    uses_key,
)
from infra.constructs.janitor import Janitor
from infra.constructs.network import VpcEndpoints
from infra.constructs.notify import Notify
from infra.constructs.processing import Processing
from infra.constructs.registry import registry_steps, spares_champions
from infra.constructs.schedules import Schedules
from infra.constructs.storage import Storage
from infra.constructs.trail import Trail
from infra.constructs.training import Training
from infra.constructs.trigger import Trigger
from infra.packaging.lambda_code import staged_code
from infra.packaging.layers import Layers
from infra.settings import Settings
from infra.workflow.state_machine import Workflow, WorkflowParts, state_machine_arn
from lambdas.janitor.sweep import STACK_TAG
from lambdas.shared.names.resource_kinds import KINDS

BUILD = Path(__file__).resolve().parent.parent / "build"


class Molino(cdk.Stack):
    """Everything that Molino deploys."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(
            scope,
            settings.stack_name,
            description="Molino: drop a CSV into S3, get back a trained and evaluated model",
        )
        # By the stack's own tag, what it leaves behind can be found once it is gone.
        for key, value in (settings.tags | {STACK_TAG: settings.stack_name}).items():
            cdk.Tags.of(self).add(key, value)
        storage = Storage(self, "Storage", settings)
        access = Access(self, "Access", bucket=storage.bucket, key=storage.key)
        notify = Notify(self, "Notify", storage.key, settings.notification_email)
        VpcEndpoints(self, "Network", settings)
        training = Training(
            self,
            "Training",
            bucket=storage.bucket,
            key=storage.key,
            network=settings,
            assets_key=settings.assets_key_arn,
            build_dir=BUILD / "training",
        )
        code_dir = staged_code(BUILD)
        processing = Processing(
            self,
            "Processing",
            bucket=storage.bucket,
            key=storage.key,
            images=training.images,
            network=settings,
            assets_key=settings.assets_key_arn,
            code_dir=code_dir,
            build_dir=BUILD,
        )
        parts = FunctionParts(
            settings=settings,
            key=storage.key,
            bucket=storage.bucket,
            code=lambda_.Code.from_asset(str(code_dir)),
            layers=Layers(self, "Layers", BUILD).by_name,
        )
        steps = _steps(self, parts, training)
        workflow = Workflow(
            self,
            "Workflow",
            settings,
            WorkflowParts(
                steps,
                training,
                processing,
                storage.key,
                notify.topic,
            ),
        )
        Trail(self, "DataAccess", settings, bucket=storage.bucket, key=storage.key)
        Budget(
            self,
            "Budget",
            settings,
            topic=notify.topic,
            key=storage.key,
            starting=[workflow.role, *filter(None, [steps["serve"].role])],
        )
        trigger = Trigger(
            self,
            "Trigger",
            parts,
            state_machine_arn=workflow.state_machine_arn,
            topic=notify.topic,
        )
        janitor = Janitor(
            self,
            "Janitor",
            parts,
            state_machine_arn=workflow.state_machine_arn,
            topic=notify.topic,
            unhandled=trigger.unhandled,
        )
        schedules = Schedules(
            self,
            "Schedules",
            parts,
            state_machine_arn=workflow.state_machine_arn,
            topic=notify.topic,
            unhandled=trigger.unhandled,
        )
        unattended = {
            "trigger": trigger.function,
            "janitor": janitor.function,
            **schedules.functions,
        }
        alarms = Alarms(
            self,
            "Alarms",
            Watched(
                settings, workflow.state_machine_arn, trigger.unhandled, unattended, notify.topic
            ),
        )
        Dashboard(
            self,
            "Dashboard",
            Shown(
                settings,
                workflow.state_machine_arn,
                steps | unattended,
                list(unattended),
                trigger.unhandled,
                alarms.all,
            ),
        )
        for name, value in {
            "BucketName": storage.bucket.bucket_name,
            "StateMachineArn": workflow.state_machine_arn,
            "TopicArn": notify.topic.topic_arn,
            "KeyArn": storage.key.key_arn,
            **access.outputs,
            "TriggerFunctionName": trigger.function.function_name,
            "JanitorFunctionName": janitor.function.function_name,
            "UnhandledQueueUrl": trigger.unhandled.queue_url,
            "RemovalPolicy": settings.removal_policy,
        }.items():
            cdk.CfnOutput(self, name, value=value)


def _steps(
    scope: Construct, parts: FunctionParts, training: Training
) -> dict[str, lambda_.Function]:
    """Return the functions that the state machine invokes, by name."""
    settings, bucket = parts.settings, parts.bucket
    here = cdk.Stack.of(scope)

    def sagemaker(kind: str) -> str:
        return here.format_arn(service="sagemaker", resource=kind, resource_name="molino-*")

    def may(actions: list[str], *resources: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(actions=actions, resources=list(resources))

    objects = bucket.arn_for_objects
    write = ["s3:AbortMultipartUpload", "s3:PutObject"]
    # Without it S3 answers 403, not 404, for what is not there.
    tells_absence = may(["s3:ListBucket"], bucket.bucket_arn)
    small = Size(settings.memory_mb, settings.timeout_seconds)
    preprocess = Function(
        scope,
        "preprocess",
        parts,
        size=Size(
            settings.preprocess_memory_mb,
            settings.long_timeout_seconds,
            settings.preprocess_storage_mb,
        ),
        layers=("runtime", "duckdb"),
        environment={
            "IN_VPC": "1" if settings.subnet_ids else "",
            "UPLOAD_LIMIT_BYTES": str(settings.preprocess_upload_limit_mb << 20),
        },
        statements=[
            may(["s3:GetObject", "s3:GetObjectVersion"], objects("incoming/*")),
            may(["s3:GetObject"], objects("settings/*")),
            may([*write, "s3:GetObject"], objects("datasets/*")),
            tells_absence,
            uses_key(parts.key),
        ],
    )
    evaluate = Function(
        scope,
        "evaluate",
        parts,
        size=Size(settings.evaluate_memory_mb, settings.long_timeout_seconds),
        layers=("runtime", "numpy"),
        statements=[
            may(["sagemaker:InvokeEndpoint"], sagemaker("endpoint")),
            may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            may(write, objects("reports/*")),
            tells_absence,
            uses_key(parts.key),
        ],
    )
    teardown = Function(
        scope,
        "teardown",
        parts,
        size=small,
        statements=[
            *(
                may(
                    [f"sagemaker:{kind.describe_action}", f"sagemaker:{kind.end_action}"],
                    sagemaker(kind.arn_type),
                )
                for kind in KINDS
            ),
            spares_champions(scope),
        ],
    )
    report = Function(
        scope,
        "report",
        parts,
        size=small,
        statements=[
            may(["s3:GetObject"], objects("datasets/*"), objects("reports/*")),
            may(write, objects("reports/*")),
            tells_absence,
            uses_key(parts.key),
        ],
    )
    outcome = Function(
        scope,
        "outcome",
        parts,
        size=small,
        # Who knows a task's token is all that can be asked for: these know no resource.
        statements=[may(["states:SendTaskFailure", "states:SendTaskSuccess"], "*")],
    )
    admission = Function(
        scope,
        "admission",
        parts,
        size=small,
        environment={
            "EXECUTIONS_AT_ONCE": str(settings.executions_at_once),
            "WAITING_UPLOADS": settings.waiting_uploads,
        },
        statements=[
            # By its name: the state machine's own ARN would depend on this function in turn.
            may(["states:ListExecutions"], state_machine_arn(scope, settings)),
            *reads_settings_files(parts.bucket),
            reads_with_key(parts.key),
        ],
    )
    steps = {
        "admission": admission,
        "preprocess": preprocess,
        "evaluate": evaluate,
        "teardown": teardown,
        "report": report,
        "outcome": outcome,
        **registry_steps(scope, parts, training.role, training.images.repository_arn),
    }
    return {name: step.function for name, step in steps.items()}
