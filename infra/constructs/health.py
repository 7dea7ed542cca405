"""What keeps the history of each dataset's health: a function that hears of every end."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import Function, FunctionParts
from infra.constructs.registry import reads_registry
from infra.constructs.rights import default_bus, may, notifies_and_gives_up, sees_absence
from infra.constructs.rules import invoking_rule
from lambdas.health.announced import KINDS

# Of what others write, without any row.
_READ = (
    "datasets/*/drift.json",
    "predictions/*/distribution.json",
    "predictions/*/job/drift.json",
    "predictions/*/metrics.json",
    "predictions/*/result.json",
    "reports/*/decision.json",
    "reports/*/requests/*/distribution.json",
    "reports/*/requests/*/drift.json",
    "reports/*/metrics.json",
    "reports/*/quality.json",
    "reports/*/report.json",
    "reports/*/training.json",
)
_ADDRESSES = ("report_uri", "quality_uri", "drift_uri")  # one of them is in each event


class Health(Construct):
    """The Lambda, and the rule for what Molino's executions announce.

    Parameters
    ----------
    topic
        Notified of what is news.
    unhandled
        Queue for events that could not be delivered, or not be handled in three attempts.

    Attributes
    ----------
    function
        The Lambda.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        parts: FunctionParts,
        *,
        topic: sns.ITopic,
        unhandled: sqs.IQueue,
    ) -> None:
        super().__init__(scope, name)
        bucket, objects = parts.bucket, parts.bucket.arn_for_objects
        self.function = Function(
            self,
            "health",
            parts,
            environment={
                "TOPIC_ARN": topic.topic_arn,
                "WATCHED_DATASETS": " ".join(parts.settings.watched_slugs),
            },
            dead_letters=unhandled,
            statements=[
                may(["s3:GetObject"], *map(objects, _READ)),
                may(["s3:GetObject", "s3:PutObject"], objects("reports/*/health/*.json")),
                may(["s3:PutObject"], objects("reports/*/health.html")),
                sees_absence(bucket),
                *reads_registry(self),
                may(["events:PutEvents"], default_bus(cdk.Stack.of(self))),
                *notifies_and_gives_up(parts.key, topic, unhandled),
            ],
        ).function
        ours = [{"prefix": f"s3://{bucket.bucket_name}/"}]
        invoking_rule(
            self,
            "Ends",
            self.function,
            unhandled,
            description="What Molino's executions announce of files in this stack's bucket",
            event_pattern={
                "source": ["molino"],
                "detail-type": list(KINDS),
                # The bus is the account's; another stack's events name another bucket.
                "detail": {"$or": [{address: ours} for address in _ADDRESSES]},
            },
        )
