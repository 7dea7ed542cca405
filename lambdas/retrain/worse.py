"""Whether a champion does worse on newer rows than is known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.shared.fallen import CHANCE, Verdict
from lambdas.shared.findings.message import Message, metric_name


@dataclass(frozen=True)
class Figure:
    """A champion's metric on rows that it was not trained on.

    Parameters
    ----------
    registered : float or None
        On its own test rows; None if they, or its answers to them, are gone.
    known : float or None
        In the run of the newest training, if that came after the champion's and measured it.
    chance : float
        How often chance alone makes it fall as far from what is known: `lambdas.reason.figure`.
    verdict : str
        How it compares with all that was known when nobody had been told of a fall: ``same``,
        ``better``, ``worse``; ``unknown`` where its own answers are gone.
    """

    version: int
    metric: str
    value: float
    rows: int
    registered: float | None = None
    known: float | None = None
    chance: float = 1.0
    verdict: Verdict = "unknown"

    def to_json(self) -> dict[str, Any]:
        """Return it as in ``training.json``."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Figure:
        """Return what `to_json` was called on."""
        return cls(**document)


def got_worse(now: Figure) -> Message | None:
    """Return how a champion did worse, as a clause; None if it is not shown to."""
    if now.registered is None or now.chance > CHANCE:
        return None
    figures = fallen(now.metric, now.value, now.rows, now.registered)
    if now.known is None:
        return figures
    known = float(now.known)
    return Message("{figures}, and {known} at the last training", figures=figures, known=known)


def fallen(metric: str, now: float, rows: int, before: float) -> Message:
    """Say how a figure fell since its registration, as a clause."""
    return Message(
        "{metric} {now} on {count} newer row, {before} when it was registered",
        "{metric} {now} on {count} newer rows, {before} when it was registered",
        metric=metric_name(metric),
        now=float(now),
        count=rows,
        before=float(before),
    )
