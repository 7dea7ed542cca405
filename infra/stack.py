"""The stack: one construct for each capability, wired together."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access import Access
from infra.constructs.alarms import Alarms, Watched
from infra.constructs.dashboard import Dashboard, Shown
from infra.constructs.functions import FunctionParts
from infra.constructs.health import Health
from infra.constructs.janitor import Janitor
from infra.constructs.monthly_budget import Budget
from infra.constructs.network import VpcEndpoints
from infra.constructs.notify import Notify
from infra.constructs.processing import Processing
from infra.constructs.requests import Requests
from infra.constructs.schedules import Schedules
from infra.constructs.spark import Spark
from infra.constructs.steps import step_functions
from infra.constructs.storage import Storage
from infra.constructs.trail import Trail
from infra.constructs.training import Training
from infra.constructs.trigger import Trigger
from infra.packaging.lambda_code import staged_code
from infra.packaging.layers import Layers
from infra.settings import Settings
from infra.workflow.state_machine import Workflow, WorkflowParts
from infra.workflow.stories import ACTUALS, PREDICTION
from lambdas.janitor.sweep import STACK_TAG

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
        spark = None
        if settings.spark:
            spark = Spark(
                self,
                "Spark",
                settings,
                bucket=storage.bucket,
                key=storage.key,
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
        steps = {
            name: step.function
            for name, step in step_functions(self, parts, training, spark).items()
        }
        used = WorkflowParts(steps, training, processing, spark, storage.key, notify.topic)
        workflow = Workflow(self, "Workflow", settings, used)
        predicting = Workflow(self, "PredictWorkflow", settings, used, PREDICTION)
        comparing = Workflow(self, "ActualsWorkflow", settings, used, ACTUALS)
        machines = (
            workflow.state_machine_arn,
            predicting.state_machine_arn,
            comparing.state_machine_arn,
        )
        Trail(self, "DataAccess", settings, bucket=storage.bucket, key=storage.key)
        Budget(
            self,
            "Budget",
            settings,
            topic=notify.topic,
            key=storage.key,
            starting=[workflow.role, predicting.role, *filter(None, [steps["serve"].role])],
        )
        trigger = Trigger(
            self,
            "Trigger",
            parts,
            machines=machines,
            topic=notify.topic,
        )
        janitor = Janitor(
            self,
            "Janitor",
            parts,
            machines=machines,
            topic=notify.topic,
            unhandled=trigger.unhandled,
            spark=spark,
        )
        schedules = Schedules(
            self,
            "Schedules",
            parts,
            state_machine_arn=workflow.state_machine_arn,
            topic=notify.topic,
            unhandled=trigger.unhandled,
        )
        health = Health(self, "Health", parts, topic=notify.topic, unhandled=trigger.unhandled)
        requests = Requests(self, "Requests", parts, unhandled=trigger.unhandled)
        unattended = {
            "trigger": trigger.function,
            "janitor": janitor.function,
            "health": health.function,
            "requests": requests.function,
            **schedules.functions,
        }
        alarms = Alarms(
            self,
            "Alarms",
            Watched(
                settings,
                dict(zip(("Executions", "Predictions", "Comparisons"), machines, strict=True)),
                trigger.unhandled,
                unattended,
                notify.topic,
            ),
        )
        Dashboard(
            self,
            "Dashboard",
            Shown(
                settings,
                *machines,
                steps | unattended,
                trigger.unhandled,
                alarms.all,
            ),
        )
        for name, value in {
            "BucketName": storage.bucket.bucket_name,
            "StateMachineArn": workflow.state_machine_arn,
            "PredictMachineArn": predicting.state_machine_arn,
            "ActualsMachineArn": comparing.state_machine_arn,
            "TopicArn": notify.topic.topic_arn,
            "KeyArn": storage.key.key_arn,
            **access.outputs,
            "TriggerFunctionName": trigger.function.function_name,
            "JanitorFunctionName": janitor.function.function_name,
            "UnhandledQueueUrl": trigger.unhandled.queue_url,
            "RemovalPolicy": settings.removal_policy,
            **({"SparkApplicationId": spark.application_id} if spark else {}),
        }.items():
            cdk.CfnOutput(self, name, value=value)
