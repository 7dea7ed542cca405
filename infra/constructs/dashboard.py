"""The dashboard: runs, failures, times, cost, and what is still there, on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import RUNBOOK
from infra.constructs.metrics import executions, own, own_by
from infra.settings import Settings
from lambdas.shared.own_metrics import (
    DOMAIN_AUC,
    DRIFTED_COLUMNS,
    ENDPOINTS_ALIVE,
    FAILURES,
    FALLEN,
    LATENCY,
    LEFTOVERS_FOUND,
    LEFTOVERS_REMAINING,
    MAIN_METRIC,
    OLDEST_ENDPOINT,
    PREDICTION_COST,
    PREDICTION_SECONDS,
    PROMOTED,
    QUALITY,
    RUN_COST,
    RUN_SECONDS,
    WAITING,
)

_ENDS = {
    "ExecutionsStarted": "started",
    "ExecutionsSucceeded": "succeeded",
    "ExecutionsFailed": "failed",
    "ExecutionsTimedOut": "timed out",
    "ExecutionsAborted": "aborted",
}
_OF_PREDICTIONS = ("ExecutionsSucceeded", "ExecutionsFailed")  # others ring
# Whose time grows with the data.
_LONG = ("preprocess", "evaluate", "predict", "join", "actuals")
_HOUR, _FIVE_MINUTES = cdk.Duration.hours(1), cdk.Duration.minutes(5)
_FULL, _TWO_THIRDS, _HALF, _THIRD = 24, 16, 12, 8


@dataclass(frozen=True)
class Shown:
    """What the dashboard shows."""

    settings: Settings
    state_machine_arn: str
    predict_machine_arn: str
    actuals_machine_arn: str
    functions: Mapping[str, lambda_.IFunction]
    unhandled: sqs.IQueue
    alarms: Sequence[cloudwatch.IAlarm]


class Dashboard(Construct):
    """The dashboard; CloudWatch shows it under the stack's name and the region's.

    An account has three for nothing if they show no more than 50 metrics, so it does not show
    everything of every function.
    """

    def __init__(self, scope: Construct, name: str, shown: Shown) -> None:
        super().__init__(scope, name)
        here = cdk.Stack.of(self)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            # Dashboards belong to the account, not to a region.
            dashboard_name=f"{shown.settings.stack_name}-{here.region}",
            default_interval=cdk.Duration.days(7),
            widgets=[
                [_about()],
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=shown.alarms, width=_FULL)],
                [_ends(shown), _cost(shown)],
                [_runs(shown), _failures(shown)],
                [_predictions(shown), _predictions_cost(shown)],
                [_stages(shown), _functions_seconds(shown)],
                [_endpoints(shown), _ages(shown), _queues(shown)],
                [_errors(shown), _promoted(shown)],
                [_quality(shown), _latency(shown)],
                [_drift(shown), _kept(shown)],
            ],
        )


def _about() -> cloudwatch.IWidget:
    text = f"What each alarm means and what to do about it: `{RUNBOOK}` of Molino's project."
    return cloudwatch.TextWidget(markdown=text, width=_FULL, height=1)


def _ends(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.SingleValueWidget(
        title="Executions in the time shown",
        metrics=_executions(shown),
        set_period_to_time_range=True,
        width=_TWO_THIRDS,
    )


def _runs(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Executions by the hour", left=_executions(shown), width=_HALF
    )


def _predictions(shown: Shown) -> cloudwatch.IWidget:
    compared = executions("ExecutionsSucceeded", shown.actuals_machine_arn, _HOUR)
    return cloudwatch.GraphWidget(
        title="Predictions by the hour",
        left=[
            *(
                executions(name, shown.predict_machine_arn, _HOUR).with_(label=_ENDS[name])
                for name in _OF_PREDICTIONS
            ),
            compared.with_(label="compared with what happened"),
        ],
        width=_HALF,
    )


def _predictions_cost(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Predictions: estimated cost (USD, sum) and seconds (mean)",
        left=[own(PREDICTION_COST, shown.settings, "Sum", _HOUR).with_(label="cost")],
        right=[own(PREDICTION_SECONDS, shown.settings, "Average", _HOUR).with_(label="seconds")],
        width=_HALF,
    )


def _executions(shown: Shown) -> list[cloudwatch.IMetric]:
    return [
        executions(name, shown.state_machine_arn, _HOUR).with_(label=label)
        for name, label in _ENDS.items()
    ]


def _cost(shown: Shown) -> cloudwatch.IWidget:
    kinds = {"Sum": "sum", "Average": "of a run"}
    return cloudwatch.SingleValueWidget(
        title="Estimated cost in the time shown (USD)",
        metrics=[
            own(RUN_COST, shown.settings, statistic, _HOUR).with_(label=label)
            for statistic, label in kinds.items()
        ],
        set_period_to_time_range=True,
        full_precision=True,
        width=_THIRD,
    )


def _failures(shown: Shown) -> cloudwatch.IWidget:
    search = own_by(FAILURES, shown.settings, "Sum", _HOUR)
    return _found("Failures by class, by the hour", search)


def _stages(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Seconds of a run by stage (mean)",
        left=[
            own(metric, shown.settings, "Average", _HOUR).with_(label=stage)
            for stage, metric in RUN_SECONDS.items()
        ],
        width=_HALF,
    )


def _functions_seconds(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Milliseconds of the functions that read all rows (longest)",
        left=[
            shown.functions[name].metric_duration(statistic="Maximum", period=_HOUR, label=name)
            for name in _LONG
        ],
        width=_HALF,
    )


def _endpoints(shown: Shown) -> cloudwatch.IWidget:
    counted = {
        ENDPOINTS_ALIVE: "alive",
        LEFTOVERS_FOUND: "left over, found",
        LEFTOVERS_REMAINING: "left over, not deleted",
    }
    return cloudwatch.GraphWidget(
        title="Endpoints, as the janitor finds them",
        left=[
            own(metric, shown.settings, "Maximum", _FIVE_MINUTES).with_(label=label)
            for metric, label in counted.items()
        ],
        width=_THIRD,
    )


def _ages(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Age of the oldest endpoint (s)",
        left=[own(OLDEST_ENDPOINT, shown.settings, "Maximum", _FIVE_MINUTES).with_(label="age")],
        left_annotations=[
            cloudwatch.HorizontalAnnotation(
                value=shown.settings.endpoint_limit_minutes * 60, label="limit"
            )
        ],
        width=_THIRD,
    )


def _queues(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Waiting their turn, and events that could not be handled",
        left=[
            own(WAITING, shown.settings, "Maximum", _HOUR).with_(label="executions waiting"),
            shown.unhandled.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=_FIVE_MINUTES, label="events not handled"
            ),
        ],
        width=_THIRD,
    )


def _errors(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="Errors of each function (refused uploads among them)",
        left=[
            function.metric_errors(period=_HOUR, label=name)
            for name, function in shown.functions.items()
        ],
        width=_TWO_THIRDS,
    )


def _promoted(shown: Shown) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title="New champions by the hour",
        left=[own(PROMOTED, shown.settings, "Sum", _HOUR).with_(label="promoted")],
        width=_THIRD,
    )


def _quality(shown: Shown) -> cloudwatch.IWidget:
    searches = [own_by(metric, shown.settings, "Average", _HOUR) for _, metric in QUALITY.values()]
    return _found("Quality of the trained models by dataset", *searches)


def _latency(shown: Shown) -> cloudwatch.IWidget:
    search = own_by(LATENCY, shown.settings, "Average", _HOUR)
    return _found("Milliseconds until an endpoint answers one row (median)", search)


def _drift(shown: Shown) -> cloudwatch.IWidget:
    search = own_by(DRIFTED_COLUMNS, shown.settings, "Maximum", _HOUR)
    return _found("Watched datasets: columns that have drifted far", search)


def _kept(shown: Shown) -> cloudwatch.IWidget:
    metrics = (MAIN_METRIC, FALLEN, DOMAIN_AUC)
    searches = [own_by(metric, shown.settings, "Average", _HOUR) for metric in metrics]
    return _found("Watched datasets: main metric on new rows, falls, domain AUC", *searches)


def _found(title: str, *searches: str) -> cloudwatch.IWidget:
    """Return a graph of whatever series there are."""
    return cloudwatch.GraphWidget(
        title=title,
        left=[cloudwatch.MathExpression(expression=search, label="") for search in searches],
        width=_HALF,
    )
