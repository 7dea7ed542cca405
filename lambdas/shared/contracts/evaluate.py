"""The champion that is there, and how well a model answers the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lambdas.shared.contracts.contract import Contract, Task
from lambdas.shared.contracts.preprocess import DatasetUris, EndpointRequest


class ChampionEvent(Contract):
    """The dataset's group, and the manifest of the new upload."""

    group: str
    manifest_uri: str


class KnownChampion(Contract):
    """The champion's version, and why it can't be measured, if so.

    Parameters
    ----------
    problem : str or None
        In English; the state machine adds one if the champion fails.
    wording : mapping or None
        The same as a message in JSON's types.
    error : str or None
        Class of the failure, where there was one.
    """

    package_arn: str
    version: int
    environment: dict[str, str]
    manifest_uri: str
    schema_uri: str
    problem: str | None
    wording: Mapping[str, Any] | None = None
    error: str | None = None


class ChampionAnswer(Contract):
    """The champion, or None."""

    champion: KnownChampion | None


class EvaluateEvent(Contract):
    """The endpoint and the test split."""

    endpoint_name: str
    endpoint: EndpointRequest
    dataset: str
    task: Task
    target: str
    compare_by: list[str]
    uris: DatasetUris
    report_uri: str
    probes: bool = True


class UnfinishedEvaluation(Contract):
    """How many rows are answered; the same event goes on there."""

    is_complete: Literal[False] = False
    rows: int


class Evaluation(Contract):
    """A model's figures without any value of the data, and where the rest is."""

    is_complete: Literal[True] = True
    metrics: dict[str, float]
    verdict: Mapping[str, Any] | None
    rows: int
    requests: int
    latency_ms: dict[str, float]
    answering_seconds: float
    intervals: dict[str, Mapping[str, Any]]
    predictions_uri: str
    metrics_uri: str
