"""Whom roles trust: services, and those acting for this account only."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct


def service_of_this_account(scope: Construct, service: str) -> iam.ServicePrincipal:
    """Return a service as a role trusts it: not where another account has asked it to act.

    For services that say for whom they act. SageMaker does for jobs and endpoints (SageMaker
    Developer Guide, "Cross-service confused deputy prevention"), Step Functions, Scheduler and
    Budgets by their guides; Lambda by AWS's own samples of trust policies.
    """
    account = cdk.Stack.of(scope).account
    return iam.ServicePrincipal(
        service, conditions={"StringEquals": {"aws:SourceAccount": account}}
    )
