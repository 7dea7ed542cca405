"""A training job with several instances has as many containers, which find each other by name."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from localsagemaker import ApiError, FaultPlan, LocalSageMaker
from tests.localsagemaker.conftest import BUCKET, channel, extracted, finished, wait_for

Build = Callable[..., dict[str, Any]]
# Every host leaves what it was told under a name of its own, and one file of a common name.
REPORT = """
import json, os, pathlib, socket
host, hosts = os.environ["SM_CURRENT_HOST"], json.loads(os.environ["SM_HOSTS"])
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
seen = {
    "resources": json.loads((base / "input/config/resourceconfig.json").read_text()),
    "master": json.loads(os.environ["SM_TRAINING_ENV"])["is_master"],
    "addresses": [socket.gethostbyname(each) for each in hosts],
    "files": sorted(path.name for path in pathlib.Path(os.environ["SM_CHANNEL_PARTS"]).iterdir()),
    "all": sorted(path.name for path in pathlib.Path(os.environ["SM_CHANNEL_WHOLE"]).iterdir()),
}
for folder in (os.environ["SM_MODEL_DIR"], os.environ["SM_OUTPUT_DATA_DIR"]):
    pathlib.Path(folder, f"{host}.json").write_text(json.dumps(seen))
pathlib.Path(os.environ["SM_MODEL_DIR"], "same").write_text(host)
print("on", host)
"""
# The first host sums what the others send it, over addresses found by name.
SUM = """
import json, os, socket, time
host, hosts = os.environ["SM_CURRENT_HOST"], json.loads(os.environ["SM_HOSTS"])
if host == hosts[0]:
    with socket.create_server((host, 7777)) as server:
        received = [server.accept()[0].recv(10) for _ in hosts[1:]]
    with open(os.environ["SM_MODEL_DIR"] + "/sum", "w") as file:
        file.write(str(sum(map(int, received))))
