"""A training job of the local SageMaker against `python train.py` on the same files."""

import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from infra.packaging.training_source import build_source_bundle
from localsagemaker import LocalSageMaker
from tests.training.data import breast_cancer

TITLE = "Breast cancer: a training job against `python train.py` (median of 5, seconds)"
COLUMNS = ("what", "seconds", "ratio", "overhead")
RUNS = 5
_BUCKET, _REGION, _ACCOUNT = "bench", "us-east-1", "111122223333"
_ENDED = ("Completed", "Failed", "Stopped")


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the script's own time and the job's."""
    with tempfile.TemporaryDirectory() as name, mock_aws():
        folder = Path(name)
        bundle = build_source_bundle(folder / "bundle")
        channels = breast_cancer().write(folder / "input")
        s3 = boto3.client("s3", region_name=_REGION)
        s3.create_bucket(Bucket=_BUCKET)
        _upload(s3, bundle, channels)
        core = LocalSageMaker(folder / "root", lambda _: s3, account=_ACCOUNT, region=_REGION)
        script, job = [], []
        try:
            for number in range(RUNS + 1):  # alternating, so that both meet the same machine
                script.append(_run_script(bundle, channels, folder / f"script-{number}"))
                job.append(_run_job(core, f"job-{number}"))
        finally:
            core.close()
    alone, whole = statistics.median(script[1:]), statistics.median(job[1:])
    yield "python train.py (baseline)", f"{alone:.2f}", "1.00", ""
    yield (
        "training job, creation to Completed",
        f"{whole:.2f}",
        f"{whole / alone:.2f}",
        f"{whole - alone:.2f}",
    )


def _upload(s3: Any, bundle: Path, channels: dict[str, Path]) -> None:
    s3.put_object(Bucket=_BUCKET, Key="code/sourcedir.tar.gz", Body=bundle.read_bytes())
    for channel, folder in channels.items():
        for path in folder.iterdir():
            s3.put_object(Bucket=_BUCKET, Key=f"{channel}/{path.name}", Body=path.read_bytes())


def _run_script(bundle: Path, channels: dict[str, Path], root: Path) -> float:
    with tarfile.open(bundle) as archive:
        archive.extractall(root / "code", filter="data")
    environment = {f"SM_CHANNEL_{name.upper()}": str(path) for name, path in channels.items()}
    environment |= {"SM_MODEL_DIR": str(root / "model"), "SM_OUTPUT_DIR": str(root / "output")}
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "train.py", "--algorithm", "random_forest"],
        cwd=root / "code",
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def _run_job(core: LocalSageMaker, name: str) -> float:
    start = time.perf_counter()
    core.call("CreateTrainingJob", _request(name))
    while True:
        found = core.call("DescribeTrainingJob", {"TrainingJobName": name})
        if found["TrainingJobStatus"] in _ENDED:
            break
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    if found["TrainingJobStatus"] != "Completed":
        raise RuntimeError(found.get("FailureReason", found["TrainingJobStatus"]))
    return seconds


def _request(name: str) -> dict[str, Any]:
    image = f"683313688378.dkr.ecr.{_REGION}.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
    return {
        "TrainingJobName": name,
        "RoleArn": f"arn:aws:iam::{_ACCOUNT}:role/training",
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "EnableNetworkIsolation": True,
        "HyperParameters": {
            "algorithm": '"random_forest"',
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"/opt/ml/input/data/code/sourcedir.tar.gz"',
        },
        "InputDataConfig": [_channel(name) for name in ("train", "validation", "schema", "code")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{_BUCKET}/models"},
        "ResourceConfig": {
            "InstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _channel(name: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{_BUCKET}/{name}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}
