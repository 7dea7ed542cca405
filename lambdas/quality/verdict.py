"""What a model's figures say in words: every rule by which they are judged, in one table.

A verdict consists of statements, each about one aspect: what the model decides, how well it ranks,
whether it beats the baseline. Of an aspect's rules the first one that applies speaks. They compare
the figures as they are shown, so that no sentence contradicts a number printed next to it. Report,
console, notification and champion gate all take their words from here; the sentences themselves are
in the catalogues of `lambdas/report/texts`, under ``verdict.<code>``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple

Level = Literal["good", "caution", "bad"]
Facts = Mapping[str, Any]
_SHOWN_DIGITS = 3
MOST_PROBABLE = 0.5  # of two classes, from there on


class Rule(NamedTuple):
    """When a statement is made.

    Attributes
    ----------
    code : str
    level : str
    applies : callable
        Called with the facts; later rules of the aspect are tried only if it returns False.
    held_without : str or None
        A model of which this is said becomes the champion only with a person's approval, unless
        the settings themselves limit this metric.
    """

    code: str
    level: Level
    applies: Callable[[Facts], bool]
    held_without: str | None = None


class Aspect(NamedTuple):
    """Rules of which one speaks, where the facts that they need are there."""

    needs: tuple[str, ...]
    rules: tuple[Rule, ...]


def _given_up(facts: Facts) -> float:
    """Return the accuracy below which a moved threshold explains it; 0 where none is moved."""
    is_better = facts.get("balanced_low", 0) > facts.get("chance", 0.5)
    return float(facts["baseline_accuracy"]) if facts.get("moved") and is_better else 0.0


def _always(_: Facts) -> bool:
    return True


_DECISIONS_OF_TWO = Aspect(
    ("positives", "negatives"),
    (
        Rule("positive.absent", "caution", lambda f: f["positives"] == 0),
        Rule("positive.never", "bad", lambda f: f["predicted_positives"] == 0, "sensitivity"),
        Rule("positive.none_found", "bad", lambda f: f["true_positives"] == 0, "sensitivity"),
        Rule("negative.absent", "caution", lambda f: f["negatives"] == 0),
        Rule("negative.none_found", "bad", lambda f: f["true_negatives"] == 0, "specificity"),
        Rule("positive.worse", "bad", lambda f: f["balanced_high"] < 0.5),
        Rule("positive.chance", "bad", lambda f: f["balanced_low"] <= 0.5),
        Rule("positive.few_found", "caution", lambda f: f["sensitivity"] < 0.5),
        Rule("positive.false_alarms", "caution", lambda f: f["precision"] < 0.5),
        Rule("positive.finds", "good", _always),
    ),
)
_OTHER_THRESHOLD = Aspect(
    ("other_threshold", "auc_low"),
    (
        Rule(
            "threshold",
            "caution",
            lambda f: (
                f["auc_low"] > 0.5
                and f["positives"] > 0
                and (f["sensitivity"] < 0.5 or not f["true_negatives"])
            ),
        ),
    ),
)
_DECISIONS_OF_SEVERAL = Aspect(
    ("classes", "balanced_low"),
    (
        Rule("classes.one", "caution", lambda f: f["classes"] < 2),
        Rule("classes.worse", "bad", lambda f: f["balanced_high"] < f["chance"]),
        Rule("classes.chance", "bad", lambda f: f["balanced_low"] <= f["chance"]),
        Rule("classes.none_found", "caution", lambda f: f["classes_not_found"] > 0),
        Rule("classes.finds", "good", _always),
    ),
)
_RANKING = Aspect(
    ("auc", "auc_low", "auc_high"),
    (
        Rule("ranking.worse", "bad", lambda f: f["auc_high"] < 0.5),
        Rule("ranking.chance", "bad", lambda f: f["auc_low"] <= 0.5),
        Rule("ranking.very_well", "good", lambda f: f["auc"] >= 0.9),
        Rule("ranking.well", "good", lambda f: f["auc"] >= 0.8),
        Rule("ranking.moderately", "good", lambda f: f["auc"] >= 0.7),
        Rule("ranking.poorly", "caution", _always),
    ),
)
_ACCURACY = Aspect(
    ("accuracy", "accuracy_low", "baseline_accuracy"),
    (
        # A threshold with another aim gives accuracy away on purpose.
        Rule("accuracy.given_up", "caution", lambda f: f["accuracy"] < _given_up(f)),
        Rule("accuracy.lower", "bad", lambda f: f["accuracy"] < f["baseline_accuracy"]),
        Rule("accuracy.equal", "caution", lambda f: f["accuracy"] == f["baseline_accuracy"]),
        Rule("accuracy.chance", "caution", lambda f: f["accuracy_low"] <= f["baseline_accuracy"]),
        Rule("accuracy.higher", "good", _always),
    ),
)
_VARIATION = Aspect(
    ("r2", "r2_low", "r2_high"),
    (
        Rule("r2.worse", "bad", lambda f: f["r2_high"] < 0),
        Rule("r2.chance", "bad", lambda f: f["r2_low"] <= 0),
        Rule("r2.explains", "good", _always),
    ),
)
_ERROR = Aspect(
    ("mae", "baseline_mae"),
    (
        Rule("mae.larger", "bad", lambda f: f["mae"] > f["baseline_mae"]),
        Rule("mae.equal", "caution", lambda f: f["mae"] == f["baseline_mae"]),
        Rule("mae.smaller", "good", _always),
    ),
)
_GROUPS = Aspect(
    ("group_differences",),
    (Rule("groups.differ", "caution", lambda f: f["group_differences"] > 0),),
)
# What a user came for stands first.
ASPECTS: Mapping[str, tuple[Aspect, ...]] = {
    "binary": (_DECISIONS_OF_TWO, _OTHER_THRESHOLD, _RANKING, _ACCURACY, _GROUPS),
    "multiclass": (_DECISIONS_OF_SEVERAL, _RANKING, _ACCURACY, _GROUPS),
    "regression": (_VARIATION, _ERROR, _GROUPS),
}
CODES = tuple(
    dict.fromkeys(rule.code for each in ASPECTS.values() for at in each for rule in at.rules)
)
_HELD = {
    rule.code: rule.held_without
    for each in ASPECTS.values()
    for at in each
    for rule in at.rules
    if rule.held_without
}


def verdict(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Judge a model.

    Parameters
    ----------
    metrics : mapping
        Content of ``metrics.json``.

    Returns
    -------
    dict
        ``statements``, each with ``code`` and ``level``, and the ``figures`` of their sentences:
        counts and measures, never a value of the data.
    """
    figures = {
        name: value
        for name, value in (_facts(metrics) | _of_groups(metrics)).items()
        if value is not None
    }
    rules = (_speaking(aspect, figures) for aspect in ASPECTS[metrics["task"]])
    statements = [{"code": rule.code, "level": rule.level} for rule in rules if rule]
    return {"statements": statements, "figures": figures}


