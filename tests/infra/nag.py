"""cdk-nag's rules over the whole stack."""

from collections import Counter

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, NagPack, ServerlessChecks

from tests.infra.nag_acknowledgements import ACKNOWLEDGED

Finding = tuple[str, str]  # the rule's name for it, and the construct's path below the stack
PACKS: tuple[type[NagPack], ...] = (AwsSolutionsChecks, ServerlessChecks)
_STACK, _RESOURCE = "Molino/", "/Resource"


def findings(app: cdk.App) -> set[Finding]:
    """Return all findings of all packs."""
    return {
        (violation.rule_name, _path(resource.construct_path))
        for pack in PACKS
        for violation in pack().validate_scope(app).violations
        for resource in violation.violating_resources
    }


def acknowledged() -> Counter[Finding]:
    """Return how often each finding is acknowledged: once is right."""
    return Counter((each.finding, path) for each in ACKNOWLEDGED for path in each.resources)


def _path(construct_path: str | None) -> str:
    return (construct_path or "").removeprefix(_STACK).removesuffix(_RESOURCE)
