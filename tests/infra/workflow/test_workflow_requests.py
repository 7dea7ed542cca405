"""Every request of the state machine is one that AWS accepts, encrypted, limited and tagged."""

import re
from pathlib import Path
from typing import Any

import pytest

from infra.workflow.state_machine import LOCAL_DISKS
from tests.contracts import HANDED_OVER, PREPARED
from tests.infra.service_model import operation, problems
from tests.infra.workflow.definition import (
    ACCOUNT,
    NAMES,
    REGION,
    TUNED,
    deployed,
    evaluate,
    tasks,
    variables,
)

MACHINE = deployed()
MODEL = "s3://molino-bucket/models/d/e/job/output/model.tar.gz"
PACKAGE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/molino-breast-cancer-2026-01234567/3"
LATER: dict[str, Any] = {
    "attempt": 3,
    "tuning_attempt": 1,
    "endpoint_attempt": 2,
    "model_name": "molino-a-dataset-with-the-longest-name-0123456789-12",
    "endpoint_name": "molino-a-dataset-with-the-longest-name-0123456789-12-2",
    "training_job_name": "molino-job",
    "tuning_job_name": "molino-tuning",
    "training": {"model_uri": MODEL},
    "measuring": "candidate",
    "champion": None,
    "container": evaluate(
        MACHINE["States"]["Define candidate"]["Assign"]["container"],
        {"training": {"model_uri": MODEL}},
    ),
    "endpoints": [],
    "evaluation": {"metrics_uri": "s3://molino-bucket/reports/d/e/metrics.json"},
    "champion_evaluation": None,
    "decision": {
        "asks": False,
        "promoted": True,
        "package_arn": PACKAGE,
        "version": 3,
        "reason": "it is better",
        "decision_uri": "s3://molino-bucket/reports/d/e/decision.json",
        "question": {"subject": "Molino: e asks for approval", "message": "Shall it? "},
    },
    "approval": {"approved": True, "comment": ""},
    "serving": None,
    "teardown": None,
    "failure": None,
    "redrives": 0,
    "report": {
        "subject": "Molino: done",
        "message": "All is well",
        "status": "SUCCEEDED",
        "error": "None",
        "announcements": [{"kind": "Molino Run Succeeded", "detail": {"status": "SUCCEEDED"}}],
    },
}
SERVICES = {"events": "events", "lambda": "lambda", "sns": "sns", "sagemaker": "sagemaker"}
TASKS = dict(tasks(MACHINE))
CREATING = [name for name, state in TASKS.items() if ":create" in state["Resource"]]


def request(
    name: str,
    *,
    prepared: dict[str, Any] = TUNED,
    machine: dict[str, Any] = MACHINE,
    **changes: Any,
) -> Any:
    is_large = name == "Run processing job"
    known = variables(machine, TUNED if is_large else prepared) | LATER | changes
    if is_large:
        known["prepared"] = prepared if "job" in prepared else HANDED_OVER
        known["processing_request"] = known["prepared"]["job"]
    return evaluate(dict(tasks(machine))[name]["Arguments"], known, state_input="molino-tuned-job")


def changed(part: str, **members: Any) -> dict[str, Any]:
    return TUNED | {part: TUNED[part] | members}


def with_instances(instance_type: str) -> dict[str, Any]:
    types = {"instance_types": [instance_type]}
    return TUNED | {part: TUNED[part] | types for part in ("training", "endpoint")}


def called(name: str) -> tuple[str, str]:
    """Return service and operation, as AWS's API names it, that a task calls."""
    *_, service, verb = TASKS[name]["Resource"].split(":")
    verb = verb.split(".")[0]
    return SERVICES[service], verb[:1].upper() + verb[1:]


@pytest.mark.parametrize("name", TASKS)
def test_aws_accepts_the_request(name: str) -> None:
    arguments = request(name)
    if "Payload" in arguments:  # Step Functions serializes it
        arguments["Payload"] = b"{}"
    assert problems(*called(name), arguments) == []


def test_the_check_refuses_what_aws_would() -> None:
    wrong = request("Create training job")
    wrong["TrainingJobName"] = "under_score"
    wrong["StoppingCondition"]["MaxRuntimeInSeconds"] = 0
    wrong["ResourceConfig"]["InstanceType"] = "ml.nothing.large"
    wrong["HyperParameters"]["long"] = "x" * 2501
    wrong["Surplus"] = 1
    text = " ".join(problems("sagemaker", "CreateTrainingJob", wrong))
    for part in ("under_score", "MaxRuntimeInSeconds", "ml.nothing", "Surplus", "2501"):
        assert part in text


