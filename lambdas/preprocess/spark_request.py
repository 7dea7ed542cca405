"""Whether Spark is to read an upload, and what is asked of EMR Serverless then."""

from __future__ import annotations

import os
from decimal import Decimal
from math import ceil, floor

from lambdas.shared.contracts.preprocess import SparkRequest
from lambdas.shared.failures.errors import raise_errors
from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.prices import prices
from lambdas.shared.settings.dataset import DatasetSettings

MOST_VCPUS = "SPARK_MAX_VCPUS"  # environment variable; empty where the stack has no Spark
MOST_MINUTES = "SPARK_MAX_RUNTIME_MINUTES"
_GIGABYTE = 10**9
# A worker of EMR Serverless; what is not Java's is for the Pythons that read parts.
CORES, _JAVA_GB, _PYTHON_GB = 4, 10, 6
WORKER_GB = _JAVA_GB + _PYTHON_GB
_FREE_DISK_GB, _LARGEST_DISK_GB = 20, 200
_BYTES_PER_WORKER = 4 * _GIGABYTE
# A part as it comes, what is read of it, and what is moved between workers.
_DISK_FACTOR = 4
_SHORTEST_MINUTES = 5
# Java's patterns go down a level for each repetition of a group.
STACK_OPTION = "-Xss16m"


def has_spark() -> bool:
    """Say whether the stack has Spark."""
    return bool(os.environ.get(MOST_VCPUS))


def is_for_spark(settings: DatasetSettings, size: int) -> bool:
    """Say whether Spark reads an upload of so many bytes."""
    if settings.engine == "auto":
        return has_spark() and size >= settings.spark_from_gb * _GIGABYTE
    return has_spark() and settings.engine == "spark"


def spark_request(
    settings: DatasetSettings, size: int, largest: int, order_uri: str, output_uri: str
) -> SparkRequest:
    """Return what is asked for.

    Parameters
    ----------
    size : int
        Bytes of the upload.
    largest : int
        Bytes of its largest file, which one worker reads.

    Raises
    ------
    CostCeilingExceeded
        If ``max_cost_usd`` pays for less than five minutes.
    """
    workers = workers_for(size, int(os.environ[MOST_VCPUS]))
    needed = ceil(_DISK_FACTOR * max(largest, size / workers) / _GIGABYTE)
    disk = min(_LARGEST_DISK_GB, max(_FREE_DISK_GB, needed))
    properties = {
        "spark.dynamicAllocation.maxExecutors": workers,
        "spark.dynamicAllocation.initialExecutors": min(workers, 3),
        "spark.emr-serverless.executor.disk": f"{disk}G",
    }
    for kind in ("driver", "executor"):
        properties[f"spark.{kind}.cores"] = CORES
        properties[f"spark.{kind}.memory"] = f"{_JAVA_GB}g"
        properties[f"spark.{kind}.memoryOverhead"] = f"{_PYTHON_GB}g"
    return SparkRequest(
        order_uri=order_uri,
        output_uri=output_uri,
        properties={name: str(value) for name, value in properties.items()},
        max_runtime_minutes=_minutes(settings, workers, disk),
    )


def workers_for(size: int, vcpus: int) -> int:
    """Return how many workers read so many bytes within a limit, the driver's not counted."""
    return max(1, min(vcpus // CORES - 1, ceil(size / _BYTES_PER_WORKER)))


def usd_per_hour(workers: int, disk: int = _FREE_DISK_GB) -> Decimal:
    """Return the price of workers, each with so many gigabytes of disk, and of the driver."""
    price = {name: Decimal(each) for name, each in prices()["spark"].items()}
    machines = workers + 1
    gigabytes = machines * WORKER_GB
    beyond = workers * (disk - _FREE_DISK_GB)
    return (
        machines * CORES * price["vcpu_hour"]
        + gigabytes * price["memory_gb_hour"]
        + beyond * price["storage_gb_hour"]
    )


def _minutes(settings: DatasetSettings, workers: int, disk: int) -> int:
    """Return how long the job may run: as the stack says, and no longer than the ceiling pays."""
    most = int(os.environ[MOST_MINUTES])
    if settings.max_cost_usd is None:
        return most
    hour = usd_per_hour(workers, disk)
    paid = floor(Decimal(str(settings.max_cost_usd)) / hour * 60)
    if paid < _SHORTEST_MINUTES:
        text = Message(
            "the Spark job that reads the upload costs up to {price} USD in an hour, so that it "
            "could run for {minutes} minutes only: “max_cost_usd” is {ceiling}",
            price=round(float(hour), 2),
            minutes=paid,
            ceiling=float(settings.max_cost_usd),
        )
        raise_errors([Finding("CostCeilingExceeded", text)])
    return min(most, paid)
