"""Evaluating the test split through an endpoint against predicting it in the same process."""

import multiprocessing
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import boto3
import pandas as pd
from botocore.config import Config

from lambdas.evaluate.collect import Run, Source, collect
from lambdas.evaluate.endpoint import Endpoint
from lambdas.shared.requests import Requests
from localsagemaker import LocalSageMaker
from localsagemaker.server import Server
from tests.bench.disk import Disk
from tests.training.data import Example, birth_weight, breast_cancer, digits, penguins
from training.algorithms import ALGORITHMS
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.model.files import load_pipeline

ROWS = 20_000
TITLE = f"{ROWS:,} test rows from a CSV: through InvokeEndpoint against pandas and the pipeline"
COLUMNS = ("data, algorithm", "in process, rows/s", "endpoint, rows/s", "ratio")
_RUNS = 3
_CASES = [(breast_cancer, algorithm) for algorithm in ALGORITHMS] + [
    (penguins, "random_forest"),  # categories and missing cells
    (digits, "random_forest"),  # ten classes, deep trees
    (birth_weight, "auto"),  # several models together
]


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each dataset and algorithm; each figure is the best of a few runs."""
    for load, algorithm in _CASES:
        with tempfile.TemporaryDirectory() as folder:
            here, there = _compare(load(), algorithm, Path(folder))
        yield (
            f"{load.__name__}, {algorithm}",
            f"{here:,.0f}",
            f"{there:,.0f}",
            f"{there / here:.2f}",
        )


def _compare(example: Example, algorithm: str, folder: Path) -> tuple[float, float]:
    model = folder / "model"
    run(parse_hyperparameters(["--algorithm", algorithm]), example.write(folder / "in"), model)
    test = folder / "test.csv"
    frame = example.frame.dropna(subset=[example.schema.target])
    frame.sample(ROWS, replace=True, random_state=0).to_csv(test, index=False)
    here = _rate(lambda: _in_process(load_pipeline(model), test, example))
    with _endpoint(model, folder) as runtime:
        there = _rate(lambda: _through_endpoint(runtime, folder, example.schema.target))
    return here, there


def _through_endpoint(runtime: Any, folder: Path, target: str) -> int:
    disk: Any = Disk(folder)
    bench = Run(disk, Source("s3://bucket/test.csv", target), "s3://bucket/out", lambda: True)
    return collect(bench, "bench", lambda size: Endpoint(Requests(runtime, "bench"), size)).rows


def _in_process(pipeline: Any, test: Path, example: Example) -> int:
    kinds = dict.fromkeys(example.schema.written, object)
    features = pd.read_csv(test, dtype=kinds)[example.schema.names]
    ask = pipeline.predict_proba if example.schema.is_classification else pipeline.predict
    return len(ask(features))


def _rate(work: Any) -> float:
    best = float("inf")
    for _ in range(_RUNS):
        start = time.perf_counter()
        if work() != ROWS:
            raise RuntimeError("rows were lost")
        best = min(best, time.perf_counter() - start)
    return ROWS / best


@contextmanager
def _endpoint(model: Path, folder: Path) -> Iterator[Any]:
    """Serve the model with the local SageMaker, in a process of its own."""
    with tarfile.open(folder / "model.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(model, ".")
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, folder))
    process.start()
    try:
        url = ours.recv()
        yield boto3.client(
            "sagemaker-runtime",
            endpoint_url=url,
            region_name="eu-west-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",  # noqa: S106 - the local service asks for none  # pragma: allowlist secret
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=10),
        )
    finally:
        ours.send("end")
        process.join(30)


class _Folder:
    """Stands for S3: every object is the one archive."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive

    def head_object(self, **_: Any) -> None:
        """Say that it is there."""

    def download_file(self, _bucket: str, _key: str, target: str) -> None:
        """Copy it."""
        shutil.copyfile(self._archive, target)


def _serve(control: Connection, folder: Path) -> None:
    import threading

    archive = _Folder(folder / "model.tar.gz")
    core = LocalSageMaker(
        folder / "sagemaker", lambda _role: archive, account="0" * 12, region="eu-west-1"
    )
    variables = {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        "SAGEMAKER_MODEL_SERVER_WORKERS": "2",  # as on ml.m5.large
        "OMP_NUM_THREADS": "1",
    }
    container = {
        "Image": "scikit-learn",
        "ModelDataUrl": "s3://bench/model.tar.gz",
        "Environment": variables,
    }
    role = f"arn:aws:iam::{'0' * 12}:role/bench"
    variant = {"VariantName": "AllTraffic", "ModelName": "bench", "InstanceType": "ml.m5.large"}
    core.call(
        "CreateModel",
        {"ModelName": "bench", "ExecutionRoleArn": role, "PrimaryContainer": container},
    )
    core.call(
        "CreateEndpointConfig",
        {
            "EndpointConfigName": "bench",
            "ProductionVariants": [{**variant, "InitialInstanceCount": 1}],
        },
    )
    core.call("CreateEndpoint", {"EndpointName": "bench", "EndpointConfigName": "bench"})
    while core.call("DescribeEndpoint", {"EndpointName": "bench"})["EndpointStatus"] == "Creating":
        time.sleep(0.1)
    server = Server(core)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    control.send(server.url)
    control.recv()
    server.shutdown()
    core.close()
