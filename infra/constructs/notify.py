"""How results are notified: an encrypted topic, with an optional mail subscription."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class Notify(Construct):
    """The topic of results and of alarms.

    Parameters
    ----------
    key
        Encrypts messages at rest.
    email
        Address to subscribe; none when absent.

    Attributes
    ----------
    topic
        Takes messages over TLS only.
    """

    def __init__(self, scope: Construct, name: str, key: kms.IKey, email: str | None) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(
            self, "Topic", display_name="Molino", master_key=key, enforce_ssl=True
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
