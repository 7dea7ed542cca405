"""What became of the ONNX file that a training job was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambdas.shared.contracts.report import TrainingJob
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message, listed
from training.written_export import DIFFERENCE, FOLDER, MODEL, REFUSED, Refusal


def exported(training: TrainingJob | None) -> dict[str, Any] | None:
    """Return where in the model's archive the file is, and how far its answers are off."""
    told = (training and training.onnx) or {}
    if DIFFERENCE not in told:
        return None
    return {"path": f"{FOLDER}/{MODEL}", "largest_difference": told[DIFFERENCE]}


def export_findings(
    training: TrainingJob | None, manifest: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield what is to be said of a file that was not written.

    Parameters
    ----------
    training : TrainingJob or None
    manifest : mapping
        Content of ``manifest.json``, whose columns are named.
    """
    told = (training and training.onnx) or {}
    if REFUSED in told:
        yield Finding("NotExported", _why(Refusal(int(told[REFUSED])), manifest)).to_dict()


def _why(refusal: Refusal, manifest: Mapping[str, Any]) -> Message:
    if refusal == Refusal.TEXT:
        texts = [each["name"] for each in manifest.get("features", ()) if each["type"] == "text"]
        return Message(
            "no ONNX file was written: the model reads free text, which ONNX has no operators "
            "for, in {columns}",
            columns=listed(texts),
        )
    if refusal == Refusal.SIZE:
        return Message("no ONNX file was written: the model has more trees than one can hold")
    if refusal == Refusal.DIFFERS:
        return Message(
            "no ONNX file was written: its answers would differ from the model's own by more than "
            "1 in 100,000"
        )
    return Message("no ONNX file was written: writing it failed; the job's log says where")
