"""Logarithmic links: what multiplies is learned as such, by each algorithm and from end to end."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.training.data import example, joined, line, ring
from training.algorithms import ALGORITHMS, ESTIMATORS
from training.errors import TrainingDataError, UntrustedModelError
from training.fit.candidates import candidates_of
from training.fit.early_stopping import MOST_TREES
from training.fit.fitting import fit_model
from training.fit.hyperparameters import parse_hyperparameters
from training.model.files import load_pipeline
from training.serve.body import parse_request
from training.serve.hooks import model_fn, transform_fn

WITH_LINK = sorted(name for name in ESTIMATORS if "link" in ALGORITHMS[name].parameters)
LINEAR = ("additive", "linear")
BOOSTING = "hist_gradient_boosting"
QUICK_ROUNDS = ("--max_iter", "20")
AUTO = parse_hyperparameters(["--algorithm", "auto"])


@cache
def growth(rows=250, seed=0):
    """A number that columns multiply, with gaps, zeros, and text."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(rows, 3)), columns=["a", "b", "c"])
    frame["kind"] = generator.choice(["x", "z"], rows)
    logarithm = frame["a"] + 0.7 * frame["b"] + 0.5 * (frame["kind"] == "x")
    frame["y"] = np.round(np.exp(logarithm) * generator.uniform(0.8, 1.2, rows), 1)
    frame.loc[::9, "c"] = np.nan
    assert (frame["y"] == 0).any()
    return example(frame, "regression", "y")


@pytest.fixture(scope="module")
def fitted(fit_here):
    return cache(lambda algorithm: fit_here(growth(), algorithm, "--link", "log"))


@pytest.mark.parametrize("algorithm", WITH_LINK)
def test_learns_what_multiplies(algorithm):
    name, value = ("--alpha", "1.01") if algorithm in LINEAR else ("--learning_rate", "0.09")
    losses = [
        fit_model(joined(growth()), parse_hyperparameters([*arguments, name, value])).account[
            "loss"
        ]
        for arguments in (
            ["--algorithm", algorithm, "--link", link] for link in ("log", "identity")
        )
    ]
    assert losses[0] < 0.97 * losses[1]


@pytest.mark.parametrize("algorithm", WITH_LINK)
def test_the_endpoint_gives_the_pipelines_bits_and_reasons_that_add_up(algorithm, fitted):
    made, folder = growth(), fitted(algorithm)
    model, pipeline = model_fn(str(folder)), load_pipeline(folder)
    features = made.frame[made.schema.names]
    expected = pipeline.predict(features)
    assert (expected >= 0).all()
    for rows in (1, 3, len(features)):
        body = features.iloc[:rows].to_csv(index=False)
        outcome = model.predict(parse_request(model.schema, body, "text/csv"))
        assert np.array_equal(outcome.predictions, pipeline.predict(features.iloc[:rows]))
    body = features.iloc[:5].to_csv(index=False)
    answer, _ = transform_fn(model, body, "text/csv", "application/json; explain=true")
    found = json.loads(answer)
    # Only the logarithms add up exactly.
    assert found["reasons"] == {"unit": "number", "method": "sampled"}
    for each, number in zip(found["predictions"], expected, strict=False):
        total = each["reasons"]["base"] + sum(each["reasons"]["contributions"].values())
        assert total == pytest.approx(number, abs=1e-6)


@pytest.mark.parametrize("algorithm", LINEAR)
def test_its_type_is_trusted_only_as_declared(algorithm, fitted, monkeypatch):
    folder = fitted(algorithm)
    monkeypatch.setattr("training.model.files.trusted_types", lambda _: [])
    with pytest.raises(UntrustedModelError, match="outside the closed list"):
        load_pipeline(folder)


def test_boosting_ends_early_whatever_the_unit():
    made = growth()
    settings = parse_hyperparameters(["--algorithm", BOOSTING, "--link", "log"])
    larger = joined(example(made.frame.assign(y=made.frame["y"] * 1024), "regression", "y"))
    first, second = fit_model(joined(made), settings), fit_model(larger, settings)
    rounds = [
        each.account["candidates"][0]["hyperparameters"]["max_iter"] for each in (first, second)
    ]
    assert rounds[0] == rounds[1]
    assert 1 < rounds[0] < MOST_TREES
    answers = [each.pipeline.predict(larger.features) for each in (first, second)]
    assert answers[1] == pytest.approx(answers[0] * 1024, rel=1e-4)


def test_auto_gives_logarithms_their_weight():
    fitted = fit_model(joined(growth()), AUTO)
    weights = {
        link: sum(
            each["weight"]
            for each in fitted.account["candidates"]
            if each["hyperparameters"].get("link", "identity") == link
        )
        for link in ("identity", "log")
    }
    assert weights["log"] > 0.7


def _links(data, algorithm="auto", *more):
    settings = parse_hyperparameters(["--algorithm", algorithm, *more])
    takes = data.spreads_in_ratios
    return [
        each.values.get("link") for each in candidates_of(settings, 9, 3, takes_logarithms=takes)
    ]


def _with_target(change):
    return joined(example(growth().frame.assign(y=change), "regression", "y"))


@pytest.mark.parametrize(
    ("change", "competes"),
    [
        (lambda frame: frame["y"], True),
        (lambda frame: frame["y"] - 0.1, False),  # negative
        (lambda frame: frame["y"] + 100, False),  # a few per cent apart
        (lambda frame: np.where(np.arange(len(frame)) < 9, frame["y"], 0), False),
    ],
)
def test_logarithms_compete_where_numbers_are_not_negative_and_far_apart(change, competes):
    data = _with_target(change)
    assert ("log" in _links(data)) == competes
    # A single algorithm has the link that is set.
    assert _links(data, "linear") == ["identity"]
    assert set(_links(data, "additive")) == {"identity"}
    assert _links(data, "additive", "--link", "log") == ["log"]


def test_of_twins_in_boosting_the_targets_kind_chooses_one():
    for takes, links in ((False, ["identity"]), (True, ["log"])):
        found = candidates_of(AUTO, 9, 3, takes_logarithms=takes)
        assert [each.values["link"] for each in found if each.algorithm == BOOSTING] == links
    found = candidates_of(AUTO, 9, 3, takes_logarithms=True)
    assert [each.values["link"] for each in found if each.algorithm == "linear"] == [
        "identity",
        "log",
    ]


def test_classes_have_no_logarithm():
    data = joined(ring())
    assert "log" not in _links(data)
    settings = parse_hyperparameters(["--algorithm", BOOSTING, "--link", "log", *QUICK_ROUNDS])
    plain = parse_hyperparameters(["--algorithm", BOOSTING, *QUICK_ROUNDS])
    answers = [fit_model(data, each).pipeline.predict_proba(data.features)
               for each in (settings, plain)]  # fmt: skip
    assert np.array_equal(*answers)


@pytest.mark.parametrize("algorithm", WITH_LINK)
def test_a_logarithm_of_negative_numbers_is_refused(algorithm):
    settings = parse_hyperparameters(["--algorithm", algorithm, "--link", "log"])
    with pytest.raises(TrainingDataError, match="'link' is log, but the target 'y' has negative"):
        fit_model(joined(line()), settings)
