"""A job of several hosts trains one model on the rows of all, and ends when one of them does."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.training.data import EXAMPLES, Example, example
from tests.training.hosts import Job
from training.serve.hooks import answer, model_fn

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems have one loopback address"
)
QUICK = ("--algorithm", "xgboost", "--n_estimators", "30")


def _document(job: Job) -> dict:
    return json.loads((job.model() / "model.json").read_text())


def _probabilities(job: Job, data: Example):
    request = data.frame.to_csv(index=False)
    body = answer(model_fn(str(job.model())), request, "text/csv", "application/json")[0]
    return np.array([[*row["probabilities"].values()] for row in json.loads(body)["predictions"]])


@pytest.fixture
def train(tmp_path):
    """Start jobs, all of which are ended with the test."""
    jobs = []

    def start(channels, *arguments, **more) -> Job:
        number = len(jobs) + 1
        jobs.append(
            Job(tmp_path / f"job-{number}", channels, arguments, f"127.98.{number}", **more)
        )
        return jobs[-1]

    yield start
    for job in jobs:
        job.end()


def test_hosts_train_the_model_of_a_single_one(train, tmp_path):
    made = EXAMPLES["breast_cancer"]()
    # So that the single host, too, judges by the validation split instead of folds.
    data = replace(made, schema=replace(made.schema, bound_by="time"))
    channels = data.write(tmp_path / "input")
    jobs = [train([channels] * count, *QUICK) for count in (1, 2)]
    assert [job.wait() for job in jobs] == [[0], [0, 0]], [job.said(1, "stderr") for job in jobs]
    alone, together = map(_document, jobs)
    assert together["rows"] == alone["rows"]
    assert together["labels"] == alone["labels"]
    assert together["metrics"]["roc_auc"] == pytest.approx(alone["metrics"]["roc_auc"], abs=0.01)
    one, two = (_probabilities(job, data) for job in jobs)
    assert np.abs(one - two).mean() < 0.01
    sent = [int(job.said(2).rsplit("sent the others ")[1].split()[0]) for job in jobs[1:]]
    assert sent[0] > 100_000  # of histograms and sample, as Linux counts it
    # The first host alone has the model and the metrics.
    assert "validation:roc_auc=" in jobs[1].said(1)
    assert "validation:" not in jobs[1].said(2)
    assert not list((jobs[1].root / "algo-2" / "model").iterdir())


def _rare() -> Example:
    """Texts, categories and numbers, with a class that only few rows have."""
    made = EXAMPLES["penguins"]()
    frame = made.frame.copy()
    frame.loc[[3, 300], made.schema.target] = "Zebra"
    return example(frame, "multiclass", made.schema.target)


def test_a_class_that_one_host_never_sees_is_known_to_all(train, tmp_path):
    data = _rare()
    whole = data.write(tmp_path / "input")
    parts = []
    for number in range(2):  # the first host gets the first half, the second the rest
        half = data.frame.iloc[: len(data.frame) // 2] if number else data.frame.iloc[200:]
        part = Example(half, data.schema).write(tmp_path / f"part-{number}")
        parts.append({**part, "schema": whole["schema"]})
    (parts[1]["train"] / "train.csv").write_text((whole["train"] / "train.csv").read_text()[:0])
    (parts[1]["train"] / "train.csv").unlink()  # and has no file of one channel
    job = train(parts, *QUICK, "--class_weight", "balanced", sharded=("train", "validation"))
    assert job.wait() == [0, 0], job.said(1, "stderr") + job.said(2, "stderr")
    assert "Zebra" in _document(job)["labels"]


def test_the_host_at_fault_says_why_and_the_others_wait_for_it(train, tmp_path):
    data = EXAMPLES["breast_cancer"]()
    good = data.write(tmp_path / "good")
    frame = data.frame.astype({"mean radius": object})
    frame.loc[::2, "mean radius"] = "sekretny"
    bad = Example(frame, data.schema).write(tmp_path / "bad")
    job = train([good, good, bad], *QUICK, sharded=("train", "validation"))
    assert job.processes[2].wait(60) == 1
    assert [process.poll() for process in job.processes[:2]] == [None, None]
    assert "text in numeric column(s): 'mean radius'" in job.said(3, "output/failure")
    assert job.wait()[:2] == [1, 1]
    for host in (1, 2):
        assert job.said(host, "output/failure") == (
            "HostLostError: another host of the training job failed or was lost"
        )


def test_a_lost_host_ends_the_job_and_the_next_goes_on_from_its_checkpoint(train, tmp_path):
    data = EXAMPLES["breast_cancer"]()
    channels = data.write(tmp_path / "input")
    arguments = ("--algorithm", "xgboost", "--n_estimators", "1500", "--subsample", "0.7")
    (tmp_path / "job-1" / "common" / "checkpoints").mkdir(parents=True)
    job = train([channels] * 2, *arguments)
    checkpoints = tmp_path / "job-1" / "common" / "checkpoints"
    until = time.monotonic() + 90
    while not list(checkpoints.glob("*.checkpoint")) and time.monotonic() < until:
        time.sleep(0.02)
    job.processes[1].send_signal(signal.SIGKILL)
    assert job.processes[0].wait(60) == 1
    assert job.said(1, "output/failure").startswith("HostLostError")
    assert not list(job.model().iterdir())

    (tmp_path / "job-2").mkdir()
    (tmp_path / "job-2" / "common").symlink_to(tmp_path / "job-1" / "common")
    again = train([channels] * 2, *arguments)
    assert again.wait() == [0, 0], again.said(1, "stderr")
    assert "going on from round" in again.said(1)
    assert "going on from round" in again.said(2)


def test_other_algorithms_are_refused(train, tmp_path):
    job = train([EXAMPLES["penguins"]().write(tmp_path / "input")] * 2, "--algorithm", "linear")
    assert job.wait() == [1, 1]
    assert job.said(2, "output/failure") == (
        "HyperparameterError: over several hosts, 'algorithm' must be one of xgboost"
    )
