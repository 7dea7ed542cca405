"""A year's files through the steps' own code in one process; S3 and the registry in memory.

What the state machine does between the steps stands here again: `tests/faults` has a year through
the state machine itself.
"""

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import boto3
import pandas as pd
from moto import mock_aws
from moto.sagemaker.models import SageMakerModelBackend

from lambdas.champion.handler import handler as find_champion
from lambdas.evaluate import handler as evaluate
from lambdas.gate.handler import handler as gate
from lambdas.health.handler import handler as keep_history
from lambdas.preprocess.handler import handler as preprocess
from lambdas.reason.handler import handler as look_for_reason
from lambdas.shared import aws
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import DRIFT
from lambdas.shared.findings.message import Message
from lambdas.shared.names.paths import split_uri
from lambdas.shared.observability import logger, metrics
from tests.bench.objects import Objects
from tests.lambdas.conftest import Context
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run as train
from training.serve.hooks import answer, model_fn

BUCKET, REGION = "molino-data", "eu-west-1"
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",  # pragma: allowlist secret
    "BUCKET": BUCKET,
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "UPLOAD_LIMIT_BYTES": str(1 << 30),
}
_REASONS = {
    "no model of the dataset": "first",
    "no champion yet": "first",
    "drifted far": "drifted",
    "got worse": "worse",
    "could not be measured": "unmeasured",
}
ACCOUNT = f"arn:aws:states:{REGION}:111122223333:execution:Molino"


@dataclass(frozen=True)
class Month:
    """What became of a month's file.

    Parameters
    ----------
    drifted, slightly : frozenset of str
        Columns that have drifted from the champion's, far or not.
    reasons : frozenset of str
        For which it was trained on: ``first``, ``drifted``, ``worse``; none without `retrain_when`.
    told : tuple of str
        ``DRIFT``, ``QUALITY``: what those who watch the dataset were notified of.
    """

    drifted: frozenset[str]
    slightly: frozenset[str]
    reasons: frozenset[str]
    told: tuple[str, ...]
    promoted: bool
    tested: int


_update = SageMakerModelBackend.update_model_package


def _updated(registry: Any, model_package_arn: str, *values: Any, **named: Any) -> Any:
    """Keep a version's properties where an update names none, as SageMaker does and moto not."""
    properties = registry.model_packages[
        registry.model_package_name_mapping.get(model_package_arn, model_package_arn)
    ].customer_metadata_properties
    named["customer_metadata_properties"] = named.get("customer_metadata_properties") or properties
    return _update(registry, model_package_arn, *values, **named)


@contextmanager
def cloud() -> Iterator[Any]:
    """Yield an S3 client onto a bucket in memory."""
    clients = (aws.s3_client, aws.sagemaker_client, aws.sns_client, aws.events_client)
    logger.setLevel("CRITICAL")
    metrics.clear_metrics()  # those of other years: they are kept, as none are written
    environment = mock.patch.dict(os.environ, _ENVIRONMENT)
    objects, made = Objects(), boto3.client

    def client(service: str, *given: Any, **named: Any) -> Any:
        return objects if service == "s3" else made(service, *given, **named)

    with (
        environment,
        mock_aws(),
        mock.patch.object(boto3, "client", client),
        mock.patch.object(SageMakerModelBackend, "update_model_package", _updated),
    ):
        for each in clients:
            each.cache_clear()
        os.environ["TOPIC_ARN"] = aws.sns_client().create_topic(Name="Molino")["TopicArn"]
        yield objects
        for each in clients:
            each.cache_clear()


