"""Rows dropped into predict/, from the upload to their predictions, against one process."""

import csv
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

from localcloud.predicted import predict_file
from localcloud.run import Upload, run_file
from localcloud.session import Session, temporary_session
from tests.bench.peaks import Peak
from tests.forests import FOREST

ROWS = 1_000_000
TITLE = f"{ROWS:,} rows of 30 numbers: predict/ to predictions.csv against pandas and the pipeline"
EXPLAINED = 20_000
COLUMNS = (
    "algorithm, rows",
    "in process, rows/s",
    "predict/, rows/s",
    "ratio",
    "peak MB of reading",
    "of the container",
    "of joining",
)
_CSV = Path(__file__).parents[2] / "examples" / "breast_cancer.csv"
_ALGORITHMS: dict[str, dict[str, str]] = {
    "random_forest": FOREST,
    "linear": {"algorithm": "linear"},
}
_HERE = """
import sys
from pathlib import Path
import pandas as pd
from training.model.files import load_pipeline
frame = pd.read_csv(sys.argv[2])
answers = load_pipeline(Path(sys.argv[1])).predict_proba(frame)
frame["prediction"] = answers.argmax(axis=1)
frame[["low", "high"]] = answers
frame.to_csv(sys.argv[3], index=False)
"""
_EXPLAINED_HERE = """
import sys, time
from pathlib import Path
from training.serve.answers import to_csv
from training.serve.body import parse_request
from training.serve.loading import load_folder
model = load_folder(Path(sys.argv[1]))
start = time.perf_counter()
table = parse_request(model.schema, Path(sys.argv[2]).read_text(), "text/csv")
to_csv(*model.predict_with_reasons(table, 3), details=True)
print(time.perf_counter() - start)
"""
_READ = """
import json, resource, sys, tempfile
from pathlib import Path
from lambdas.predict.run import read_rows
from lambdas.predict.trained import Trained
from lambdas.shared.settings.dataset import resolve
rows, schema, profile = map(Path, sys.argv[1:])
trained = Trained(json.loads(schema.read_text()), json.loads(profile.read_text()))
with tempfile.TemporaryDirectory(dir=rows.parent) as folder:
    read_rows(rows, resolve([]).settings, trained, Path(folder), [])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
_JOIN = """
import json, resource, sys
from pathlib import Path
from lambdas.join.table import Form, join
target, folder, own, *answers = map(Path, sys.argv[1:])
join(own, answers, target, folder, Form())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def rows() -> Iterator[tuple[str, ...]]:
    """Yield rows for each algorithm, also for a tenth of the rows: memory does not grow."""
    with tempfile.TemporaryDirectory() as name, temporary_session(Path(name) / "cloud") as current:
        for algorithm, settings in _ALGORITHMS.items():
            trained = run_file(current.cloud, current.outputs, Upload(_CSV, algorithm, settings))
            model = Path(name) / algorithm
            with tarfile.open(trained["model"]) as archive:
                archive.extractall(model, filter="data")
            for count in (ROWS // 10, ROWS):
                path = _rows(Path(name) / f"rows{count}.csv", count)
                yield _measured(current, algorithm, model, path, count)
            for count in (EXPLAINED // 10, EXPLAINED):
                path = _rows(Path(name) / f"rows{count}.csv", count)
                yield _explained(current, algorithm, model, path, count)


def _rows(path: Path, count: int) -> Path:
    """Write the training file's rows again and again, without what is to be predicted."""
    header, *lines = csv.reader(_CSV.read_text().splitlines())
    at = header.index("diagnosis")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header[:at] + header[at + 1 :])
        again = chain.from_iterable(repeat(lines))
        writer.writerows(row[:at] + row[at + 1 :] for row in islice(again, count))
    return path


def _measured(
    current: Session, algorithm: str, model: Path, path: Path, count: int
) -> tuple[str, ...]:
    start = time.perf_counter()
    _run(_HERE, model, path, path.with_suffix(".out"))
    here = count / (time.perf_counter() - start)
    start = time.perf_counter()
    upload = Upload(path, algorithm, is_predicted=True)
    with Peak("transform-jobs") as container:
        done = predict_file(current.cloud, current.outputs, upload)
    there = count / (time.perf_counter() - start)
    if done["rows"] != count:
        raise RuntimeError(done["message"])
    reading = _peak_of_read(current, algorithm, path)
    joining = _peak_of_join(current, done, path.parent / "join")
    return _row(f"{algorithm}, {count:,}", here, there, reading, container.megabytes, joining)


def _explained(
    current: Session, algorithm: str, model: Path, path: Path, count: int
) -> tuple[str, ...]:
    """Measure with reasons: what the model does in one process, beside the whole way."""
    seconds = float(_run(_EXPLAINED_HERE, model, path))
    start = time.perf_counter()
    upload = Upload(path, algorithm, {"explain": "yes"}, is_predicted=True)
    with Peak("transform-jobs") as container:
        done = predict_file(current.cloud, current.outputs, upload)
    there = count / (time.perf_counter() - start)
    if done["rows"] != count:
        raise RuntimeError(done["message"])
    name = f"{algorithm}, {count:,} with reasons"
    return _row(name, count / seconds, there, None, container.megabytes, None)


def _row(name: str, here: float, there: float, *peaks: float | None) -> tuple[str, ...]:
    shown = ("" if peak is None else f"{peak:,.0f}" for peak in peaks)
    return (name, f"{here:,.0f}", f"{there:,.0f}", f"{there / here:.2f}", *shown)


def _peak_of_read(current: Session, dataset: str, rows: Path) -> float:
    """Read the rows once more, in a process whose memory is seen."""
    s3, bucket = current.cloud.client("s3"), current.outputs["BucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"datasets/{dataset}/")["Contents"]
    found = []
    for name in ("schema/schema.json", "profile.json"):
        (key,) = (each["Key"] for each in listed if each["Key"].endswith(f"/{name}"))
        found.append(rows.parent / f"{dataset}-{Path(name).name}")
        s3.download_file(bucket, key, str(found[-1]))
    return float(_run(_READ, rows, *found).split()[-1])


def _peak_of_join(current: Session, done: dict[str, Any], folder: Path) -> float:
    """Join the stored answers once more, in a process whose memory is seen."""
    folder.mkdir(exist_ok=True)
    s3, bucket = current.cloud.client("s3"), current.outputs["BucketName"]
    prefix = f"predictions/{done['execution_arn'].rsplit(':', 1)[-1].rpartition('-')[0]}/"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    newest = max((each for each in listed if each["Key"].endswith(".out")), key=_stored)
    job = newest["Key"].rpartition("/")[0]
    own = max((each for each in listed if each["Key"].endswith("own.parquet")), key=_stored)
    answers = sorted(each["Key"] for each in listed if each["Key"].startswith(f"{job}/"))
    work = Path(tempfile.mkdtemp(dir=folder))
    places = [folder / "joined.csv", work, work / "own"]
    places += [work / key.rpartition("/")[2] for key in answers]
    for key, path in zip((own["Key"], *answers), places[2:], strict=True):
        s3.download_file(bucket, key, str(path))
    return float(_run(_JOIN, *places).split()[-1])  # below what DuckDB shows of its progress


def _stored(found: dict[str, Any]) -> Any:
    return found["LastModified"]


def _run(script: str, *arguments: Path) -> str:
    environment = os.environ | {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT": "3600",
    }
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout
