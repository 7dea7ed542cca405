"""Each algorithm through the whole workflow; every task of each is in tests/training."""

import math
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import datasets


@pytest.mark.parametrize(
    ("algorithm", "dataset", "target", "floor"),
    [
        ("extra_trees", datasets.biopsy, "class", ("roc_auc", 0.9)),
        ("hist_gradient_boosting", datasets.penguins, "species", ("roc_auc", 0.9)),
        ("linear", datasets.diabetes, "target", ("r2", 0.2)),
        ("auto", datasets.penguins, "species", ("roc_auc", 0.9)),
        ("xgboost", datasets.penguins, "species", ("roc_auc", 0.9)),
    ],
)
def test_workflow_with(
    algorithm: str, dataset: Any, target: str, floor: tuple[str, float], run: Any, tmp_path: Path
) -> None:
    name = algorithm.replace("_", "-")
    result = run(dataset(tmp_path), name, target=target, algorithm=algorithm)
    assert result["status"] == "SUCCEEDED", result["message"]
    assert result["left_running"] == []
    assert result["metrics"][floor[0]] > floor[1]
    assert math.isfinite(result["cost_usd"])
