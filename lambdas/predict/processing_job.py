"""The processing job's side of predict, for files of rows too large for a Lambda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lambdas.predict.order import RowsOrder, prepared_rows
from lambdas.predict.run import ReadRows, read_rows
from lambdas.predict.trained import Trained
from lambdas.preprocess.processing_job import uploaded
from lambdas.shared.documents.document import (
    CATEGORIES,
    PROFILE,
    ROWS_ORDER,
    ROWS_READ,
    SAMPLE,
    SCHEMA,
)
from lambdas.shared.failures.errors import DataError
from lambdas.shared.processing_job import Folders, ended_with, run
from lambdas.shared.settings.dataset import resolve


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the one uploaded file and return the exit code."""
    return run(_read, arguments)


def _read(folders: Folders) -> None:
    order = RowsOrder.from_dict(ROWS_ORDER.content(folders.file("order").read_bytes()))
    resolved, trained = resolve(order.sources), _trained(folders, order.model.version)
    settings, findings = resolved.settings, [*resolved.findings]
    try:
        path = uploaded(folders).path
        read = read_rows(path, settings, trained, folders.work, findings)
    except DataError as error:
        ended: dict[str, Any] = ended_with(error)
    else:
        _store(read, folders)
        output = prepared_rows(order, settings, trained, read)
        ended = {"output": output.model_dump(mode="json")}
    result = {"findings": [finding.to_dict() for finding in findings]} | ended
    folders.write(ROWS_READ.name, ROWS_READ.text(result))


def _trained(folders: Folders, version: int) -> Trained:
    schema = SCHEMA.content(folders.file("schema").read_bytes())
    # Without these, less is noticed.
    profile = [PROFILE.content(path.read_bytes()) for path in folders.files("profile")]
    categories = [CATEGORIES.content(path.read_bytes()) for path in folders.files("categories")]
    sample = [SAMPLE.content(path.read_bytes()) for path in folders.files("sample")]
    return Trained(
        schema,
        profile[0] if profile else {},
        categories[0]["columns"] if categories else {},
        version,
        sample[0] if sample else {},
    )


def _store(read: ReadRows, folders: Folders) -> None:
    """Lay everything out as it is to be stored below the execution's prefix in the bucket."""
    for path in read.files:
        target = folders.output / "job" / path.relative_to(folders.work)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
