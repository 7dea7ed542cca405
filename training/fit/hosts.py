"""Joins the hosts of a training job into one group, before anything is read.

SageMaker tells each host its name and those of all (``SM_HOSTS``, ``SM_CURRENT_HOST``). The first
one runs XGBoost's tracker, which the others find by a port that is always the same.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Any

from training.errors import HostLostError
from training.fit.share import Share
from training.fit.traffic import bytes_sent

PORT = 9099  # where the first host tells the tracker's
# Hosts begin once their own data is there; then one may read for longer than another.
START_SECONDS, ANSWER_SECONDS = 1800, 3600
_AGAIN_SECONDS = 0.5
# A host that fails is the first to say why: the others wait for so long before they say anything.
GRACE_SECONDS = 10
_OF_THE_COLLECTIVE = "/collective/"  # in the texts of XGBoost's errors, the file they are from


class Hosts:
    """The hosts of a job; as a context, while they work together.

    Parameters
    ----------
    names : sequence of str
        Of all hosts, the first one first.
    own : str
        Of this one.
    sharded : collection of str
        Channels whose files are not the same on all hosts: each has some of them.
    """

    def __init__(self, names: Sequence[str], own: str, sharded: Collection[str] = ()) -> None:
        self._names, self._number, self._sharded = names, names.index(own), sharded
        self._server: socket.socket | None = None
        self._tracker: Any = None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Hosts:
        """Return the hosts that SageMaker names; a process of its own is one host."""
        own = environment.get("SM_CURRENT_HOST", "algo-1")
        names = json.loads(environment.get("SM_HOSTS") or json.dumps([own]))
        channels = json.loads(environment.get("SM_INPUT_DATA_CONFIG") or "{}")
        kinds = {name: channel.get("S3DistributionType") for name, channel in channels.items()}
        return cls(names, own, [name for name, kind in kinds.items() if kind == "ShardedByS3Key"])

    @property
    def several(self) -> bool:
        """Whether there is more than one."""
        return len(self._names) > 1

    @property
    def number(self) -> int:
        """Of this one, from 0."""
        return self._number

    @property
    def count(self) -> int:
        """Of all."""
        return len(self._names)

    def share(self, channel: str, drawn: float, seed: int) -> Share:
        """Return which rows of a channel this host trains on, if so many of all are drawn."""
        if channel in self._sharded:
            return Share(drawn=drawn, seed=seed)
        return Share(self._number, self.count, drawn, seed)

    def __enter__(self) -> Hosts:
        if self.several:
            self._join()
        return self

    def _join(self) -> None:
        from xgboost import collective  # in the jobs of this algorithm only

        address = _address(self._names[0])
        if self._number == 0:
            self._run_tracker(address)
        collective.init(
            dmlc_tracker_uri=address,
            dmlc_tracker_port=_tracker_port(address),
            dmlc_task_id=f"{self._number:06d}",
            dmlc_timeout=ANSWER_SECONDS,
        )

    def _run_tracker(self, address: str) -> None:
        from xgboost.tracker import RabitTracker

        self._tracker = RabitTracker(
            n_workers=self.count, host_ip=address, sortby="task", timeout=START_SECONDS
        )
        self._tracker.start()
        port = str(self._tracker.worker_args()["dmlc_tracker_port"]).encode()
        self._server = socket.create_server((address, PORT), backlog=self.count)
        threading.Thread(target=_tell, args=(self._server, port), daemon=True).start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if not self.several:
            return
        if error is None:
            from xgboost import collective

            sent = bytes_sent()  # before the connections are closed
            collective.finalize()
            print(f"host {self.number + 1} of {self.count} sent the others {sent} bytes")
        elif _is_of_another_host(error):
            time.sleep(GRACE_SECONDS)
            raise HostLostError("another host of the training job failed or was lost") from None


ALONE = Hosts(["algo-1"], "algo-1")


def _address(name: str) -> str:
    """Look a host's name up; it may be known only once its machine is there."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.gethostbyname(name)
        except OSError:
            _wait(until)


def _tracker_port(address: str) -> int:
    """Ask the first host."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection((address, PORT), timeout=10) as found:
                return int(found.makefile().read())
        except (OSError, ValueError):
            _wait(until)


def _wait(until: float) -> None:
    if time.monotonic() > until:
        raise HostLostError("the first host of the training job did not answer")
    time.sleep(_AGAIN_SECONDS)


def _tell(server: socket.socket, port: bytes) -> None:
    while True:
        connection, _ = server.accept()
        with connection:
            connection.sendall(port)


def _is_of_another_host(error: BaseException) -> bool:
    """Whether it came up here only because another host no longer answers."""
    cause = error.__cause__ or error
    return type(cause).__name__ == "XGBoostError" and _OF_THE_COLLECTIVE in str(cause)
