"""What may become part of the model: algorithms with their hyperparameters."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.algorithms import ALGORITHMS, ESTIMATORS, AlgorithmName
from training.fit.hyperparameters import Hyperparameters

# `auto` leaves forests out from here on: they grow with the rows, in the file too.
MOST_ROWS_OF_FORESTS = 20_000
PLAIN: AlgorithmName = "random_forest"
ROUNDS_UNSEEN = 100  # of boosting, where no rows show when to stop
# A curve has eight numbers a column; beyond, they are more than rows can tell apart.
MOST_COLUMNS_OF_CURVES = 150


@dataclass(frozen=True)
class Candidate:
    """An algorithm with complete hyperparameters.

    Parameters
    ----------
    algorithm : str
        Key of ``ALGORITHMS``, never ``auto``.
    values : mapping
    name : str
        For people: the algorithm, and what differs from its defaults.
    """

    algorithm: AlgorithmName
    values: Mapping[str, Any]
    name: str

    @property
    def encoding(self) -> str:
        """How it wants its columns."""
        if self.values.get("categories") == "columns":
            return "one_hot"
        return ALGORITHMS[self.algorithm].encoding

    @property
    def stops_early(self) -> bool:
        """Whether its rounds are to be found on rows held out."""
        rounds = ALGORITHMS[self.algorithm].rounds
        return rounds is not None and self.values[rounds] == 0

    @property
    def takes_logarithms(self) -> bool:
        """Whether the logarithm of its answers adds up, if those are numbers."""
        return self.values.get("link") == "log"

    def with_rounds(self, rounds: int) -> Candidate:
        """Return the candidate with its rounds settled."""
        name = ALGORITHMS[self.algorithm].rounds
        return Candidate(self.algorithm, {**self.values, str(name): rounds}, self.name)

    def build(self, seed: int, *, classifies: bool) -> Any:
        """Return the unfitted estimator."""
        return ESTIMATORS[self.algorithm](classifies, seed, self.values)


def plain_candidate(settings: Hyperparameters) -> Candidate:
    """Return what is fitted where there are too few rows to hold any out."""
    name = PLAIN if settings.algorithm == "auto" else settings.algorithm
    values = _complete(name, settings)
    rounds = ALGORITHMS[name].rounds
    if rounds and values[rounds] == 0:
        values[rounds] = ROUNDS_UNSEEN
    return Candidate(name, values, name)


def candidates_of(
    settings: Hyperparameters, rows: int, numeric_columns: int, *, takes_logarithms: bool = False
) -> list[Candidate]:
    """Return the configurations to compare: of the algorithm that was asked for, or of `auto`'s.

    An algorithm whose hyperparameters are set is fitted as they say; with its defaults, its other
    configurations compete with them, all with the same link: its reasons stay of one kind. For
    `auto`, those with a logarithmic link compete where the target takes it.
    """
    name = settings.algorithm
    if name != "auto":
        others = _alternatives(name) if _has_defaults(settings) else []
        return [_candidate(name, settings, differing) for differing in ({}, *others)]
    found = [
        _candidate(name, settings, differing)
        for name, algorithm in ALGORITHMS.items()
        if _takes_part(name, rows, numeric_columns)
        for differing in algorithm.portfolio
    ]
    suitable = [each for each in found if takes_logarithms or not each.takes_logarithms]
    # Boosting takes time: of two that differ in the link alone, the target's kind chooses one.
    twins = [each.values for each in suitable if each.takes_logarithms and each.stops_early]
    return [
        each
        for each in suitable
        if each.takes_logarithms or {**each.values, "link": "log"} not in twins
    ]


def _candidate(
    name: AlgorithmName, settings: Hyperparameters, differing: Mapping[str, Any]
) -> Candidate:
    told = ", ".join(f"{key} {value}" for key, value in differing.items())
    values = {**_complete(name, settings), **differing}
    return Candidate(name, values, f"{name} ({told})" if told else name)


def _alternatives(name: AlgorithmName) -> list[Mapping[str, Any]]:
    """Return what differs from the defaults in more than the number of rounds, but the link."""
    algorithm = ALGORITHMS[name]
    defaults = {key: item.default for key, item in algorithm.parameters.items()}
    return [
        differing
        for differing in algorithm.portfolio
        if "link" not in differing
        and any(
            value != defaults[key] for key, value in differing.items() if key != algorithm.rounds
        )
    ]


def _has_defaults(settings: Hyperparameters) -> bool:
    """Whether no hyperparameter was chosen but the weight of classes."""
    known = ALGORITHMS[settings.algorithm].parameters
    return all(
        value == known[name].default
        for name, value in settings.values.items()
        if name != "class_weight"
    )


def _complete(name: AlgorithmName, settings: Hyperparameters) -> dict[str, Any]:
    """Return an algorithm's defaults, and of them what is set."""
    defaults = {key: item.default for key, item in ALGORITHMS[name].parameters.items()}
    return defaults | {key: value for key, value in settings.values.items() if key in defaults}


def _takes_part(name: AlgorithmName, rows: int, numeric_columns: int) -> bool:
    if name in ("random_forest", "extra_trees"):
        return rows <= MOST_ROWS_OF_FORESTS
    if ALGORITHMS[name].encoding == "curves":
        return numeric_columns <= MOST_COLUMNS_OF_CURVES
    # Where its wheel fits no machine of this kind, the others compete without it.
    return not ALGORITHMS[name].packages or importlib.util.find_spec(name) is not None
