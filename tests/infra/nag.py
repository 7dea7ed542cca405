"""cdk-nag's rules over the whole stack, as it is by default and with everything set."""

from collections import Counter

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NagPack, ServerlessChecks

from infra.app import build_app
from tests.infra.constructs.test_network import WITH_ENDPOINTS
from tests.infra.constructs.test_oversight import WATCHED
from tests.infra.nag_acknowledgements import ACKNOWLEDGED, Variant

Finding = tuple[str, str]  # the rule's name for it, and the construct's path below the stack
PACKS: tuple[type[NagPack], ...] = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks)
EMAIL = "analyst@example.org"
VARIANTS: dict[Variant, dict[str, str]] = {
    "default": {},
    "everything": {
        "notification_email": EMAIL, "removal_policy": "destroy", "spark": "true",
        **WITH_ENDPOINTS, **WATCHED,
    },
}  # fmt: skip
_STACK, _RESOURCE = "Molino/", "/Resource"


def found_in(variant: Variant) -> set[Finding]:
    """Return all findings in one of the stacks."""
    return findings(build_app(VARIANTS[variant]))


def findings(app: cdk.App) -> set[Finding]:
    """Return all findings of all packs."""
    return {
        (violation.rule_name, _path(resource.construct_path))
        for pack in PACKS
        for violation in pack().validate_scope(app).violations
        for resource in violation.violating_resources
    }


def acknowledged(variant: Variant) -> Counter[Finding]:
    """Return how often each finding is acknowledged: once is right."""
    return Counter(
        (each.finding, path)
        for each in ACKNOWLEDGED
        if variant in each.variants
        for path in each.resources
    )


def _path(construct_path: str | None) -> str:
    return (construct_path or "").removeprefix(_STACK).removesuffix(_RESOURCE)
