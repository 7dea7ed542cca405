"""The terminal speaks the dataset's language."""

import re
from typing import Any

import pytest

from infra.settings import Settings
from infra.workflow.state_machine import definition
from infra.workflow.stories import STORIES
from lambdas.report.language import language
from localcloud import console as module
from localcloud import follow
from localcloud.console import Console
from localcloud.run import not_run

FOUND = [{"code": "positive.never", "level": "bad", "text": "Con su umbral"}]
RESULT: dict[str, Any] = not_run(ValueError(), 0.0) | {
    "status": "SUCCEEDED",
    "trained": True,
    "language": "es",
    "said": {
        "message": "Se ha entrenado",
        "verdict": FOUND,
        "target_rule": "según los metadatos",
        "decision": "no es mejor",
    },
    "target": "y",
    "target_rule": "set in the metadata",
    "task": "binary",
    "metrics": {"roc_auc": 0.5, "accuracy": 1234.5},
    "on_aws": {"low_usd": 0.01, "high_usd": 0.02, "low_minutes": 6, "high_minutes": 14},
    "report": "runs/x/informe.html",
    "decision": {"verdict": "reject", "reason": "it is no better"},
    "promoted": False,
    "serving": ["molino-kept--x"],
    "served": {"minimum": 2, "usd_per_hour": 0.102},
}


def shown(capsys: pytest.CaptureFixture[str], **changes: Any) -> str:
    Console().result(RESULT | changes)
    return re.sub(r"\s+", " ", capsys.readouterr().out)


def test_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys)
    assert "SUCCEEDED Con su umbral objetivo y (según los metadatos) tarea dos clases" in said
    assert "AUC ROC 0,5000 Exactitud 1234,5000" in said
    assert "estimación para AWS de 0,010 a 0,020 USD, de 6 a 14 minutos" in said
    assert "campeón no es este modelo: no es mejor" in said
    assert "molino-kept--x; 0,204 USD por hora, hasta que «serve: no» lo termine" in said
    assert said.endswith("sigue en marcha nada ")


def test_a_failure_in_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    failed = {"status": "FAILED", "error": "EmptyFile", "target": None, "decision": None}
    said = {"message": "El archivo subido está vacío.", "verdict": []}
    told = shown(capsys, **failed, said=said)
    assert "FAILED EmptyFile: El archivo subido está vacío. " in told
    assert "it is no better" not in told


def test_without_a_report_it_is_english(capsys: pytest.CaptureFixture[str]) -> None:
    Console().result(not_run(ValueError("no cloud"), 0.0))
    said = capsys.readouterr().out
    assert "ValueError: no cloud" in said
    assert re.search(r"left running +nothing", said)


def test_predictions_are_shown_in_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    result = RESULT | {"predictions": "predictions/x/predictions.csv", "left_running": []}
    Console().predicted(result | {"said": {"message": "Se han predicho 2 filas."}})
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "SUCCEEDED objetivo y filas Se han predicho 2 filas." in said
    assert (
        "predicciones predictions/x/predictions.csv informe runs/x/informe.html estimación para AWS"
        in said
    )
    assert said.endswith("sigue en marcha nada ")
    failed = {"status": "FAILED", "error": "NoChampion", "predictions": None, "on_aws": None}
    Console().predicted(result | failed | {"said": {"message": "No hay ningún modelo."}})
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    page = "informe runs/x/informe.html"
    assert said.strip() == f"FAILED NoChampion: No hay ningún modelo. {page} sigue en marcha nada"


def test_a_comparison_is_shown_in_its_datasets_language(capsys: pytest.CaptureFixture[str]) -> None:
    result = RESULT | {"periods": [{"period": "2026-05"}], "left_running": []}
    Console().compared(result | {"said": {"message": "El archivo dice qué ocurrió con 2 filas."}})
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert said.strip() == (
        "SUCCEEDED El archivo dice qué ocurrió con 2 filas. sigue en marcha nada"
    )
    failed = {"status": "FAILED", "error": "KeyUnclear", "periods": []}
    Console().compared(result | failed | {"said": {"message": "No está claro."}})
    said = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert said.strip() == "FAILED KeyUnclear: No está claro. sigue en marcha nada"


def test_each_row_has_a_name_in_each_language() -> None:
    names = {*module._NAMES, *module._NAMES_OF_PREDICTIONS}
    for code in ("en", "es"):
        assert all(language(code).has(f"console.{name}") for name in names)


def test_the_stages_are_told_by_states_that_there_are() -> None:
    known = {name for story in STORIES for name in definition(Settings(), story)["States"]}
    assert set(follow._STAGES) <= known
