"""Whether rare classes get more weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from training.hyperparameters import Hyperparameters

# Below this, weights move probabilities and gain little; above, a plain fit may never predict the
# rare class.
SKEWED = 10


@dataclass(frozen=True)
class ClassWeight:
    """What was chosen, and a sentence that says why."""

    chosen: str
    reason: str


def choose_class_weight(asked: str, target: Any) -> ClassWeight:
    """Settle ``auto``: balanced where the largest class is ``SKEWED`` times the smallest or more.

    Parameters
    ----------
    asked : str
        ``auto``, ``none`` or ``balanced``.
    target : numpy.ndarray of str, shape (rows,)
        Classes of the training split.
    """
    if asked != "auto":
        return ClassWeight(asked, "set by the user")
    counts = np.unique(target, return_counts=True)[1]
    ratio = counts.max() / counts.min()
    chosen = "balanced" if ratio >= SKEWED else "none"
    return ClassWeight(
        chosen,
        f"the largest class has {ratio:.1f} times the rows of the smallest; "
        f"classes are balanced from {SKEWED} times on",
    )


def settle(settings: Hyperparameters, weight: ClassWeight | None) -> Hyperparameters:
    """Return the hyperparameters with the class weight settled; ``none`` for regression."""
    if "class_weight" not in settings.values:
        return settings
    chosen = weight.chosen if weight else "none"
    return replace(settings, values={**settings.values, "class_weight": chosen})
