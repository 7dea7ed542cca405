"""The stack that the matrix runs, the way to each state, and which cells were chosen."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from infra.workflow import DEFINITION
from tests.end_to_end.upgrade import synthesize_with
from tests.faults import routes as route_file
from tests.faults.laboratory import SMALL
from tests.faults.matrix import routes_by_state


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stack with limits that small uploads reach."""
    return synthesize_with(tmp_path_factory.mktemp("small"), **SMALL)


@pytest.fixture(scope="session")
def routes(
    pytestconfig: pytest.Config, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The way to each state, found anew when the definition or the uploads changed."""
    sources = DEFINITION.read_bytes() + Path(route_file.__file__).read_bytes()
    key = f"faults/routes-{hashlib.sha256(sources).hexdigest()[:16]}"
    found: dict[str, str] | None = pytestconfig.cache.get(key, None)  # type: ignore[union-attr]
    if found is None:
        found = routes_by_state(tmp_path_factory.mktemp("routes"), small)
        pytestconfig.cache.set(key, found)  # type: ignore[union-attr]
    return found


def chosen_cells(request: pytest.FixtureRequest, test: str) -> list[Any]:
    """Return the cells of a test that this run is to check: ``-k`` chooses pieces."""
    return [
        item.callspec.params["cell"]  # type: ignore[attr-defined]
        for item in request.session.items
        if item.name.startswith(f"{test}[")
    ]
