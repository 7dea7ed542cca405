"""What AWS counts by itself, as its documentation says: metric, dimension, and where it is said."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """A metric of AWS's own, and the address of the page that documents it."""

    namespace: str
    name: str
    dimension: str
    documented: str


_STATES = "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
_SQS = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "sqs-available-cloudwatch-metrics.html"
)
COUNTED = [
    *(
        Counted("AWS/States", f"Executions{end}", "StateMachineArn", _STATES)
        for end in ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
    ),
    *(
        Counted("AWS/Lambda", name, "FunctionName", _LAMBDA)
        for name in ("Duration", "Errors", "Throttles")
    ),
    Counted("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", _SQS),
]
