"""Whom roles trust: services, and those acting for this account only."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

# Their guides promise the key ("Cross-service confused deputy prevention"). Lambda's does not: a
# role that demands it could not be assumed if Lambda says nothing, so it may be absent there.
_SAY_FOR_WHOM = ("sagemaker", "states", "scheduler", "budgets")


def service_of_this_account(scope: Construct, service: str) -> iam.ServicePrincipal:
    """Return a service as a role trusts it: not where another account has asked it to act."""
    is_promised = service.split(".", maxsplit=1)[0] in _SAY_FOR_WHOM
    operator = "StringEquals" if is_promised else "StringEqualsIfExists"
    account = cdk.Stack.of(scope).account
    return iam.ServicePrincipal(service, conditions={operator: {"aws:SourceAccount": account}})
