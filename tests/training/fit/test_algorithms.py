"""Every algorithm on real data of each task, from training to an answer of the endpoint's hooks."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.training.conftest import QUICK
from tests.training.data import EXAMPLES, breast_cancer, diabetes, example
from training.algorithms import ALGORITHMS, DEFAULT_ALGORITHM, ESTIMATORS
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.model.files import load_pipeline, read_description
from training.serve.body import parse_request
from training.serve.hooks import answer, model_fn

FLOORS = {
    "breast_cancer": 0.9,
    "nests": 0.95,
    "cars": 0.3,
    "penguins": 0.95,
    "birth_weight": 0.65,
    "diabetes": 0.3,
}
# Every algorithm learns a binary, a multiclass and a regression example, between them with every
# type of feature and missing cells; two of unlike encodings learn the others, too.
PAIRS = [
    *((algorithm, name) for algorithm in ESTIMATORS for name in ("breast_cancer", "nests", "cars")),
    *((each, name) for each in ("linear", "xgboost") for name in ("penguins", "diabetes")),
    ("linear", "birth_weight"),
    # Both become ensembles of several algorithms.
    ("auto", "birth_weight"),
    ("auto", "cars"),
]


def served(folder, request: str) -> list:
    body, _ = answer(model_fn(str(folder)), request, "text/csv", "application/json")
    return json.loads(body)["predictions"]


@pytest.mark.parametrize(("algorithm", "name"), PAIRS)
def test_learns_and_endpoint_equals_pipeline(algorithm, name, fit_once):
    data = EXAMPLES[name]()
    folder = fit_once(name, algorithm)
    description = read_description(folder)
    assert description["algorithm"] == algorithm
    metric = "accuracy" if data.schema.is_classification else "r2"
    assert description["metrics"][metric] > FLOORS[name]

    features = data.frame[data.schema.names]
    answers = served(folder, features.to_csv(index=False))
    features = features.astype(dict.fromkeys(data.schema.written, object))
    pipeline = load_pipeline(folder)
    predictions = [item["prediction"] for item in answers]
    if data.schema.is_classification:
        expected = pipeline.predict_proba(features)
        actual = np.array([list(item["probabilities"].values()) for item in answers])
        assert list(answers[0]["probabilities"]) == description["labels"]
        assert predictions == pipeline.predict(features).tolist()
    else:
        expected, actual = pipeline.predict(features), np.array(predictions)
    assert np.array_equal(actual, expected)


@pytest.mark.parametrize(("algorithm", "name"), PAIRS)
def test_the_endpoint_gives_the_pipelines_bits(algorithm, name, fit_once):
    """The whole way, imputing, scaling and encoding included, at every size of a batch."""
    data = EXAMPLES[name]()
    folder = fit_once(name, algorithm)
    model, pipeline = model_fn(str(folder)), load_pipeline(folder)
    features = data.frame[data.schema.names].astype(dict.fromkeys(data.schema.written, object))
    own = pipeline.predict_proba if data.schema.is_classification else pipeline.predict
    for rows in (1, 7, len(features)):
        part = features.iloc[:rows]
        outcome = model.predict(parse_request(model.schema, part.to_csv(index=False), "text/csv"))
        actual = outcome.predictions if outcome.labels is None else outcome.probabilities
        assert np.array_equal(actual, own(part))
    assert answer(model, features.to_csv(index=False), "text/csv", "text/csv")


@pytest.mark.parametrize("algorithm", ESTIMATORS)
def test_two_trainings_predict_the_same_bits(algorithm, fit_here, fit_once):
    data = EXAMPLES["breast_cancer"]()
    request = data.frame.to_csv(index=False)
    folders = (fit_once("breast_cancer", algorithm), fit_here(data, algorithm))
    first, second = (served(folder, request) for folder in folders)
    assert first == second


def test_table_and_names_agree():
    assert set(ALGORITHMS) == set(QUICK)
    assert set(ESTIMATORS) == set(ALGORITHMS) - {"auto"}
    assert DEFAULT_ALGORITHM in ALGORITHMS


PARAMETERS = [
    (algorithm, name) for algorithm, about in ALGORITHMS.items() for name in about.parameters
]


@pytest.mark.parametrize(("algorithm", "name"), PARAMETERS)
def test_defaults_and_ranges_hold_together(algorithm, name):
    parameter = ALGORITHMS[algorithm].parameters[name]
    assert isinstance(parameter.default, parameter.kind)
    assert parameter.allows(parameter.default)
    if parameter.tunable and not parameter.choices:
        low, high = parameter.tunable.minimum, parameter.tunable.maximum
        assert low < high
        assert parameter.allows(low)
        assert parameter.allows(high)
        assert parameter.tunable.scale == "linear" or low > 0  # SageMaker refuses logs of 0
    kinds = {a.parameters[name].kind for a in ALGORITHMS.values() if name in a.parameters}
    assert len(kinds) == 1  # one setting of a dataset stands for all


def _other_value(parameter):
    if parameter.choices:
        # What `auto` stands for with some algorithm would not differ from it.
        same = {parameter.default, "sqrt", "third", "all"}
        return next(choice for choice in parameter.choices if choice not in same)
    bounds = parameter.tunable or parameter
    return parameter.kind(bounds.maximum if bounds.minimum == parameter.default else bounds.minimum)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(
    ("algorithm", "name"), [pair for pair in PARAMETERS if pair[0] in ESTIMATORS]
)
def test_every_hyperparameter_reaches_the_estimator(algorithm, name, task):
    """A setting that changed nothing would be a lie."""
    if name == "class_weight" and task == "regression":
        pytest.skip("regression has no classes")
    if name == "categories":
        pytest.skip("it is for the steps before; see test_held_out.py")
    if name == "link" and task == "classification":
        pytest.skip("settings refuse it: probabilities have their own")
    values = {key: item.default for key, item in ALGORITHMS[algorithm].parameters.items()}
    parameter = ALGORITHMS[algorithm].parameters[name]
    changed = {**values, name: _other_value(parameter)}
    build = ESTIMATORS[algorithm]
    before, after = (build(task == "classification", 0, v).get_params() for v in (values, changed))
    assert before != after


def test_seed_changes_the_forests_only_where_chance_decides(tmp_path):
    data = diabetes()
    channels = data.write(tmp_path)
    for algorithm, differs in {"extra_trees": True, "linear": False}.items():
        bodies = []
        for seed in ("1", "2"):
            arguments = ["--algorithm", algorithm, "--seed", seed, *QUICK[algorithm]]
            folder = tmp_path / algorithm / seed
            run(parse_hyperparameters(arguments), channels, folder)
            # Rows that no tree was fitted on: those are answered with their own target.
            answers = served(folder, (data.frame * 0.9).to_csv(index=False))
            bodies.append([item["prediction"] for item in answers])  # folds are drawn too
        assert (bodies[0] != bodies[1]) is differs


@pytest.mark.parametrize(("asked", "weight"), [([], None), (["balanced"], "balanced")])
def test_classes_are_weighed_only_if_asked_however_rare_one_is(asked, weight, tmp_path):
    frame = breast_cancer().frame
    benign, malignant = (frame[frame.diagnosis == name] for name in ("benign", "malignant"))
    frame = benign.iloc[:100]._append(malignant.iloc[:5]).sample(frac=1, random_state=0)
    channels = example(frame, "binary", "diagnosis").write(tmp_path)
    frame.to_csv(channels["train"] / "train.csv", index=False)
    arguments = ["--algorithm", "linear", *(["--class_weight", *asked] if asked else [])]
    run(parse_hyperparameters(arguments), channels, tmp_path / "model")
    (model,) = load_pipeline(tmp_path / "model").named_steps["model"].models
    assert model.class_weight == weight
