"""One synth, the deployed one, for all tests of the stack."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.synth import synthesize


@pytest.fixture(scope="session")
def assembly() -> Path:
    return synthesize()


@pytest.fixture(scope="session")
def template(assembly: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((assembly / "Molino.template.json").read_text())
    return found


@pytest.fixture(scope="session")
def resources(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = template["Resources"]
    return found
