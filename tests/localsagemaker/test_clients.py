"""Real clients over HTTP: boto3 with its waiters and paginators, the aws CLI, the server alone."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localsagemaker import LocalSageMaker
from localsagemaker.http import handle
from localsagemaker.server import Server
from tests.localsagemaker.conftest import ACCOUNT, REGION, client, finished

ECHO = """
def model_fn(_): return None
def transform_fn(model, body, content_type, accept): return body.upper(), accept
"""
AT_ONCE = {"Delay": 0, "MaxAttempts": 100_000}


def test_boto3_runs_a_job_and_an_endpoint(
    server: Server, core: LocalSageMaker, job_request: Any, deploy: Callable[..., Any]
) -> None:
    sagemaker = client(server, "sagemaker")
    sagemaker.create_training_job(**job_request("pass"))
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="job", WaiterConfig=AT_ONCE)
    job = sagemaker.describe_training_job(TrainingJobName="job")
    assert job["TrainingEndTime"] >= job["TrainingStartTime"] >= job["CreationTime"]
    pages = sagemaker.get_paginator("list_training_jobs").paginate(PaginationConfig={"PageSize": 1})
    assert [
        entry["TrainingJobName"] for page in pages for entry in page["TrainingJobSummaries"]
    ] == ["job"]
    assert (
        sagemaker.list_training_jobs(CreationTimeAfter=job["CreationTime"])["TrainingJobSummaries"]
        == []
    )

    deploy(core, ECHO)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="endpoint", WaiterConfig=AT_ONCE)
    runtime = client(server, "sagemaker-runtime")
    answer = runtime.invoke_endpoint(
        EndpointName="endpoint", Body=b"text", ContentType="text/csv", Accept="text/csv"
    )
    assert answer["Body"].read() == b"TEXT"
    assert answer["ContentType"] == "text/csv; charset=utf-8"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    sagemaker.delete_endpoint(EndpointName="endpoint")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="endpoint", WaiterConfig=AT_ONCE)


def test_boto3_sees_aws_errors(
    server: Server, core: LocalSageMaker, job_request: Any, deploy: Callable[..., Any]
) -> None:
    sagemaker, runtime = client(server, "sagemaker"), client(server, "sagemaker-runtime")
    request = job_request("pass")
    sagemaker.create_training_job(**request)
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_training_job(**request)
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_endpoint(EndpointName="none")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(runtime.exceptions.ValidationError, match="not found") as missing:
        runtime.invoke_endpoint(EndpointName="none", Body=b"")
    assert missing.value.response["Error"]["Message"] == (
        f"Endpoint none of account {ACCOUNT} not found."
    )
    deploy(core, ECHO + "    \ndef input_fn(b, c): return b", "unhealthy")
    with pytest.raises(Exception, match="Waiter EndpointInService failed"):
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName="unhealthy", WaiterConfig=AT_ONCE
        )
    deploy(core, ECHO.replace("body.upper()", "1 / 0"), "raising")
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName="raising", WaiterConfig=AT_ONCE)
    with pytest.raises(runtime.exceptions.ModelError) as failed:
        runtime.invoke_endpoint(EndpointName="raising", Body=b"x")
    response = failed.value.response
    assert response["OriginalStatusCode"] == 500
    assert "Internal Server Error" in response["OriginalMessage"]
    assert response["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/raising")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    finished(core)


def test_the_aws_command_line(
    server: Server, core: LocalSageMaker, job_request: Any, tmp_path: Path
) -> None:
    request = tmp_path / "job.json"
    request.write_text(json.dumps(job_request("pass")))
    _aws(server, "sagemaker", "create-training-job", "--cli-input-json", f"file://{request}")
    _aws(
        server,
        "sagemaker",
        "wait",
        "training-job-completed-or-stopped",
        "--training-job-name",
        "job",
    )
    shown = _aws(server, "sagemaker", "describe-training-job", "--training-job-name", "job")
    assert json.loads(shown.stdout)["TrainingJobStatus"] == "Completed"
    missing = _aws(server, "sagemaker", "delete-model", "--model-name", "none", check=False)
    assert missing.returncode in {254, 255}  # versions 2 and 1
    assert (
        "An error occurred (ValidationException) when calling the DeleteModel operation: Could not "
        f'find model "arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/none".'
    ) in missing.stderr


def _aws(server: Server, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": server.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # pragma: allowlist secret
        "AWS_CONFIG_FILE": os.devnull,
    }
    command = [sys.executable, str(Path(sys.executable).parent / "aws"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=check)


def test_what_is_no_request_of_sagemaker(core: LocalSageMaker) -> None:
    status, _, body = handle(core, "GET", "/", {}, b"")
    assert (status, json.loads(body)["__type"]) == (404, "UnknownOperationException")
    target = {"X-Amz-Target": "SageMaker.ListModels"}
    for sent in (b"{", b"[]", b'{"MaxResults": "x"}'):
        status, headers, body = handle(core, "POST", "/", target, sent)
        assert (status, json.loads(body)["__type"]) == (400, "SerializationException")
        assert headers["Content-Type"] == "application/x-amz-json-1.1"


def test_the_server_runs_alone(tmp_path: Path) -> None:
    project = Path(__file__).resolve().parents[2]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "localsagemaker", "--port", "0", "--root", str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().rsplit("//", 1)[1].strip()
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request("POST", "/", b"{}", {"X-Amz-Target": "SageMaker.ListModels"})
        assert json.loads(connection.getresponse().read()) == {"Models": []}
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_package_needs_nothing_of_the_rest() -> None:
    """It could be published alone: no other module of the project, no ministack."""
    code = (
        "import sys, pkgutil, importlib, localsagemaker as package\n"
        "for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print([name for name in sys.modules if name.startswith(('ministack', 'localcloud.'))\n"
        "       and not name.startswith('localsagemaker')])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"
