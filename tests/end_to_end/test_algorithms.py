"""Each algorithm with each task through the whole workflow, on real data.

Two are part of every run of the tests, where `auto` compares them all (test_main_job.py);
`make test-corpus` runs the others too.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import datasets
from training.algorithms import ALGORITHMS

# Each task's data, target, and a metric with what a model must reach to have learnt anything.
TASKS: dict[str, tuple[Callable[[Path], Path], str, str, float]] = {
    "binary": (datasets.biopsy, "class", "roc_auc", 0.9),
    "multiclass": (datasets.penguins, "species", "roc_auc", 0.9),
    "regression": (datasets.diabetes, "target", "r2", 0.1),
}
# One with packages of its own, one without; other tests run forests.
QUICK = {("xgboost", "regression"), ("linear", "binary")}


def _cases() -> Iterator[Any]:
    for algorithm in ALGORITHMS:
        for task in TASKS:
            marks = () if (algorithm, task) in QUICK else pytest.mark.corpus
            yield pytest.param(algorithm, task, marks=marks)


@pytest.mark.parametrize(("algorithm", "task"), list(_cases()))
def test_workflow_with(algorithm: str, task: str, run: Any, tmp_path: Path) -> None:
    dataset, target, metric, floor = TASKS[task]
    name = f"{algorithm.replace('_', '-')}-{task}"
    result = run(dataset(tmp_path), name, target=target, algorithm=algorithm)
    assert result["status"] == "SUCCEEDED", result["message"]
    assert result["task"] == task
    assert result["left_running"] == []
    assert result["metrics"][metric] > floor
    assert math.isfinite(result["cost_usd"])
