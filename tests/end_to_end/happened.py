"""Predictions made by hand, as Molino stores them, and what really happened to their rows."""

import json
from collections.abc import Iterator

from localcloud.session import Session

ROWS, RUN = 30, "by-hand"
TRUTHS = {f"k{n}": str(n % 2) for n in range(ROWS)}


def as_csv(truths: dict[str, str]) -> str:
    return "key,y\n" + "".join(f"{key},{truth}\n" for key, truth in truths.items())


def store_predictions(session: Session, dataset: str) -> None:
    """Store what a dataset with one file of predictions has: no model is needed to read it."""
    bucket, s3 = session.outputs["BucketName"], session.cloud.client("s3")
    for key, text in _objects(dataset, bucket):
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode())


def _objects(dataset: str, bucket: str) -> Iterator[tuple[str, str]]:
    header = "key,prediction,probability_0,probability_1,threshold\n"
    lines = (f"k{n},{n // 2 % 2},0.4,0.6,0.5\n" for n in range(ROWS))
    place = f"predictions/{dataset}/{RUN}"
    yield f"{place}/predictions.csv", header + "".join(lines)
    result = {
        "status": "SUCCEEDED",
        "ended": "2026-05-06T07:08:09+00:00",
        "task": "binary",
        "target": "y",
        "model": {"version": 1, "run": RUN},
        "rows": ROWS,
        "added": ["prediction", "probability_0", "probability_1", "threshold"],
        "predictions_uri": f"s3://{bucket}/{place}/predictions.csv",
    }
    yield f"{place}/result.json", json.dumps(result)
    features = [{"name": "a", "type": "numeric"}]
    schema = {"task": "binary", "target": "y", "features": features, "missing": []}
    yield f"datasets/{dataset}/{RUN}/schema/schema.json", json.dumps(schema)
    target = {"classes": {"0": {"train": 10}, "1": {"train": 10}}}
    yield f"datasets/{dataset}/{RUN}/profile.json", json.dumps({"target": target})
