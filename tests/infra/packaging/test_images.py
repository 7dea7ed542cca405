"""The image table is AWS's own."""

from importlib import metadata
from typing import Any

import boto3
import pytest

from infra.packaging.images import REPOSITORY, TAG, accounts_by_region, accounts_of_the_sdk
from infra.workflow.stories import STORIES
from tests.infra.constructs.test_permissions import many


def test_the_table_is_the_sdks() -> None:
    assert accounts_by_region() == accounts_of_the_sdk()


@pytest.mark.parametrize("scope", ["training", "inference"])
def test_the_address_is_what_the_sdk_retrieves(scope: str) -> None:
    """In a region of each part of the world; that the accounts agree is known of all regions."""
    from sagemaker.core import image_uris

    accounts = accounts_by_region()
    regions = {region.partition("-")[0]: region for region in accounts}
    assert {"cn", "us"} < regions.keys()
    for region in regions.values():
        account = accounts[region]
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        assert f"{account}.dkr.ecr.{region}.{suffix}/{REPOSITORY}:{TAG}" == image_uris.retrieve(
            "sklearn",
            region,
            version="1.9-0",
            py_version="py3",
            instance_type="ml.m5.large",
            image_scope=scope,
        )


def test_regions_without_the_image_are_known() -> None:
    """CloudFormation refuses the stack there, naming the mapping: nothing half-works."""
    offered = set(boto3.session.Session().get_available_regions("sagemaker"))
    assert offered - accounts_by_region().keys() == set(WITHOUT_IMAGE)


# Regions with SageMaker in botocore's data for which AWS's SDK knows no scikit-learn image.
WITHOUT_IMAGE = (
    "ap-east-2",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "mx-central-1",
)


def test_the_template_looks_the_account_up(template: dict[str, Any]) -> None:
    (mapping,) = template["Mappings"].values()
    assert mapping == {
        region: {"account": account} for region, account in accounts_by_region().items()
    }
    images = [
        found["Properties"]["DefinitionSubstitutions"]["Image"]
        for found in template["Resources"].values()
        if found["Type"] == "AWS::StepFunctions::StateMachine"
        and "Image" in found["Properties"]["DefinitionSubstitutions"]
    ]
    assert len(images) == sum(story.is_admitted for story in STORIES)  # those that start machines
    assert all(image == images[0] for image in images)
    parts = many(images[0]["Fn::Join"][1])
    assert {"Ref": "AWS::Region"} in parts
    assert {"Ref": "AWS::URLSuffix"} in parts
    assert parts[-1] == f"/{REPOSITORY}:{TAG}"


def test_our_scikit_learn_is_the_images() -> None:
    release, patch = TAG.split("-")[:2]
    assert metadata.version("scikit-learn") == f"{release}.{patch}"
