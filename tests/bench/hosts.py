"""One XGBoost job over 1, 2 and 4 hosts, each a process with one thread and a loopback address."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from tests.training.data import Example, example
from tests.training.hosts import Job

ROWS, COLUMNS_OF_DATA, ROUNDS = 60_000, 20, 40
TITLE = (
    f"XGBoost over hosts of one thread each: {ROWS:,} rows of {COLUMNS_OF_DATA} columns, "
    f"{ROUNDS} rounds"
)
COLUMNS = ("hosts", "ROC AUC", "seconds a round", "ratio", "MB exchanged a round", "whole job, s")
HOSTS = (1, 2, 4)
_ARGUMENTS = ("--algorithm", "xgboost", "--n_estimators", str(ROUNDS), "--learning_rate", "0.2")


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each number of hosts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = _data(ROWS)
        baseline = None
        for count in HOSTS:
            auc, seconds, sent, whole = _train(folder / str(count), data, count)
            baseline = baseline or seconds
            yield (
                str(count),
                f"{auc:.4f}",
                f"{seconds:.3f}",
                f"{seconds / baseline:.2f}",
                f"{sent / 1e6:.2f}",
                f"{whole:.1f}",
            )


def _data(rows: int) -> Example:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(rows, COLUMNS_OF_DATA))
    score = values[:, 0] * values[:, 1] + np.sin(2 * values[:, 2]) + 0.5 * values[:, 3]
    frame = pd.DataFrame(values, columns=[f"x{n}" for n in range(COLUMNS_OF_DATA)])
    frame["y"] = np.where(score + generator.normal(size=rows) > 0, "yes", "no")
    return example(frame, "binary", "y")


def _train(root: Path, data: Example, hosts: int) -> tuple[float, float, float, float]:
    """Return AUC, seconds a round, bytes exchanged a round, and the job's seconds."""
    channels = data.write(root / "input")
    began = time.monotonic()
    job = Job(root / "job", [channels] * hosts, _ARGUMENTS, f"127.97.{hosts}")
    try:
        codes = job.wait(1800)
    finally:
        job.end()
    whole = time.monotonic() - began
    if any(codes):
        raise RuntimeError(job.said(1, "stderr"))
    told = (
        re.search(r"sent the others (\d+) bytes", job.said(host)) for host in range(1, hosts + 1)
    )
    sent = sum(int(found[1]) for found in told if found)
    document = json.loads((job.model() / "model.json").read_text())
    (candidate,) = document["selection"]["candidates"]
    fits = 2 * ROUNDS  # to the training split, and to all rows
    return document["metrics"]["roc_auc"], candidate["seconds"] / ROUNDS, sent / fits, whole
