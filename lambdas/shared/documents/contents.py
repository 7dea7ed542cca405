"""Contents of documents, as types; the version is added where they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

Values = Mapping[str, Any]


class Chosen(TypedDict):
    """A choice and the rule that made it, as an English sentence and to be translated."""

    value: str
    rule: str
    wording: Values


class Source(TypedDict, total=False):
    """The upload; of one that can't be used, as far as it was read; of a folder, also its parts."""

    key: str
    version_id: str
    sha256: str
    bytes: int
    rows: int
    columns: list[str]
    excluded: Mapping[str, int]
    parts: Sequence[Values]


class Schema(TypedDict):
    """``schema.json``: what training and serving read."""

    task: str
    target: str
    features: list[dict[str, Any]]
    missing: list[str]
    origin: Mapping[str, str]
    positive_class: NotRequired[str]
    target_written: NotRequired[dict[str, Any]]
    bound_by: NotRequired[str]


class Manifest(TypedDict):
    """``manifest.json``: how the splits were made.

    ``files`` has the bytes of each split's files by their names; absent in records of before.
    ``digests`` names, where rows are too many to be read again, what is kept to know them by, each
    with its ``features``, its ``target`` and ``one_in`` how many rows it has.
    """

    execution_arn: str
    source: Source
    task: Chosen
    target: Chosen
    classes: Any
    features: list[dict[str, Any]]
    rows: Mapping[str, int]
    files: NotRequired[Mapping[str, Mapping[str, int]]]
    digests: NotRequired[Sequence[dict[str, Any]]]
    account: Values
    settings: Mapping[str, dict[str, Any]]
    budget: Values
    findings: list[dict[str, Any]]
    versions: dict[str, str]


class Profile(TypedDict):
    """``profile.json``: the figures of the data; ``docs/reference.md`` describes them."""

    rows: Mapping[str, int]
    limited: NotRequired[Mapping[str, int]]
    account: Values
    repeats: Values
    target: dict[str, Any]
    columns: list[dict[str, Any]]


class Categories(TypedDict):
    """``categories.json``: what there is in columns of categories, where it is not too much."""

    columns: Mapping[str, list[str]]


class Sample(TypedDict):
    """``sample.json``: some rows, each cell as the number of its bin; a column's in base 64."""

    rows: int
    columns: Mapping[str, str]


class Drift(TypedDict):
    """``drift.json``: the upload beside what the champion has learned from.

    ``answered_by`` is the newest version, if it is later and has learned from columns like all
    those that drifted far; absent in records of before.
    """

    champion: int
    rows: Mapping[str, int]
    columns: list[dict[str, Any]]
    target: dict[str, Any] | None
    domain: NotRequired[dict[str, Any] | None]
    lacking: list[str]
    new: list[str]
    changed: list[str]
    answered_by: NotRequired[int | None]


class Findings(TypedDict):
    """``findings.json``: what is known of an upload that can't be used."""

    error: str
    language: str | None
    source: Source
    findings: list[dict[str, Any]]
    profile: Values | None


class RowsFound(TypedDict):
    """``findings.json`` of rows to predict."""

    language: str | None
    findings: list[dict[str, Any]]


class Distribution(TypedDict, total=False):
    """``distribution.json``: how the predictions are spread.

    Of classes how many rows are predicted as each; of numbers their mean, how many are in, below
    and above the bins of the training file's target, and how many between its quantiles. Last, how
    far they are from the model's answers to its test rows, where that is known.
    """

    classes: dict[str, int]
    mean: float
    histogram: Values
    bins: Values
    drift: Values | None


class Metrics(TypedDict, total=False):
    """``metrics.json``; ``docs/reference.md`` describes it."""

    task: str
    rows: int
    metrics: dict[str, float]
    intervals: dict[str, dict[str, Any]]
    undefined: list[str]
    labels: list[str]
    predicted: Values | None
    confusion_matrix: list[list[int]]
    positive_class: str
    positive_class_wording: Values
    baseline: dict[str, Any] | None
    verdict: dict[str, Any]
    latency_ms: dict[str, float]


class Quality(TypedDict):
    """``quality.json``: how well predictions turned out, once it was known what really happened.

    Parameters
    ----------
    metric : str
        By which the gate judges the dataset's models.
    periods : list of dict
        The months of predictions that a file of actual values changed, each of one version,
        recomputed over all that is known: ``period`` (such as ``2026-05``), ``version``, ``rows``,
        ``metrics`` and ``intervals``; ``docs/reference.md`` describes the others.
    versions : list of dict
        The same of each version, in all these months together.
    """

    task: str
    metric: str
    periods: list[dict[str, Any]]
    versions: list[dict[str, Any]]


