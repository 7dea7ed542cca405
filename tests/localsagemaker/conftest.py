"""A local SageMaker over an S3 in this process; every answer is checked against AWS's shapes."""

import io
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator
from moto import mock_aws

from localsagemaker import Limits, LocalSageMaker
from localsagemaker.image import Image
from localsagemaker.server import Server
from localsagemaker.validation import service_model

ACCOUNT, REGION, BUCKET = "111122223333", "eu-west-1", "data-bucket"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/training"
NO_ROLE = f"arn:aws:iam::{ACCOUNT}:role/unknown"
IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def extracted(s3: Any, key: str) -> dict[str, bytes]:
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {
            member.name: tar.extractfile(member).read()  # type: ignore[union-attr]
            for member in tar
            if member.isfile()
        }


class CheckedSageMaker(LocalSageMaker):
    """Refuses to give an answer that botocore's output shapes do not allow."""

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = super().call(operation, parameters)
        shape = service_model("sagemaker").operation_model(operation).output_shape
        if shape is None:
            assert answer == {}
        else:
            report = ParamValidator().validate(answer, shape)
            assert not report.has_errors(), report.generate_report()
        return answer


@pytest.fixture(scope="module")  # moto empties itself only where no other mock is active
def s3() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        with mock_aws():
            client = boto3.client("s3", region_name=REGION)
            client.create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
            client.put_object(Bucket=BUCKET, Key="datasets/train/train.csv", Body=b"a,b\n1,2\n")
            client.put_object(Bucket=BUCKET, Key="datasets/train/deep/more.csv", Body=b"3,4\n")
            yield client


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    loaded = Image()
    yield loaded
    loaded.close()


@pytest.fixture
def make(tmp_path: Path, s3: Any, image: Image) -> Iterator[Callable[..., CheckedSageMaker]]:
    made: list[CheckedSageMaker] = []

    def s3_for_role(role: str) -> Any:
        if role == NO_ROLE:
            raise PermissionError(role)
        return s3

    def new(**options: Any) -> CheckedSageMaker:
        options.setdefault("limits", Limits(stop_grace_seconds=0.5, health_check_seconds=10))
        options.setdefault("image", image)
        folder = tmp_path / f"root{len(made)}"
        made.append(
            CheckedSageMaker(folder, s3_for_role, account=ACCOUNT, region=REGION, **options)
        )
        return made[-1]

    yield new
    for core in made:
        core.close()


@pytest.fixture
def core(make: Callable[..., CheckedSageMaker]) -> CheckedSageMaker:
    return make()


@pytest.fixture
def serve() -> Iterator[Callable[[LocalSageMaker], Server]]:
    """Serve a local SageMaker over HTTP."""
    import threading

    running: list[Server] = []

    def start(core: LocalSageMaker) -> Server:
        running.append(Server(core))
        threading.Thread(target=running[-1].serve_forever, args=(0.01,), daemon=True).start()
        return running[-1]

    yield start
    for each in running:
        each.shutdown()
        each.server_close()


@pytest.fixture
def server(core: CheckedSageMaker, serve: Callable[[LocalSageMaker], Server]) -> Server:
    return serve(core)


def client(server: Server, service: str = "sagemaker") -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # pragma: allowlist secret
    )


