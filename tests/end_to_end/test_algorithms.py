"""Each algorithm with each task through the whole workflow, on real data.

`make test-corpus` runs them. In every run of the tests are `auto`, which compares all, forests,
XGBoost, which has packages of its own (test_main_job.py), and `linear` (test_evaluation_killed.py).
"""

import math
from collections.abc import Callable
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


@pytest.mark.corpus
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_workflow_with(algorithm: str, task: str, run: Any, tmp_path: Path) -> None:
    dataset, target, metric, floor = TASKS[task]
    name = f"{algorithm.replace('_', '-')}-{task}"
    result = run(dataset(tmp_path), name, target=target, algorithm=algorithm)
    assert result["status"] == "SUCCEEDED", result["message"]
    assert result["task"] == task
    assert result["left_running"] == []
    assert result["metrics"][metric] > floor
    assert math.isfinite(result["cost_usd"])
