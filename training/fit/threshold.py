"""The decision threshold, chosen on rows that the model was not fitted on.

Probabilities stay as they are: which class they mean depends on what errors cost. Moving the
threshold does for rare classes what weights do, without distorting probabilities (Elkan 2001, "The
foundations of cost-sensitive learning", IJCAI: theorems 1 and 2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training.errors import HyperparameterError
from training.fit.cuts import Cuts
from training.fit.hyperparameters import Hyperparameters
from training.model.threshold import Threshold
from training.schema import Schema
from training.written_aims import BALANCED, UNSET, Aim

# From this ratio of the largest class to the smallest on, the most probable class is hardly ever
# the rare one.
SKEWED = 10
_ROUNDING = 1e-12
HeldOut = tuple[NDArray[np.str_], NDArray[np.float64]]


@dataclass(frozen=True)
class Known:
    """What is known of the classes.

    Parameters
    ----------
    rows : mapping
        Rows that were fitted on, by class, in the order of the probabilities' columns.
    positive : str or None
        The positive one of two classes.
    are_weighed : bool
        Whether they weighed alike in fitting, whatever their rows.
    """

    rows: Mapping[str, int]
    positive: str | None
    are_weighed: bool = False

    @property
    def ratio(self) -> float:
        """How many times the rows of the smallest class the largest one has."""
        return max(self.rows.values()) / min(self.rows.values())

    def share(self, label: str) -> float:
        """Return a class's share of the rows."""
        return self.rows[label] / sum(self.rows.values())


def threshold_for(
    schema: Schema, settings: Hyperparameters, rows: Mapping[str, int], held_out: HeldOut
) -> Threshold:
    """Choose the threshold of a job, whose model was fitted on so many rows of each class."""
    # A schema that names none counts the second in alphabetical order, as preprocessing would.
    positive = (schema.positive_class or [*rows][-1]) if schema.task == "binary" else None
    weighed = settings.values.get("class_weight") == BALANCED
    return choose_threshold(settings.threshold, Known(rows, positive, weighed), held_out)


def choose_threshold(aim: Aim, known: Known, held_out: HeldOut) -> Threshold:
    """Choose what is predicted.

    Parameters
    ----------
    aim : Aim
    known : Known
    held_out : tuple of numpy.ndarray
        Of rows that the model was not fitted on: their classes, shape (rows,), and probabilities,
        shape (rows, classes). They may be none, or lack a class.

    Raises
    ------
    HyperparameterError
        If there are more than two classes and the aim is for two.
    """
    why = "asked"
    if aim.kind == UNSET:
        why = "skewed" if known.ratio >= SKEWED else "even"
        aim = Aim(BALANCED if why == "skewed" else "most_probable")
    plain = Threshold(aim.text, why, known.ratio, known.positive, None)
    choose = _among_many if known.positive is None else _between_two
    found = choose(aim, plain, known, held_out)
    ratio = f"the largest class has {known.ratio:.1f} times the rows of the smallest"
    return replace(found, reason=_REASONS[found.why].format(aim=found.aim, ratio=ratio))


_REASONS = {
    "asked": "{aim}, as asked for",
    "even": f"the most probable class, as no aim was set and {{ratio}}, less than {SKEWED}",
    "skewed": f"{{aim}}, as no aim was set and {{ratio}}, {SKEWED} or more",
    "no_rows": "the most probable class, as the rows to meet “{aim}” on lack a class",
    "weighed": "the most probable class, as weights balance the classes already",
}


def _among_many(aim: Aim, plain: Threshold, known: Known, held_out: HeldOut) -> Threshold:
    """Take the class whose probability is the largest multiple of its share, if balanced.

    That maximises the mean recall where probabilities are right (Menon et al. 2013, "On the
    statistical consistency of algorithms for binary classification under class imbalance", ICML,
    for two classes). One threshold a class cannot be searched on few rows.
    """
    if aim.kind not in (BALANCED, "most_probable"):
        raise HyperparameterError(
            "hyperparameter 'threshold' must be balanced where there are more than two classes"
        )
    labels, (truth, probabilities) = list(known.rows), held_out
    found = plain
    if aim.kind == BALANCED and known.are_weighed:
        found = replace(plain, why="weighed")
    elif aim.kind == BALANCED:
        found = replace(plain, thresholds={label: known.share(label) for label in labels})
    if not len(truth):
        return found
    predicted = np.array(labels)[found.positions(labels, probabilities)]
    recalls = [float((predicted[truth == label] == label).mean()) for label in np.unique(truth)]
    reached = {"rows": len(truth), "balanced_accuracy": float(np.mean(recalls))}
    return replace(found, held_out=reached)


