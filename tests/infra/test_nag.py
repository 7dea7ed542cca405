"""cdk-nag finds nothing that nobody has given a reason for, and no reason is out of date."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from infra.app import build_app
from tests.infra.nag import acknowledged, findings
from tests.infra.nag_acknowledgements import ACKNOWLEDGED


@pytest.fixture(scope="module")
def found() -> set[tuple[str, str]]:
    return findings(build_app())


def test_no_finding_is_unacknowledged(found: set[tuple[str, str]]) -> None:
    assert sorted(found - acknowledged().keys()) == []


def test_no_acknowledgement_is_unneeded_or_twice(found: set[tuple[str, str]]) -> None:
    assert sorted(acknowledged().keys() - found) == []
    assert [finding for finding, times in acknowledged().items() if times > 1] == []


def test_acknowledgements_are_for_resources_and_have_reasons() -> None:
    for each in ACKNOWLEDGED:
        assert each.resources
        assert all("/" in path and "*" not in path for path in each.resources), each.finding
        assert len(each.reason.split()) > 4, each.finding


def test_the_packs_really_look() -> None:
    app = cdk.App()
    s3.Bucket(cdk.Stack(app, "Molino"), "Open")
    assert ("AwsSolutions-S10", "Open") in findings(app)
