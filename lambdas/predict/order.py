"""The work on one file of rows, in the Lambda as in the processing job: order and outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lambdas.shared.contracts.predict import ChosenModel, KnownTargets, PreparedRows
from lambdas.shared.names.legal import dataset_slug, resource_name
from lambdas.shared.names.paths import RunPaths
from lambdas.shared.settings.dataset import DatasetSettings, Source

if TYPE_CHECKING:
    from lambdas.predict.run import ReadRows
    from lambdas.predict.trained import Trained

_ACCEPT, _REASONS = "text/csv; details=true", "; explain=3"


@dataclass(frozen=True)
class RowsOrder:
    """What is to be done; it goes to the processing job as JSON.

    Parameters
    ----------
    paths : RunPaths
        Where everything of this execution lies.
    key, upload_bytes : str, int
        The file, and its size.
    sources : tuple of Source
        Settings, strongest first.
    """

    paths: RunPaths
    key: str
    upload_bytes: int
    model: ChosenModel
    sources: tuple[Source, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return {
            "paths": vars(self.paths),
            "key": self.key,
            "upload_bytes": self.upload_bytes,
            "model": self.model.model_dump(mode="json"),
            "sources": [source.to_json() for source in self.sources],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        return cls(
            RunPaths(**document["paths"]),
            document["key"],
            document["upload_bytes"],
            ChosenModel(**document["model"]),
            tuple(map(Source.from_json, document["sources"])),
        )


def prepared_rows(
    order: RowsOrder, settings: DatasetSettings, trained: Trained, read: ReadRows
) -> PreparedRows:
    """Return what the state machine goes on with."""
    paths = order.paths
    folder, parts = paths.uri(paths.prediction_prefix), read.of_model.paths
    return PreparedRows(
        dataset=dataset_slug(paths.dataset),
        resource_name=resource_name(paths.dataset, paths.execution),
        language=settings.language,
        model=order.model,
        task=trained.task,
        target=trained.target,
        rows=read.rows,
        columns=read.columns,
        rows_uri=f"{folder}/job/{parts[0].parent.name}/",
        parts=len(parts),
        instances=min(len(parts), settings.transform_instances),
        content_type=read.of_model.content_type,
        accept=_ACCEPT + _REASONS * settings.explain,
        own_uri=f"{folder}/job/{read.own.name}",
        output_uri=f"{folder}/job",
        predictions_uri=f"{folder}/predictions.{settings.output}",
        instance_types=list(settings.transform_instance_types),
        processing_instance_type=settings.processing_instance_type,
        upload_bytes=order.upload_bytes,
        raw=settings.raw,
        explain=settings.explain,
        output=settings.output,
        targets=_targets(read, folder),
    )


def _targets(read: ReadRows, folder: str) -> KnownTargets | None:
    truth = read.truth
    if truth is None:
        return None
    uri = f"{folder}/job/{truth.path.name}"
    return KnownTargets(uri=uri, rows=truth.rows, is_seen=truth.is_seen)
