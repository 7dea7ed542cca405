"""The main job on real datasets of every task: metrics are those of what really ran."""

import io
import json
import math
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from localcloud.session import Session
from tests.docs.keys import told_by, told_keys
from tests.end_to_end import datasets
from tests.end_to_end.notices import Notices
from tests.end_to_end.recompute import recomputed
from tests.forests import FEW_TREES, FOREST
from training.algorithms import ALGORITHMS

TOLERANCE = 1e-9


@pytest.fixture(scope="module", params=["breast-cancer", "penguins", "biopsy", "diabetes"])
def finished(
    request: pytest.FixtureRequest,
    session: Session,
    notices: Notices,  # before it can be told of anything
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    from localcloud.run import Upload, run_file

    folder = tmp_path_factory.mktemp("data")
    path, settings = {
        "breast-cancer": lambda: (datasets.BREAST_CANCER, FOREST),
        "penguins": lambda: (
            datasets.penguins(folder),
            {"target": "species", "compare_by": "sex", "export": "onnx"},
        ),
        "diabetes": lambda: (
            datasets.diabetes(folder),
            {"target": "target", "algorithm": "xgboost"},  # which has packages of its own
        ),
        "biopsy": lambda: (
            datasets.biopsy(folder),
            FEW_TREES | {"target": "class", "positive_class": "benign"},
        ),
    }[request.param]()
    upload = Upload(path, request.param, settings)
    return run_file(session.cloud, session.outputs, upload)


def test_succeeds_and_leaves_nothing_running(finished: dict[str, Any]) -> None:
    assert finished["status"] == "SUCCEEDED", finished["message"]
    assert finished["left_running"] == []
    assert Path(finished["report"]).read_text().startswith("<!")


def test_the_whole_result_is_kept_with_links_that_work(finished: dict[str, Any]) -> None:
    folder = Path(finished["report"]).parent
    page = Path(finished["report"]).read_text()
    links = {link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith("#")}
    assert links >= {"manifest.json", "predictions.csv", "decision.json", "model.tar.gz"}
    assert [link for link in links if not (folder / link).is_file()] == []
    assert "console" not in page
    assert "s3://" not in page
    beside = {"metrics.json", "report.json", "profile.json", "schema/schema.json"}
    assert [name for name in beside if not (folder / name).is_file()] == []
    index = (folder / "../index.html").read_text()
    assert f'href="{folder.name}/report.html"' in index


def test_is_better_than_guessing(finished: dict[str, Any]) -> None:
    # The datasets are learnable; a broken split, label order or endpoint shows up here.
    if finished["task"] == "regression":
        assert finished["metrics"]["r2"] > 0.2
    else:
        assert finished["metrics"]["roc_auc"] > 0.7
        assert finished["metrics"]["balanced_accuracy"] > 0.6


def test_metrics_equal_those_recomputed_from_the_predictions(
    finished: dict[str, Any], session: Session
) -> None:
    body = _stored(session, finished, "predictions.csv")
    table = pd.read_csv(body, dtype={"actual": str, "prediction": str}, keep_default_na=False)
    assert table["row"].tolist() == list(range(1, len(_test_split(session, finished)) + 1))
    _compare(session, finished, table)


def test_metrics_equal_those_recomputed_from_the_model(
    finished: dict[str, Any], session: Session, tmp_path: Path
) -> None:
    model, inference = _load(Path(finished["model"]), tmp_path)
    test = _test_split(session, finished)
    answer = inference.transform_fn(model, test.to_csv(index=False), "text/csv", "text/csv")
    body = answer[0] if isinstance(answer, tuple) else answer.get_data(as_text=True)
    table = pd.read_csv(io.StringIO(body), dtype={"prediction": str}, keep_default_na=False)
    table["actual"] = test[finished["target"]]
    _compare(session, finished, table)


def _compare(session: Session, finished: dict[str, Any], table: pd.DataFrame) -> None:
    stored = json.load(_stored(session, finished, "metrics.json"))
    expected = recomputed(finished["task"], table, stored.get("positive_class"))
    assert finished["metrics"] == stored["metrics"]
    assert stored["metrics"].keys() == expected.keys()
    for name, value in expected.items():
        assert math.isclose(stored["metrics"][name], value, rel_tol=0, abs_tol=TOLERANCE), name
        interval = stored["intervals"][name]
        assert interval["low"] <= stored["metrics"][name] <= interval["high"]


def test_what_stands_beside_the_metrics(finished: dict[str, Any], session: Session) -> None:
    stored = json.load(_stored(session, finished, "metrics.json"))
    assert stored["importance"]["features"][0]["importance"] > 0
    # Asked through InvokeEndpoint, whose Accept header reaches the model whole.
    assert stored["reasons"]["features"][0]["strength"] > 0
    assert len(stored["reasons"]["cases"]) == 10
    better = {"regression": "r2"}.get(finished["task"], "balanced_accuracy")
    assert stored["baseline"]["metrics"][better] < stored["metrics"][better]
    assert 0 < stored["latency_ms"]["p50"] <= stored["latency_ms"]["p99"]
    if finished["target"] == "class":
        assert stored["positive_class"] == "benign"  # by the rule for names it is malignant
        assert stored["positive_class_rule"] == "set in the metadata of the upload"
    if finished["target"] == "species":
        (column,) = stored["groups"]
        assert {each["group"] for each in column["groups"]} <= {"female", "male"}
        shown = sum(each["rows"] for each in column["groups"])
        assert shown + column["not_shown"]["rows"] == stored["rows"]


def test_packages_travel_with_a_model_that_needs_them_only(finished: dict[str, Any]) -> None:
    """Jobs of `auto` have XGBoost's; whether it is in the model depends on the data."""
    with tarfile.open(finished["model"]) as tar:
        names = tar.getnames()
        (told,) = [member for member in tar if Path(member.name).name == "model.json"]
        candidates = json.load(tar.extractfile(told) or io.BytesIO())["selection"]["candidates"]
    members = [ALGORITHMS[each["algorithm"]] for each in candidates if each["weight"]]
    needed = any(member.packages for member in members)
    assert any("code/packages/" in name for name in names) == needed


def test_the_model_is_written_as_onnx_if_asked_for(finished: dict[str, Any]) -> None:
    with tarfile.open(finished["model"]) as tar:
        written = [name for name in tar.getnames() if name.endswith("onnx/model.onnx")]
    report = json.loads((Path(finished["report"]).parent / "report.json").read_text())
    if finished["target"] != "species":
        assert written == []
        assert report["onnx"] is None
        return
    assert len(written) == 1
    assert report["onnx"]["path"] == "onnx/model.onnx"
    assert 0 <= report["onnx"]["largest_difference"] < 1e-5
    assert "onnx/model.onnx; its answers differ" in Path(finished["report"]).read_text()


def test_success_is_notified(notices: Notices, finished: dict[str, Any]) -> None:
    notice = notices.wait_for(finished["execution_arn"].rsplit(":", 1)[-1])
    assert "succeeded" in notice["Subject"].lower()
    assert notice["MessageAttributes"]["status"] == {"Type": "String", "Value": "SUCCEEDED"}


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


def _stored(session: Session, finished: dict[str, Any], name: str) -> Any:
    arn = finished["execution_arn"]
    dataset = Path(finished["report"]).parent.parent.name
    key = f"reports/{dataset}/{arn.rsplit(':', 1)[-1]}/{name}"
    return session.cloud.client("s3").get_object(Bucket=session.outputs["BucketName"], Key=key)[
        "Body"
    ]


def test_what_lies_in_the_bucket_is_what_the_architecture_page_tells(
    finished: dict[str, Any], session: Session
) -> None:
    pages = session.cloud.client("s3").get_paginator("list_objects_v2")
    listed = pages.paginate(Bucket=session.outputs["BucketName"])
    keys = [entry["Key"] for page in listed for entry in page["Contents"]]
    assert [key for key in keys if not told_by(key)] == []
    run = finished["execution_arn"].rsplit(":", 1)[-1]
    of_dataset = [key for key in keys if key.count("/") < 3 or "/monitor/" in key]
    own = [*of_dataset, *(key for key in keys if run in key)]
    for told in told_keys():
        assert not told.is_certain or any(told.matches(key) for key in own), told.pattern
