"""The stored predictions of a dataset: which there are, of which model, and when they were made."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambdas.shared.documents.bucket import Stored, find, stored
from lambdas.shared.documents.document import PREDICTED
from lambdas.shared.names.paths import RunPaths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

# The newest: a thousand of a thousand rows each take half a minute of a processor.
MOST_RUNS = 1000
_AT_ONCE = 16  # requests to S3
_FILE = re.compile(r"([^/]+)/predictions\.(?:csv|parquet)")
_PAIRS = re.compile(r"([^/]+)/actuals/([^/]+)\.parquet")


@dataclass(frozen=True)
class Model:
    """The version that predicted, and the run that trained it."""

    version: int
    run: str


@dataclass(frozen=True)
class PredictionRun:
    """One file of predictions.

    Parameters
    ----------
    name : str
        Of the execution that made it.
    uri : str
        The file.
    added : tuple of str
        The names of its last columns: the answers.
    period : str
        The month in which it was made, in UTC.
    """

    name: str
    uri: str
    size: int
    model: Model
    task: str
    target: str
    rows: int
    added: tuple[str, ...]
    period: str

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet, not CSV."""
        return self.uri.endswith(".parquet")


@dataclass
class Runs:
    """What was found.

    Parameters
    ----------
    usable : list of PredictionRun
        The newest first.
    left_out : counter of str
        How many were not looked at, by why.
    """

    usable: list[PredictionRun]
    left_out: Counter[str] = field(default_factory=Counter)


def find_runs(client: S3Client, paths: RunPaths) -> Runs:
    """Find the newest predictions of a dataset."""
    folder = _folder(paths)
    files = [
        (found[1], each)
        for each in stored(client, folder)
        if (found := _FILE.fullmatch(each.uri.removeprefix(folder)))
    ]
    newest = sorted(files, key=lambda item: (item[1].changed, item[0]), reverse=True)
    names = list(dict.fromkeys(name for name, _ in newest))
    runs = Runs([], Counter(old=len(names[MOST_RUNS:])))
    described = in_parallel(lambda name: _described(client, paths, name), names[:MOST_RUNS])
    sizes = {each.uri: each for _, each in files}
    for name, document in zip(names, described, strict=False):
        file = sizes.get((document or {}).get("predictions_uri") or "")
        if document is None or file is None or document["status"] != "SUCCEEDED":
            runs.left_out["undescribed"] += 1
        else:
            runs.usable.append(_run(name, document, file))
    return runs


def _folder(paths: RunPaths) -> str:
    return f"{paths.uri(paths.folder('predictions')).rpartition('/')[0]}/"


def _described(client: S3Client, paths: RunPaths, name: str) -> Mapping[str, Any] | None:
    return find(client, PREDICTED, PREDICTED.uri(RunPaths(paths.bucket, paths.dataset, name)))


def _run(name: str, document: Mapping[str, Any], file: Stored) -> PredictionRun:
    # Of predictions that were made before the document said when, the file itself does.
    made = document.get("ended") or file.changed.astimezone(dt.UTC).isoformat()
    model = document["model"]
    return PredictionRun(
        name=name,
        uri=file.uri,
        size=file.size,
        model=Model(model["version"], model["run"]),
        task=document["task"],
        target=document["target"],
        rows=document["rows"],
        added=tuple(document["added"]),
        period=made[:7],
    )


def pairs_uri(paths: RunPaths, run: str) -> str:
    """Return where an execution stores what it has joined to one file of predictions."""
    return f"{_folder(paths)}{run}/actuals/{paths.execution}.parquet"


def known_pairs(
    client: S3Client, paths: RunPaths, runs: Iterable[PredictionRun]
) -> dict[str, list[str]]:
    """Return the addresses of all that is joined to files of predictions by now, by their names."""
    folder, wanted = _folder(paths), {run.name for run in runs}
    found: dict[str, list[str]] = {}
    for each in stored(client, folder):
        place = _PAIRS.fullmatch(each.uri.removeprefix(folder))
        if place and place[1] in wanted:
            found.setdefault(place[1], []).append(each.uri)
    return found


def in_parallel(function: Any, items: Sequence[Any]) -> Iterator[Any]:
    """Yield what a function of S3 returns for each item, in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(function, items)
