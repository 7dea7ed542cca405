"""The algorithms that a training job can be asked for, each declared in the file of its name.

Settings, tuning jobs, source bundles, the documentation and training itself all read these
declarations; no library is imported here.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from training.algorithms._declaration import SEED, Algorithm, Parameter

__all__ = [
    "ALGORITHMS",
    "DEFAULT_ALGORITHM",
    "ESTIMATORS",
    "SEED",
    "Algorithm",
    "AlgorithmName",
    "Parameter",
]

ALGORITHMS: dict[str, Algorithm] = {
    name: import_module(f"{__name__}.{name}").ALGORITHM
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if not name.startswith("_")
}
ESTIMATORS = {name: each.build for name, each in ALGORITHMS.items() if each.build}
DEFAULT_ALGORITHM = "auto"

if TYPE_CHECKING:
    AlgorithmName = str
else:
    AlgorithmName = Literal[tuple(ALGORITHMS)]
