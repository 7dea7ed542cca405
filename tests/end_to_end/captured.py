"""A dataset whose champion answers from a serverless endpoint and captures, and what is asked."""

import datetime as dt
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from botocore.exceptions import ClientError

from lambdas.shared.names.legal import group_name, serving_name
from localcloud.run import Upload, run_file
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.functions import invoke
from tests.forests import FEW_TREES

ROWS = 120


@dataclass(frozen=True)
class Asked:
    """The dataset, the rows that were asked about, and where they were captured."""

    session: Session
    dataset: str
    rows: pd.DataFrame
    captured: list[str] = field(default_factory=list)

    @property
    def bucket(self) -> str:
        return self.session.outputs["BucketName"]

    @property
    def group(self) -> str:
        return group_name(self.bucket, self.dataset)

    @property
    def folder(self) -> str:
        return f"captures/{self.dataset}/served/{serving_name(self.group)}/AllTraffic/"

    @property
    def s3(self) -> Any:
        return self.session.cloud.client("s3")

    def objects(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self.folder)
        return [item["Key"] for item in listed.get("Contents", [])]

    def document(self, name: str) -> Any:
        key = f"reports/{self.dataset}/{name}"
        return json.load(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"])

    def ask(self, body: bytes, content_type: str) -> None:
        runtime = self.session.cloud.client("sagemaker-runtime")
        runtime.invoke_endpoint(
            EndpointName=serving_name(self.group),
            Body=body,
            ContentType=content_type,
            Accept="text/csv",
        )


def ask(session: Session, dataset: str) -> Asked:
    """Serve a model that captures all, and ask it two times about rows that have drifted."""
    settings = FEW_TREES | {"serve": "true", "capture_percent": "100"}
    upload = Upload(datasets.BREAST_CANCER, dataset, settings)
    result = run_file(session.cloud, session.outputs, upload)
    assert result["status"] == "SUCCEEDED", result["message"]
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(ROWS)
    rows.iloc[:, 0] *= 3
    found = Asked(session, dataset, rows)
    found.ask(rows.head(ROWS // 2).to_csv(index=False).encode(), "text/csv")
    records = {"instances": rows.tail(ROWS // 2).to_dict(orient="records")}
    found.ask(json.dumps(records).encode(), "application/json")
    found.captured.extend(found.objects())
    return found


def compare_yesterday(asked: Asked) -> dt.date:
    """Have the deployed function compare the requests as if they had come the day before."""
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(1)
    for key in asked.captured:
        body = asked.s3.get_object(Bucket=asked.bucket, Key=key)["Body"].read()
        earlier = f"{asked.folder}{day:%Y/%m/%d}/12/{key.rpartition('/')[2]}"
        asked.s3.put_object(Bucket=asked.bucket, Key=earlier, Body=body)
    champion = asked.document("champion.json") | {"since": f"{day}T00:00:00+00:00"}
    place = f"reports/{asked.dataset}/champion.json"
    asked.s3.put_object(Bucket=asked.bucket, Key=place, Body=json.dumps(champion).encode())
    daily = {"time": f"{day + dt.timedelta(1)}T01:30:00Z", "detail": {}}
    assert asked.dataset in invoke(asked.session, "requests", **daily)["datasets"]
    wait_until(lambda: asked.document(f"requests/{day}/requests.json"))
    return day


def wait_until(found: Callable[[], Any]) -> None:
    """Wait until something is there."""
    deadline = time.monotonic() + 60
    while True:
        with suppress(ClientError):
            if found():
                return
        assert time.monotonic() < deadline
        time.sleep(0.2)
