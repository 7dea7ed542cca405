"""The processing job's side of preprocess, for uploads too large for a Lambda.

It runs in AWS's scikit-learn image without network: files come in and go out through the folders
that SageMaker fills and empties. An upload that can't be used is a result like any other, in
``result.json``; only an error of ours fails the job, with its class and place as exit message.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lambdas.preprocess.documents.manifest import Known
from lambdas.preprocess.order import Order, Outcome, carry_out
from lambdas.preprocess.read.source import Download
from lambdas.shared.documents.document import FINDINGS, ORDER, RESULT
from lambdas.shared.failures.errors import DataError, frames


def main(arguments: Sequence[str] | None = None) -> int:
    """Process the one file in ``--upload`` and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        _process(options.order, options.upload, options.work, options.output)
    except Exception as error:  # noqa: BLE001 - a library's text may quote a cell: class and place only
        text = f"{type(error).__name__} ({'; '.join(frames(error)[-3:])})"
        options.message.write_text(text, encoding="utf-8")
        print(text, file=sys.stderr)
        return 1
    return 0


def _process(order_file: Path, upload: Path, folder: Path, output: Path) -> None:
    order = Order.from_dict(ORDER.content(order_file.read_bytes()))
    folder.mkdir(parents=True, exist_ok=True)
    (found,) = (path for path in upload.rglob("*") if path.is_file())
    # Its name must reveal as little as it does in the Lambda.
    fetched = Download.at(found.rename(folder / "upload"))
    known = Known()
    try:
        outcome = carry_out(order, fetched, folder, known)
    except DataError as error:
        findings = [finding.to_dict() for finding in error.findings]
        result: dict[str, Any] = {"error": {"code": error.code, "findings": findings}}
        _write(output / FINDINGS.name, known.document(order.key, order.version_id, error))
    else:
        _store(outcome, order.paths.dataset_prefix, output)
        result = {"output": outcome.output.model_dump(mode="json")}
    _write(output / RESULT.name, RESULT.text(result))


def _store(outcome: Outcome, prefix: str, output: Path) -> None:
    """Lay everything out as it is to be stored below the execution's prefix in the bucket."""
    for key, path in outcome.files.items():
        target = output / key.removeprefix(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    for key, text in outcome.documents.items():
        _write(output / key.removeprefix(prefix), text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="preprocess", description=__doc__)
    for name, text in {
        "order": "JSON file that says what is to be done",
        "upload": "folder that holds the uploaded file",
        "work": "folder for the database",
        "output": "folder whose content goes to the bucket",
        "message": "file for what to say when this fails",
    }.items():
        parser.add_argument(f"--{name}", type=Path, required=True, help=text)
    return parser
