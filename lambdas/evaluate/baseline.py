"""What a model has to beat: the same answer for every row."""

from __future__ import annotations

from typing import Any

import numpy as np

from lambdas.evaluate.scored import Scored
from lambdas.quality.tasks import described, figures


def baseline(scored: Scored, target: dict[str, Any]) -> dict[str, Any]:
    """Measure it on the test rows.

    Parameters
    ----------
    scored : Scored
    target : dict
        Of ``profile.json``: ``classes`` (label → side → rows), or ``mean`` (side → number).
    """
    if scored.task == "regression":
        rule = "always the mean of the training rows"
        guessed = scored.always(target["mean"]["train"])
    else:
        rule = "always the most frequent class of the training rows, and its classes' shares"
        seen = {label: sides["train"] for label, sides in target["classes"].items()}
        total = sum(seen.values())
        shares = np.array([seen.get(label, 0) / total for label in scored.labels])
        guessed = scored.always(shares)
    found, undefined = figures(guessed)
    return {"rule": rule, **described(found), "undefined": undefined}
