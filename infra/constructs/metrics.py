"""Metrics as alarms and dashboard name them: Molino's own, and those that AWS counts."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.settings import Settings
from lambdas.shared.own_metrics import OwnMetric


def own(
    metric: OwnMetric, settings: Settings, statistic: str, period: cdk.Duration
) -> cloudwatch.Metric:
    """Return one of Molino's own metrics, which has the service as its dimension."""
    return cloudwatch.Metric(
        namespace=settings.stack_name,
        metric_name=metric.name,
        dimensions_map={metric.dimension: metric.service},
        statistic=statistic,
        period=period,
    )


def own_of(
    metric: OwnMetric, settings: Settings, of: str, statistic: str, period: cdk.Duration
) -> cloudwatch.Metric:
    """Return one of Molino's own metrics that has a dimension beside the service."""
    return cloudwatch.Metric(
        namespace=settings.stack_name,
        metric_name=metric.name,
        dimensions_map={metric.dimension: of, "service": metric.service},
        statistic=statistic,
        period=period,
    )


def own_by(metric: OwnMetric, settings: Settings, statistic: str, period: cdk.Duration) -> str:
    """Return the search for all series of a metric that has another dimension beside the service.

    A search finds only what has exactly the dimensions that it names.
    """
    schema = f'{{"{settings.stack_name}",{metric.dimension},service}}'
    seconds = int(period.to_seconds())
    return f"SEARCH('{schema} MetricName=\"{metric.name}\"', '{statistic}', {seconds})"


def executions(name: str, state_machine_arn: str, period: cdk.Duration) -> cloudwatch.Metric:
    """Return how many executions Step Functions counted as, say, ``ExecutionsFailed``."""
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=name,
        dimensions_map={"StateMachineArn": state_machine_arn},
        statistic="Sum",
        period=period,
    )
