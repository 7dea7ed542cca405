"""Training jobs really run, in the environment that AWS's training toolkit gives."""

import itertools
import json
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from localsagemaker import ApiError, Limits, LocalSageMaker
from tests.localsagemaker.conftest import (
    ACCOUNT,
    BUCKET,
    NO_ROLE,
    channel,
    extracted,
    finished,
    wait_for,
)

Build = Callable[..., dict[str, Any]]
REPORT = """
import json, os, sys
seen = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}
base = os.environ["SAGEMAKER_BASE_DIR"]
for name in ("hyperparameters", "inputdataconfig", "resourceconfig"):
    with open(f"{base}/input/config/{name}.json") as file:
        seen[name] = json.load(file)
seen["train"] = sorted(
    os.path.relpath(os.path.join(folder, name), os.environ["SM_CHANNEL_TRAIN"])
    for folder, _, names in os.walk(os.environ["SM_CHANNEL_TRAIN"]) for name in names
)
with open(os.environ["SM_MODEL_DIR"] + "/seen.json", "w") as file:
    json.dump(seen, file)
"""


def model_key(job: dict[str, Any]) -> str:
    uri: str = job["ModelArtifacts"]["S3ModelArtifacts"]
    return uri.removeprefix(f"s3://{BUCKET}/")


def statuses(job: dict[str, Any]) -> list[str]:
    return [entry["Status"] for entry in job["SecondaryStatusTransitions"]]


