"""How the predictions are spread, beside the target in the training file; no single row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.report.charts import beside, spread_beside
from lambdas.report.language import Language
from lambdas.shared.group_size import FEWEST_ROWS


def spread(
    words: Language,
    rows: int,
    found: Mapping[str, Any],
    profile: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what is shown of the predictions: ``classes``, or ``numbers`` and ``charts``.

    Parameters
    ----------
    words : Language
    rows : int
        That were predicted; of few nothing is shown but that.
    found : mapping
        Content of ``distribution.json``; empty if it is gone.
    profile, metrics : mapping
        Of the model; empty where they are gone.
    """
    if rows < FEWEST_ROWS:
        return {"few": words("predicted.few", fewest=FEWEST_ROWS)}
    if not found:
        return {}
    target = profile.get("target") or {}
    if "classes" in found:
        return {"classes": _classes(words, rows, found["classes"], target, metrics)}
    numbers = [(words("predicted.numbers.mean"), words.figures(found["mean"]))]
    trained = _mean(target)
    if trained is not None:
        numbers.append((words("predicted.numbers.training"), words.figures(trained)))
    histogram = found.get("histogram")
    if not histogram:
        return {"numbers": numbers, "charts": []}
    numbers += [
        (words(f"predicted.numbers.{side}"), words.whole(histogram[side]))
        for side in ("below", "above")
    ]
    of_training = zip(*target["histogram"]["counts"].values(), strict=True)
    others = _shares([sum(subsets) for subsets in of_training])
    shares = [count / rows for count in histogram["counts"]]
    chart = spread_beside(words, histogram["edges"], shares, others)
    return {"numbers": numbers, "charts": [(words("predicted.chart"), chart)]}


def _classes(
    words: Language,
    rows: int,
    counts: Mapping[str, int],
    target: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> list[dict[str, Any]]:
    training = {label: sum(sides.values()) for label, sides in target.get("classes", {}).items()}
    of_training = dict(zip(training, _shares(list(training.values())), strict=True))
    of_test = {
        each["label"]: each["predicted_rows"] / metrics["rows"]
        for each in metrics.get("classes") or ()
    }
    found = []
    for label in sorted({*counts, *training}):
        predicted = counts.get(label, 0), rows
        found.append(_class(words, label, predicted, of_test.get(label), of_training.get(label)))
    return found


def _class(
    words: Language,
    label: str,
    predicted: tuple[int, int],
    test: float | None,
    training: float | None,
) -> dict[str, Any]:
    count, rows = predicted
    share = words.percent(count / rows)
    return {
        "label": label,
        "rows": words.whole(count),
        "share": share,
        "drawing": beside(
            words("predicted.share.title", name=label, share=share), count / rows, training
        ),
        "test": "" if test is None else words.percent(test),
        "training": "" if training is None else words.percent(training),
    }


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def _mean(target: Mapping[str, Any]) -> float | None:
    """Return the mean of the target in all subsets."""
    means, counts = target.get("mean"), (target.get("histogram") or {}).get("counts")
    if not means or not counts:
        return None
    sizes = {subset: sum(counts[subset]) for subset in means}
    mean: float = sum(means[subset] * size for subset, size in sizes.items()) / sum(sizes.values())
    return mean
