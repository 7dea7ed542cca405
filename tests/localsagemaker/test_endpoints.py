"""Endpoints are processes: they come up, answer, fail and go as on AWS."""

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from localsagemaker import ApiError, Limits, LocalSageMaker
from tests.localsagemaker.conftest import (
    ACCOUNT,
    BUCKET,
    IMAGE,
    NO_ROLE,
    ROLE,
    archive,
    settled,
    wait_for,
)

Deploy = Callable[..., dict[str, Any]]
ECHO = """
import os
def model_fn(model_dir):
    with open(model_dir + "/model.txt") as file:
        return {"text": file.read(), "pid": os.getpid()}
def transform_fn(model, body, content_type, accept):
    return f"{model['pid']} {type(body).__name__} {content_type} {accept}", "text/plain"
"""
SLOW = """
import pathlib, time
def model_fn(_): return None
def transform_fn(model, body, content_type, accept):
    pathlib.Path(body.decode()).touch()
    time.sleep(2)
    return "answered", "text/plain"
"""
NEVER_READY = "import time\ndef model_fn(_): time.sleep(60)\n"
UNHEALTHY = (
    "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)


def message(core: LocalSageMaker, operation: str, parameters: dict[str, Any]) -> str:
    with pytest.raises(ApiError) as caught:
        core.call(operation, parameters)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:{kind}/{name}"


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_life_of_an_endpoint(core: LocalSageMaker, deploy: Deploy) -> None:
    answer = deploy(core, ECHO, "My-Endpoint")
    assert answer == {"EndpointArn": arn("endpoint", "my-endpoint")}
    created = core.call("DescribeEndpoint", {"EndpointName": "My-Endpoint"})
    assert created["EndpointStatus"] == "Creating"
    assert "ProductionVariants" not in created
    endpoint = settled(core, "My-Endpoint")
    assert endpoint["EndpointStatus"] == "InService"
    variant = endpoint["ProductionVariants"][0]
    assert (variant["VariantName"], variant["CurrentInstanceCount"]) == ("AllTraffic", 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    pid = int(core.invoke_endpoint("My-Endpoint", b"").body.split()[0])
    assert alive(pid)

    assert core.call("DeleteEndpoint", {"EndpointName": "My-Endpoint"}) == {}
    with pytest.raises(ApiError, match="not found"):
        core.invoke_endpoint("My-Endpoint", b"")
    gone = f'Could not find endpoint "{arn("endpoint", "my-endpoint")}".'
    wait_for(lambda: not core.call("ListEndpoints", {})["Endpoints"])
    assert message(core, "DescribeEndpoint", {"EndpointName": "My-Endpoint"}) == gone
    assert message(core, "DeleteEndpoint", {"EndpointName": "My-Endpoint"}) == gone
    assert not alive(pid)


def test_an_endpoint_in_progress_cannot_be_deleted(core: LocalSageMaker, deploy: Deploy) -> None:
    deploy(core, NEVER_READY)
    busy = f'Cannot update in-progress endpoint "{arn("endpoint", "endpoint")}".'
    assert message(core, "DeleteEndpoint", {"EndpointName": "endpoint"}) == busy
    with pytest.raises(ApiError, match=f"Endpoint endpoint of account {ACCOUNT} not found."):
        core.invoke_endpoint("endpoint", b"")


@pytest.mark.parametrize(
    "inference",
    [
        "raise RuntimeError('at import')",
        "def model_fn(_): raise RuntimeError('cannot load')",
        "def predict_fn(data, model): return data",  # model_fn is mandatory
        ECHO + "def input_fn(body, content_type): return body",  # beside transform_fn
    ],
)
def test_a_model_that_cannot_be_loaded(
    core: LocalSageMaker, deploy: Deploy, inference: str
) -> None:
    deploy(core, inference)
    endpoint = settled(core)
    assert (endpoint["EndpointStatus"], endpoint["FailureReason"]) == ("Failed", UNHEALTHY)
    core.call("DeleteEndpoint", {"EndpointName": "endpoint"})
    wait_for(lambda: not core.call("ListEndpoints", {})["Endpoints"])


def test_a_model_that_loads_for_too_long(make: Any, deploy: Deploy) -> None:
    core = make(limits=Limits(health_check_seconds=1))
    deploy(core, NEVER_READY)
    assert settled(core)["FailureReason"] == UNHEALTHY


def test_model_data_that_is_gone_or_broken(core: LocalSageMaker, deploy: Deploy, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="broken.tar.gz", Body=b"not a tar")
    for name, key, expected in (
        (
            "absent",
            "absent.tar.gz",
            f'Failed to download model data for container "container_1" from URL: '
            f'"s3://{BUCKET}/absent.tar.gz". Please ensure that there is an object located at the '
            "URL and that the role passed to CreateModel has permissions to download the object.",
        ),
        (
            "broken",
            "broken.tar.gz",
            f'Failed to extract model data archive for container "container_1" from URL '
            f'"s3://{BUCKET}/broken.tar.gz". Please ensure that the object located at the URL is '
            "a valid tar.gz archive.",
        ),
    ):
        if name == "absent":
            s3.put_object(Bucket=BUCKET, Key=key, Body=archive({}))
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}"}
        core.call(
            "CreateModel",
            {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": container},
        )
        capacity = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        variant = {"VariantName": "v", "ModelName": name, **capacity}
        config = {"EndpointConfigName": name, "ProductionVariants": [variant]}
        core.call("CreateEndpointConfig", config)
        if name == "absent":
            s3.delete_object(Bucket=BUCKET, Key=key)
        core.call("CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})
        assert settled(core, name)["FailureReason"] == expected


def test_model_data_is_looked_for_when_a_model_is_created(core: LocalSageMaker) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/never-there.tar.gz"}
    request = {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container}
    assert message(core, "CreateModel", request).startswith(
        f"Could not access model data at s3://{BUCKET}/never-there.tar.gz. "
        f'Please ensure that the role "{ROLE}" exists'
    )
    assert "Could not assume role" in message(
        core, "CreateModel", request | {"ExecutionRoleArn": NO_ROLE}
    )


def test_resources_that_exist_or_do_not(core: LocalSageMaker, deploy: Deploy) -> None:
    deploy(core, ECHO, "one")
    settled(core, "one")
    model = core.call("DescribeModel", {"ModelName": "one"})
    assert model["PrimaryContainer"]["Image"] == IMAGE
    assert (
        message(
            core,
            "CreateModel",
            {
                "ModelName": "one",
                "ExecutionRoleArn": ROLE,
                "PrimaryContainer": model["PrimaryContainer"],
            },
        )
        == f'Cannot create already existing model "{arn("model", "one")}".'
    )
    config = core.call("DescribeEndpointConfig", {"EndpointConfigName": "one"})
    variants = {"EndpointConfigName": "one", "ProductionVariants": config["ProductionVariants"]}
    assert message(core, "CreateEndpointConfig", variants) == (
        f'Cannot create already existing endpoint configuration "{arn("endpoint-config", "one")}".'
    )
    again = {"EndpointName": "one", "EndpointConfigName": "one"}
    assert message(core, "CreateEndpoint", again) == (
        f'Cannot create already existing endpoint "{arn("endpoint", "one")}".'
    )
    for operation, parameters, kind, word in (
        ("DescribeModel", {"ModelName": "no"}, "model", "model"),
        ("DeleteModel", {"ModelName": "no"}, "model", "model"),
        (
            "CreateEndpointConfig",
            {
                "EndpointConfigName": "new",
                "ProductionVariants": [{"VariantName": "v", "ModelName": "no"}],
            },
            "model",
            "model",
        ),
        (
            "DescribeEndpointConfig",
            {"EndpointConfigName": "no"},
            "endpoint-config",
            "endpoint configuration",
        ),
        (
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "no"},
            "endpoint-config",
            "endpoint configuration",
        ),
    ):
        assert message(core, operation, parameters) == f'Could not find {word} "{arn(kind, "no")}".'
    # As on AWS, what an endpoint was made of may be deleted while it serves.
    core.call("DeleteModel", {"ModelName": "one"})
    core.call("DeleteEndpointConfig", {"EndpointConfigName": "one"})
    assert core.call("ListModels", {})["Models"] == []
    assert core.call("ListEndpointConfigs", {})["EndpointConfigs"] == []
    assert core.invoke_endpoint("one", b"").status == 200


def test_update_replaces_the_process_or_leaves_it(core: LocalSageMaker, deploy: Deploy) -> None:
    deploy(core, ECHO, "live")
    deploy(core, "raise RuntimeError", "bad")
    settled(core, "live")
    old = int(core.invoke_endpoint("live", b"").body.split()[0])
    core.call("UpdateEndpoint", {"EndpointName": "live", "EndpointConfigName": "bad"})
    assert int(core.invoke_endpoint("live", b"").body.split()[0]) == old  # while Updating
    endpoint = settled(core, "live")
    assert endpoint["EndpointStatus"] == "InService"
    assert endpoint["EndpointConfigName"] == "live"
    assert endpoint["FailureReason"] == UNHEALTHY
    core.call("UpdateEndpoint", {"EndpointName": "live", "EndpointConfigName": "live"})
    assert settled(core, "live")["EndpointStatus"] == "InService"
    assert int(core.invoke_endpoint("live", b"").body.split()[0]) != old
    wait_for(lambda: not alive(old))


def test_a_replaced_process_answers_what_it_was_asked(
    core: LocalSageMaker, deploy: Deploy, tmp_path: Path
) -> None:
    deploy(core, ECHO, "next")
    deploy(core, SLOW, "live")
    settled(core, "next")
    settled(core, "live")
    asked = tmp_path / "asked"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(core.invoke_endpoint, "live", str(asked).encode())
        wait_for(asked.exists)
        core.call("UpdateEndpoint", {"EndpointName": "live", "EndpointConfigName": "next"})
        assert settled(core, "live")["EndpointConfigName"] == "next"
        assert not answer.done()  # the new process answers already
        assert answer.result().body == b"answered"


def test_only_what_the_model_archive_holds_can_be_imported(
    core: LocalSageMaker, deploy: Deploy
) -> None:
    inference = (
        "import sys, importlib.util, os\n"
        "def model_fn(_): return None\n"
        "def transform_fn(m, b, c, a):\n"
        "    found = [n for n in ('training', 'lambdas', 'infra', 'beside')\n"
        "             if importlib.util.find_spec(n)]\n"
        "    return ' '.join(found), 'text/plain'\n"
    )
    deploy(core, inference, files={"code/beside/__init__.py": ""})
    settled(core)
    assert core.invoke_endpoint("endpoint", b"").body == b"beside"


def test_environment_of_the_container(
    core: LocalSageMaker, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-service")
    inference = (
        "import json, os\n"
        "def model_fn(d): return d\n"
        "def transform_fn(m, b, c, a): return json.dumps([m, dict(os.environ)]), a\n"
    )
    deploy(core, inference, variables={"CACHE": "/opt/ml/cache", "OTHER": "/opt/mlx"})
    settled(core)
    import json

    model_dir, environment = json.loads(core.invoke_endpoint("endpoint", b"").body)
    base = environment["SAGEMAKER_BASE_DIR"]
    assert model_dir == f"{base}/model"
    assert environment["SAGEMAKER_SUBMIT_DIRECTORY"] == f"{base}/model/code"
    assert (environment["CACHE"], environment["OTHER"]) == (f"{base}/cache", "/opt/mlx")
    assert environment["AWS_REGION"] == "eu-west-1"
    assert "AWS_SECRET_ACCESS_KEY" not in environment


def test_code_from_s3(core: LocalSageMaker, deploy: Deploy, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="code.tar.gz", Body=archive({"other.py": ECHO}))
    variables = {
        "SAGEMAKER_PROGRAM": "other.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{BUCKET}/code.tar.gz",
    }
    deploy(core, "raise RuntimeError", variables=variables)
    assert settled(core)["EndpointStatus"] == "InService"


def test_workers_by_the_images_variable(core: LocalSageMaker, deploy: Deploy) -> None:
    slow = ECHO.replace("    return f", "    import time; time.sleep(0.5)\n    return f")
    deploy(core, slow, variables={"SAGEMAKER_MODEL_SERVER_WORKERS": "2"})
    settled(core)
    pids: set[bytes] = set()

    def ask() -> None:
        pids.add(core.invoke_endpoint("endpoint", b"").body.split()[0])

    for _ in range(5):  # which worker takes a request is the kernel's choice
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(pids) == 2:
            break
    assert len(pids) == 2


def test_workers_are_the_images_kind(core: LocalSageMaker, deploy: Deploy) -> None:
    """gevent patches the standard library in a worker, which a model's code may notice."""
    deploy(
        core, ECHO.replace("{model['pid']}", "{type(__import__('threading').Lock()).__module__}")
    )
    settled(core)
    assert core.invoke_endpoint("endpoint", b"").body.startswith(b"gevent")


def test_many_endpoints_at_once(core: LocalSageMaker, deploy: Deploy) -> None:
    names = [f"endpoint-{number}" for number in range(4)]
    threads = [threading.Thread(target=deploy, args=(core, ECHO, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pids = set()
    for name in names:
        assert settled(core, name)["EndpointStatus"] == "InService"
        pids.add(core.invoke_endpoint(name, b"").body.split()[0])
    assert len(pids) == 4


def test_log_of_an_endpoint(make: Any, deploy: Deploy) -> None:
    lines: list[tuple[str, str, str]] = []
    core = make(on_log=lambda *line: lines.append(line))
    deploy(core, "def model_fn(_): raise RuntimeError('the reason')")
    settled(core)
    assert {group for group, _, _ in lines} == {"/aws/sagemaker/Endpoints/endpoint"}
    assert all(re.fullmatch(r"AllTraffic/i-[0-9a-f]{17}", stream) for _, stream, _ in lines)
    assert any("RuntimeError: the reason" in line for _, _, line in lines)


def test_tags(core: LocalSageMaker, deploy: Deploy) -> None:
    deploy(core, ECHO)
    settled(core)
    resource = {"ResourceArn": arn("endpoint", "endpoint")}
    core.call("AddTags", resource | {"Tags": [{"Key": "a", "Value": "1"}]})
    added = core.call("AddTags", resource | {"Tags": [{"Key": "b", "Value": "2"}]})
    assert added["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    core.call("DeleteTags", resource | {"TagKeys": ["a"]})
    assert core.call("ListTags", resource)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ApiError, match="Requested resource not found"):
        core.call("ListTags", {"ResourceArn": arn("endpoint", "other")})
    core.call("DeleteEndpoint", {"EndpointName": "endpoint"})
    wait_for(lambda: not core.call("ListEndpoints", {})["Endpoints"])
    with pytest.raises(ApiError, match="Requested resource not found"):
        core.call("ListTags", resource)


assert os.name == "posix"  # the tests look processes up in /proc