else:
    for _ in range(500):
        try:
            connection = socket.create_connection((hosts[0], 7777))
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    connection.sendall(host.removeprefix("algo-").encode())
"""
BEGINS = """
import os, pathlib, time
host, base = os.environ["SM_CURRENT_HOST"], pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
print("begins", host)
"""


def instances(count: int) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 5}


def content(s3: Any, request: dict[str, Any], name: str) -> dict[str, bytes]:
    prefix = request["OutputDataConfig"]["S3OutputPath"].removeprefix(f"s3://{BUCKET}/")
    return extracted(s3, f"{prefix}/{request['TrainingJobName']}/output/{name}")


def test_each_host_gets_its_name_and_its_share(
    core: LocalSageMaker, job_request: Build, s3: Any
) -> None:
    names = [f"part-{number}" for number in range(5)]
    for name in names:
        s3.put_object(Bucket=BUCKET, Key=f"sharded/{name}", Body=b"rows")
    sharded, whole = channel("parts", "sharded/"), channel("whole", "sharded/")
    sharded["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    request = job_request(REPORT, ResourceConfig=instances(3), InputDataConfig=[sharded, whole])
    core.call("CreateTrainingJob", request)
    job = finished(core)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")

    hosts = ["algo-1", "algo-2", "algo-3"]
    files = content(s3, request, "model.tar.gz")
    assert sorted(files) == [*(f"{host}.json" for host in hosts), "same"]
    assert files["same"] == b"algo-1"
    assert sorted(content(s3, request, "output.tar.gz")) == [f"{host}.json" for host in hosts]
    seen = [json.loads(files[f"{host}.json"]) for host in hosts]
    assert [each["resources"]["current_host"] for each in seen] == hosts
    assert all(each["resources"]["hosts"] == hosts for each in seen)
    assert all(each["resources"]["instance_groups"][0]["hosts"] == hosts for each in seen)
    assert [each["master"] for each in seen] == [True, False, False]
    assert all(each["addresses"] == seen[0]["addresses"] for each in seen)
    assert len(set(seen[0]["addresses"])) == (3 if sys.platform == "linux" else 1)
    assert all(address.startswith("127.") for address in seen[0]["addresses"])
    assert sorted(name for each in seen for name in each["files"]) == names
    assert {len(each["files"]) for each in seen} == {1, 2}
    assert all(each["all"] == names for each in seen)


def test_every_host_has_a_log_stream_of_its_own(make: Any, job_request: Build) -> None:
    lines: list[tuple[str, str, str]] = []
    core = make(on_log=lambda *line: lines.append(line))
    core.call("CreateTrainingJob", job_request("print('hello')", ResourceConfig=instances(2)))
    finished(core)
    assert sorted(stream.rpartition("-")[0] for _, stream, _ in lines) == [
        "job/algo-1",
        "job/algo-2",
    ]
    assert core.training_log("job").read_text().splitlines() == ["hello"] * 2


def test_hosts_talk_to_each_other_and_jobs_may_use_the_same_port(
    core: LocalSageMaker, job_request: Build, s3: Any
) -> None:
    requests = [job_request(SUM, name, ResourceConfig=instances(3)) for name in ("a", "b")]
    for request in requests:
        core.call("CreateTrainingJob", request)
    for request in requests:
        job = finished(core, request["TrainingJobName"])
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert content(s3, request, "model.tar.gz") == {"sum": b"5"}


def test_the_first_host_to_fail_ends_the_job(core: LocalSageMaker, job_request: Build) -> None:
    script = BEGINS + (
        "if host == 'algo-2':\n"
        "    (base / 'output/failure').write_text('the second host is out of rows')\n"
        "    raise SystemExit(3)\n"
        "time.sleep(60)\n"
    )
    core.call("CreateTrainingJob", job_request(script, ResourceConfig=instances(3)))
    job = finished(core)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: the second host is out of rows, exit code: 1"


@pytest.mark.parametrize("how", ["StopTrainingJob", "MaxRuntimeInSeconds"])
def test_all_hosts_are_stopped(make: Any, job_request: Build, how: str, s3: Any) -> None:
    script = BEGINS + (
        "import signal\n"
        "def stop(*_):\n"
        "    (base / 'model' / host).write_text('stopped')\n"
        "    raise SystemExit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('waits')\n"
        "time.sleep(60)\n"
    )
    core = make()
    seconds = 60 if how == "StopTrainingJob" else 4
    request = job_request(
        script,
        ResourceConfig=instances(2),
        StoppingCondition={"MaxRuntimeInSeconds": seconds},
    )
    core.call("CreateTrainingJob", request)
    log = core.training_log("job")
    wait_for(lambda: log.exists() and log.read_text().count("waits") == 2)
    if how == "StopTrainingJob":
        core.call(how, {"TrainingJobName": "job"})
    assert finished(core)["TrainingJobStatus"] == "Stopped"
    assert sorted(content(s3, request, "model.tar.gz")) == ["algo-1", "algo-2"]


def lost(seconds: float = 0.5) -> FaultPlan:
    fault = {"resource": "training-job", "name": "*", "outcome": "HostLost", "seconds": seconds}
    return FaultPlan.of({"resources": [fault]})


def test_a_lost_host_is_noticed_by_the_others(make: Any, job_request: Build) -> None:
    script = BEGINS + (
        "if host == 'algo-2':\n"
        "    time.sleep(60)\n"
        "time.sleep(2)\n"
        "(base / 'output/failure').write_text('algo-2 is gone')\n"
        "raise SystemExit(1)\n"
    )
    core = make(faults=lost())
    core.call("CreateTrainingJob", job_request(script, ResourceConfig=instances(2)))
    job = finished(core)
    assert job["FailureReason"] == "AlgorithmError: algo-2 is gone, exit code: 1"


def test_a_lost_host_that_nobody_notices_fails_the_job(make: Any, job_request: Build) -> None:
    core = make(faults=lost())
    script = BEGINS + "time.sleep(60 if host == 'algo-2' else 1)\n"
    core.call("CreateTrainingJob", job_request(script, ResourceConfig=instances(2)))
    job = finished(core)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("InternalServerError")


def test_spot_hosts_go_on_together_from_their_checkpoints(make: Any, job_request: Build) -> None:
    fault = {"resource": "training-job", "name": "*", "outcome": "Interrupted", "seconds": 3}
    script = BEGINS + (
        "folder = base / 'checkpoints'\n"
        "before = sorted(path.name for path in folder.iterdir())\n"
        "print('before:', before)\n"
        "(folder / host).write_text('state')\n"
        "time.sleep(0 if before else 60)\n"
    )
    request = job_request(
        script,
        ResourceConfig=instances(2),
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 30, "MaxWaitTimeInSeconds": 60},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/of-two-hosts/checkpoints"},
    )
    core = make(faults=FaultPlan.of({"resources": [fault]}))
    core.call("CreateTrainingJob", request)
    job = finished(core)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    lines = core.training_log("job").read_text().splitlines()
    assert [line for line in lines if "before" in line] == [
        *["before: []"] * 2,
        *["before: ['algo-1', 'algo-2']"] * 2,
    ]


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        (instances(0), "Member must have value greater than or equal to 1"),
        (instances(251), "at most 250 hosts"),
        (
            {
                "VolumeSizeInGB": 5,
                "InstanceGroups": [
                    {
                        "InstanceGroupName": "a",
                        "InstanceType": "ml.m5.large",
                        "InstanceCount": 2,
                    }
                ],
            },
            "one group of equal instances",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    core: LocalSageMaker, job_request: Build, resources: dict[str, Any], words: str
) -> None:
    with pytest.raises(ApiError, match=words):
        core.call("CreateTrainingJob", job_request("", ResourceConfig=resources))
