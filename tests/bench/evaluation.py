"""The memory and time of evaluating many rows through a real endpoint."""

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.bench.disk import Disk
from tests.bench.serving_rows import _endpoint
from tests.training.data import breast_cancer
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run as train

ROWS = (100_000, 1_000_000)
TITLE = "Evaluating through InvokeEndpoint, scored (random forest, 30 features); Lambda has 900 s"
COLUMNS = ("test rows", "seconds", "of which scoring", "rows/s", "peak MB", "to imports alone")
_TILE = 10_000


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the memory of the imports alone, then a row for each size."""
    example = breast_cancer()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train(parse_hyperparameters([]), example.write(folder / "in"), folder / "model")
        with _endpoint(folder / "model", folder) as runtime:
            url = runtime.meta.endpoint_url
            alone = _in_a_process(_imports)
            yield "imports alone (baseline)", "", "", "", f"{alone['peak']:.0f}", "1.00"
            for count in ROWS:
                _write(folder / "test.csv", example, count)
                done = _in_a_process(_evaluate, url, folder, example.schema.target)
                if done["rows"] != count:
                    raise RuntimeError("rows were lost")
                yield (
                    f"{count:,}",
                    f"{done['seconds']:.1f}",
                    f"{done['scoring']:.1f}",
                    f"{count / done['seconds']:,.0f}",
                    f"{done['peak']:.0f}",
                    f"{done['peak'] / alone['peak']:.2f}",
                )
                for left in folder.glob("out-*"):
                    left.unlink()


def _write(path: Path, example: Any, count: int) -> None:
    """Write so many rows: a sample, over and over."""
    sample = example.frame.sample(_TILE, replace=True, random_state=0)
    header, _, tile = sample.to_csv(index=False).partition("\n")
    with path.open("w", encoding="utf-8") as file:
        file.write(header + "\n")
        for _ in range(count // _TILE):
            file.write(tile)


def _in_a_process(work: Any, *arguments: Any) -> dict[str, float]:
    """Run in a fresh process; add its peak memory in MB."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_measured, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        found: dict[str, float] = ours.recv()
    finally:
        process.join(30)
    return found


def _measured(answer: Connection, work: Any, arguments: tuple[Any, ...]) -> None:
    os.environ |= {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",  # pragma: allowlist secret
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
    found = work(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send({**found, "peak": peak})


def _imports() -> dict[str, float]:
    import lambdas.evaluate.handler  # noqa: F401

    return {}


def _evaluate(url: str, folder: Path, target: str) -> dict[str, float]:
    from functools import partial

    import boto3
    from botocore.config import Config

    import lambdas.evaluate.handler  # noqa: F401
    from lambdas.evaluate.collect import Run, Source, collect
    from lambdas.evaluate.endpoint import Endpoint
    from lambdas.evaluate.result import Asked, document_of

    config = Config(retries={"total_max_attempts": 1}, max_pool_connections=8)
    client = boto3.client("sagemaker-runtime", endpoint_url=url, config=config)
    disk: Any = Disk(folder)
    run = Run(disk, Source("s3://bucket/test.csv", target), "s3://bucket/out", lambda: True)
    connect = partial(Endpoint, client, "bench")
    start = time.perf_counter()
    progress = collect(run, "bench", connect)
    answered = time.perf_counter()
    document = document_of(run, connect, progress, Asked("binary", None, probes=True))
    end = time.perf_counter()
    return {"rows": document["rows"], "seconds": end - start, "scoring": end - answered}
