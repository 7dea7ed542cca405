"""What is listed as left running, while other executions delete theirs."""

from collections.abc import Callable
from typing import Any

import boto3

from localcloud.left_running import left_running
from localsagemaker import FaultPlan
from localsagemaker.faults import ResourceFault
from localsagemaker.server import Server
from tests.localsagemaker.conftest import BUCKET, IMAGE, ROLE, archive, transformed


class Leaving:
    """A client whose model is deleted between being listed and being asked for its tags."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        if name == "list_tags":
            self._client.delete_model(ModelName="leaving")
        return getattr(self._client, name)


class Cloud:
    def __init__(self, client: Any, targets: tuple[str, ...] = ()) -> None:
        self._client, self._targets = client, targets

    def client(self, service: str) -> Any:
        return self._client if service == "sagemaker" else self

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_given: Any) -> list[dict[str, Any]]:
        """Answer for Application Auto Scaling, in which such a target cannot come about here.

        EMR Serverless has no applications.
        """
        targets = [{"ResourceId": each, "ScalableTargetARN": each} for each in self._targets]
        return [{"ScalableTargets": targets, "applications": []}]


def test_what_goes_while_one_looks_is_not_left(server: Server, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive({"model.txt": ""}))
    client: Any = boto3.client("sagemaker", "eu-west-1", endpoint_url=server.url)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    client.create_model(ModelName="leaving", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    (left,) = left_running(Cloud(client))  # type: ignore[arg-type]
    assert left.endswith(":model/leaving")
    assert left_running(Cloud(Leaving(client))) == []  # type: ignore[arg-type]


def test_a_transform_job_is_left_while_it_runs(
    make: Any, transform: Any, serve: Callable[..., Server]
) -> None:
    plan = FaultPlan(resources=[ResourceFault("transform-job", "*", "stuck")])
    core = make(faults=plan)
    core.call("CreateTransformJob", transform(core, "", {"rows.csv": b"1"}))
    core.call("DeleteModel", {"ModelName": "job"})
    client: Any = boto3.client("sagemaker", "eu-west-1", endpoint_url=serve(core).url)
    (left,) = left_running(Cloud(client))  # type: ignore[arg-type]
    assert left.endswith(":transform-job/job")
    client.stop_transform_job(TransformJobName="job")
    transformed(core)
    assert left_running(Cloud(client)) == []  # type: ignore[arg-type]


def test_a_scalable_target_without_its_endpoint_is_left(server: Server) -> None:
    client: Any = boto3.client("sagemaker", "eu-west-1", endpoint_url=server.url)
    target = "endpoint/gone/variant/AllTraffic"
    assert left_running(Cloud(client, (target,))) == [target]  # type: ignore[arg-type]
