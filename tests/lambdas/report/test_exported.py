"""What the report says of an ONNX file that was asked for."""

from __future__ import annotations

import pytest

from lambdas.report.contents import lineage
from lambdas.report.exported import export_findings, exported
from lambdas.report.language import LANGUAGES, language
from lambdas.shared.contracts.report import TrainingJob
from training.written_export import DIFFERENCE, REFUSED, Refusal

MANIFEST = {"features": [{"name": "x", "type": "numeric"}, {"name": "remarks", "type": "text"}]}
DOCUMENT = dict.fromkeys(
    ("decision", "manifest_uri", "model_uri", "predictions_uri", "report_uri", "execution_arn")
) | {"said": {"reason": None}, "upload": {"version_id": "v"}}


@pytest.mark.parametrize("refusal", Refusal)
def test_a_file_that_was_not_written_is_a_finding(refusal: Refusal) -> None:
    training = TrainingJob(onnx={REFUSED: float(refusal)})
    (found,) = export_findings(training, MANIFEST)
    assert found["code"] == "NotExported"
    assert ("remarks" in found["message"]) == (refusal == Refusal.TEXT)
    assert exported(training) is None
    said = {language(code).say(found["wording"]) for code in LANGUAGES}
    assert len(said) == len(LANGUAGES)


def test_a_file_that_was_written_has_its_place_in_the_lineage() -> None:
    training = TrainingJob(onnx={DIFFERENCE: 2.2e-16})
    assert not list(export_findings(training, MANIFEST))
    found = exported(training)
    assert found == {"path": "onnx/model.onnx", "largest_difference": 2.2e-16}
    shown = dict(lineage(language("en"), DOCUMENT | {"onnx": found}, {}))
    assert "2.2 \u00d7 10⁻¹⁶" in shown["In its archive, as ONNX"]


@pytest.mark.parametrize("training", [None, TrainingJob(), TrainingJob(onnx={})])
def test_nothing_is_said_if_nothing_was_asked(training: TrainingJob | None) -> None:
    assert not list(export_findings(training, MANIFEST))
    assert exported(training) is None
    assert "In its archive, as ONNX" not in dict(
        lineage(language("en"), DOCUMENT | {"onnx": None}, {})
    )
