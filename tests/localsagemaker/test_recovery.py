"""A service that begins with what a killed one held: jobs have failed, endpoints answer again."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.localsagemaker.conftest import settled, wait_for

Build = Callable[..., dict[str, Any]]
ANSWER = "def model_fn(_): return None\ndef transform_fn(m, b, c, a): return 'here', a"


def test_what_a_killed_service_held_goes_on(
    make: Any, job_request: Build, deploy: Build, transform: Build, tmp_path: Path
) -> None:
    tags = [{"Key": "molino:execution", "Value": "x"}]
    killed = make()
    arn = killed.call("CreateTrainingJob", job_request("import time\ntime.sleep(60)", Tags=tags))
    endless = "import time\ndef model_fn(_): time.sleep(60)"
    killed.call("CreateTransformJob", transform(killed, endless, {"rows.csv": b"1"}))
    deploy(killed, ANSWER, "ready")
    settled(killed, "ready")
    deploy(killed, "import time\ntime.sleep(60)", "creating")
    deploy(killed, ANSWER, "orphan")
    settled(killed, "orphan")
    killed.call("DeleteEndpointConfig", {"EndpointConfigName": "orphan"})
    wait_for(lambda: _job(killed)["SecondaryStatus"] == "Training")
    created = _job(killed)["CreationTime"]
    # As the disk was at that moment; closing the old service, as a test must, would write to it.
    shutil.copytree(tmp_path / "root0" / "state", tmp_path / "root1" / "state")

    revived = make()
    revived.recover()

    job = _job(revived)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("InternalServerError")
    assert job["CreationTime"] == created
    assert revived.call("ListTags", {"ResourceArn": arn["TrainingJobArn"]})["Tags"] == tags
    transforms = revived.call("ListTransformJobs", {"StatusEquals": "Failed"})
    (summary,) = transforms["TransformJobSummaries"]
    assert summary["FailureReason"].startswith("InternalServerError")
    assert summary["TransformEndTime"] >= summary["CreationTime"]
    listed = revived.call("ListEndpoints", {"StatusEquals": "Creating"})["Endpoints"]
    assert {endpoint["EndpointName"] for endpoint in listed} >= {"creating"}
    assert settled(revived, "ready")["EndpointStatus"] == "InService"
    assert revived.invoke_endpoint("ready", b"").body == b"here"
    assert settled(revived, "orphan")["EndpointStatus"] == "Failed"
    revived.call("DeleteEndpoint", {"EndpointName": "ready"})
    wait_for(lambda: len(revived.call("ListEndpoints", {})["Endpoints"]) == 2)


def _job(core: Any) -> dict[str, Any]:
    found: dict[str, Any] = core.call("DescribeTrainingJob", {"TrainingJobName": "job"})
    return found
