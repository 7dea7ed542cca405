from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from infra.packaging.training_source import build_source_bundle
from infra.stack import BUILD
from tests.training.data import EXAMPLES, Example
from tests.training.image import train
from training.algorithms import ALGORITHMS
from training.fit import folds
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.serve.hooks import model_fn
from training.serve.predictor import Predictor

FEW_FOLDS = 2  # rows are held out in five, which takes twice as long
FEW_TREES = ("--algorithm", "random_forest", "--n_estimators", "25")
# What keeps each algorithm quick in tests: few rounds.
QUICK = {
    name: (f"--{algorithm.rounds}", "25") if algorithm.rounds else ()
    for name, algorithm in ALGORITHMS.items()
}


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_source_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def packaged_bundle() -> Path:
    return build_source_bundle(BUILD / "training", "xgboost")  # fetched once, not once a session


@pytest.fixture(scope="session")
def job(
    bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Example, Path]]:
    """Run train.py on a named example once a session, in a process that has only the image."""
    done: dict[str, tuple[Example, Path]] = {}

    def run_once(name: str) -> tuple[Example, Path]:
        if name not in done:
            root = tmp_path_factory.mktemp(name)
            example = EXAMPLES[name]()
            done[name] = example, train(bundle, example.write(root / "input"), root, *FEW_TREES)
        return done[name]

    return run_once


@pytest.fixture(scope="session")
def fit_here(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Train in this process, with few folds; return the model folder."""

    def fit(example: Example, algorithm: str = "random_forest", *more: str) -> Path:
        root = tmp_path_factory.mktemp("fit")
        arguments = ("--algorithm", algorithm, *QUICK[algorithm], *more)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(folds, "FOLDS", FEW_FOLDS)
            run(parse_hyperparameters(arguments), example.write(root), root / "model")
        return root / "model"

    return fit


@pytest.fixture(scope="session")
def fit_once(fit_here: Callable[..., Path]) -> Callable[..., Path]:
    """Return the model folder of a named example and an algorithm; nobody may change it."""

    @cache
    def fit(name: str, algorithm: str = "random_forest") -> Path:
        return fit_here(EXAMPLES[name](), algorithm)

    return fit


@pytest.fixture(scope="session")
def penguin_model(fit_once: Callable[..., Path]) -> Predictor:
    return model_fn(str(fit_once("penguins")))


@pytest.fixture(scope="session")
def car_model(fit_once: Callable[..., Path]) -> Predictor:
    return model_fn(str(fit_once("cars")))
