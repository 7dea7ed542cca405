"""The processing job's side of preprocess, for uploads too large for a Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdas.preprocess.documents.manifest import Known
from lambdas.preprocess.order import Order, Outcome, carry_out
from lambdas.preprocess.parts_on_duckdb import PartsOnDuckDB
from lambdas.preprocess.read.source import Download
from lambdas.shared.documents.document import FINDINGS, ORDER, RESULT
from lambdas.shared.failures.errors import DataError
from lambdas.shared.processing_job import Folders, ended_with, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Process the uploaded file or part files and return the exit code."""
    return run(_process, arguments)


def uploaded(folders: Folders) -> Download:
    """Return the uploaded file, whose name reveals as little as it does in the Lambda."""
    return Download.at(folders.file("upload").rename(folders.work / "upload"))


def _parts(folders: Folders, names: Sequence[str]) -> PartsOnDuckDB:
    files = [folders.inputs / "upload" / name for name in names]
    moved = [path.rename(folders.work / f"upload{n}") for n, path in enumerate(files)]
    return PartsOnDuckDB.of(list(zip(names, map(Download.at, moved), strict=True)))


def _process(folders: Folders) -> None:
    order = Order.from_dict(ORDER.content(folders.file("order").read_bytes()))
    known = Known()
    fetched = _parts(folders, order.part_names) if order.parts else uploaded(folders)
    try:
        outcome = carry_out(order, fetched, folders.work, known)
    except DataError as error:
        result: dict[str, Any] = ended_with(error)
        folders.write(FINDINGS.name, known.document(order.key, order.version_id, error))
    else:
        _store(outcome, order.paths.dataset_prefix, folders)
        result = {"output": outcome.output.model_dump(mode="json")}
    folders.write(RESULT.name, RESULT.text(result))


def _store(outcome: Outcome, prefix: str, folders: Folders) -> None:
    """Lay everything out as it is to be stored below the execution's prefix in the bucket."""
    for key, path in outcome.files.items():
        target = folders.output / key.removeprefix(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    for key, text in outcome.documents.items():
        folders.write(key.removeprefix(prefix), text)
