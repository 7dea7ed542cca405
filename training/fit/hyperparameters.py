"""Hyperparameters as the container passes them: ``--name value`` pairs on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, SEED, AlgorithmName, Parameter
from training.errors import HyperparameterError
from training.fit.aims import NO_AIM, parse_aim
from training.written_aims import UNSET, Aim
from training.written_export import FORMATS

ROW_SHARE = Parameter(float, 1.0, "share of the rows that training takes", 1e-9, 1)


@dataclass(frozen=True)
class Hyperparameters:
    """Checked hyperparameters.

    Parameters
    ----------
    algorithm : str
        Key of ``ALGORITHMS``.
    seed : int
        Seed of everything random.
    values : dict
        The algorithm's own hyperparameters, complete with defaults.
    threshold : Aim
        What the decision threshold is chosen for.
    exports : str or None
        Format that the model is also written in, of ``FORMATS``.
    row_share : float
        Share of the rows that training takes, drawn evenly; less than 1 where an instance's memory
        would not hold all.
    """

    algorithm: AlgorithmName
    seed: int
    values: dict[str, Any]
    threshold: Aim = NO_AIM
    exports: str | None = None
    row_share: float = 1.0


def _pairs(arguments: Sequence[str]) -> dict[str, str]:
    names, texts = arguments[0::2], arguments[1::2]
    if len(names) != len(texts) or not all(name.startswith("--") for name in names):
        raise HyperparameterError("hyperparameters must come as pairs: --name value")
    return {name.removeprefix("--"): text for name, text in zip(names, texts, strict=True)}


def _convert(name: str, text: str, parameter: Parameter) -> int | float | str:
    if parameter.kind is str:
        if not parameter.allows(text):
            allowed = ", ".join(parameter.choices)
            raise HyperparameterError(f"hyperparameter '{name}' must be one of {allowed}")
        return text
    try:
        number = parameter.kind(text)
    except ValueError as error:
        kind = "a whole number" if parameter.kind is int else "a number"
        raise HyperparameterError(f"hyperparameter '{name}' must be {kind}") from error
    if not parameter.allows(number):
        raise HyperparameterError(
            f"hyperparameter '{name}' must lie from {parameter.minimum:g} to {parameter.maximum:g}"
        )
    return number


def parse_hyperparameters(arguments: Sequence[str]) -> Hyperparameters:
    """Check the command line and fill in defaults.

    Raises
    ------
    HyperparameterError
        If a name is unknown (the message offers the nearest) or a value does not fit.
    """
    given = _pairs(arguments)
    algorithm = given.pop("algorithm", DEFAULT_ALGORITHM)
    if algorithm not in ALGORITHMS:
        raise HyperparameterError(f"algorithm must be one of {', '.join(ALGORITHMS)}")
    aim = parse_aim(given.pop("threshold", UNSET))
    exports = given.pop("export", None)
    if exports not in (None, *FORMATS):
        raise HyperparameterError(f"hyperparameter 'export' must be one of {', '.join(FORMATS)}")
    row_share = float(_convert("row_share", given.pop("row_share", "1"), ROW_SHARE))
    known = {**ALGORITHMS[algorithm].parameters, "seed": SEED}
    unknown = [name for name in given if name not in known]
    if unknown:
        parts = []
        for name in unknown:
            near = difflib.get_close_matches(name, known, n=1)
            parts.append(f"'{name}'" + (f" (did you mean '{near[0]}'?)" if near else ""))
        raise HyperparameterError(f"unknown for {algorithm}: {', '.join(parts)}")
    values = {
        name: _convert(name, given[name], parameter) if name in given else parameter.default
        for name, parameter in known.items()
    }
    seed = values.pop("seed")
    return Hyperparameters(algorithm, int(seed), values, aim, exports, row_share)
