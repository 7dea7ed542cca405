"""What compares users' requests with the data that models learned from, once a day."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts, Size
from infra.constructs.rights import default_bus, may, sagemaker_arn, sees_absence, uses_key
from infra.constructs.rules import invoking_rule
from lambdas.requests.due import DUE

# The last whole day (UTC): SageMaker stores what it captures some minutes late.
_ONCE_A_DAY = "cron(30 1 * * ? *)"

_READ = (
    "captures/*/served/*",
    "datasets/*/categories.json",
    "datasets/*/profile.json",
    "datasets/*/sample.json",
    "datasets/*/schema/schema.json",
    "reports/*/champion.json",
    "reports/*/metrics.json",
)


class Requests(Construct):
    """The Lambda, the daily rule, and the rule for each dataset that is due.

    Parameters
    ----------
    unhandled
        Queue for events that could not be delivered, or not be handled in three attempts.

    Attributes
    ----------
    function
        The Lambda.
    """

    def __init__(
        self, scope: Construct, name: str, parts: FunctionParts, *, unhandled: sqs.IQueue
    ) -> None:
        super().__init__(scope, name)
        self.function = self._function(parts, unhandled)
        invoking_rule(
            self,
            "Daily",
            self.function,
            unhandled,
            description="Has the requests of the day before compared",
            schedule_expression=_ONCE_A_DAY,
        )
        invoking_rule(
            self,
            "Due",
            self.function,
            unhandled,
            description="A dataset of this stack whose requests are to be compared",
            event_pattern={
                "source": ["molino"],
                "detail-type": [DUE],
                # The bus is the account's; another stack's events name another bucket.
                "detail": {"bucket": [parts.bucket.bucket_name]},
            },
        )

    def _function(self, parts: FunctionParts, unhandled: sqs.IQueue) -> lambda_.IFunction:
        settings, objects = parts.settings, parts.bucket.arn_for_objects
        return Function(
            self,
            "requests",
            parts,
            size=Size(
                settings.preprocess_memory_mb,
                settings.long_timeout_seconds,
                settings.preprocess_storage_mb,
            ),
            layers=("runtime", "duckdb", "numpy"),
            dead_letters=unhandled,
            statements=[
                may(
                    ["s3:GetObject"],
                    *map(objects, _READ),
                ),
                may(["s3:PutObject"], objects("reports/*/requests/*")),
                sees_absence(parts.bucket),
                may(["sagemaker:DescribeModelPackage"], sagemaker_arn(self, "model-package")),
                may(["events:PutEvents"], default_bus(cdk.Stack.of(self))),
                may(["sqs:SendMessage"], unhandled.queue_arn),
                uses_key(parts.key),
            ],
        ).function