class Decision(TypedDict):
    """``decision.json``: whether the candidate became the champion, and why."""

    verdict: str
    rule: str
    reason: str
    wording: Values
    baseline: Values
    champion: Values | None
    metric: NotRequired[str]
    package_arn: NotRequired[str]
    version: NotRequired[int]
    approval: NotRequired[str | None]
    promoted: NotRequired[bool]


class Training(TypedDict):
    """``training.json``: whether an upload was a reason to train, and the champion's figure on it.

    The figure is by the gate's metric, on the test rows that the champion was not trained on.
    """

    train: bool
    reason: str
    wording: Values
    champion: Values | None


class Champion(TypedDict):
    """``champion.json``: what serves the dataset now, and the share of requests it captures."""

    dataset: str
    endpoint_name: str
    package_arn: str
    version: int
    since: str
    capture_percent: NotRequired[int]
    execution_arn: str
    report_uri: str


class Skipped(TypedDict):
    """``skipped.json``: why the last scheduled check trained nothing, and of which upload.

    ``reason`` is a message without its figures, which change from check to check.
    """

    reason: Values
    key: str
    version_id: str


class Runs(TypedDict):
    """``runs.json``: a line for each of the dataset's last runs, the newest first."""

    runs: Sequence[Mapping[str, Any]]


class Health(TypedDict):
    """``health/<month>.json``: what a month's files and requests showed, an entry each."""

    entries: list[HealthEntry]


class HealthEntry(TypedDict):
    """What one run, or a day of requests, showed.

    Parameters
    ----------
    name : str
        Of the execution; of requests the day and the version.
    kind : str
        ``upload``, ``predictions``, ``actuals`` or ``requests``.
    time : str
        When it ended; ISO 8601.
    rows : int or None
    version : int or None
        The version that the rows are compared with: of predictions and requests the one that
        answered, of uploads the champion.
    drift : HealthDrift or None
        None where nothing was compared.
    quality : list of HealthFigure
        How good versions are on these rows.
    training : HealthTraining or None
        What was trained, if anything was.
    predictions : mapping or None
        How they are spread: ``classes`` with their rows (of many, the most frequent, and ``others``
        the rest), or ``mean`` and ``quantiles``.
    """

    name: str
    kind: str
    time: str
    language: str | None
    rows: int | None
    version: int | None
    drift: HealthDrift | None
    quality: list[HealthFigure]
    training: HealthTraining | None
    predictions: Values | None


class HealthDrift(TypedDict):
    """How far rows are from those that a version has learned from.

    Parameters
    ----------
    levels : mapping of str to int
        All columns, the target among them, counted by level.
    columns : list of HealthShift
        The most drifted ones.
    target, predictions : HealthShift or None
    domain : mapping or None
        ``auc``, ``low``, ``high`` and ``rows`` of a classifier that tells these rows from the
        version's.
    """

    levels: dict[str, int]
    columns: list[HealthShift]
    target: HealthShift | None
    predictions: HealthShift | None
    domain: Values | None


class HealthShift(TypedDict):
    """How far one column has moved: its level and its stability index."""

    name: str
    level: str
    index: float


class HealthFigure(TypedDict):
    """A version's figure on rows that it has not learned from.

    Parameters
    ----------
    period : str or None
        The time that the rows are of, where that is not the file's own.
    registered : mapping or None
        ``value``, ``low``, ``high`` and ``rows`` of the same version and metric on its own test
        rows; None if that is not known.
    verdict : str
        How it compares with the registered one, or what else was known when nobody had been told of
        a fall: ``same``, ``better``, ``worse``, or ``unknown``; absent where answers are gone.
    chance : float or None
        How often chance alone makes it fall as far; of an upload also from what is known since.
    """

    version: int
    metric: str
    value: float
    low: float
    high: float
    rows: int
    period: str | None
    registered: Values | None
    verdict: NotRequired[str]
    chance: NotRequired[float | None]


class HealthTraining(TypedDict):
    """A version that was trained of an upload, and what was decided about it.

    Parameters
    ----------
    reason : mapping
        Of the decision, as a message in JSON's types.
    figure : HealthFigure or None
        On its own test rows.
    """

    version: int
    promoted: bool
    rule: str
    reason: Values
    figure: HealthFigure | None


class RequestsSeen(TypedDict):
    """``requests.json``: which of the requests to an endpoint that serves were compared.

    ``requests`` counts those that were read, and those left out by the reason.
    """

    dataset: str
    version: int
    days: Mapping[str, str]
    capture_percent: int | None
    objects: Mapping[str, int]
    requests: Mapping[str, int]
    rows: int