@pytest.fixture
def job_request(s3: Any, request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """Build a CreateTrainingJob request around a script."""

    def build(script: str, name: str = "job", **members: Any) -> dict[str, Any]:
        key = f"source/{request.node.name}/{name}.tar.gz"
        files = members.pop("files", {}) | {"train.py": script}
        s3.put_object(Bucket=BUCKET, Key=key, Body=archive(files))
        hyperparameters = {
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": f'"s3://{BUCKET}/{key}"',
        }
        return {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [
                    {
                        "Name": "validation:accuracy",
                        "Regex": "validation:accuracy=([0-9.eE+-]+)",
                    }
                ],
            },
            "HyperParameters": hyperparameters | members.pop("hyperparameters", {}),
            "InputDataConfig": [channel("train", "datasets/train/")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models/{request.node.name}"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        } | members

    return build


def channel(name: str, prefix: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}"}
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def wait_for(check: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


def ended(core: LocalSageMaker, member: str, name: str) -> dict[str, Any]:
    """Return a job's description once it has ended.

    ``member`` is how the API begins its members, for example ``TrainingJob``.
    """

    def check() -> dict[str, Any] | None:
        job = core.call(f"Describe{member}", {f"{member}Name": name})
        return job if job[f"{member}Status"] in {"Completed", "Failed", "Stopped"} else None

    found: dict[str, Any] = wait_for(check)
    return found


def finished(core: LocalSageMaker, name: str = "job") -> dict[str, Any]:
    return ended(core, "TrainingJob", name)


def transformed(core: LocalSageMaker, name: str = "job") -> dict[str, Any]:
    return ended(core, "TransformJob", name)


def settled(core: LocalSageMaker, name: str = "endpoint") -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        endpoint = core.call("DescribeEndpoint", {"EndpointName": name})
        return endpoint if endpoint["EndpointStatus"] in {"InService", "Failed"} else None

    found: dict[str, Any] = wait_for(ended)
    return found


def serving(archive_uri: str, variables: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a model's container whose archive has ``code/inference.py``."""
    environment = {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }
    return {
        "Image": IMAGE,
        "ModelDataUrl": archive_uri,
        "Environment": environment | (variables or {}),
    }


@pytest.fixture
def create_model(s3: Any, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Create a model around an inference module."""

    def create(
        core: LocalSageMaker,
        inference: str,
        name: str,
        *,
        variables: dict[str, str] | None = None,
        files: dict[str, str] | None = None,
    ) -> None:
        key = f"models/{request.node.name}/{name}.tar.gz"
        content = {"code/inference.py": inference, "model.txt": "the model"} | (files or {})
        s3.put_object(Bucket=BUCKET, Key=key, Body=archive(content))
        container = serving(f"s3://{BUCKET}/{key}", variables)
        core.call(
            "CreateModel",
            {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": container},
        )

    return create


@pytest.fixture
def deploy(create_model: Callable[..., None]) -> Callable[..., dict[str, Any]]:
    """Create model, configuration and endpoint around an inference module."""

    def create(
        core: LocalSageMaker,
        inference: str,
        name: str = "endpoint",
        *,
        variables: dict[str, str] | None = None,
        files: dict[str, str] | None = None,
        serverless: dict[str, int] | None = None,
        **config: Any,
    ) -> dict[str, Any]:
        create_model(core, inference, name, variables=variables, files=files)
        capacity = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        if serverless:
            capacity = {"ServerlessConfig": serverless}
        variant = {"VariantName": "AllTraffic", "ModelName": name, **capacity}
        core.call(
            "CreateEndpointConfig",
            {"EndpointConfigName": name, "ProductionVariants": [variant], **config},
        )
        return core.call("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})

    return create


@pytest.fixture
def transform(
    s3: Any, create_model: Callable[..., None], request: pytest.FixtureRequest
) -> Callable[..., dict[str, Any]]:
    """Put objects, create a model, and build a CreateTransformJob request around them."""

    def build(
        core: LocalSageMaker,
        inference: str,
        objects: dict[str, bytes],
        name: str = "job",
        **members: Any,
    ) -> dict[str, Any]:
        prefix = f"transform/{request.node.name}/{name}"
        for key, body in objects.items():
            s3.put_object(Bucket=BUCKET, Key=f"{prefix}/in/{key}", Body=body)
        create_model(core, inference, name)
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}/in/"}
        given = {
            "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
            "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
        }
        given = {member: given[member] | members.pop(member, {}) for member in given}
        return {
            "TransformJobName": name,
            "ModelName": name,
            "TransformInput": {"DataSource": {"S3DataSource": source}} | given["TransformInput"],
            "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/{prefix}/out/"}
            | given["TransformOutput"],
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        } | members

    return build


def outputs(job: dict[str, Any], s3: Any) -> dict[str, bytes]:
    return objects_under(s3, job["TransformOutput"]["S3OutputPath"])


def objects_under(s3: Any, uri: str) -> dict[str, bytes]:
    """Return the content of the objects below a URI by what follows it."""
    prefix = uri.removeprefix(f"s3://{BUCKET}/").rstrip("/")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", [])
    return {
        entry["Key"].removeprefix(f"{prefix}/"): s3.get_object(Bucket=BUCKET, Key=entry["Key"])[
            "Body"
        ].read()
        for entry in listed
    }
