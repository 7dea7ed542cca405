"""From a model and from a report back to the exact upload they come from."""

import json
from pathlib import Path
from typing import Any

from lambdas.shared import aws
from lambdas.shared.names.paths import split_uri
from tests.lambdas import flow
from tests.lambdas.conftest import BUCKET
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.model.files import read_description

KEY = "incoming/breast-cancer/data.csv"
EXAMPLE = (Path(__file__).parents[3] / "examples" / "breast_cancer.csv").read_bytes()


def test_the_manifest_is_stored_last(s3: Any) -> None:
    """Its existence means that everything it tells of is there."""
    written: list[str] = []

    def record(params: dict[str, Any], **_: Any) -> None:
        written.append(params["Key"].rsplit("/", 1)[-1])

    upload = flow.put(s3, KEY, EXAMPLE)
    aws.s3_client().meta.events.register("provide-client-params.s3.PutObject", record)
    flow.preprocess(upload)
    assert written[-1] == "manifest.json"
    assert sorted(written[:-1]) == ["categories.json", "profile.json", "sample.json", "schema.json",
                                    "test.csv", "train.csv", "validation.csv"]  # fmt: skip


def test_a_model_leads_back_to_its_upload(s3: Any, tmp_path: Path) -> None:
    flow.put(s3, KEY, b"a,b,diagnosis\n1,2,x\n")
    upload = flow.put(s3, KEY, EXAMPLE)
    prepared = flow.preprocess(upload)
    flow.put(s3, KEY, b"a,b,diagnosis\n3,4,y\n")
    channels = {name: tmp_path / name for name in ("train", "validation", "schema")}
    for channel, folder in channels.items():
        _, prefix = split_uri(prepared["uris"][channel])
        (item,) = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
        folder.mkdir()
        s3.download_file(BUCKET, item["Key"], str(folder / item["Key"].rsplit("/", 1)[-1]))
    run(
        parse_hyperparameters(["--algorithm", "random_forest", "--n_estimators", "5"]),
        channels,
        tmp_path / "model",
    )

    origin = read_description(tmp_path / "model")["schema"]["origin"]
    source = json.loads(flow.stored(s3, split_uri(origin["manifest"])[1]))["source"]
    assert (source["key"], source["version_id"]) == (KEY, upload["version_id"])
    assert (source["version_id"], source["sha256"]) == (origin["version_id"], origin["sha256"])
    found = s3.get_object(Bucket=BUCKET, Key=source["key"], VersionId=source["version_id"])
    assert found["Body"].read() == EXAMPLE
    assert source["bytes"] == len(EXAMPLE)
