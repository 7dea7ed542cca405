"""A job that was interrupted and went on predicts what one that was not does, bit for bit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.data import EXAMPLES, Example, ring
from training.algorithms import ALGORITHMS
from training.fit import fitting, held_out, rounds
from training.fit import job as fit
from training.fit.candidates import Candidate
from training.fit.checkpoints import Checkpoints, checkpoint_folder
from training.fit.hyperparameters import parse_hyperparameters
from training.fit.job import run
from training.fit.rounds import boundaries
from training.model.xgboost_estimator import ROUNDS_PER_SEED
from training.serve.hooks import answer, model_fn

# A part ends after 50 rounds; forests of 100 trees would be judged, and kept, out of bag.
ROUNDS = 60
IN_ROUNDS = [name for name, algorithm in ALGORITHMS.items() if algorithm.rounds]
CHANCE = {"xgboost": ("--subsample", "0.7", "--colsample_bytree", "0.6")}


def _bound(name: str) -> Example:
    """An example whose rows are held out once, which is quick, as are few rows."""
    made = EXAMPLES[name]()
    few = made.frame.iloc[:: 1 + len(made.frame) // 100].reset_index(drop=True)
    return Example(few, replace(made.schema, bound_by="time"))


class Interrupted(BaseException):
    """As if the instance had been taken away."""


def _arguments(algorithm: str) -> list[str]:
    rounds = (f"--{ALGORITHMS[algorithm].rounds}", str(ROUNDS))
    return ["--algorithm", algorithm, *rounds, *CHANCE.get(algorithm, ())]


def _answers(folder: Path, data) -> str:
    request = data.frame.to_csv(index=False)
    return answer(model_fn(str(folder)), request, "text/csv", "text/csv")[0]


def _interrupt_after(monkeypatch, parts: int) -> None:
    original, count = Checkpoints.save, iter(range(parts, -1, -1))

    def save(self, model, done):
        original(self, model, done)
        if next(count) == 1:
            raise Interrupted

    monkeypatch.setattr(Checkpoints, "save", save)


@pytest.mark.parametrize(("name", "weight"), [("penguins", "balanced"), ("cars", "none")])
@pytest.mark.parametrize("algorithm", IN_ROUNDS)
def test_interrupted_equals_uninterrupted(algorithm, name, weight, tmp_path, capsys):
    data = _bound(name)
    channels = data.write(tmp_path / "input")
    settings = parse_hyperparameters([*_arguments(algorithm), "--class_weight", weight])
    run(settings, channels, tmp_path / "plain")  # as a job without checkpoints
    run(settings, channels, tmp_path / "whole", tmp_path / "other checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        _interrupt_after(patch, parts=1)
        with pytest.raises(Interrupted):
            run(settings, channels, tmp_path / "lost", tmp_path / "checkpoints")
    assert not (tmp_path / "lost").exists()
    capsys.readouterr()
    run(settings, channels, tmp_path / "resumed", tmp_path / "checkpoints")
    assert "going on from round 50 of 60" in capsys.readouterr().out
    expected = _answers(tmp_path / "plain", data)
    assert _answers(tmp_path / "whole", data) == expected
    assert _answers(tmp_path / "resumed", data) == expected


@pytest.mark.parametrize("change", ["data", "settings", "code"])
def test_checkpoints_of_other_work_are_not_taken_up(change, tmp_path, monkeypatch, capsys):
    data = _bound("penguins")
    channels, arguments = data.write(tmp_path / "input"), _arguments("extra_trees")
    with pytest.MonkeyPatch.context() as patch:
        _interrupt_after(patch, parts=1)
        with pytest.raises(Interrupted):
            run(parse_hyperparameters(arguments), channels, tmp_path, tmp_path / "checkpoints")
    if change == "data":
        path = channels["train"] / "train.csv"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    elif change == "settings":
        arguments += ["--seed", "1"]
    else:
        monkeypatch.setattr(fit, "fingerprint", lambda *_: "0" * 16)
    run(parse_hyperparameters(arguments), channels, tmp_path, tmp_path / "checkpoints")
    assert "going on" not in capsys.readouterr().out


def test_a_cut_off_checkpoint_gives_way_to_an_older_one(tmp_path, capsys):
    data = _bound("penguins")
    channels = data.write(tmp_path / "input")
    arguments = ["--algorithm", "extra_trees", "--n_estimators", "110"]
    settings = parse_hyperparameters(arguments)
    run(settings, channels, tmp_path / "plain", tmp_path / "checkpoints")
    older, newer = sorted((tmp_path / "checkpoints").iterdir())
    newer.write_bytes(newer.read_bytes()[:500])
    run(settings, channels, tmp_path / "again", tmp_path / "checkpoints")
    out = capsys.readouterr().out
    assert f"checkpoint {newer.name} was not used" in out
    assert f"going on from round {int(older.stem[-6:])} of" in out
    assert _answers(tmp_path / "again", data) == _answers(tmp_path / "plain", data)


def test_parts_end_where_they_should():
    assert boundaries(300) == list(range(50, 301, 50))
    assert boundaries(60) == [50, 60]
    assert boundaries(7) == [7]
    assert boundaries(1001) == [*range(150, 1001, 150), 1001]
    assert rounds.MULTIPLE == ROUNDS_PER_SEED


def test_the_folder_is_the_one_sagemaker_names(tmp_path):
    base = {"SAGEMAKER_BASE_DIR": str(tmp_path)}
    assert checkpoint_folder(base) is None
    (tmp_path / "checkpoints").mkdir()
    assert checkpoint_folder(base) == tmp_path / "checkpoints"
    config = tmp_path / "checkpointconfig.json"
    config.write_text(json.dumps({"S3Uri": "s3://b/k", "LocalPath": str(tmp_path / "there")}))
    named = {**base, "SM_INPUT_CONFIG_DIR": str(tmp_path)}
    assert checkpoint_folder(named) == tmp_path / "there"
    config.write_text(json.dumps({"S3Uri": "s3://b/k"}))
    assert checkpoint_folder(named) == tmp_path / "checkpoints"


def test_auto_goes_on_with_what_its_members_had_done(tmp_path, monkeypatch, capsys):
    made = ring()
    channels = made.write(tmp_path / "input")
    settings = parse_hyperparameters(["--algorithm", "auto"])
    only = [Candidate(name, {**parse_hyperparameters(_arguments(name)).values}, name)
            for name in ("extra_trees", "xgboost")]  # fmt: skip
    monkeypatch.setattr(fitting, "candidates_of", lambda *_, **__: only)
    run(settings, channels, tmp_path / "whole", tmp_path / "checkpoints")
    run(settings, channels, tmp_path / "plain")
    capsys.readouterr()
    run(settings, channels, tmp_path / "again", tmp_path / "checkpoints")
    assert "going on from round 50 of 60" in capsys.readouterr().out
    answers = [_answers(tmp_path / name, made) for name in ("whole", "plain", "again")]
    assert len(set(answers)) == 1


def _shown(made, arguments, root, capsys, bound_by="time"):
    bound = Example(made.frame, replace(made.schema, bound_by=bound_by))
    metrics = run(parse_hyperparameters(arguments), bound.write(root), root / "model")
    lines = capsys.readouterr().out.splitlines()
    return metrics, [float(line.removeprefix("validation:log_loss="))
                     for line in lines if line.startswith("validation:")]  # fmt: skip


@pytest.mark.parametrize("algorithm", IN_ROUNDS)
def test_long_work_shows_its_progress(algorithm, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(held_out, "SHOWN_FROM", 1)
    arguments = [*_arguments(algorithm), "--class_weight", "balanced"]  # so, uncalibrated
    metrics, shown = _shown(ring(200), arguments, tmp_path, capsys)
    assert len(shown) == len(boundaries(ROUNDS))
    assert shown[-1] == pytest.approx(metrics["log_loss"])


def test_short_work_and_work_in_folds_show_none(tmp_path, monkeypatch, capsys):
    arguments = _arguments("extra_trees")
    assert _shown(ring(), arguments, tmp_path / "short", capsys)[1] == []
    monkeypatch.setattr(held_out, "SHOWN_FROM", 1)
    assert _shown(ring(), arguments, tmp_path / "folds", capsys, bound_by=None)[1] == []