def test_the_script_gets_the_toolkits_environment(
    core: LocalSageMaker, job_request: Build, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-service")
    request = job_request(
        REPORT,
        hyperparameters={
            "algorithm": '"random_forest"',
            "seed": "0",
            "rate": "0.50",
            "plain": "not json",
            "flag": "true",
            "nothing": "null",
            "n": "5",
            "nested": '{"b": 1, "a": "x"}',
            "sagemaker_container_log_level": "20",
        },
        Environment={"MY_OWN": "value"},
    )
    core.call("CreateTrainingJob", request)
    job = finished(core)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    seen = json.loads(extracted(s3, model_key(job))["seen.json"])
    env, base = seen["env"], seen["env"]["SAGEMAKER_BASE_DIR"]

    assert seen["argv"] == [
        "--algorithm", "random_forest", "--flag", "True", "-n", "5", "--nested", "a=x,b=1",
        "--nothing", "", "--plain", "not json", "--rate", "0.5", "--seed", "0",
    ]  # fmt: skip
    assert seen["cwd"] == f"{base}/code"
    assert base.endswith("/jobs/job/opt/ml")
    assert seen["train"] == ["deep/more.csv", "train.csv"]
    assert seen["hyperparameters"] == request["HyperParameters"]
    assert seen["resourceconfig"]["hosts"] == ["algo-1"]
    assert seen["inputdataconfig"] == {
        "train": {
            "TrainingInputMode": "File",
            "S3DistributionType": "FullyReplicated",
            "RecordWrapperType": "None",
            "ContentType": "text/csv",
        }
    }
    folders = {
        "SM_MODEL_DIR": "model",
        "SM_INPUT_DIR": "input",
        "SM_INPUT_CONFIG_DIR": "input/config",
        "SM_OUTPUT_DIR": "output",
        "SM_OUTPUT_DATA_DIR": "output/data",
        "SM_OUTPUT_INTERMEDIATE_DIR": "output/intermediate",
        "SM_CHANNEL_TRAIN": "input/data/train",
    }
    assert {name: env[name] for name in folders} == {
        name: f"{base}/{folder}" for name, folder in folders.items()
    }
    simple = {
        "SM_CHANNELS": '["train"]',
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": '["algo-1"]',
        "SM_MODULE_NAME": "train",
        "SM_USER_ENTRY_POINT": "train.py",
        "SM_LOG_LEVEL": "20",
        "SM_NUM_CPUS": str(os.cpu_count()),
        "SM_NUM_GPUS": "0",
        "SM_HP_ALGORITHM": "random_forest",
        "SM_HP_SEED": "0",
        "SM_HP_FLAG": "true",
        "SM_HP_NOTHING": "",
        "SM_HP_NESTED": '{"a":"x","b":1}',
        "TRAINING_JOB_NAME": "job",
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
        "AWS_REGION": "eu-west-1",
        "PYTHONPATH": f"{base}/code",
        "MY_OWN": "value",
    }
    assert {name: env.get(name) for name in simple} == simple
    assert json.loads(env["SM_USER_ARGS"]) == seen["argv"]
    assert json.loads(env["SM_HPS"])["rate"] == 0.5
    assert json.loads(env["SM_RESOURCE_CONFIG"]) == seen["resourceconfig"]
    assert json.loads(env["SM_TRAINING_ENV"])["channel_input_dirs"] == {
        "train": f"{base}/input/data/train"
    }
    assert not [name for name in env if "TOKEN" in name or "SECRET" in name]


def test_a_completed_job_tells_what_aws_tells(
    core: LocalSageMaker, job_request: Build, s3: Any
) -> None:
    script = (
        "import os\n"
        "print('validation:accuracy=0.25')\n"
        "print('validation:accuracy=9.5e-01')\n"
        "open(os.environ['SM_OUTPUT_DATA_DIR'] + '/plot.txt', 'w').write('x')\n"
    )
    request = job_request(script, Tags=[{"Key": "project", "Value": "molino"}])
    request["OutputDataConfig"]["KmsKeyId"] = "key-1"
    answer = core.call("CreateTrainingJob", request)
    job = finished(core)

    assert answer == {"TrainingJobArn": job["TrainingJobArn"]}
    assert statuses(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    messages = [entry["StatusMessage"] for entry in job["SecondaryStatusTransitions"]]
    assert messages[2] == "Training image download completed. Training in progress."
    times = job["SecondaryStatusTransitions"]
    assert all(
        earlier["EndTime"] == later["StartTime"] for earlier, later in itertools.pairwise(times)
    )
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"] >= 1
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [
        ("validation:accuracy", 0.95)
    ]
    assert extracted(s3, model_key(job)) == {}
    output = model_key(job).replace("model.tar.gz", "output.tar.gz")
    assert extracted(s3, output) == {"plot.txt": b"x"}
    for key in (model_key(job), output):
        head = s3.head_object(Bucket=BUCKET, Key=key)
        assert head["ServerSideEncryption"] == "aws:kms"
        assert head["SSEKMSKeyId"].endswith("key-1")
    tags = core.call("ListTags", {"ResourceArn": job["TrainingJobArn"]})["Tags"]
    assert tags == [{"Key": "project", "Value": "molino"}]
    # A job's data and model stay in S3; here only the log is kept.
    assert sorted(path.name for path in core.training_log("job").parent.iterdir()) == ["log.txt"]


def test_failure_file_is_the_reason(core: LocalSageMaker, job_request: Build, s3: Any) -> None:
    script = (
        "import os, sys\n"
        "with open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w') as file:\n"
        "    file.write('no column target' + 'é' * 2000)\n"
        "open(os.environ['SM_OUTPUT_DATA_DIR'] + '/partial.txt', 'w').write('x')\n"
        "sys.exit(3)\n"
    )
    core.call("CreateTrainingJob", job_request(script))
    job = finished(core)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("AlgorithmError: no column targetéé")
    assert job["FailureReason"].endswith("é, exit code: 1")
    assert len(job["FailureReason"]) == 1024
    assert statuses(job)[-2:] == ["Uploading", "Failed"]
    assert "partial.txt" in extracted(s3, model_key(job).replace("model.tar", "output.tar"))
    with pytest.raises(s3.exceptions.ClientError):
        s3.head_object(Bucket=BUCKET, Key=model_key(job))


def test_without_failure_file_the_toolkits_text_is_the_reason(
    core: LocalSageMaker, job_request: Build
) -> None:
    request = job_request("import sys; sys.exit(7)", hyperparameters={"seed": "1"})
    core.call("CreateTrainingJob", request)
    reason = finished(core)["FailureReason"]
    assert reason.startswith(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 7\nErrorMessage ""\nCommand "'
    )
    assert reason.endswith('train.py --seed 1", exit code: 1')


def test_killed_by_a_signal(core: LocalSageMaker, job_request: Build) -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    core.call("CreateTrainingJob", job_request(script))
    assert "\nExitCode -9\n" in finished(core)["FailureReason"]


def test_missing_code_is_an_algorithm_error(core: LocalSageMaker, job_request: Build) -> None:
    request = job_request("")
    request["HyperParameters"]["sagemaker_submit_directory"] = f'"s3://{BUCKET}/nowhere.tar.gz"'
    core.call("CreateTrainingJob", request)
    reason = finished(core)["FailureReason"]
    assert reason.startswith("AlgorithmError: Framework Error")
    assert reason.endswith("exit code: 1")


def test_a_bundle_cannot_write_outside_its_folder(
    core: LocalSageMaker, job_request: Build, tmp_path: Any
) -> None:
    request = job_request("", files={"../../../../escaped.txt": "x"})
    core.call("CreateTrainingJob", request)
    assert "OutsideDestinationError" in finished(core)["FailureReason"]
    assert not list(tmp_path.rglob("escaped.txt"))


def test_stop_gives_the_script_time_to_save_its_model(
    core: LocalSageMaker, job_request: Build, s3: Any
) -> None:
    script = (
        "import os, signal, sys, time\n"
        "def end(*_):\n"
        "    open(os.environ['SM_MODEL_DIR'] + '/partial.txt', 'w').write('saved')\n"
        "    sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready')\n"
        "time.sleep(60)\n"
    )
    core.call("CreateTrainingJob", job_request(script))
    wait_for(lambda: "ready" in _log(core))
    assert core.call("StopTrainingJob", {"TrainingJobName": "job"}) == {}
    job = finished(core)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert statuses(job)[-3:] == ["Stopping", "Uploading", "Stopped"]
    assert extracted(s3, model_key(job)) == {"partial.txt": b"saved"}
    assert "FailureReason" not in job
    with pytest.raises(ApiError) as caught:
        core.call("StopTrainingJob", {"TrainingJobName": "job"})
    assert caught.value.message == (
        "The request was rejected because the training job is in status Stopped."
    )


def test_a_script_that_ignores_sigterm_is_killed(core: LocalSageMaker, job_request: Build) -> None:
    script = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready')\n"
        "time.sleep(60)\n"
    )
    core.call("CreateTrainingJob", job_request(script))
    wait_for(lambda: "ready" in _log(core))
    core.call("StopTrainingJob", {"TrainingJobName": "job"})
    assert core.call("DescribeTrainingJob", {"TrainingJobName": "job"})["TrainingJobStatus"] == (
        "Stopping"
    )
    assert finished(core)["TrainingJobStatus"] == "Stopped"


def test_a_script_without_a_handler_ends_at_once(make: Any, job_request: Build) -> None:
    core = make(limits=Limits(stop_grace_seconds=60))
    core.call("CreateTrainingJob", job_request("import time; print('ready'); time.sleep(60)"))
    wait_for(lambda: "ready" in _log(core))
    core.call("StopTrainingJob", {"TrainingJobName": "job"})
    assert finished(core)["TrainingJobStatus"] == "Stopped"


def test_max_runtime_ends_as_stopped(core: LocalSageMaker, job_request: Build) -> None:
    request = job_request(
        "import time; time.sleep(60)", StoppingCondition={"MaxRuntimeInSeconds": 1}
    )
    core.call("CreateTrainingJob", request)
    job = finished(core)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == (
        "Training job runtime exceeded MaxRuntimeInSeconds provided"
    )


def test_names_are_unique_even_under_a_race(core: LocalSageMaker, job_request: Build) -> None:
    request, outcomes = job_request("pass"), []

    def create() -> None:
        try:
            outcomes.append(core.call("CreateTrainingJob", request))
        except ApiError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [found for found in outcomes if isinstance(found, ApiError)]
    assert len(refused) == 7
    assert (refused[0].code, refused[0].message) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job "
        "with this name already exists "
        f"(arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/job)",
    )
    finished(core)


