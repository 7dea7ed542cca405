"""The algorithm that cross-validation finds best."""

from training.algorithms._declaration import CLASS_WEIGHT, Algorithm, Parameter

ALGORITHM = Algorithm(
    "Compares algorithms with their defaults by cross-validation on the training rows, and takes "
    "the best. model.json says why, with every score.",
    {
        "time_budget_seconds": Parameter(
            int,
            120,
            "no further fold is begun after this time; the first is always done",
            1,
            86_400,
        ),
        "class_weight": CLASS_WEIGHT,
    },
)
