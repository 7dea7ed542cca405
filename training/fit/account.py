"""What ``model.json`` says of the choice: each candidate, its loss on rows held out, its weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.fit.candidates import Candidate
from training.fit.metrics import METRICS
from training.fit.selection import Choice


def account_of(choice: Choice, asked: Sequence[Candidate], folds: int) -> dict[str, Any]:
    """Return the account of a choice.

    Parameters
    ----------
    choice : Choice
    asked : sequence of Candidate
        All that were to be compared.
    folds : int
        How often rows were held out; 0 where every candidate is judged out of bag.
    """
    metric = METRICS[choice.outputs.ndim == 2]
    candidates = [
        {
            "name": each.held_out.candidate.name,
            "algorithm": each.held_out.candidate.algorithm,
            "hyperparameters": dict(each.held_out.candidate.values),
            "loss": each.loss,
            "weight": each.weight,
            "calibration": each.calibration._asdict(),
            "seconds": round(each.held_out.seconds, 2),
        }
        for each in sorted(choice.candidates, key=lambda each: each.loss)
    ]
    return {
        "metric": metric,
        "loss": choice.loss,
        "folds": folds,
        "rows": len(choice.outputs),
        "calibration": choice.calibration._asdict(),
        "candidates": candidates,
        # Much worse in the first fold, or a forest that the time did not allow.
        "left_out": sorted({each.name for each in asked} - {each["name"] for each in candidates}),
        "reason": _reason(choice, metric, folds),
    }


def _reason(choice: Choice, metric: str, folds: int) -> str:
    best = min(choice.candidates, key=lambda each: each.loss)
    shares = ", ".join(
        f"{each.weight:.0%} {each.held_out.candidate.name}"
        for each in sorted(choice.members, key=lambda each: -each.weight)
    )
    times = {0: "out of bag", 1: "held out once"}.get(folds, f"held out in {folds} folds")
    return (
        f"{shares}; {metric} {choice.loss:.4g} on {len(choice.outputs)} rows {times}, "
        f"where the best single one, {best.held_out.candidate.name}, has {best.loss:.4g}"
    )
