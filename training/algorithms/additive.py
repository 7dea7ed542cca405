"""Additive models: a curve for each column."""

from training.algorithms._declaration import Algorithm
from training.algorithms.linear import LINEAR_PARAMETERS, LOG_LINEAR, linear

ALGORITHM = Algorithm(
    "Generalized additive model: as `linear`, but each numeric column has a curve of its own, a "
    "natural cubic spline. Hard to beat on few rows whose columns work smoothly and one by one.",
    LINEAR_PARAMETERS,
    linear,
    trusted=(LOG_LINEAR,),
    encoding="curves",
    portfolio=({"alpha": 1.0}, {"alpha": 10.0}, {"alpha": 1.0, "link": "log"}),
)
