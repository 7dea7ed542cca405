"""The hosts of one training job: names, addresses, folders, and each one's share of the input.

Facts from AWS's API reference (ResourceConfig, S3DataSource) and its guide, "How Amazon SageMaker
AI Provides Training Information". Of n hosts each gets about one n-th of a sharded channel's
objects; which ones AWS does not say: here every n-th key.
"""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localsagemaker import container, s3
from localsagemaker.container import FIRST_HOST, Layout
from localsagemaker.context import S3Client

MOST = 250  # loopback addresses of a job


@dataclass(frozen=True)
class Host:
    """One machine of a job.

    Parameters
    ----------
    number
        From 0.
    names
        Of all hosts of the job, in their order.
    """

    number: int
    names: tuple[str, ...]
    address: str
    layout: Layout

    @property
    def name(self) -> str:
        """As in ``resourceconfig.json``, for example ``algo-1``."""
        return self.names[self.number]

    def download(self, client: S3Client, request: dict[str, Any]) -> None:
        """Fetch what this host gets of the job's channels.

        Raises
        ------
        TransferError
        """
        self.layout.create()
        container.write_configuration(self.layout, request, self.name, self.names)
        for channel in request.get("InputDataConfig", []):
            source = channel["DataSource"]["S3DataSource"]
            sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
            share = (self.number, len(self.names)) if sharded else (0, 1)
            folder = self.layout.data / channel["ChannelName"]
            s3.download_prefix(client, source["S3Uri"], folder, share)


def hosts_of(request: dict[str, Any], folder: Path, arn: str) -> tuple[Host, ...]:
    """Return the hosts that a job asks for.

    Parameters
    ----------
    folder
        The job's own; the first host's folders lie where those of a job with one host do.
    """
    count = max(1, request["ResourceConfig"].get("InstanceCount", 1))
    names = tuple(f"algo-{number}" for number in range(1, count + 1))
    bases = [folder / "opt" / ("" if name == FIRST_HOST else name) / "ml" for name in names]
    network = _network(f"{folder} {arn}")
    return tuple(
        Host(number, names, f"{network}.{number + 1}" if network else "127.0.0.1", Layout(base))
        for number, base in enumerate(bases)
    )


def _network(job: str) -> str:
    """Return the first three bytes of a job's addresses: jobs may well use the same ports."""
    if sys.platform != "linux":  # others have one loopback address
        return ""
    first, second = hashlib.sha256(job.encode()).digest()[:2]
    return f"127.{first}.{second or 1}"  # 127.0.0 is everybody's


def write_names(hosts: Sequence[Host], path: Path) -> Path:
    """Write the file that tells the hosts' Python their addresses; return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{host.address} {host.name}\n" for host in hosts), encoding="ascii")
    return path
