"""The main job on three real datasets: metrics are those of what really ran."""

import io
import json
import math
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices

TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=["breast-cancer", "penguins", "biopsy"])
def finished(
    request: pytest.FixtureRequest, session: Session, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    from localcloud.run import Upload, run_file

    folder = tmp_path_factory.mktemp("data")
    path, settings = {
        "breast-cancer": lambda: (datasets.BREAST_CANCER, {}),
        "penguins": lambda: (datasets.penguins(folder), {"target": "species"}),
        "biopsy": lambda: (datasets.biopsy(folder), {"target": "class"}),
    }[request.param]()
    upload = Upload(path, request.param, settings)
    return run_file(session.cloud, session.outputs, upload)


def test_succeeds_and_leaves_nothing_running(finished: dict[str, Any]) -> None:
    assert finished["status"] == "SUCCEEDED", finished["message"]
    assert finished["left_running"] == []
    assert Path(finished["report"]).read_text().startswith("<!")


def test_is_better_than_guessing(finished: dict[str, Any]) -> None:
    # The datasets are learnable; a broken split, label order or endpoint shows up here.
    assert finished["metrics"]["roc_auc"] > 0.7
    assert finished["metrics"]["balanced_accuracy"] > 0.6


def test_metrics_equal_those_recomputed_offline(
    finished: dict[str, Any], session: Session, tmp_path: Path
) -> None:
    model, inference = _load(Path(finished["model"]), tmp_path)
    test = _test_split(session, finished)
    truth = test[finished["target"]]
    answer = inference.transform_fn(model, test.to_csv(index=False), "text/csv", "text/csv")
    body = answer[0] if isinstance(answer, tuple) else answer.get_data(as_text=True)
    scored = pd.read_csv(io.StringIO(body), dtype={"prediction": str}, keep_default_na=False)
    for name, expected in _recompute(truth, scored).items():
        measured = finished["metrics"][name]
        assert math.isclose(measured, expected, rel_tol=0, abs_tol=TOLERANCE), name


def test_success_is_notified(notices: Notices, run: Any) -> None:
    result = run(datasets.BREAST_CANCER, "notified")
    notice = notices.wait_for(result["execution_arn"].rsplit(":", 1)[-1])
    assert "succeeded" in notice["Subject"].lower()


def _load(archive: Path, folder: Path) -> tuple[Any, Any]:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    sys.path.insert(0, str(folder / "code"))
    for name in [name for name in sys.modules if name == "inference"]:
        del sys.modules[name]
    try:
        import inference  # type: ignore[import-not-found]

        return inference.model_fn(str(folder)), inference
    finally:
        sys.path.remove(str(folder / "code"))


def _test_split(session: Session, finished: dict[str, Any]) -> pd.DataFrame:
    arn = finished["execution_arn"]
    dataset = Path(finished["report"]).parent.parent.name
    key = f"datasets/{dataset}/{arn.rsplit(':', 1)[-1]}/test/test.csv"
    body = session.cloud.client("s3").get_object(Bucket=session.outputs["BucketName"], Key=key)
    return pd.read_csv(body["Body"], dtype=str, keep_default_na=False)


def _recompute(truth: "pd.Series[str]", scored: pd.DataFrame) -> dict[str, float]:
    columns = [name for name in scored.columns if name.startswith("probability:")]
    labels = [name.removeprefix("probability:") for name in columns]
    probabilities = scored[columns].to_numpy(dtype=float)
    prediction = scored["prediction"]
    expected = {
        "accuracy": sk.accuracy_score(truth, prediction),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, prediction),
        "log_loss": sk.log_loss(truth, probabilities, labels=labels),
    }
    if len(labels) > 2:
        expected["roc_auc"] = sk.roc_auc_score(
            truth, probabilities, multi_class="ovr", average="macro", labels=labels
        )
    else:
        expected["roc_auc"] = sk.roc_auc_score(np.asarray(truth) == labels[1], probabilities[:, 1])
    return expected


def test_report_json_agrees_with_what_was_printed(
    finished: dict[str, Any], session: Session
) -> None:
    dataset = Path(finished["report"]).parent.parent.name
    name = finished["execution_arn"].rsplit(":", 1)[-1]
    body = session.cloud.client("s3").get_object(
        Bucket=session.outputs["BucketName"], Key=f"reports/{dataset}/{name}/metrics.json"
    )["Body"]
    stored = json.load(body)
    for metric, value in finished["metrics"].items():
        assert stored["metrics"][metric] == value
