"""The model registry: groups, versions, approval, and models made of approved versions only."""

import threading
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud.permissions import sagemaker_permissions
from localsagemaker import ApiError, LocalSageMaker
from localsagemaker.faults import CallFault, FaultPlan
from localsagemaker.server import Server
from tests.localsagemaker.conftest import ACCOUNT, BUCKET, IMAGE, REGION, ROLE, archive, wait_for

GROUP = "molino-penguins"
PREFIX = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
INFERENCE = """
def model_fn(model_dir):
    import os
    return os.environ["GREETING"]
def transform_fn(model, body, content_type, accept):
    return model, "text/csv"
"""


def group(core: LocalSageMaker, name: str = GROUP) -> str:
    tags = [{"Key": "project", "Value": "molino"}]
    answer = core.call("CreateModelPackageGroup", {"ModelPackageGroupName": name, "Tags": tags})
    return str(answer["ModelPackageGroupArn"])


def version(core: LocalSageMaker, name: str = GROUP, **members: Any) -> str:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/registry/model.tar.gz"}
    container |= members.pop("container", {})
    request = {
        "ModelPackageGroupName": name,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }
    return str(core.call("CreateModelPackage", request | members)["ModelPackageArn"])


def describe(core: LocalSageMaker, arn: str) -> dict[str, Any]:
    return core.call("DescribeModelPackage", {"ModelPackageName": arn})


def refused(core: LocalSageMaker, operation: str, parameters: dict[str, Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        core.call(operation, parameters)
    return caught.value


def model(core: LocalSageMaker, package: str, name: str = "m", **container: Any) -> None:
    request = {"ModelPackageName": package} | container
    core.call(
        "CreateModel",
        {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": request},
    )


def test_versions_are_counted_in_their_group_and_wait_for_approval(core: LocalSageMaker) -> None:
    assert group(core) == f"{PREFIX}:model-package-group/{GROUP}"
    first, second = version(core), version(core, ModelPackageDescription="the second")
    assert [first, second] == [f"{PREFIX}:model-package/{GROUP}/{n}" for n in (1, 2)]
    found = describe(core, second)
    assert found["ModelPackageVersion"] == 2
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert found["ModelPackageStatus"] == "Completed"
    assert found["ModelPackageDescription"] == "the second"
    core.call("DeleteModelPackage", {"ModelPackageName": second})
    assert version(core).endswith("/3")
    assert refused(core, "DescribeModelPackage", {"ModelPackageName": second}).message == (
        f"ModelPackage {second} does not exist."
    )


def test_a_repeated_client_token_makes_no_second_version(core: LocalSageMaker) -> None:
    group(core)
    assert version(core, ClientToken="once") == version(core, ClientToken="once")
    assert version(core, ClientToken="twice").endswith("/2")


def test_approval_and_properties_are_updated(core: LocalSageMaker) -> None:
    group(core)
    arn = version(core, CustomerMetadataProperties={"code": "1a", "gone": "soon"})
    core.call(
        "UpdateModelPackage",
        {
            "ModelPackageArn": arn,
            "ModelApprovalStatus": "Approved",
            "ApprovalDescription": "better by 0.02",
            "CustomerMetadataProperties": {"gate": "passed"},
            "CustomerMetadataPropertiesToRemove": ["gone"],
        },
    )
    found = describe(core, arn)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ApprovalDescription"] == "better by 0.02"
    assert found["CustomerMetadataProperties"] == {"code": "1a", "gate": "passed"}
    assert found["LastModifiedTime"] >= found["CreationTime"]


def test_versions_are_listed_by_group_and_approval_newest_first(core: LocalSageMaker) -> None:
    group(core), group(core, "other")
    arns = [version(core) for _ in range(12)]
    version(core, "other")
    approved = {"ModelApprovalStatus": "Approved"}
    core.call("UpdateModelPackage", {"ModelPackageArn": arns[4]} | approved)

    def listed(**options: Any) -> list[str]:
        answer = core.call("ListModelPackages", options)
        return [summary["ModelPackageArn"] for summary in answer["ModelPackageSummaryList"]]

    first = core.call("ListModelPackages", {"ModelPackageGroupName": GROUP})
    assert len(first["ModelPackageSummaryList"]) == 10
    assert len(listed(ModelPackageGroupName=GROUP, NextToken=first["NextToken"])) == 2
    assert listed(ModelPackageGroupName=GROUP, MaxResults=1) == [arns[-1]]
    assert listed(ModelPackageGroupName=GROUP, **approved) == [arns[4]]
    assert listed() == []  # as on AWS: without a group, only unversioned packages
    assert len(listed(ModelPackageType="Both", MaxResults=100)) == 13


def test_groups_are_listed_and_deleted_once_empty(core: LocalSageMaker) -> None:
    group(core), group(core, "other")
    name = {"ModelPackageGroupName": GROUP}
    arn = version(core)
    assert refused(core, "DeleteModelPackageGroup", name).code == "ConflictException"
    core.call("DeleteModelPackage", {"ModelPackageName": arn})
    core.call("DeleteModelPackageGroup", name)
    listed = core.call("ListModelPackageGroups", {})["ModelPackageGroupSummaryList"]
    assert [summary["ModelPackageGroupName"] for summary in listed] == ["other"]
    assert refused(core, "DescribeModelPackageGroup", name).message == (
        f"ModelPackageGroup {PREFIX}:model-package-group/{GROUP} does not exist."
    )


def test_what_aws_refuses(core: LocalSageMaker) -> None:
    arn = group(core)
    again = refused(core, "CreateModelPackageGroup", {"ModelPackageGroupName": GROUP})
    assert again.message == f"Model Package Group already exists: {arn}"
    specification = {"InferenceSpecification": {"Containers": [{"Image": IMAGE}]}}
    for wrong in (
        specification,
        specification | {"ModelPackageGroupName": GROUP, "ModelPackageName": "m"},
        specification | {"ModelPackageGroupName": "unknown"},
        specification | {"ModelPackageGroupName": GROUP, "Tags": [{"Key": "a", "Value": "b"}]},
        specification | {"ModelPackageGroupName": GROUP, "ModelApprovalStatus": "Perhaps"},
        {"ModelPackageGroupName": GROUP},
    ):
        assert refused(core, "CreateModelPackage", wrong).code == "ValidationException"


def test_only_an_approved_version_becomes_a_model(core: LocalSageMaker, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="registry/model.tar.gz", Body=archive({"empty": ""}))
    group(core)
    arn = version(core)
    for status in ("PendingManualApproval", "Rejected"):
        core.call("UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": status})
        with pytest.raises(ApiError, match=f"approval status is {status}"):
            model(core, arn)
    core.call("UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"})
    model(core, arn)
    described = core.call("DescribeModel", {"ModelName": "m"})
    assert described["PrimaryContainer"] == {"ModelPackageName": arn}


def test_an_endpoint_runs_a_packages_container(core: LocalSageMaker, s3: Any) -> None:
    files = {"code/inference.py": INFERENCE}
    s3.put_object(Bucket=BUCKET, Key="registry/model.tar.gz", Body=archive(files))
    group(core)
    environment = {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        "GREETING": "from the model",
    }
    arn = version(core, ModelApprovalStatus="Approved")
    model(core, arn, Environment=environment)
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1}
    variants = [variant | {"InstanceType": "ml.m5.large"}]
    core.call("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": variants})
    # Approval counts when a model is made; a later rejection stops nothing that runs.
    core.call("UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Rejected"})
    core.call("CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"})

    def in_service() -> bool:
        found = core.call("DescribeEndpoint", {"EndpointName": "e"})["EndpointStatus"]
        assert found in {"Creating", "InService"}
        return bool(found == "InService")

    wait_for(in_service, 30)
    assert core.invoke_endpoint("e", b"a\n1\n", "text/csv").body == b"from the model"