def test_inputs_are_looked_for_before_a_job_is_accepted(
    core: LocalSageMaker, job_request: Build
) -> None:
    request = job_request("pass", InputDataConfig=[channel("train", "nothing/here")])
    with pytest.raises(ApiError) as caught:
        core.call("CreateTrainingJob", request)
    assert caught.value.code == "ValidationException"
    assert caught.value.message.startswith(
        f'No S3 objects found under S3 URL "s3://{BUCKET}/nothing/here" given in input data source.'
    )
    with pytest.raises(ApiError) as caught:
        core.call("DescribeTrainingJob", {"TrainingJobName": "job"})
    assert caught.value.message == "Requested resource not found."


def test_a_role_that_sagemaker_may_not_assume(core: LocalSageMaker, job_request: Build) -> None:
    with pytest.raises(ApiError, match=f"Could not assume role {NO_ROLE}"):
        core.call("CreateTrainingJob", job_request("pass", RoleArn=NO_ROLE))


def test_an_output_bucket_that_refuses(core: LocalSageMaker, job_request: Build) -> None:
    request = job_request("pass", OutputDataConfig={"S3OutputPath": "s3://no-such-bucket/x"})
    core.call("CreateTrainingJob", request)
    assert finished(core)["FailureReason"].startswith("ClientError: Artifact upload failed:")


def test_a_prefix_is_a_prefix_of_names(core: LocalSageMaker, job_request: Build, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="prefixed/part-1.csv", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="prefixed/part-2.csv", Body=b"2")
    s3.put_object(Bucket=BUCKET, Key="prefixed/", Body=b"")
    script = (
        "import os\n"
        "for name in ('TRAIN', 'ONE', 'ALL'):\n"
        "    print(name, sorted(os.listdir(os.environ['SM_CHANNEL_' + name])))\n"
    )
    channels = [
        channel("train", "prefixed/part-"),
        channel("one", "prefixed/part-1.csv"),
        channel("all", "prefixed"),
    ]
    core.call("CreateTrainingJob", job_request(script, InputDataConfig=channels))
    assert finished(core)["TrainingJobStatus"] == "Completed"
    assert _log(core).splitlines() == [
        "TRAIN ['1.csv', '2.csv']",
        "ONE ['part-1.csv']",
        "ALL ['part-1.csv', 'part-2.csv']",
    ]


def isolated(request: dict[str, Any], submitted: str) -> dict[str, Any]:
    """Hand the code over in a channel, as the SageMaker SDK does for isolated jobs."""
    uri = json.loads(request["HyperParameters"]["sagemaker_submit_directory"])
    code = channel("code", uri.removeprefix(f"s3://{BUCKET}/"))
    request["InputDataConfig"].append(code)
    request["HyperParameters"]["sagemaker_submit_directory"] = json.dumps(submitted)
    return request | {"EnableNetworkIsolation": True}


def test_network_isolation(core: LocalSageMaker, job_request: Build) -> None:
    files = {"requirements.txt": "./no-such-package-here\n"}
    core.call("CreateTrainingJob", job_request("pass", "open", files=files))
    reason = finished(core, "open")["FailureReason"]
    assert reason.startswith("AlgorithmError: InstallRequirementsError:\nExitCode 1")

    request = job_request("print('ran')", "channel", files=files)
    archive = "/opt/ml/input/data/code/channel.tar.gz"
    core.call("CreateTrainingJob", isolated(request, archive))
    assert finished(core, "channel")["TrainingJobStatus"] == "Completed"
    assert _log(core, "channel") == "ran\n"  # and nothing was installed

    core.call("CreateTrainingJob", job_request("pass", "s3", EnableNetworkIsolation=True))
    assert "can't be reached under network isolation" in finished(core, "s3")["FailureReason"]


@pytest.mark.parametrize("path", ["/etc/passwd", "/opt/ml/../../etc/passwd", "/opt/ml/none.tar"])
def test_code_that_is_not_in_the_container(
    core: LocalSageMaker, job_request: Build, path: str
) -> None:
    core.call("CreateTrainingJob", isolated(job_request("pass"), path))
    reason = finished(core)["FailureReason"]
    assert reason.startswith("AlgorithmError: Framework Error: \nFileNotFoundError")


def test_other_forms_of_entry_point(core: LocalSageMaker, job_request: Build) -> None:
    files = {"run.sh": 'echo "shell got $*"\n'}
    request = job_request("pass", "shell", files=files, hyperparameters={"a": "1"})
    request["HyperParameters"]["sagemaker_program"] = '"run.sh"'
    core.call("CreateTrainingJob", request)
    finished(core, "shell")
    assert _log(core, "shell") == "shell got -a 1\n"
    request = job_request("print(__spec__.name)", "module", files={"setup.py": ""})
    core.call("CreateTrainingJob", request)
    finished(core, "module")
    assert _log(core, "module") == "train\n"  # with -m; a script has no __spec__


def test_listing(core: LocalSageMaker, job_request: Build) -> None:
    for number in range(12):
        core.call("CreateTrainingJob", job_request("pass", f"Job-{number:02}"))
    for number in range(12):
        finished(core, f"Job-{number:02}")
    first = core.call("ListTrainingJobs", {"SortBy": "Name", "SortOrder": "Descending"})
    rest = core.call(
        "ListTrainingJobs",
        {"SortBy": "Name", "SortOrder": "Descending", "NextToken": first["NextToken"]},
    )
    names = [
        job["TrainingJobName"] for answer in (first, rest) for job in answer["TrainingJobSummaries"]
    ]
    assert names == [f"Job-{number:02}" for number in reversed(range(12))]
    assert "NextToken" not in rest
    found = core.call("ListTrainingJobs", {"NameContains": "job-07", "StatusEquals": "Completed"})
    assert [job["TrainingJobName"] for job in found["TrainingJobSummaries"]] == ["Job-07"]
    created = found["TrainingJobSummaries"][0]["CreationTime"]
    later = core.call("ListTrainingJobs", {"CreationTimeAfter": created, "MaxResults": 100})
    assert "Job-07" not in [job["TrainingJobName"] for job in later["TrainingJobSummaries"]]
    with pytest.raises(ApiError, match="Invalid NextToken"):
        core.call("ListTrainingJobs", {"NextToken": "made-up"})


def test_log_lines_go_to_the_callback_too(make: Any, job_request: Build) -> None:
    lines: list[tuple[str, str, str]] = []
    core = make(on_log=lambda *line: lines.append(line))
    core.call("CreateTrainingJob", job_request("import sys\nprint('out')\nsys.exit('err')"))
    finished(core)
    assert {group for group, _, _ in lines} == {"/aws/sagemaker/TrainingJobs"}
    assert all(stream.startswith("job/algo-1-") for _, stream, _ in lines)
    assert [line for _, _, line in lines] == ["out", "err"] == _log(core).split()


def _log(core: LocalSageMaker, name: str = "job") -> str:
    path = core.training_log(name)
    return path.read_text() if path.exists() else ""
