"""A bucket with a model's data, and predictions as the steps before write them."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest

from lambdas.actuals import handler as module
from lambdas.join.table import Form, join
from lambdas.predict.run import ReadRows
from lambdas.predict.trained import Trained
from lambdas.shared.failures.errors import MolinoError
from tests.lambdas.conftest import BUCKET, Context
from tests.lambdas.predict.reading import Preprocessed, attempt, preprocessed, table

KEY, EXECUTION = "actuals/heart/may.csv", "heart-0123456789abcdef"
LEARNED = table("patient,age,sex,target", "P{i},{20 + i * 37 % 61},{'fm'[i % 2]},{i % 2}", 120)
MEASURED = {
    "task": "binary",
    "rows": 200,
    "metrics": {"roc_auc": 0.9, "accuracy": 0.8},
    "intervals": {
        "roc_auc": {"low": 0.85, "high": 0.94, "method": "delong"},
        "accuracy": {"low": 0.75, "high": 0.85, "method": "wilson"},
    },
    "positive_class": "1",
    "positive_class_wording": {"one": "set", "many": None, "values": {}},
}
# As good as those figures: one row in five is answered wrongly.
ANSWERED = "row,actual,prediction,probability:0,probability:1\n" + "".join(
    f"{n},{n % 2},{(n + (n % 5 < 1)) % 2},{1 - p},{p}\n"
    for n in range(200)
    for p in [(0.6 + n / 1000) if (n + (n % 5 < 1)) % 2 else (0.4 - n / 1000)]
)


@cache
def _preprocessed(content: str, settings: tuple[tuple[str, Any], ...]) -> Preprocessed:
    return preprocessed(Path(mkdtemp()), content, **dict(settings))


@dataclass(frozen=True)
class _Once:
    """A model's data, by what makes them other than another's."""

    trained: Trained = field(compare=False)
    schema: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", json.dumps(self.trained.schema))


@cache
def _read(rows: str, once: _Once) -> ReadRows:
    read = attempt(Path(mkdtemp()), rows, once.trained).read
    assert read
    return read


@dataclass
class Bucket:
    """The dataset's part of the bucket."""

    s3: Any
    folder: Path
    context: Context

    def train(self, run: str = "run-1", content: str = LEARNED, **settings: Any) -> Trained:
        """Store what is known of a version's data and test rows; return what it was trained on."""
        found = _preprocessed(content, tuple(settings.items()))
        for key, text in found.outcome.documents.items():
            self.put(f"datasets/heart/{run}/{key.split('/', 3)[3]}", text)
        self.put(f"reports/heart/{run}/metrics.json", json.dumps(MEASURED))
        self.put(f"reports/heart/{run}/predictions.csv", ANSWERED)
        return found.trained

    def predict(
        self,
        name: str,
        rows: str,
        trained: Trained,
        scores: Sequence[float] | None = None,
        *,
        version: int = 1,
        ended: str | None = "2026-05-03T04:05:06+00:00",
        **form: bool,
    ) -> Path:
        """Store predictions of rows; scores are probabilities of the second class, or numbers."""
        read = _read(rows, _Once(trained))
        labels = sorted(trained.classes)
        if scores is None:
            scores = [round(n * 7919 % 1000 / 1000, 3) for n in range(read.rows)]
        answers = io.StringIO()
        lines = csv.writer(answers, lineterminator="\n")
        if labels:
            lines.writerow(["prediction", *(f"probability:{each}" for each in labels), "threshold"])
            lines.writerows([labels[p > 0.5], 1 - p, p, 0.5] for p in scores)
        else:
            lines.writerow(["prediction", "low", "high"])
            lines.writerows([p, p - 1, p + 1] for p in scores)
        place = self.folder / name
        place.mkdir()
        (place / "answers").write_text(answers.getvalue())
        shape = Form(is_number=not labels, **form)
        target = place / f"predictions.{'parquet' if shape.is_parquet else 'csv'}"
        joined = join(read.own, [place / "answers"], target, place, shape)
        key = f"predictions/heart/{name}/{target.name}"
        self.s3.upload_file(str(target), BUCKET, key)
        document = {
            "status": "SUCCEEDED",
            "task": trained.task,
            "target": trained.target,
            "model": {"version": version, "run": f"run-{version}"},
            "rows": joined.rows,
            "added": joined.added,
            "predictions_uri": f"s3://{BUCKET}/{key}",
        }
        document |= {"ended": ended} if ended else {}
        self.put(f"predictions/heart/{name}/result.json", json.dumps(document))
        return target

    def put(self, key: str, body: str | bytes, **given: Any) -> Any:
        return self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **given)

    def load(self, key: str) -> Any:
        return json.load(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"])

    def keys(self, prefix: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for each in listed.get("Contents", [])]

    def compare(self, content: str | bytes, name: str = EXECUTION, **metadata: str) -> Any:
        """Compare a file; return the answer."""
        put = self.put(KEY, content, Metadata=metadata)
        event = {"bucket": BUCKET, "key": KEY, "version_id": put["VersionId"]}
        return module.handler(event | {"execution_name": name}, self.context)

    def refused(self, content: str | bytes, **metadata: str) -> tuple[str, str]:
        """Return the code and message of a refusal, whose findings are stored."""
        with pytest.raises(MolinoError) as caught:
            self.compare(content, **metadata)
        assert caught.value.code in self.codes()
        return caught.value.code, str(caught.value)

    def findings(self, name: str = EXECUTION) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.load(f"reports/heart/{name}/findings.json")["findings"]
        return found

    def codes(self, name: str = EXECUTION) -> list[str]:
        return [each["code"] for each in self.findings(name)]

    def said(self, name: str = EXECUTION) -> str:
        return " ".join(each["message"] for each in self.findings(name))

    def quality(self, name: str = EXECUTION) -> Any:
        return self.load(f"reports/heart/{name}/quality.json")


def rows_of(first: int, count: int) -> str:
    """Return rows to predict of patients from a number on."""
    lines = (f"P{n},{20 + n * 37 % 61},{'fm'[n % 2]}" for n in range(first, first + count))
    return "\n".join(["patient,age,sex", *lines]) + "\n"


def truths_of(first: int, count: int, seed: int = 0) -> dict[str, int]:
    """Return what happened to patients."""
    drawn = np.random.default_rng(seed + first).integers(0, 2, count)
    return {f"P{first + n}": int(value) for n, value in enumerate(drawn)}


def as_csv(truths: dict[str, Any], header: str = "patient,target") -> str:
    return "\n".join([header, *(f"{key},{value}" for key, value in truths.items())]) + "\n"
