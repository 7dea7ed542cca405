"""The models that have predicted: what they were trained on, and what they predict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lambdas.actuals.runs import Model, PredictionRun
from lambdas.actuals.work import Work
from lambdas.predict.trained import Trained
from lambdas.predict.truth import can_be_read
from lambdas.shared.documents.bucket import find
from lambdas.shared.documents.document import PROFILE, SCHEMA
from lambdas.shared.names.paths import RunPaths


@dataclass(frozen=True)
class Known:
    """A model of which it is known how its target is written, and its predictions.

    Parameters
    ----------
    number : int
        Stands for it in names of tables.
    runs : list of PredictionRun
        The newest first.
    """

    number: int
    model: Model
    trained: Trained
    runs: list[PredictionRun]

    @property
    def labels(self) -> list[str]:
        """Its classes; empty for numbers."""
        return sorted(self.trained.classes)

    @property
    def truths(self) -> str:
        """The table of what happened, as this model's target is read."""
        return f"truths{self.number}"

    @property
    def predictions(self) -> str:
        """The table of what was predicted of the rows that the file has."""
        return f"predictions{self.number}"

    @property
    def known(self) -> str:
        """The table of what is known of each key."""
        return f"known{self.number}"

    @property
    def pairs(self) -> str:
        """The table of what happened and what was predicted."""
        return f"pairs{self.number}"


def known_models(work: Work, runs: Iterable[PredictionRun]) -> list[Known]:
    """Return the models whose data are described; runs of others are left out."""
    found: list[Known] = []
    client, paths = work.client, work.paths
    for model, its_runs in _by_model(runs).items():
        trained_by = RunPaths(paths.bucket, paths.dataset, model.run)
        schema = find(client, SCHEMA, SCHEMA.uri(trained_by))
        profile = find(client, PROFILE, PROFILE.uri(trained_by)) if schema else None
        trained = Trained(schema, profile or {}, {}, model.version) if schema else None
        if trained is None or not can_be_read(trained):
            work.left_out["undescribed"] += len(its_runs)
        else:
            found.append(Known(len(found), model, trained, its_runs))
    return found


def _by_model(runs: Iterable[PredictionRun]) -> dict[Model, list[PredictionRun]]:
    found: dict[Model, list[PredictionRun]] = {}
    for run in runs:
        found.setdefault(run.model, []).append(run)
    return found
