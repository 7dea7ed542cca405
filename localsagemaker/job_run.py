"""A job's run, whatever its kind: a thread, a command under a time limit, and how it ended."""

import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from localsagemaker.child import Child
from localsagemaker.container import FIRST_HOST
from localsagemaker.context import MAX_FAILURE_REASON, Context, Log
from localsagemaker.faults import WHILE_IT_RUNS, FaultPlan, Resource, ResourceFault
from localsagemaker.store import Store

_JOIN_SECONDS, _POLL_SECONDS = 20, 0.02
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


class JobError(Exception):
    """The job failed; the text is its FailureReason."""


class Surroundings(Protocol):
    """What a job of any service needs of it."""

    @property
    def store(self) -> Store:
        """Where its record is."""

    @property
    def faults(self) -> FaultPlan:
        """What shall go wrong."""


class JobRun(ABC):
    """The thread that carries a job through its statuses.

    Parameters
    ----------
    kind
        As in ARNs, for example ``training-job``.
    """

    def __init__(self, context: Surroundings, kind: Resource, name: str) -> None:
        self._surroundings, self._kind, self._name = context, kind, name
        self._stop, self._abandon = threading.Event(), threading.Event()
        self._fault = context.faults.for_resource(kind, name)
        self._thread = threading.Thread(target=self._run, name=f"{kind} {name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the job to end, as the Stop operations do."""
        self._stop.set()

    def abandon(self) -> None:
        """Kill the job's processes at once."""
        self._abandon.set()
        self._stop.set()

    def join(self) -> None:
        """Wait for the thread."""
        self._thread.join(_JOIN_SECONDS)

    @abstractmethod
    def enter_stopping(self) -> None:
        """Record that the job is about to be stopped."""

    @abstractmethod
    def _carry_out(self) -> str:
        """Do the job; return the status that it ends with."""

    @abstractmethod
    def _end_with(self, status: str, members: dict[str, Any]) -> None:
        """Record the job's end."""

    @abstractmethod
    def _report(self, error: Exception) -> None:
        """Do what an error of this service calls for."""

    def _clean_up(self) -> None:  # noqa: B027 (most have something, not all)
        """Remove what the job needs no more."""

    def _change(self, **members: Any) -> None:
        store = self._surroundings.store
        store.change(self._kind, self._name, lambda record: record.update(members))

    def _run(self) -> None:
        members: dict[str, Any] = {}
        try:
            ended = self._follow(self._fault) or self._carry_out()
        except JobError as error:
            ended, members = "Failed", {"FailureReason": str(error)[:MAX_FAILURE_REASON]}
        except Exception as error:  # noqa: BLE001 (a job must never be left in progress)
            self._report(error)
            ended, members = "Failed", {"FailureReason": INTERNAL}
        self._clean_up()
        self._end_with(ended, members)

    def _follow(self, fault: ResourceFault | None) -> str | None:
        """Come to the end that a fault brings; None if the job continues."""
        if fault is None or fault.outcome in WHILE_IT_RUNS:
            return None
        stopped = self._stop.wait(fault.wait_seconds)
        if fault.outcome == "Failed" and not stopped:
            raise JobError(fault.reason)
        if fault.outcome == "stuck" and not stopped:
            return None
        self.enter_stopping()
        return "Stopped"


class Start(NamedTuple):
    """What runs in one host's container; every line it writes goes to ``on_line``."""

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    on_line: Callable[[str], None]


class Exit(NamedTuple):
    """An exit code, and the number of the host it is from, counted from 0."""

    code: int
    host: int = 0


class ContainerRun(JobRun):
    """The run of a job that has a container on each of its hosts.

    Parameters
    ----------
    folder
        The job's own on this machine; all but its log goes with the job's end.
    log_group
        CloudWatch group of the job's log.
    host
        Name of the first machine, in the log's.
    """

    def __init__(  # noqa: PLR0913 (a constructor with named settings)
        self,
        context: Context,
        kind: Resource,
        name: str,
        *,
        folder: Path,
        log_group: str,
        host: str = FIRST_HOST,
    ) -> None:
        super().__init__(context, kind, name)
        self._context = context
        self._folder, self._arn = folder, context.arn(kind, name)
        self._log_group, self._log_suffix = log_group, int(time.time())
        self.log = self._log(host)

    def _log(self, host: str) -> Log:
        """Return the log of a host: a stream of its own, in the one file of the job."""
        stream = f"{self._name}/{host}-{self._log_suffix}"
        return Log(self._context, self._log_group, stream, self._folder / "log.txt")

    def _report(self, error: Exception) -> None:
        self.log.write(f"local service: {type(error).__name__}: {error}")

    def _clean_up(self) -> None:
        for folder in (self._folder / "opt", self._folder / "transfer"):
            shutil.rmtree(folder, ignore_errors=True)

    def _execute(self, starts: Sequence[Start], limit: float) -> Exit | str:
        """Run the hosts' commands until ``limit`` (of the monotonic clock) or until one fails.

        Returns
        -------
        Exit or str
            The first failure, or the success of all; or the status that a stop, the limit or
            machines that are gone lead to.

        Raises
        ------
        JobError
            If all ended well but those of a lost host.
        """
        children: list[Child] = []
        try:
            children += (self._child(start) for start in starts)
            running = dict(enumerate(children))
            while (ended := _exit(running)) is None:
                if self._machine_is_gone():
                    return "Interrupted"
                if self._stop.is_set():
                    self._terminate(children)
                    return "Stopped"
                if time.monotonic() > limit:
                    self.enter_stopping()
                    self._terminate(children)
                    return "MaxRuntimeExceeded"
                if (lost := self._lost_host()) in running:
                    running.pop(lost).kill()
            if len(running) < len(children) and not ended.code:
                raise JobError(INTERNAL)
            return ended
        finally:
            for child in children:
                child.kill()

    def _child(self, start: Start) -> Child:
        return Child(
            start.command,
            folder=start.folder,
            environment=start.environment,
            on_line=start.on_line,
            image=self._context.image,
        )

    def _machine_is_gone(self) -> bool:
        return False

    def _lost_host(self) -> int | None:
        """Return the number of the host that is lost by now, counted from 0."""
        return None

    def _on_line(self, line: str) -> None:
        self.log.write(line)

    def _terminate(self, children: Sequence[Child]) -> None:
        """SIGTERM, and SIGKILL once the time of grace is over."""
        for child in children:
            child.terminate()
        deadline = time.monotonic() + self._context.limits.stop_grace_seconds
        for child in children:
            while child.wait(0.02) is None:
                if self._abandon.is_set() or time.monotonic() > deadline:
                    child.kill()


def _exit(running: Mapping[int, Child]) -> Exit | None:
    """Return the first failure, or success once all have ended; None while none of that is so."""
    codes = {host: child.wait(_POLL_SECONDS / len(running)) for host, child in running.items()}
    for host, code in codes.items():
        if code:
            return Exit(code, host)
    return None if None in codes.values() else Exit(0)
