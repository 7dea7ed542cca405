"""From answered rows to ``metrics.json``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from lambdas.evaluate.collect import Asks, Run
from lambdas.evaluate.groups import by_group
from lambdas.evaluate.loading import Loaded, load
from lambdas.evaluate.probes import percentiles, probe, threshold
from lambdas.evaluate.progress import EvaluationProgress
from lambdas.quality.baseline import baseline
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import scores
from lambdas.quality.verdict import verdict
from lambdas.shared.documents.bucket import ObjectFile, read
from lambdas.shared.documents.contents import Metrics, Profile
from lambdas.shared.documents.document import PROFILE
from lambdas.shared.positive_class import PositiveClass
from lambdas.shared.requests import Sizing


@dataclass(frozen=True)
class Asked:
    """What is wanted besides the metrics.

    Parameters
    ----------
    task : str
    profile_uri : str or None
        Address of preprocess's profile, which has the training rows' target and the positive
        class that the settings name: the candidate's, for a champion too.
    probes : bool
        Whether to ask the endpoint for latency and importance as well.
    """

    task: str
    profile_uri: str | None
    probes: bool


def document_of(
    run: Run, connect: Callable[[Sizing], Asks], progress: EvaluationProgress, asked: Asked
) -> Metrics:
    """Return the content of ``metrics.json``."""
    profile = read(run.client, PROFILE, asked.profile_uri) if asked.profile_uri else None
    target = profile["target"] if profile else {}
    loaded = _loaded(run, asked.task, progress.rows, target)
    scored = loaded.scored
    probed = probe(run, connect, progress, scored) if asked.probes else None
    of_batches = percentiles(progress.milliseconds)
    seconds = sum(progress.milliseconds) / 1000 + (probed.seconds if probed else 0.0)
    measured = scores(scored) | {
        "threshold": threshold(run, connect) if scored.labels else None,
        "baseline": baseline(scored, target) if target else None,
        "groups": by_group(scored, loaded.groups),
        "predicted": predicted(scored, profile) if profile else None,
    }
    more = {
        "verdict": verdict(measured),
        "importance": probed.importance if probed else None,
        "reasons": probed.reasons if probed else None,
        "requests": len(progress.milliseconds),
        "latency_ms": probed.latency_ms if probed else of_batches,
        "batch_latency_ms": of_batches,
        "answering_seconds": round(seconds, 3),
    }
    return cast("Metrics", measured | more)


def _loaded(run: Run, task: str, rows: int, target: dict[str, Any]) -> Loaded:
    """Read the predictions back: what is scored is what is stored."""
    named = target.get("positive_class")
    with ObjectFile(run.client, run.predictions_uri).lines() as lines:
        return load(lines, rows, task, PositiveClass.from_json(named) if named else None)


def predicted(scored: Scored, profile: Profile) -> dict[str, Any] | None:
    """Return predicted numbers in the bins of the training file's target; None of classes.

    Later predictions are compared with them.
    """
    column = next((each for each in profile["columns"] if each["role"] == "target"), {})
    edges = (column.get("bins") or {}).get("edges")
    if scored.labels or not edges:
        return None
    counts = np.bincount(np.searchsorted(edges, scored.predicted), minlength=len(edges) + 1)
    return {"edges": edges, "counts": counts.tolist()}
