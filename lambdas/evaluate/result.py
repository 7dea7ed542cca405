"""From answered rows to ``metrics.json``."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lambdas.evaluate.baseline import baseline
from lambdas.evaluate.collect import Asks, Run
from lambdas.evaluate.document import scores
from lambdas.evaluate.groups import by_group
from lambdas.evaluate.latency import percentiles
from lambdas.evaluate.loading import Loaded, load
from lambdas.evaluate.probes import probe
from lambdas.evaluate.progress import Progress
from lambdas.evaluate.ranges import ObjectFile
from lambdas.evaluate.sizing import Sizing
from lambdas.shared.paths import split_uri


@dataclass(frozen=True)
class Asked:
    """What is to be told beside the metrics.

    Parameters
    ----------
    task : str
    profile_uri : str or None
        Where preprocess's profile lies, which knows the training rows' target.
    probes : bool
        Whether to ask the endpoint for latency and importance as well.
    """

    task: str
    profile_uri: str | None
    probes: bool


def document_of(
    run: Run, connect: Callable[[Sizing], Asks], progress: Progress, asked: Asked
) -> dict[str, Any]:
    """Return the content of ``metrics.json``."""
    loaded = _loaded(run, asked.task, progress.rows)
    scored = loaded.scored
    probed = probe(run, connect, progress, scored) if asked.probes else None
    of_batches = percentiles(progress.milliseconds)
    seconds = sum(progress.milliseconds) / 1000 + (probed.seconds if probed else 0.0)
    return scores(scored) | {
        "baseline": _baseline(run, loaded, asked.profile_uri),
        "groups": by_group(scored, loaded.groups),
        "importance": probed.importance if probed else None,
        "requests": len(progress.milliseconds),
        "latency_ms": probed.latency_ms if probed else of_batches,
        "batch_latency_ms": of_batches,
        "answering_seconds": round(seconds, 3),
    }


def _loaded(run: Run, task: str, rows: int) -> Loaded:
    """Read the predictions back: what is scored is what is stored."""
    file = ObjectFile(run.client, run.bucket, run.predictions_key)
    with io.TextIOWrapper(file, encoding="utf-8", newline="") as lines:
        return load(lines, rows, task)


def _baseline(run: Run, loaded: Loaded, profile_uri: str | None) -> dict[str, Any] | None:
    if profile_uri is None:
        return None
    bucket, key = split_uri(profile_uri)
    profile = json.load(run.client.get_object(Bucket=bucket, Key=key)["Body"])
    return baseline(loaded.scored, profile["target"])