def test_an_environment_comes_from_the_package_or_the_model(core: LocalSageMaker, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="registry/model.tar.gz", Body=archive({"empty": ""}))
    group(core)
    arn = version(core, ModelApprovalStatus="Approved", container={"Environment": {"A": "1"}})
    with pytest.raises(
        ApiError, match=r"specified both at Model Package \{A=1\} and Model \{B=2\}"
    ):
        model(core, arn, Environment={"B": "2"})
    model(core, arn)


def test_a_real_client_registers_tags_and_meets_faults(make: Any) -> None:
    core = make(faults=FaultPlan([CallFault("UpdateModelPackage", "ConflictException", nth=(1,))]))
    running = Server(core)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    try:
        client = boto3.client("sagemaker", region_name=REGION, endpoint_url=running.url)
        tags = [{"Key": "a", "Value": "b"}]
        made = client.create_model_package_group(ModelPackageGroupName=GROUP, Tags=tags)
        assert client.list_tags(ResourceArn=made["ModelPackageGroupArn"])["Tags"] == tags
        arn = version(core)
        approval = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
        with pytest.raises(ClientError, match="ConflictException"):
            client.update_model_package(**approval)
        client.update_model_package(**approval)
        pages = client.get_paginator("list_model_packages").paginate(ModelPackageGroupName=GROUP)
        assert [item["ModelPackageArn"] for page in pages for item in page[
            "ModelPackageSummaryList"]] == [arn]  # fmt: skip
        assert client.describe_model_package(ModelPackageName=arn)["CreationTime"].tzinfo
    finally:
        running.shutdown()
        running.server_close()


def test_the_permissions_that_calls_need() -> None:
    arn = f"{PREFIX}:model-package/{GROUP}/3"

    def needed(operation: str, **parameters: Any) -> set[tuple[str, str]]:
        found = sagemaker_permissions(operation, parameters, ACCOUNT, REGION)
        return {(permission.action, permission.resource) for permission in found}

    assert needed("UpdateModelPackage", ModelPackageArn=arn) == {
        ("sagemaker:UpdateModelPackage", arn)
    }
    assert needed("CreateModelPackage", ModelPackageGroupName=GROUP) == {
        ("sagemaker:CreateModelPackage", f"{PREFIX}:model-package-group/{GROUP}"),
        ("sagemaker:CreateModelPackage", f"{PREFIX}:model-package/{GROUP}/new"),
    }
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
    repository = "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-scikit-learn"
    packed = {"Containers": [{"Image": image, "ModelDataUrl": "s3://b/models/m.tar.gz"}]}
    assert needed("CreateModelPackage", InferenceSpecification=packed) == {
        ("sagemaker:CreateModelPackage", "*"),
        ("s3:GetObject", "arn:aws:s3:::b/models/m.tar.gz"),
        ("ecr:BatchGetImage", repository),
        ("ecr:DescribeImages", repository),
    }
    container = {"ModelPackageName": arn}
    assert needed("CreateModel", ModelName="m", PrimaryContainer=container) == {
        ("sagemaker:CreateModel", f"{PREFIX}:model/m"),
        ("sagemaker:CreateModel", arn),
    }
