"""What a request costs that a serverless endpoint captures, and one that it does not."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from localcloud.cloud import REGION, temporary
from tests.bench.stack import Load, requests_per_second, stack
from tests.training.data import diabetes
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.serve import capture

TITLE = (
    "One row a request, one after the other, 1 worker of gunicorn, S3 of the local cloud on the\n"
    "same machine (AWS's is further away)"
)
COLUMNS = ("captured", "ms a request", "ratio")
_BUCKET = "bench"
_TRIES = 5  # the quickest: what else the machine does is not of interest
_SHARES = {"nothing (baseline)": None, "not chosen: 0.0001 %": "0.0001", "each: 100 %": "100"}


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a line for each share that is captured."""
    example = diabetes()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = parse_hyperparameters(["--algorithm", "linear", "--alpha", "0.9"])
        run(settings, example.write(folder / "input"), folder / "model")
        row = example.frame[example.schema.names].iloc[0]
        load = Load(",".join(map(repr, row.tolist())).encode(), "text/csv")
        with temporary(folder / "cloud") as cloud:
            cloud.client("s3").create_bucket(Bucket=_BUCKET)
            key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
            baseline = None
            for number, (label, percent) in enumerate(_SHARES.items()):
                variables = cloud.environment | _variables(percent, key)
                milliseconds = _measure(folder, str(number), variables, load)
                baseline = baseline or milliseconds
                yield label, f"{milliseconds:.2f}", f"{milliseconds / baseline:.2f}"


def _variables(percent: str | None, key: str) -> dict[str, str]:
    if percent is None:
        return {}
    given = {capture.URI: f"s3://{_BUCKET}/captures", capture.PERCENT: percent, capture.KEY: key}
    return given | {"SAGEMAKER_REGION": REGION}


def _measure(folder: Path, name: str, variables: Mapping[str, str], load: Load) -> float:
    (folder / name).mkdir()
    model = folder / "model"
    where = (model, "inference.py", model / "code", folder / name)
    with _environment(variables), stack(*where, workers=1, stock=False) as port:
        return 1000 / max(requests_per_second(port, load) for _ in range(_TRIES))


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    print(TITLE)
    for line in (COLUMNS, *rows()):
        print(" | ".join(line))
