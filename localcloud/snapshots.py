"""The services' state on disk while the cloud runs: ministack saves it at a proper end only."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from localcloud.ministack_internals import app, persistence, stepfunctions

_SECONDS = 1.0
# Logs change with every invocation and start no work; they are lost with a kill.
_NOT_SAVED = frozenset({"cloudwatch_logs", "cloudwatch"})
# What ministack saves of Step Functions, but for executions.
STATE_MACHINES = (
    "state_machines",
    "tags",
    "activities",
    "state_machine_versions",
    "state_machine_aliases",
    "map_runs",
)
Application = Callable[..., Awaitable[None]]


class Snapshots:
    """Saves the state of all services whenever requests have been answered since the last time.

    Executions are not part of it: `localcloud.journal` writes them down while they run.
    """

    def __init__(self) -> None:
        self._changed = self._functions_changed = False
        stepfunctions.get_state = _state_machines

    def observing(self, application: Application) -> Application:
        """Return the application, whose requests are noticed."""

        async def observe(scope: dict[str, Any], receive: Any, send: Any) -> None:
            try:
                await application(scope, receive, send)
            finally:
                self._changed = True
                self._functions_changed |= _may_change_functions(scope)

        return observe

    async def save_regularly(self) -> None:
        """Save once a second, for ever."""
        while True:
            await asyncio.sleep(_SECONDS)
            if self._changed:
                left_out = _NOT_SAVED if self._functions_changed else {*_NOT_SAVED, "lambda"}
                self._changed = self._functions_changed = False
                await asyncio.to_thread(_save, left_out)


def _state_machines() -> dict[str, Any]:
    return {name: copy.deepcopy(getattr(stepfunctions, name)) for name in STATE_MACHINES}


def _may_change_functions(scope: dict[str, Any]) -> bool:
    """Return whether a request may change functions and layers, tens of MB to save."""
    signed = dict(scope.get("headers", [])).get(b"authorization", b"")
    manages = b"/lambda/" in signed and not scope["path"].endswith("/invocations")
    return manages or b"/cloudformation/" in signed


def _save(left_out: Collection[str]) -> None:
    services = app.build_persistence_save_dict()
    persistence.save_all({name: get for name, get in services.items() if name not in left_out})
