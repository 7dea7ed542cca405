"""What users ask a serverless endpoint that serves is captured and compared, without a row told."""

import io
import json
import re
from dataclasses import dataclass

import pandas as pd
import pytest

from localcloud.session import Session
from tests.end_to_end import datasets
from tests.end_to_end.test_champion import Ward

DATASET = "asked"


@dataclass(frozen=True)
class Asked:
    """A dataset whose champion answers and captures, and what was asked of it."""

    ward: Ward
    rows: pd.DataFrame

    @property
    def folder(self) -> str:
        return f"captures/{DATASET}/served/{self.ward.endpoint}/AllTraffic/"

    def objects(self) -> list[str]:
        listed = self.ward.session.cloud.client("s3").list_objects_v2(
            Bucket=self.ward.bucket, Prefix=self.folder
        )
        return [item["Key"] for item in listed.get("Contents", [])]

    def ask(self, body: bytes, content_type: str) -> bytes:
        runtime = self.ward.session.cloud.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(
            EndpointName=self.ward.endpoint, Body=body, ContentType=content_type, Accept="text/csv"
        )
        found: bytes = answer["Body"].read()
        return found


@pytest.fixture(scope="module")
def asked(session: Session) -> Asked:
    ward = Ward(session, DATASET)
    ward.run(serve="true", capture_percent="100")
    rows = pd.read_csv(datasets.BREAST_CANCER).drop(columns="diagnosis").head(120)
    rows.iloc[:, 0] *= 3  # so that it has drifted
    found = Asked(ward, rows)
    found.ask(rows.head(60).to_csv(index=False).encode(), "text/csv")
    records = {"instances": rows.tail(60).to_dict(orient="records")}
    found.ask(json.dumps(records).encode(), "application/json")
    return found


def test_each_request_lies_there_once_it_is_answered(asked: Asked) -> None:
    s3, keys = asked.ward.session.cloud.client("s3"), asked.objects()
    assert len(keys) == 2  # and none of the canary's
    for key in keys:
        assert re.search(r"/AllTraffic/\d{4}/\d\d/\d\d/\d\d/[0-9a-f-]+\.jsonl$", key)
        stored = s3.get_object(Bucket=asked.ward.bucket, Key=key)
        assert stored["ServerSideEncryption"] == "aws:kms"
        assert stored["SSEKMSKeyId"] == asked.ward.session.outputs["KeyArn"]
        data = json.loads(stored["Body"].read())["captureData"]
        answers = pd.read_csv(io.StringIO(data["endpointOutput"]["data"]))
        assert len(answers) == 60
