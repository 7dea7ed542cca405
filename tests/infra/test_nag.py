"""cdk-nag finds nothing that nobody has given a reason for, and no reason is out of date."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from tests.infra.nag import VARIANTS, Finding, acknowledged, findings, found_in
from tests.infra.nag_acknowledgements import ACKNOWLEDGED, Variant


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> Variant:
    name: Variant = request.param
    return name


@pytest.fixture(scope="module")
def found(variant: Variant) -> set[Finding]:
    return found_in(variant)


def test_no_finding_is_unacknowledged(variant: Variant, found: set[Finding]) -> None:
    assert sorted(found - acknowledged(variant).keys()) == []


def test_no_acknowledgement_is_unneeded_or_twice(variant: Variant, found: set[Finding]) -> None:
    known = acknowledged(variant)
    assert sorted(known.keys() - found) == []
    assert [finding for finding, times in known.items() if times > 1] == []


def test_acknowledgements_are_for_resources_and_have_reasons() -> None:
    for each in ACKNOWLEDGED:
        assert each.resources
        assert all("/" in path and "*" not in path for path in each.resources), each.finding
        assert len(each.reason.split()) > 4, each.finding


def test_the_packs_really_look() -> None:
    app = cdk.App()
    s3.Bucket(cdk.Stack(app, "Molino"), "Open")
    assert ("AwsSolutions-S10", "Open") in findings(app)
