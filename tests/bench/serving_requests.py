"""One row per request: our hooks against the image's default handlers, in the same stack."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
from sklearn.pipeline import make_pipeline

from tests.bench.stack import NGINX, Load, requests_per_second, stack
from tests.training.data import Example, diabetes
from training.algorithms import ALGORITHMS, ESTIMATORS
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.model.files import load_pipeline

_FRONT = "behind nginx" if NGINX else "(no nginx on this machine)"
TITLE = (
    f"Requests a second, one row each, 2 workers of gunicorn, the same fitted model:\n"
    f"the image's default handlers {_FRONT}, and ours with the settings of our endpoints"
)
COLUMNS = ("algorithm, request", "1 connection", "ratio", "4 connections", "ratio")
_WORKERS = 2
# The image alone can't serve the others, so there is nothing to compare with.
_IN_THE_IMAGE = [
    name
    for name in ESTIMATORS
    if not ALGORITHMS[name].packages and ALGORITHMS[name].encoding != "curves"
]
_BESIDE_THE_ENSEMBLE = "random_forest"
# The image's documentation: a model_fn is all one must write.
_STOCK = """
import joblib
def model_fn(model_dir):
    return joblib.load(model_dir + "/model.joblib")
"""


def rows() -> Iterator[tuple[str, ...]]:
    """Yield, for each algorithm, the default handlers and ours."""
    for algorithm in _IN_THE_IMAGE:
        with tempfile.TemporaryDirectory() as folder:
            yield from _compare(algorithm, diabetes(), Path(folder))


def _compare(algorithm: str, example: Example, folder: Path) -> Iterator[tuple[str, ...]]:
    model = _trained(algorithm, example, folder)
    stock = _stock_model(model, folder / "stock")
    row = example.frame[example.schema.names].iloc[0]
    as_array = Load(json.dumps([row.tolist()]).encode(), "application/json")
    as_record = Load(
        json.dumps({"instances": [dict(zip(row.index, row.tolist(), strict=True))]}).encode(),
        "application/json",
    )
    as_csv = Load(",".join(map(repr, row.tolist())).encode(), "text/csv")
    with _served(stock, "stock.py", stock, folder / "a", is_stock=True) as port:
        base = _measure(port, as_array)
    yield _line(f"{algorithm}: default handlers, JSON (baseline)", base, base)
    with _served(model, "inference.py", model / "code", folder / "b", is_stock=False) as port:
        for name, load in (("JSON record", as_record), ("CSV line", as_csv)):
            yield _line(f"{algorithm}: ours, {name}", _measure(port, load), base)
    if algorithm == _BESIDE_THE_ENSEMBLE:
        several = folder / "several"
        several.mkdir()
        model = _trained("auto", example, several)
        with _served(model, "inference.py", model / "code", folder / "c", is_stock=False) as port:
            yield _line("auto, several models: ours, JSON record", _measure(port, as_record), base)


def _trained(algorithm: str, example: Example, folder: Path) -> Path:
    # With a hyperparameter of its own it is one model, which the default handlers can serve.
    rounds = ALGORITHMS[algorithm].rounds
    own = [f"--{rounds}", "100"] if rounds else ["--alpha", "0.9"]
    chosen = own if algorithm in _IN_THE_IMAGE else []
    settings = parse_hyperparameters(["--algorithm", algorithm, *chosen])
    run(settings, example.write(folder / "input"), folder / "model")
    return folder / "model"


def _stock_model(trained: Path, folder: Path) -> Path:
    """Give the default handlers, which know no column names, the same fitted steps in a row."""
    pipeline = load_pipeline(trained)
    numeric = pipeline.named_steps["preprocess"].named_transformers_["numeric"]
    for _, step in numeric.steps:
        vars(step).pop("feature_names_in_", None)
    folder.mkdir()
    (model,) = pipeline.named_steps["model"].models
    joblib.dump(make_pipeline(numeric, model), folder / "model.joblib")
    (folder / "stock.py").write_text(_STOCK)
    return folder


def _served(model: Path, program: str, code: Path, folder: Path, *, is_stock: bool) -> Any:
    folder.mkdir()
    return stack(model, program, code, folder, workers=_WORKERS, stock=is_stock)


def _measure(port: int, load: Load) -> tuple[float, float]:
    few = requests_per_second(port, load)
    return few, requests_per_second(port, Load(load.body, load.content_type, connections=4))


def _line(name: str, measured: tuple[float, float], base: tuple[float, float]) -> tuple[str, ...]:
    cells = [
        text
        for figure, reference in zip(measured, base, strict=True)
        for text in (f"{figure:.0f}", f"{figure / reference:.2f}")
    ]
    return (name, *cells)