@pytest.mark.parametrize("name", CREATING)
def test_whatever_is_created_is_tagged_for_cleaning_up(name: str) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in request(name)["Tags"]}
    assert {"molino:stack", "molino:execution", "molino:dataset", "project"} <= set(tags)
    assert tags["molino:dataset"] == "breast cancer -2026-"


def test_there_is_no_creation_that_these_tests_miss() -> None:
    assert CREATING == [
        "Run processing job",
        "Create model",
        "Create endpoint configuration",
        "Create endpoint",
        "Create training job",
        "Create tuning job",
    ]


@pytest.mark.parametrize("shards", [True, False])
def test_several_instances_share_the_rows_and_encrypt_what_they_say(shards: bool) -> None:
    training = request(
        "Create training job", prepared=changed("training", instance_count=3, shards=shards)
    )
    assert problems("sagemaker", "CreateTrainingJob", training) == []
    assert training["ResourceConfig"]["InstanceCount"] == 3
    assert training["EnableInterContainerTrafficEncryption"] is True
    kinds = {
        each["ChannelName"]: each["DataSource"]["S3DataSource"]["S3DataDistributionType"]
        for each in training["InputDataConfig"]
    }
    rows = "ShardedByS3Key" if shards else "FullyReplicated"
    assert kinds == {
        "train": rows, "validation": rows, "schema": "FullyReplicated", "code": "FullyReplicated"
    }  # fmt: skip
    tuning = request(
        "Create tuning job", prepared=changed("training", instance_count=3, shards=shards)
    )
    assert tuning["TrainingJobDefinition"]["ResourceConfig"]["InstanceCount"] == 3
    assert problems("sagemaker", "CreateHyperParameterTuningJob", tuning) == []


