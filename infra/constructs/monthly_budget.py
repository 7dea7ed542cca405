"""A monthly budget of what Molino's jobs cost, which tells the topic and may stop new ones."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.rights import service_of_this_account
from infra.settings import Settings

_TOLD_AT_PERCENT = (80, 100)
# What costs money by the hour; what runs already goes on and ends by itself.
_STARTED = [
    "emr-serverless:StartJobRun",
    "sagemaker:CreateEndpoint",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
]


class Budget(Construct):
    """The budget, and its action if that is set; made only where ``monthly_budget_usd`` is.

    Parameters
    ----------
    topic
        Notified at 80 and at 100 percent.
    key
        Encrypts the topic.
    starting
        Roles that start jobs and endpoints.
    """

    def __init__(  # noqa: PLR0913 - each is one named part
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        topic: sns.Topic,
        key: kms.Key,
        starting: Sequence[iam.IRole],
    ) -> None:
        super().__init__(scope, name)
        if settings.monthly_budget_usd is None:
            return
        _let_budgets_publish(topic, key)
        budget = budgets.CfnBudget(
            self,
            "Monthly",
            budget=budgets.CfnBudget.BudgetDataProperty(
                # Named, for the action refers to it by its name.
                budget_name=f"{settings.stack_name}-monthly",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=settings.monthly_budget_usd, unit="USD"
                ),
                # Jobs, models and endpoints have this tag: infra/workflow/state_machine.py.
                cost_filters={"TagKeyValue": [f"user:molino:stack${settings.stack_name}"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type="ACTUAL",
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[
                        budgets.CfnBudget.SubscriberProperty(
                            subscription_type="SNS", address=topic.topic_arn
                        )
                    ],
                )
                for percent in _TOLD_AT_PERCENT
            ],
        )
        if settings.budget_stops_jobs:
            _stop_jobs(self, budget, topic, starting)


def _stop_jobs(
    scope: Construct, budget: budgets.CfnBudget, topic: sns.ITopic, starting: Sequence[iam.IRole]
) -> None:
    denial = iam.ManagedPolicy(
        scope,
        "StartsNothing",
        description="Attached by AWS Budgets when Molino's budget is spent",
        statements=[iam.PolicyStatement(effect=iam.Effect.DENY, actions=_STARTED, resources=["*"])],
    )
    role = iam.Role(
        scope,
        "ActionRole",
        description="What AWS Budgets may do when Molino's budget is spent",
        assumed_by=service_of_this_account(scope, "budgets.amazonaws.com"),
        inline_policies={
            "Permissions": iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        actions=["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
                        resources=[each.role_arn for each in starting],
                        conditions={"ArnEquals": {"iam:PolicyARN": denial.managed_policy_arn}},
                    )
                ]
            )
        },
    )
    budgets.CfnBudgetsAction(
        scope,
        "Action",
        budget_name=budget.ref,
        notification_type="ACTUAL",
        action_type="APPLY_IAM_POLICY",
        action_threshold=budgets.CfnBudgetsAction.ActionThresholdProperty(
            type="PERCENTAGE", value=100
        ),
        approval_model="AUTOMATIC",
        execution_role_arn=role.role_arn,
        definition=budgets.CfnBudgetsAction.DefinitionProperty(
            iam_action_definition=budgets.CfnBudgetsAction.IamActionDefinitionProperty(
                policy_arn=denial.managed_policy_arn, roles=[each.role_name for each in starting]
            )
        ),
        subscribers=[
            budgets.CfnBudgetsAction.SubscriberProperty(type="SNS", address=topic.topic_arn)
        ],
    )


def _let_budgets_publish(topic: sns.Topic, key: kms.Key) -> None:
    here = cdk.Stack.of(topic)
    by_our_budgets = {
        "StringEquals": {"aws:SourceAccount": here.account},
        "ArnLike": {"aws:SourceArn": here.format_arn(service="budgets", region="", resource="*")},
    }
    principals = [iam.ServicePrincipal("budgets.amazonaws.com")]
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="Budget",
            principals=principals,
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions=by_our_budgets,
        )
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="BudgetsMessages",
            principals=principals,
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": here.account}},
        )
    )
