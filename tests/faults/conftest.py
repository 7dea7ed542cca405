"""The stack that cells are run in, the way to each state, what came of a module's ``SUITE``."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.workflow.stories import PREDICTION, TRAINING, Story
from tests.end_to_end.upgrade import synthesize_with
from tests.faults import predictions
from tests.faults import routes as route_file
from tests.faults.laboratory import SMALL
from tests.faults.matrix import routes_by_state
from tests.faults.states import states
from tests.faults.suite import Outcomes, Suite, chosen


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stack with limits that small uploads reach."""
    return synthesize_with(tmp_path_factory.mktemp("small"), **SMALL)


@pytest.fixture(scope="session")
def routes(
    pytestconfig: pytest.Config, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The way to each state of training."""
    folder = tmp_path_factory.mktemp("routes")
    return _kept(pytestconfig, TRAINING, lambda: routes_by_state(folder, small))


@pytest.fixture(scope="session")
def rows_routes(
    pytestconfig: pytest.Config, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The way to each state of predictions."""
    folder = tmp_path_factory.mktemp("routes")
    return _kept(pytestconfig, PREDICTION, lambda: predictions.routes_by_state(folder, small))


def _kept(
    config: pytest.Config, story: Story, find: Callable[[], dict[str, str]]
) -> dict[str, str]:
    """Return routes, found anew when the definition or the uploads changed."""
    sources = story.text.encode() + Path(route_file.__file__).read_bytes()
    key = f"faults/routes-{hashlib.sha256(sources).hexdigest()[:16]}"
    found: dict[str, str] | None = config.cache.get(key, None)  # type: ignore[union-attr]
    if found is None:
        found = find()
        config.cache.set(key, found)  # type: ignore[union-attr]
    unreached = {state.parent for state in states(story)} - found.keys()
    assert unreached == set(), "add an upload to tests/faults/routes.py that reaches these states"
    return found


@pytest.fixture(scope="module")
def every(
    request: pytest.FixtureRequest,
    routes: dict[str, str],
    small: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Outcomes:
    """What came of all cells that the module is to check in this run: ``-k`` chooses some."""
    suite: Suite = request.module.SUITE
    outcomes = suite.run(chosen(request, "every"), routes, tmp_path_factory.mktemp("every"), small)
    suite.show(outcomes)
    return outcomes
