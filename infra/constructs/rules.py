"""EventBridge rules that invoke a Lambda, with a queue for what could not be delivered."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

_RETRIES = 185  # EventBridge's most, over its longest: a day
_RETRIED = cdk.Duration.days(1)


def invoking_rule(
    scope: Construct,
    name: str,
    function: lambda_.IFunction,
    unhandled: sqs.IQueue,
    **given: object,
) -> events.CfnRule:
    """Return a rule with ``function`` as its one target.

    Parameters
    ----------
    unhandled
        Takes the events that could not be delivered within a day.
    given
        The rule's own properties: its description, and its pattern or schedule.
    """
    rule = events.CfnRule(
        scope,
        name,
        targets=[
            events.CfnRule.TargetProperty(
                id="function",
                arn=function.function_arn,
                retry_policy=events.CfnRule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_RETRIED.to_seconds(),
                    maximum_retry_attempts=_RETRIES,
                ),
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=unhandled.queue_arn),
            )
        ],
        **given,  # type: ignore[arg-type]  # the caller's own keywords
    )
    lambda_.CfnPermission(
        rule,
        "MayInvoke",
        action="lambda:InvokeFunction",
        function_name=function.function_name,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )
    unhandled.add_to_resource_policy(
        iam.PolicyStatement(
            sid=f"UndeliveredEventsOf{name}",
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[unhandled.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
        )
    )
    return rule
