"""A training job's hosts as processes of this machine, each with an address of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from localsagemaker.names import sitecustomize

ROOT = Path(__file__).parents[2]
NAMES = Path(sitecustomize.__file__).parent


class Job:
    """The hosts of one job, running.

    Parameters
    ----------
    channels
        Each host's, in the order of the hosts.
    network
        First three bytes of their addresses; another one for each job that runs at the same time.
    sharded
        Channels of which each host has a part.
    """

    def __init__(
        self,
        root: Path,
        channels: Sequence[Mapping[str, Path]],
        arguments: Sequence[str],
        network: str = "127.99.1",
        sharded: Sequence[str] = (),
    ) -> None:
        self.root = root
        names = [f"algo-{number}" for number in range(1, len(channels) + 1)]
        table = "".join(f"{network}.{n} {name}\n" for n, name in enumerate(names, 1))
        root.mkdir(parents=True, exist_ok=True)
        (root / "hosts").write_text(table)
        self.processes = [
            self._start(name, names, each, arguments, sharded)
            for name, each in zip(names, channels, strict=True)
        ]

    def _start(self, name, names, channels, arguments, sharded):
        base = self.root / name
        (base / "model").mkdir(parents=True)
        kinds = {
            each: {"S3DistributionType": "ShardedByS3Key" if each in sharded else "FullyReplicated"}
            for each in channels
        }
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{NAMES}",
            sitecustomize.VARIABLE: str(self.root / "hosts"),
            "SM_HOSTS": json.dumps(names),
            "SM_CURRENT_HOST": name,
            "SM_INPUT_DATA_CONFIG": json.dumps(kinds),
            "SM_OUTPUT_DIR": str(base / "output"),
            "SM_MODEL_DIR": str(base / "model"),
            "SAGEMAKER_BASE_DIR": str(self.root / "common"),
            "OMP_NUM_THREADS": "1",
            **{f"SM_CHANNEL_{each.upper()}": str(path) for each, path in channels.items()},
        }
        return subprocess.Popen(
            [sys.executable, "-m", "training.fit.train", *arguments],
            env=environment,
            stdout=(base / "stdout").open("w"),
            stderr=(base / "stderr").open("w"),
        )

    def wait(self, seconds: float = 120) -> list[int]:
        """Return the exit codes once all have ended."""
        return [process.wait(seconds) for process in self.processes]

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            process.kill()
            process.wait()

    def model(self) -> Path:
        """Return the first host's model folder."""
        return self.root / "algo-1" / "model"

    def said(self, host: int, name: str = "stdout") -> str:
        """Return what a host wrote, by its number from 1."""
        path = self.root / f"algo-{host}" / name
        return path.read_text() if path.exists() else ""
