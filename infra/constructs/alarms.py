"""Every alarm, as one table: what it watches, when it rings, what it means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.metrics import executions, own, own_of
from infra.settings import Settings
from lambdas.shared.own_metrics import (
    DRIFTED_COLUMNS,
    ENDPOINTS_ALIVE,
    FALLEN,
    FAULTS,
    LEFTOVERS_REMAINING,
    OLDEST_ENDPOINT,
)

RUNBOOK = "docs/operations.md"
_MINUTE, _FIVE_MINUTES = cdk.Duration.minutes(1), cdk.Duration.minutes(5)
_ALL_ATTEMPTS = cdk.Duration.minutes(15)  # Lambda's three of one event, and some waiting
_MISSED_LOOKS = 3


@dataclass(frozen=True)
class Watched:
    """What the alarms watch, and the topic that they tell.

    Parameters
    ----------
    machines
        ARNs of the state machines, by what the names of their alarms begin with.
    unhandled
        Queue of the events that no function could handle.
    unattended
        Functions that no execution stands behind, by name: nothing else tells of their failures.
    """

    settings: Settings
    machines: Mapping[str, str]
    unhandled: sqs.IQueue
    unattended: Mapping[str, lambda_.IFunction]
    topic: sns.ITopic


@dataclass(frozen=True)
class _Alarm:
    """One alarm: its metric reaches the threshold in so many periods, one after another.

    Of several with one section of the runbook, ``of`` tells them apart.

    Most metrics have a value only when something has happened, so a missing value is no reason to
    ring; an alarm for which that is otherwise says why.
    """

    name: str
    meaning: str
    metric: cloudwatch.Metric
    threshold: float = 1
    periods: int = 1
    is_below: bool = False
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING
    of: str = ""

    @property
    def full_name(self) -> str:
        """Its name, without the stack's."""
        return f"{self.name}-{self.of}" if self.of else self.name


class Alarms(Construct):
    """The alarms; each tells the topic, and its description names its section of the runbook.

    Attributes
    ----------
    all
        The alarms, in the table's order.
    """

    def __init__(self, scope: Construct, name: str, watched: Watched) -> None:
        super().__init__(scope, name)
        table = [*_of_events(watched), *_of_executions(watched), *_of_endpoints(watched)]
        table += _of_datasets(watched)
        self.all = [self._ring(alarm, watched) for alarm in table]

    def _ring(self, alarm: _Alarm, watched: Watched) -> cloudwatch.Alarm:
        operators = cloudwatch.ComparisonOperator
        made = cloudwatch.Alarm(
            self,
            alarm.full_name,
            alarm_name=f"{watched.settings.stack_name}-{alarm.full_name}",
            alarm_description=f"{alarm.meaning}. What to do: {RUNBOOK}#{alarm.name.lower()}",
            metric=alarm.metric,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            comparison_operator=operators.LESS_THAN_THRESHOLD
            if alarm.is_below
            else operators.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=alarm.missing,
        )
        made.add_alarm_action(actions.SnsAction(watched.topic))
        return made


def _of_events(watched: Watched) -> Iterator[_Alarm]:
    yield _Alarm(
        "UnhandledEvents",
        "An upload started no execution, or an aborted one was not looked after: see the queue",
        watched.unhandled.metric_approximate_number_of_messages_visible(
            period=_MINUTE, statistic="Maximum"
        ),
    )
    for name, function in watched.unattended.items():
        yield _Alarm(
            f"{name.capitalize()}Fails",
            f"The function {name} failed, and trying again did not help",
            function.metric_errors(period=_ALL_ATTEMPTS),
            threshold=3,
        )
    # Uploads would wait unseen for hours; the others can wait, and a silent janitor is reported.
    yield _Alarm(
        "TriggerThrottled",
        "Lambda has had no room for the function trigger for a quarter of an hour",
        watched.unattended["trigger"].metric_throttles(period=_FIVE_MINUTES),
        periods=3,
    )


def _of_executions(watched: Watched) -> Iterator[_Alarm]:
    yield _Alarm(
        "ExecutionFaults",
        "An execution failed, and neither its upload nor its settings are to blame",
        own(FAULTS, watched.settings, "Sum", _FIVE_MINUTES),
    )
    for what, machine in watched.machines.items():
        for end, meaning in {
            "TimedOut": "An execution reached the longest time that one may take",
            "Aborted": "An execution was stopped by hand or by a program",
        }.items():
            metric = executions(f"Executions{end}", machine, _FIVE_MINUTES)
            yield _Alarm(f"{what}{end}", meaning, metric)


def _of_endpoints(watched: Watched) -> Iterator[_Alarm]:
    settings = watched.settings
    look = cdk.Duration.seconds(settings.janitor_seconds)
    # Between two sweeps nothing is known: what was there is taken to be there still.
    until_the_next_look = cloudwatch.TreatMissingData.IGNORE
    yield _Alarm(
        "LeftoversRemain",
        "Something that costs money outlived its execution and could not be deleted",
        own(LEFTOVERS_REMAINING, settings, "Maximum", look),
        missing=until_the_next_look,
    )
    yield _Alarm(
        "EndpointsTooOld",
        f"An endpoint has existed for more than {settings.endpoint_limit_minutes} minutes",
        own(OLDEST_ENDPOINT, settings, "Maximum", look),
        threshold=settings.endpoint_limit_minutes * 60,
        missing=until_the_next_look,
    )
    yield _Alarm(
        "JanitorSilent",
        f"The janitor has missed {_MISSED_LOOKS} sweeps: nothing that is left over would be found",
        own(ENDPOINTS_ALIVE, settings, "SampleCount", look),
        periods=_MISSED_LOOKS,
        is_below=True,
        # What is missing is the very thing that is watched.
        missing=cloudwatch.TreatMissingData.BREACHING,
    )


def _of_datasets(watched: Watched) -> Iterator[_Alarm]:
    # Between two files nothing is known: what the last one showed is taken to be so still.
    until_the_next_file = cloudwatch.TreatMissingData.IGNORE
    for dataset in watched.settings.watched_slugs:
        for name, meaning, metric in (
            ("DatasetDrifted", "Columns have drifted far in the newest file", DRIFTED_COLUMNS),
            ("DatasetWorse", "Its model has got worse by more than chance", FALLEN),
        ):
            yield _Alarm(
                name,
                f"{dataset}: {meaning}",
                own_of(metric, watched.settings, dataset, "Maximum", _FIVE_MINUTES),
                missing=until_the_next_file,
                of=dataset,
            )