def _between_two(aim: Aim, plain: Threshold, known: Known, held_out: HeldOut) -> Threshold:
    positive = str(known.positive)
    column = list(known.rows).index(positive)
    scores, happened = held_out[1][:, column].clip(0, 1), held_out[0] == positive
    cuts = Cuts.of(scores, happened)
    value = _value(aim, cuts, known, (scores, happened))
    found = plain
    if value is not None:
        other = next(label for label in known.rows if label != positive)
        found = replace(plain, thresholds={other: 1 - value, positive: value})
    elif aim.kind != "most_probable":
        found = replace(plain, why="no_rows")
    predicted = found.positions(list(known.rows), held_out[1]) == column
    return replace(found, held_out=_reached(predicted, happened))


def _value(
    aim: Aim, cuts: Cuts, known: Known, rows: tuple[NDArray[np.float64], NDArray[np.bool_]]
) -> float | None:
    """Return the positive class's threshold; None for the most probable class."""
    if aim.kind == "number":
        return aim.numbers[0]
    if aim.kind == "f1" and cuts.positives:
        # The best F1 is reached at half of it where probabilities are right (Lipton, Elkan,
        # Naryanaswamy 2014, "Optimal thresholding of classifiers to maximize F1 measure").
        wanted = float(cuts.f1.max()) / 2
        return cuts.threshold(cuts.nearest(_lowest(-cuts.f1), wanted), wanted)
    if aim.kind == "sensitivity" and cuts.positives:
        enough = cuts.sensitivity >= aim.numbers[0] - _ROUNDING
        return cuts.threshold(max(np.flatnonzero(enough).tolist(), default=0))
    if aim.kind == "specificity" and cuts.negatives:
        enough = cuts.specificity >= aim.numbers[0] - _ROUNDING
        return cuts.threshold(min(np.flatnonzero(enough).tolist(), default=len(enough) - 1))
    if aim.kind in (BALANCED, "cost"):
        return _cheapest(aim, cuts, known, *rows)
    return None


def _lowest(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(values <= values.min() + _ROUNDING)


def _cheapest(
    aim: Aim,
    cuts: Cuts,
    known: Known,
    scores: NDArray[np.float64],
    happened: NDArray[np.bool_],
) -> float:
    """Return the threshold at which errors cost least.

    The theoretical one holds where probabilities are right (Elkan 2001), the best one on the
    held-out rows whatever they are (Sheng and Ling 2006, "Thresholding for making classifiers
    cost-sensitive", AAAI), but of few rows it is mostly chance. So the latter is taken only if it
    saves more than one standard error of the rows' difference, as in the one-standard-error rule of
    Breiman et al. 1984. Measured on simulated rows of 3 to 30% positives, forest, boosting and
    linear: that lost 2.6% (balanced) and 4.0% (cost) to the best of all ways with 60 to 430
    held-out rows, the theoretical one 4.6 and 4.1%, the best on the rows 3.0 and 4.9%.
    """
    share = known.share(str(known.positive))
    false_negative, false_positive = aim.numbers or (1 / share, 1 / (1 - share))
    odds = false_positive / false_negative
    if known.are_weighed:
        odds *= (1 - share) / share
    theory = odds / (1 + odds)
    if not cuts.positives or not cuts.negatives:
        return theory
    cost = cuts.cost(false_negative, false_positive)
    best = cuts.threshold(cuts.nearest(_lowest(cost), theory), theory)
    costs = np.where(happened, false_negative, false_positive)
    wrong = [(scores >= value) != happened for value in (theory, best)]
    saved = costs * (wrong[0].astype(float) - wrong[1])
    error = saved.std(ddof=1) / math.sqrt(len(saved))
    chosen = best if saved.mean() > error else theory
    at = int(np.searchsorted(cuts.high, chosen))
    return cuts.threshold(min(at, len(cuts.high) - 1), chosen)


def _reached(predicted: NDArray[np.bool_], happened: NDArray[np.bool_]) -> dict[str, float]:
    """Return what a threshold reaches on rows; without shares of nothing."""
    true, found = int((predicted & happened).sum()), int(predicted.sum())
    positives, negatives = int(happened.sum()), int((~happened).sum())
    shares = {
        "sensitivity": (true, positives),
        "specificity": (negatives - (found - true), negatives),
        "precision": (true, found),
    }
    counts = {"rows": len(happened), "positives": positives}
    return counts | {name: part / whole for name, (part, whole) in shares.items() if whole}