def held(found: Mapping[str, Any] | None, limits: Collection[str]) -> str | None:
    """Return the code of the statement for which a person has to approve a model, if any.

    Parameters
    ----------
    found : mapping or None
        What `verdict` returned.
    limits : collection of str
        Metrics for which the settings set a limit.
    """
    codes = (each["code"] for each in (found or {}).get("statements", ()))
    return next((code for code in codes if code in _HELD and _HELD[code] not in limits), None)


def _speaking(aspect: Aspect, facts: Facts) -> Rule | None:
    if not all(name in facts for name in aspect.needs):
        return None
    return next((rule for rule in aspect.rules if rule.applies(facts)), None)


def _facts(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures that the rules ask for, as they are shown; None where undefined."""
    if metrics["task"] == "regression":
        return _of_numbers(metrics)
    matrix = metrics["confusion_matrix"]
    facts = {
        "rows": metrics["rows"],
        "correct": sum(matrix[index][index] for index in range(len(matrix))),
        "baseline_accuracy": _baseline(metrics, "accuracy", _most(matrix)),
        "moved": 1 if (metrics.get("threshold") or {}).get("thresholds") else None,
        **_measured(metrics, "accuracy", "accuracy"),
        **_measured(metrics, "auc", "roc_auc"),
        **_measured(metrics, "balanced", "balanced_accuracy"),
    }
    more = _of_two(metrics) if metrics["task"] == "binary" else _of_several(metrics)
    return facts | more


def _of_two(metrics: Mapping[str, Any]) -> dict[str, Any]:
    positive = metrics["labels"].index(metrics["positive_class"])
    matrix, negative = metrics["confusion_matrix"], 1 - positive
    true_positives, true_negatives = matrix[positive][positive], matrix[negative][negative]
    positives, negatives = sum(matrix[positive]), sum(matrix[negative])
    predicted = true_positives + matrix[negative][positive]
    return {
        "positives": positives,
        "negatives": negatives,
        "true_positives": true_positives,
        "true_negatives": true_negatives,
        "predicted_positives": predicted,
        "threshold": used_threshold(metrics),
        "positive_share": _shown(positives / metrics["rows"]),
        "sensitivity": _shown(true_positives / positives) if positives else None,
        "precision": _shown(true_positives / predicted) if predicted else None,
        **_other_threshold(metrics.get("other_threshold") or {}),
    }


def used_threshold(metrics: Mapping[str, Any]) -> float:
    """Return the probability from which on the model calls a row positive."""
    own = (metrics.get("threshold") or {}).get("thresholds") or {}
    return float(own.get(metrics["positive_class"], MOST_PROBABLE))


def _other_threshold(found: Mapping[str, float]) -> dict[str, Any]:
    if not found:
        return {}
    shares = {f"other_{name}": _shown(found[name]) for name in ("recall", "precision")}
    return {"other_threshold": found["threshold"], **shares}


def _of_several(metrics: Mapping[str, Any]) -> dict[str, Any]:
    there = [each for each in metrics["classes"] if each["rows"]]
    recalls = [each["metrics"]["recall"] for each in there]
    return {
        "classes": len(there),
        "chance": _shown(1 / len(there)),
        "classes_not_found": recalls.count(0),
        "least_recall": _shown(min(recalls)),
    }


def _of_numbers(metrics: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"rows": metrics["rows"], **_measured(metrics, "r2", "r2")}
    errors = {"mae": metrics["metrics"]["mae"], "baseline_mae": _baseline(metrics, "mae", None)}
    return facts | {
        name: None if error is None else float(f"{error:.{_SHOWN_DIGITS}g}")
        for name, error in errors.items()
    }


def _of_groups(metrics: Mapping[str, Any]) -> dict[str, Any]:
    columns = [each["differences"].values() for each in metrics.get("groups", ())]
    compared = [rate for rates in columns for rate in rates if rate]
    differing = sum(rate["differs"] for rate in compared)
    return {"group_comparisons": len(compared), "group_differences": differing} if compared else {}


def _measured(metrics: Mapping[str, Any], name: str, metric: str) -> dict[str, Any]:
    """Return a metric and the ends of its interval."""
    if metric not in metrics["metrics"]:
        return {}
    around = metrics["intervals"][metric]
    return {
        name: _shown(metrics["metrics"][metric]),
        f"{name}_low": _shown(around["low"]),
        f"{name}_high": _shown(around["high"]),
    }


def _baseline(metrics: Mapping[str, Any], metric: str, otherwise: float | None) -> float | None:
    found = ((metrics.get("baseline") or {}).get("metrics") or {}).get(metric, otherwise)
    return None if found is None else _shown(found) if metric == "accuracy" else found


def _most(matrix: Sequence[Sequence[int]]) -> float:
    """Return the share of the most frequent class."""
    return max(map(sum, matrix)) / sum(map(sum, matrix))


def _shown(value: float) -> float:
    return round(value, _SHOWN_DIGITS)
