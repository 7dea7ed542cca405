"""The algorithms' hyperparameters as settings of a dataset, made from training's own table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, create_model

from lambdas.shared.findings.message import Message
from training.algorithms import ALGORITHMS, AlgorithmName, Parameter

# Names of all hyperparameters of all algorithms; one that several take is of one kind in all.
HYPERPARAMETERS: dict[str, Parameter] = {
    name: parameter
    for algorithm in ALGORITHMS.values()
    for name, parameter in algorithm.parameters.items()
}


def _kind(parameter: Parameter) -> Any:
    return (Literal[parameter.choices] if parameter.choices else parameter.kind) | None


if TYPE_CHECKING:
    HyperparameterFields = BaseModel
else:
    # Ranges may differ by algorithm, so they are checked once the algorithm is known: `misfits`.
    HyperparameterFields = create_model(
        "HyperparameterFields",
        **{name: (_kind(parameter), None) for name, parameter in HYPERPARAMETERS.items()},
    )


def misfits(algorithm: AlgorithmName, given: Mapping[str, Any]) -> list[Message]:
    """Return what is wrong with hyperparameters for an algorithm, a sentence each.

    Parameters
    ----------
    given : mapping
        Hyperparameters of the right kinds, by name.
    """
    known = ALGORITHMS[algorithm].parameters
    problems = []
    for name, value in given.items():
        if name not in known:
            takers = [each for each, about in ALGORITHMS.items() if name in about.parameters]
            text = Message(
                "“{name}” does not belong to the algorithm “{algorithm}”, which takes {names}; set "
                "“algorithm” to what takes it: {takers}",
                name=name,
                algorithm=algorithm,
                names=", ".join(known),
                takers=", ".join(takers),
            )
            problems.append(text)
        elif not known[name].allows(value):
            low, high = known[name].minimum, known[name].maximum
            text = Message(
                "“{name}” must be from {low} to {high} for “{algorithm}”",
                name=name,
                low=f"{low:g}",
                high=f"{high:g}",
                algorithm=algorithm,
            )
            problems.append(text)
    return problems