class Replay:
    """A dataset whose files come one after another.

    Parameters
    ----------
    client : S3Client
    dataset, target : str
    **settings
        Of the dataset.
    """

    def __init__(self, client: Any, dataset: str, target: str, **settings: Any) -> None:
        self._client, self._dataset = client, dataset
        self._models: dict[str, Any] = {}
        given = {"target": target, **settings}
        body = "".join(f"{name}: {value}\n" for name, value in given.items())
        client.put_object(Bucket=BUCKET, Key=f"settings/{dataset}.yaml", Body=body.encode())

    def month(self, number: int, rows: pd.DataFrame) -> Month:
        """Upload a file and do what the state machine does."""
        name = f"month-{number:02}"
        run = {"execution_name": name, "execution_arn": f"{ACCOUNT}:{name}"}
        key, body = f"incoming/{self._dataset}/{name}.csv", rows.to_csv(index=False).encode()
        version = self._client.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]
        upload = {"bucket": BUCKET, "key": key, "version_id": version}
        prepared = preprocess(run | upload, Context())
        known = {"champion": self._champion(prepared), "champion_evaluation": None}
        if known["champion"] and not known["champion"]["problem"]:
            folder = f"{prepared['report_uri']}/champion"
            model = self._models[known["champion"]["package_arn"]]
            known["champion_evaluation"] = _evaluated(prepared, model, folder)
        is_asked = bool(prepared["retrain_when"])  # else each upload is trained
        reasons = self._reasons(run, prepared, known) if is_asked else frozenset()
        decision = self._trained(run, prepared, known) if reasons or not is_asked else None
        levels = self._levels(prepared)
        return Month(
            drifted=frozenset(name for name, level in levels.items() if level == "large"),
            slightly=frozenset(name for name, level in levels.items() if level == "small"),
            reasons=reasons,
            told=self._told(number, run),
            promoted=bool(decision and decision["promoted"]),
            tested=prepared["rows"]["test"],
        )

    def _champion(self, prepared: dict[str, Any]) -> dict[str, Any] | None:
        event = {"group": prepared["group"], "manifest_uri": prepared["uris"]["manifest"]}
        return find_champion(event, Context())["champion"]

    def _levels(self, prepared: dict[str, Any]) -> dict[str, str]:
        drift = find(self._client, DRIFT, DRIFT.below(_folder(prepared)))
        return {each["name"]: each["level"] for each in drift["columns"]} if drift else {}

    def _reasons(self, run: dict[str, str], prepared: dict[str, Any], known: dict[str, Any]) -> Any:
        """Return why to train, in the words of `_REASONS`; nothing if there is no reason to."""
        event = {"execution_name": run["execution_name"], "prepared": prepared, **known}
        found = look_for_reason(event, Context())
        if not found["train"]:
            return frozenset()
        text = str(Message.from_json(found["wording"]))
        return frozenset(name for words, name in _REASONS.items() if words in text)

    def _told(self, number: int, run: dict[str, str]) -> tuple[str, ...]:
        event = {
            "detail-type": "Molino Run Succeeded",
            "time": f"2026-{number:02}-15T12:00:00+00:00",
            "detail": {"dataset": self._dataset, "execution_arn": run["execution_arn"]},
        }
        return tuple(keep_history(event, Context())["told"])

    def _trained(
        self, run: dict[str, str], prepared: dict[str, Any], known: dict[str, Any]
    ) -> dict[str, Any]:
        """Train a candidate, measure it, and let the gate decide."""
        with TemporaryDirectory() as place:
            model = self._fitted(prepared, Path(place))
        event = {
            **run,
            "prepared": prepared,
            "container": {"Image": "image", "ModelDataUrl": "s3://bucket/model", "Environment": {}},
            "tags": [],
            "approval_hours": 1,
            "evaluation": _evaluated(prepared, model, prepared["report_uri"]),
            **known,
        }
        decision = gate(event, Context())
        self._models[decision["package_arn"]] = model
        return decision

    def _fitted(self, prepared: dict[str, Any], place: Path) -> Any:
        channels = {name: place / name for name in ("train", "validation", "schema")}
        for name, folder in channels.items():
            folder.mkdir()
            uri = prepared["uris"][name]
            file = f"{name}.{'json' if name == 'schema' else 'csv'}"
            bucket, key = split_uri(f"{uri}{file}")
            self._client.download_file(bucket, key, str(folder / file))
        given = prepared["training"]["hyperparameters"]
        # The container's toolkit takes the JSON off.
        pairs = [(f"--{name}", str(json.loads(text))) for name, text in given.items()]
        with redirect_stdout(io.StringIO()):
            train(parse_hyperparameters(list(chain(*pairs))), channels, place / "model")
        return model_fn(str(place / "model"))


def _folder(prepared: dict[str, Any]) -> str:
    return str(prepared["uris"]["manifest"]).rpartition("/")[0]


class _InProcess:
    """InvokeEndpoint, answered by a model in this process."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        kinds = request["ContentType"], request["Accept"]
        body, _ = answer(self._model, request["Body"].decode(), *kinds)
        return {"Body": io.BytesIO(body.encode())}


def _evaluated(prepared: dict[str, Any], model: Any, report_uri: str) -> dict[str, Any]:
    event = {
        name: prepared[name]
        for name in ("endpoint", "dataset", "task", "target", "compare_by", "uris")
    }
    event |= {"endpoint_name": "in-process", "report_uri": report_uri, "probes": False}
    client = _InProcess(model)
    with mock.patch.object(evaluate, "sagemaker_runtime_client", return_value=client):
        return evaluate.handler(event, Context())
