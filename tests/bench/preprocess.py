"""Preprocess against a bare DuckDB script and against pandas, on generated files.

The baseline reads the file into a table under the same limits, runs SUMMARIZE, splits by a hash of
the row and writes three CSVs: no checks, no strata, no groups, no associations, no histograms. Set
MOLINO_BENCH_GIGABYTES (such as "0.25,1,4") for other sizes; each needs five times its size on disk.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from lambdas.preprocess.engine import limits

TITLE = (
    "Preprocess: read, profile, split and write a CSV (median of 3, paired; pandas once at 1 GB)"
)
COLUMNS = ("what", "CSV in GB", "seconds", "ratio", "processor seconds", "ratio", "peak RSS in MB")
_SIZES = tuple(
    float(size) for size in os.environ.get("MOLINO_BENCH_GIGABYTES", "0.25,1").split(",")
)
_LAMBDA_MB = "3008"  # what a new AWS account grants at most, and the stack's default
_RUNS = 3
_PANDAS_UP_TO = 1.0  # its memory grows with the file
_SPACE = 5  # times the file's size

_REPORT = """
import json, os, resource, time
spent = os.times()
print(json.dumps({"seconds": time.perf_counter() - start, "processor": spent.user + spent.system,
                  "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
_OURS = """
import sys, time
from pathlib import Path
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
start = time.perf_counter()
prepare(Download(Path(sys.argv[1]), "0123456789abcdef" * 4, 0), [], Path(sys.argv[2]))
"""
_BARE = """
import sys, time, duckdb
path, folder, memory, threads = sys.argv[1:]
start = time.perf_counter()
with duckdb.connect(folder + "/work.duckdb", config={
        "memory_limit": memory, "threads": int(threads), "temp_directory": folder}) as connection:
    connection.execute(
        f"CREATE TABLE data AS SELECT *, hash(*COLUMNS(*)) % 100 AS side FROM read_csv('{path}')")
    connection.execute("SUMMARIZE data").fetchall()
    for name, where in (("train", "side >= 30"), ("test", "side < 15"),
                        ("validation", "side BETWEEN 15 AND 29")):
        connection.execute(f"COPY (SELECT * EXCLUDE side FROM data WHERE {where}) "
                           f"TO '{folder}/{name}.csv' (HEADER)")
"""
_PANDAS = """
import sys, time
import pandas as pd
from sklearn.model_selection import train_test_split
path, folder = sys.argv[1:3]
start = time.perf_counter()
data = pd.read_csv(path)
data.describe(include="all"), data.isna().sum(), data.nunique()
train, rest = train_test_split(data, test_size=0.3, stratify=data["outcome"], random_state=0)
validation, test = train_test_split(rest, test_size=0.5, stratify=rest["outcome"], random_state=0)
for name, rows in (("train", train), ("validation", validation), ("test", test)):
    rows.to_csv(f"{folder}/{name}.csv", index=False)
"""


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the baseline, ours, and pandas for each size there is room for."""
    with tempfile.TemporaryDirectory(prefix="molino-bench-") as name:
        folder = Path(name)
        for size in _SIZES:
            free = shutil.disk_usage(folder).free / 1e9
            if free < size * _SPACE:
                yield f"left out: {free:.0f} GB free", f"{size:g}", "", "", "", "", ""
                continue
            path = _generate(folder / "data.csv", size)
            yield from _compare(path, size, folder / "work")
            path.unlink()


def _compare(path: Path, size: float, work: Path) -> Iterator[tuple[str, ...]]:
    os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = _LAMBDA_MB
    memory, threads = limits()
    scripts = {
        "bare DuckDB (baseline)": [_BARE + _REPORT, str(path), str(work), memory, str(threads)],
        "Molino": [_OURS + _REPORT, str(path), str(work)],
    }
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in scripts}
    for _ in range(_RUNS if size <= 1 else 1):
        for name, script in scripts.items():
            measured[name].append(_run(script, work))
    if size <= _PANDAS_UP_TO:
        measured["pandas"] = [_run([_PANDAS + _REPORT, str(path), str(work)], work)]
    baseline = _middle(measured["bare DuckDB (baseline)"])
    for name, runs in measured.items():
        cells = [name, f"{size:g}"]
        for figure, value in _middle(runs).items():
            cells += [f"{value:.1f}", f"{value / baseline[figure]:.2f}"]
        yield (*cells, f"{max(run['rss'] for run in runs):.0f}")


def _middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return medians; a busy machine spoils the seconds, hardly those of the processor."""
    return {
        figure: statistics.median(run[figure] for run in runs)
        for figure in ("seconds", "processor")
    }


def _run(script: list[str], work: Path) -> dict[str, float]:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    command = [sys.executable, "-c", *script]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    shutil.rmtree(work)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _generate(path: Path, gigabytes: float) -> Path:
    """Write a CSV of 12 columns of decimals, 6 of integers, 4 of texts, some missing, 2 classes."""
    decimals = [
        f"CASE WHEN random() < 0.05 THEN NULL ELSE round(random() * 1000 - 200 * (i % 3), {digits})"
        f" END AS n{k}"
        for k, digits in enumerate((1, 2, 3, 4, 5, 6, 6, 6, 8, 8, 2, 2))
    ]
    integers = [
        f"CASE WHEN random() < 0.03 THEN NULL ELSE (random() * {most})::BIGINT END AS i{k}"
        for k, most in enumerate((2, 10, 100, 1_000, 100_000, 10_000_000))
    ]
    texts = [
        f"CASE WHEN random() < 0.04 THEN NULL ELSE 'level ' || (random() * random() * {most})::INT "
        f"END AS t{k}"
        for k, most in enumerate((3, 8, 40, 500))
    ]
    outcome = "CASE WHEN random() < 0.3 THEN 'sick' ELSE 'well' END AS outcome"
    columns = ", ".join((*decimals, *integers, *texts, outcome))
    count = int(gigabytes * 1e9 / 168.7)  # bytes of a row
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            f"COPY (SELECT {columns} FROM range({count}) rows(i)) TO '{path}' (HEADER)"  # noqa: S608
        )
    return path