def test_training_is_isolated_encrypted_and_limited() -> None:
    training = request("Create training job")
    assert training["EnableNetworkIsolation"] is True
    assert training["ResourceConfig"]["VolumeKmsKeyId"] == NAMES["KeyArn"]
    assert training["OutputDataConfig"]["KmsKeyId"] == NAMES["KeyArn"]
    assert training["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert len(training["TrainingJobName"]) <= 63


def test_spot_jobs_wait_and_keep_checkpoints() -> None:
    training = request(
        "Create training job", prepared=changed("training", spot=True, max_wait_seconds=90_000)
    )
    assert problems("sagemaker", "CreateTrainingJob", training) == []
    assert training["EnableManagedSpotTraining"] is True
    assert training["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 3600,
        "MaxWaitTimeInSeconds": 90_000,
    }
    assert training["CheckpointConfig"]["S3Uri"].endswith("/checkpoints")
    on_demand = request("Create training job")
    assert on_demand["EnableManagedSpotTraining"] is False
    assert "CheckpointConfig" not in on_demand


def test_a_tuning_job_launches_jobs_like_the_one_that_worked() -> None:
    tuning, training = request("Create tuning job"), request("Create training job")
    definition = tuning["TrainingJobDefinition"]
    assert len(tuning["HyperParameterTuningJobName"]) <= 32
    assert definition.pop("StaticHyperParameters") == training["HyperParameters"]
    assert definition == {name: training[name] for name in definition}
    assert definition["EnableNetworkIsolation"] is True
    assert definition["OutputDataConfig"]["KmsKeyId"] == NAMES["KeyArn"]
    assert definition["ResourceConfig"]["VolumeKmsKeyId"] == NAMES["KeyArn"]
    limits = tuning["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits == TUNED["tuning"]["config"]["ResourceLimits"]
    # Jobs that tune different values must not go on from each other's checkpoints.
    spot = request(
        "Create tuning job", prepared=changed("training", spot=True, max_wait_seconds=90_000)
    )
    assert "CheckpointConfig" not in spot["TrainingJobDefinition"]
    assert problems("sagemaker", "CreateHyperParameterTuningJob", spot) == []


def test_the_code_reaches_an_isolated_container_as_a_channel() -> None:
    training = request("Create training job")
    channels = {channel["ChannelName"]: channel for channel in training["InputDataConfig"]}
    assert set(channels) == {"train", "validation", "schema", "code"}
    uris = {
        name: channel["DataSource"]["S3DataSource"]["S3Uri"] for name, channel in channels.items()
    }
    assert uris["code"] == NAMES["SourceUri"]
    assert uris["train"] == PREPARED["uris"]["train"]
    folder, program = (
        training["HyperParameters"][f"sagemaker_{key}"] for key in ("submit_directory", "program")
    )
    # In file mode an object lies in its channel's folder under the last part of its key.
    file_name = uris["code"].rsplit("/", 1)[-1]
    assert folder == f'"/opt/ml/input/data/code/{file_name}"'
    assert program == '"train.py"'
    assert training["HyperParameters"]["algorithm"] == '"random_forest"'
    assert channels["train"]["ContentType"] == "text/csv"


@pytest.mark.parametrize("algorithm", ["auto", "xgboost"])
def test_an_algorithm_that_the_image_lacks_brings_its_packages(algorithm: str) -> None:
    training = request("Create training job", prepared=PREPARED | {"algorithm": algorithm})
    code = next(item for item in training["InputDataConfig"] if item["ChannelName"] == "code")
    name = f"Source{algorithm.title()}"
    assert code["DataSource"]["S3DataSource"]["S3Uri"] == NAMES[f"{name}Uri"]
    assert training["HyperParameters"]["sagemaker_submit_directory"] == (
        f'"/opt/ml/input/data/code/{NAMES[f"{name}File"]}"'
    )


def test_processing_is_isolated_encrypted_and_limited() -> None:
    job = request("Run processing job")
    assert job["NetworkConfig"] == {"EnableNetworkIsolation": True}
    assert job["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == NAMES["KeyArn"]
    assert job["ProcessingOutputConfig"]["KmsKeyId"] == NAMES["KeyArn"]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 21_600}
    assert job["RoleArn"] == NAMES["ProcessingRoleArn"]
    assert len(job["ProcessingJobName"]) <= 63
    local = HANDED_OVER | {"job": HANDED_OVER["job"] | {"instance_type": "ml.m5d.xlarge"}}
    cluster = request("Run processing job", prepared=local)["ProcessingResources"]["ClusterConfig"]
    assert "VolumeKmsKeyId" not in cluster


def test_the_processing_jobs_arguments_are_where_its_inputs_lie() -> None:
    job = request("Run processing job")
    inputs = {place["InputName"]: place["S3Input"] for place in job["ProcessingInputs"]}
    application = job["AppSpecification"]
    program, *others = application["ContainerArguments"]
    assert (Path("lambdas") / program / "processing_job.py").is_file()
    arguments = dict(zip(others[::2], others[1::2], strict=True))
    code = inputs["code"]
    file = code["S3Uri"].rsplit("/", 1)[-1]
    assert application["ContainerEntrypoint"] == ["python3", f"{code['LocalPath']}/{file}"]
    folder = arguments["--inputs"]
    assert {name: place["LocalPath"] for name, place in inputs.items()} == {
        name: f"{folder}/{name}" for name in ("code", "order", "upload")
    }
    assert arguments == {
        "--inputs": "/opt/ml/processing/input",
        "--work": "/opt/ml/processing/work",
        "--output": job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["LocalPath"],
        "--message": "/opt/ml/output/message",
    }
    types = {name: place["S3DataType"] for name, place in inputs.items()}
    assert types == {"code": "S3Prefix", "order": "S3Prefix", "upload": "ManifestFile"}


def test_the_model_is_isolated_and_the_endpoint_encrypted() -> None:
    assert request("Create model")["EnableNetworkIsolation"] is True
    assert request("Create endpoint configuration")["KmsKeyId"] == NAMES["KeyArn"]


def with_endpoint(**changes: Any) -> dict[str, Any]:
    return PREPARED | {"endpoint": {**PREPARED["endpoint"], **changes}}  # type: ignore[dict-item]


ENDPOINTS = {
    "serverless": with_endpoint(kind="serverless", capture_percent=20),
    "captured": with_endpoint(capture_percent=20),
    "local disks, captured": with_endpoint(instance_types=["ml.g5.xlarge"], capture_percent=100),
}


@pytest.mark.parametrize(
    "state", ["Create model", "Create endpoint configuration", "Create endpoint"]
)
@pytest.mark.parametrize("prepared", ENDPOINTS.values(), ids=ENDPOINTS)
def test_aws_accepts_every_kind_of_endpoint(state: str, prepared: dict[str, Any]) -> None:
    arguments = request(state, prepared=prepared)
    assert problems(*called(state), arguments) == []


def test_a_serverless_endpoint_asks_for_nothing_that_aws_refuses_there() -> None:
    prepared = ENDPOINTS["serverless"]
    model = request("Create model", prepared=prepared)
    config = request("Create endpoint configuration", prepared=prepared)
    # Network isolation, data capture and instances; one worker is what AWS advises.
    assert model["EnableNetworkIsolation"] is False
    assert model["PrimaryContainer"]["Environment"]["SAGEMAKER_MODEL_SERVER_WORKERS"] == "1"
    assert set(config) == {"EndpointConfigName", "Tags", "ProductionVariants"}
    assert config["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "ModelName": model["ModelName"],
            "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
        }
    ]


@pytest.mark.parametrize("kind", ["instance", "serverless"])
def test_the_champions_model_is_made_of_its_package(kind: str) -> None:
    environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_REGION": REGION}
    (measured,) = (
        rule["Assign"] for rule in MACHINE["States"]["Can the champion be measured?"]["Choices"]
    )
    container = evaluate(
        measured["container"], {"champion": {"package_arn": PACKAGE, "environment": environment}}
    )
    arguments = request("Create model", prepared=with_endpoint(kind=kind), container=container)
    assert problems("sagemaker", "CreateModel", arguments) == []
    container = arguments["PrimaryContainer"]
    assert container.pop("ModelPackageName") == PACKAGE
    # Given with the model, an environment is all that it gets.
    workers = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"} if kind == "serverless" else {}
    assert container == {"Environment": environment | workers}


def test_captured_data_is_encrypted_sampled_and_readable() -> None:
    capture = request("Create endpoint configuration", prepared=ENDPOINTS["captured"])[
        "DataCaptureConfig"
    ]
    assert capture["KmsKeyId"] == NAMES["KeyArn"]
    assert capture["InitialSamplingPercentage"] == 20
    assert capture["DestinationS3Uri"] == "s3://molino-bucket/captures/breast-cancer-2026/run"
    assert "DataCaptureConfig" not in request("Create endpoint configuration")


def test_the_number_of_workers_is_left_to_the_image_on_an_instance() -> None:
    environment = request("Create model")["PrimaryContainer"]["Environment"]
    assert "SAGEMAKER_MODEL_SERVER_WORKERS" not in environment
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["SAGEMAKER_USE_NGINX"] == "false"


def test_instances_with_local_disks_get_no_volume_key() -> None:
    prepared = with_instances("ml.g5.xlarge")
    assert (
        "VolumeKmsKeyId" not in request("Create training job", prepared=prepared)["ResourceConfig"]
    )
    config = request("Create endpoint configuration", prepared=prepared)
    assert "KmsKeyId" not in config
    assert config["ProductionVariants"][0]["InstanceType"] == "ml.g5.xlarge"


def test_every_instance_family_that_sagemaker_offers_is_sorted() -> None:
    training = operation("sagemaker", "CreateTrainingJob").input_shape
    serving = operation("sagemaker", "CreateEndpointConfig").input_shape
    offered = set(training.members["ResourceConfig"].members["InstanceType"].enum)
    offered |= set(serving.members["ProductionVariants"].member.members["InstanceType"].enum)
    processing = operation("sagemaker", "CreateProcessingJob").input_shape
    cluster = processing.members["ProcessingResources"].members["ClusterConfig"]
    offered |= set(cluster.members["InstanceType"].enum)
    local = {kind.split(".")[1] for kind in offered if re.match(LOCAL_DISKS, kind)}
    # EC2's instance store column; SageMaker offers these families.
    assert local == {
        "c5d",
        "c6gd",
        "m5d",
        "m6gd",
        "r5d",
        "r6gd",
        "r7gd",
        "g4dn",
        "g5",
        "g6",
        "g6e",
        "g7",
        "g7e",
        "p3dn",
        "p4d",
        "p4de",
        "p5",
        "p5e",
        "p5en",
        "p6-b200",
        "p6-b300",
        "p6e-gb200",
        "trn1",
        "trn1n",
        "trn2",
        "dl1",
    }
