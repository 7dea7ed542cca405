"""Why the model answers as it does: over all rows, along single columns, and for single rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.evaluate.batches import Sample, draw, take
from lambdas.evaluate.cases import typical, worst
from lambdas.evaluate.cells import columns_of, levels
from lambdas.evaluate.collect import Asks, Run
from lambdas.evaluate.dependence import dependence, rounded
from lambdas.evaluate.explained import Explained
from lambdas.evaluate.rows import Layout, whole_record
from lambdas.quality.scored import Scored
from lambdas.shared.documents.bucket import ObjectFile
from lambdas.shared.failures.errors import EndpointRejected
from lambdas.shared.findings.message import Message

_MOST_ROWS, _FEWEST_ROWS = 100, 20
_MOST_FEATURES = 200
_MOST_SECONDS = 8.0  # for the explanations of all rows
_SHOWN_FEATURES = 10  # row by row
_SHOWN_OF_CASE = 5


def reasons(endpoint: Asks, run: Run, layout: Layout, scored: Scored) -> dict[str, Any]:
    """Ask for the reasons of some answers.

    Parameters
    ----------
    endpoint : Asks
    run : Run
    layout : Layout
        Of the test split.
    scored : Scored
        All test rows.

    Returns
    -------
    dict
        Only ``skipped``, a message, where there are none.
    """
    try:
        return _reasons(endpoint, run, layout, scored)
    except EndpointRejected as error:
        return {"skipped": error.details[0].to_json()}


def _reasons(endpoint: Asks, run: Run, layout: Layout, scored: Scored) -> dict[str, Any]:
    if len(layout.columns) > _MOST_FEATURES:
        return _skipped(Message("there are more than {most} features", most=_MOST_FEATURES))
    sample = draw(_opened(run), layout, scored.rows, _MOST_ROWS)
    affordable = int(_MOST_SECONDS / _seconds_of_row(endpoint, sample))
    if affordable < _FEWEST_ROWS or not run.has_time():
        return _skipped(Message("explaining answers takes this model too long"))
    some = replace(sample, positions=sample.positions[:affordable], rows=sample.rows[:affordable])
    found = _towards_positive(endpoint.explain(some.batch(some.rows)), scored)
    strength = np.abs(found.contributions).mean(axis=0)
    order = np.argsort(-strength, kind="stable")
    strongest = [found.columns[index] for index in order if strength[index] > 0]
    of_sample = scored.only(sample.positions)
    return {
        "unit": found.unit,
        "method": found.method,
        "of": scored.labels[scored.positive] if scored.positive is not None else None,
        "rows": len(some.rows),
        "features": _features(found, some, order),
        "dependence": dependence(endpoint, sample, of_sample, strongest, run.threads),
        "cases": _cases(endpoint, run, layout, scored, sample),
    }


def _skipped(why: Message) -> dict[str, Any]:
    return {"skipped": why.to_json()}


def _opened(run: Run) -> ObjectFile:
    file = ObjectFile(run.client, run.source.uri)
    whole_record(file.readline(), file)
    return file


def _seconds_of_row(endpoint: Asks, sample: Sample) -> float:
    """Return what a row takes; the first one also waits for what the model prepares."""
    row = sample.batch(sample.rows[:1])
    endpoint.explain(row)
    return sum(endpoint.explain(row).milliseconds) / 1000


def _towards_positive(found: Explained, scored: Scored) -> Explained:
    """Return the same as contributions to the positive class of a binary task.

    What speaks for one of two classes speaks as much against the other.
    """
    if scored.positive is None:
        return found
    positive = scored.labels[scored.positive]
    is_other = np.array([label != positive for label in found.of])
    whole = 1.0 if found.unit == "probability" else 0.0
    return replace(
        found,
        of=[positive] * len(found.of),
        base=np.where(is_other, whole - found.base, found.base),
        contributions=np.where(is_other[:, None], -found.contributions, found.contributions),
    )


def _features(found: Explained, sample: Sample, order: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the features from the strongest on, the first ones with a point for each row."""
    cells = dict(zip(sample.columns, columns_of(sample.rows), strict=True))
    features = []
    for place, index in enumerate(order):
        name, each = found.columns[index], found.contributions[:, index]
        feature = {"name": name, "strength": float(np.abs(each).mean()), "mean": float(each.mean())}
        if place < _SHOWN_FEATURES:
            feature["contributions"] = rounded(each)
            feature["levels"] = levels(cells[name], cells[name])
        features.append(feature)
    return features


def _cases(
    endpoint: Asks, run: Run, layout: Layout, scored: Scored, sample: Sample
) -> list[dict[str, Any]]:
    """Explain typical rows and the most wrong ones."""
    kinds = [("typical", position) for position in typical(scored).tolist()]
    kinds += [("worst", position) for position in worst(scored).tolist()]
    positions = np.unique([position for _, position in kinds])
    rows = take(_opened(run), layout, positions)
    found = _towards_positive(endpoint.explain(rows.batch(rows.rows)), scored)
    own, others = columns_of(rows.rows), columns_of(sample.rows)
    compared = [levels(*pair) for pair in zip(own, others, strict=True)]
    by_name = dict(zip(sample.columns, compared, strict=True))
    places = {position: place for place, position in enumerate(rows.positions.tolist())}
    return [
        {"kind": kind, **_case(found, places[position], by_name), **_answered(scored, position)}
        for kind, position in kinds
        if position in places
    ]


def _case(found: Explained, place: int, compared: dict[str, list[float | None]]) -> dict[str, Any]:
    each = found.contributions[place]
    order = np.argsort(-np.abs(each), kind="stable")
    shown = [index for index in order[:_SHOWN_OF_CASE] if each[index]]
    base = float(found.base[place])
    return {
        "of": found.of[place],
        "base": base,
        "output": base + float(each.sum()),
        "contributions": [
            {
                "name": found.columns[index],
                "contribution": float(each[index]),
                "level": compared[found.columns[index]][place],
            }
            for index in shown
        ],
        "others": float(np.delete(each, shown).sum()),  # 0 to the last bit if there are none
    }


def _answered(scored: Scored, position: int) -> dict[str, Any]:
    """Return a row's number in the test split, with what was true and what was answered."""
    truth, predicted = scored.truth[position], scored.predicted[position]
    if scored.task == "regression":
        return {"row": position + 1, "actual": float(truth), "predicted": float(predicted)}
    labels = scored.labels
    return {"row": position + 1, "actual": labels[truth], "predicted": labels[predicted]}
