"""Algorithms that learn in rounds, fitted part by part: for checkpoints, and to show progress."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from training.fit.checkpoints import Checkpoints
from training.fit.class_weight import fit_weighted

PARTS = 10
# Parts end where XGBoost seeds again.
MULTIPLE = 50
# Rows x rounds from which progress is shown: some ten seconds of work. Below, a chart would have
# ended before anyone opened it.
SHOWN_FROM = 20_000_000


def boundaries(rounds: int) -> list[int]:
    """Return the numbers of rounds at which parts end, the last one being ``rounds``."""
    step = math.ceil(rounds / PARTS / MULTIPLE) * MULTIPLE
    return [*range(step, rounds, step), rounds]


def fit_in_parts(
    model: Any,
    data: tuple[Any, Any],
    name: str,
    *,
    checkpoints: Checkpoints | None = None,
    show: Callable[[Any], None] | None = None,
) -> Any:
    """Fit a model part by part; the result is the one that ``fit`` gives, bit for bit.

    Parameters
    ----------
    model : estimator
        Unfitted, with ``warm_start``.
    data : tuple of array-like
        Values of shape (rows, columns) and target of shape (rows,).
    name : str
        Its hyperparameter that says how many rounds there are.
    checkpoints : Checkpoints or None
        Where to go on from, and where to write each part but the last.
    show : callable or None
        Called with the fitted model after each part.

    Returns
    -------
    estimator
        Fitted; not ``model`` itself where it came from a checkpoint.
    """
    rounds = model.get_params()[name]
    model, done = checkpoints.load(model) if checkpoints else (model, 0)
    if done:
        print(f"going on from round {done} of {rounds}")
    for until in boundaries(rounds):
        if until <= done:
            continue
        model.set_params(warm_start=True, **{name: until})
        fit_weighted(model, *data)
        if checkpoints and until < rounds:
            checkpoints.save(model, until)
        if show:
            show(model)
    return model.set_params(warm_start=False)
