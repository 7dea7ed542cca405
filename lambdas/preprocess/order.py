"""The work on one upload, in the Lambda as in the processing job: its order and its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from lambdas.drift.reference import Reference
from lambdas.preprocess.columns.cells import MISSING
from lambdas.preprocess.documents.manifest import Known, manifest_document, state_output
from lambdas.preprocess.documents.splits import schema_document
from lambdas.preprocess.on_duckdb import Upload
from lambdas.preprocess.read.source import Download
from lambdas.preprocess.run import prepare
from lambdas.shared.contracts.preprocess import PreparedDataset
from lambdas.shared.documents.document import CATEGORIES, DRIFT, MANIFEST, PROFILE, SAMPLE, SCHEMA
from lambdas.shared.names.part_files import folder_of
from lambdas.shared.names.paths import RunPaths, dataset_of
from lambdas.shared.settings.dataset import Source


@dataclass(frozen=True)
class PartFile:
    """One file of an upload that is a folder: its key, version and bytes."""

    key: str
    version_id: str
    size: int


@dataclass(frozen=True)
class Order:
    """What is to be done: one version of one upload, its execution, and settings, strongest first.

    It goes to the processing job as JSON.

    Parameters
    ----------
    reference : Reference or None
        The champion's data, with which the upload is compared, and the newest version's.
    parts : tuple of PartFile
        The files that the upload consists of, where it is a folder.
    """

    bucket: str
    key: str
    version_id: str
    execution_name: str
    execution_arn: str
    sources: tuple[Source, ...] = ()
    reference: Reference | None = None
    parts: tuple[PartFile, ...] = ()

    @property
    def paths(self) -> RunPaths:
        """Where everything of this execution lies."""
        return RunPaths(self.bucket, dataset_of(self.key), self.execution_name)

    @property
    def part_names(self) -> list[str]:
        """What the parts are called below their folder."""
        folder = folder_of(self.key)
        return [part.key.removeprefix(folder) for part in self.parts]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        reference = asdict(self.reference) if self.reference else None
        sources = [source.to_json() for source in self.sources]
        parts = [asdict(part) for part in self.parts]
        return {**vars(self), "sources": sources, "reference": reference, "parts": parts}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        sources = tuple(map(Source.from_json, document["sources"]))
        known = document["reference"]
        reference = Reference.from_json(known) if known else None
        parts = tuple(PartFile(**part) for part in document.get("parts", ()))
        return cls(**{**document, "sources": sources, "reference": reference, "parts": parts})


@dataclass(frozen=True)
class Outcome:
    """What became of an upload.

    Parameters
    ----------
    files : dict
        Splits by key.
    documents : dict
        JSON texts by key, the manifest last.
    output : PreparedDataset
        What the state machine goes on with.
    """

    files: dict[str, Path]
    documents: dict[str, str]
    output: PreparedDataset


def carry_out(order: Order, fetched: Download | Upload, folder: Path, known: Known) -> Outcome:
    """Read, check, profile and split an upload.

    Parameters
    ----------
    fetched : Download or Upload
        The file, or whoever reads its parts.
    folder : Path
        For the database and the splits.
    known : Known
        Gets what is found, also if this fails.

    Raises
    ------
    DataError
        With every problem found, of the first one's class.
    """
    paths = order.paths
    if isinstance(fetched, Download):
        known.download = fetched
    prepared = prepare(fetched, order.sources, folder, known, order.reference)
    origin = {
        "manifest": MANIFEST.uri(paths),
        "upload": paths.uri(order.key),
        "version_id": order.version_id,
        "sha256": prepared.download.sha256,
    }
    settings = prepared.resolved.settings
    missing = (*MISSING, *settings.missing)
    bound_by = "time" if settings.time else "group" if settings.group else None
    table, target = prepared.table, prepared.target.position
    schema = schema_document(
        prepared.task,
        prepared.target,
        prepared.features,
        origin,
        missing,
        bound_by=bound_by,
        written=table.forms.get(target) or table.words.get(target),
    )
    parts = [asdict(part) for part in order.parts]
    manifest = manifest_document(prepared, order.key, order.version_id, order.execution_arn, parts)
    return Outcome(
        files={paths.split_key(split): path for split, path in prepared.files.items()},
        documents={
            SCHEMA.key(paths): schema,
            PROFILE.key(paths): prepared.profile,
            CATEGORIES.key(paths): prepared.categories,
            SAMPLE.key(paths): prepared.sample,
            **({DRIFT.key(paths): DRIFT.text(prepared.drift.to_json())} if prepared.drift else {}),
            MANIFEST.key(paths): manifest,
        },
        output=state_output(prepared, paths),
    )
