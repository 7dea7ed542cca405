"""From answered rows to ``metrics.json``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.batches import Sizing
from lambdas.evaluate.collect import Asks, Run
from lambdas.evaluate.loading import Loaded, load
from lambdas.evaluate.probes import percentiles, probe
from lambdas.evaluate.progress import EvaluationProgress
from lambdas.quality.baseline import baseline
from lambdas.quality.scored import Scored
from lambdas.quality.tasks import described, figures, scores
from lambdas.quality.verdict import verdict
from lambdas.shared.documents.bucket import ObjectFile, read
from lambdas.shared.documents.contents import Metrics
from lambdas.shared.documents.document import PROFILE
from lambdas.shared.positive_class import PositiveClass


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
    target = _target(run, asked.profile_uri)
    loaded = _loaded(run, asked.task, progress.rows, target)
    scored = loaded.scored
    probed = probe(run, connect, progress, scored) if asked.probes else None
    of_batches = percentiles(progress.milliseconds)
    seconds = sum(progress.milliseconds) / 1000 + (probed.seconds if probed else 0.0)
    measured = scores(scored) | {"baseline": baseline(scored, target) if target else None}
    more = {
        "verdict": verdict(measured),
        "groups": by_group(scored, loaded.groups),
        "importance": probed.importance if probed else None,
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


def _target(run: Run, profile_uri: str | None) -> dict[str, Any]:
    """Return the target as the profile has it; nothing without a profile."""
    return read(run.client, PROFILE, profile_uri)["target"] if profile_uri else {}


# Fewer rows say little (a share's interval is 40 points wide) and may point at persons.
FEWEST_ROWS = 20
_MOST_GROUPS = 20
_MOST_NUMBERS = 10  # more different numbers are compared by quarters
_QUARTERS = 4


def by_group(
    scored: Scored, groups: dict[str, tuple[NDArray[np.int32], list[str]]]
) -> list[dict[str, Any]]:
    """Return the metrics of each column's groups.

    Parameters
    ----------
    scored : Scored
    groups : dict
        By column: each row's number, and the groups' names.
    """
    return [_column(scored, name, *found) for name, found in groups.items()]


def _column(scored: Scored, column: str, numbers: NDArray[Any], names: list[str]) -> dict[str, Any]:
    numbers, names = _quarters(numbers, names)
    sizes = np.bincount(numbers, minlength=len(names))
    shown = [int(index) for index in np.argsort(-sizes, kind="stable") if sizes[index] > 0]
    shown = [index for index in shown if sizes[index] >= FEWEST_ROWS][:_MOST_GROUPS]
    hidden = np.count_nonzero(sizes) - len(shown)
    return {
        "column": column,
        "fewest_rows": FEWEST_ROWS,
        "groups": [_group(scored.only(numbers == index), names[index]) for index in sorted(shown)],
        "not_shown": {
            "groups": int(hidden),
            "rows": int(sizes.sum() - sizes[shown].sum()),
        },
    }


def _group(scored: Scored, name: str) -> dict[str, Any]:
    found, undefined = figures(scored)
    return {
        "group": name or None,
        "rows": scored.rows,
        **described(found),
        "undefined": undefined,
    }


def _quarters(numbers: NDArray[np.int32], names: list[str]) -> tuple[NDArray[Any], list[str]]:
    """Put many different numbers into four ranges of about equal size; leave anything else."""
    values = _numbers(names)
    if values is None or len(names) <= _MOST_NUMBERS:
        return numbers, names
    of_rows = values[numbers]
    present = ~np.isnan(of_rows)
    inner = np.unique(np.quantile(of_rows[present], np.arange(1, _QUARTERS) / _QUARTERS))
    ranges = np.searchsorted(inner, of_rows, side="left")
    ranges[~present] = len(inner) + 1
    ends = [f"{end:g}" for end in inner]
    inside = [f"above {low} to {high}" for low, high in pairwise(ends)]
    return ranges, [f"up to {ends[0]}", *inside, f"above {ends[-1]}", ""]


def _numbers(names: list[str]) -> NDArray[np.float64] | None:
    """Return the names as numbers, NaN where they are empty; None where any is not a number."""
    try:
        return np.array([float(name) if name else np.nan for name in names])
    except ValueError:
        return None
