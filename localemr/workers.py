"""The workers that a job run asks for, and what AWS bills for them.

"Using Spark configurations when you run EMR Serverless jobs" has properties and defaults, the API
reference (`JobRun`) what is billed: a minute at least, and storage beyond 20 GB of each worker.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localemr.account import refused
from localemr.applications import amount

_DEFAULT_EXECUTORS = 3
_DEFAULT_CORES, _DEFAULT_MEMORY, _DEFAULT_DISK = "4", "14G", "20G"
# Memory of a worker beside Java's: Spark's own share and least, where a job run does not say.
_OVERHEAD, _LEAST_OVERHEAD_GB = 0.1, 0.375
_FREE_DISK_GB = 20.0
_LEAST_BILLED_SECONDS = 60
_SIZES = {"": 1 / 1024**3, "k": 1 / 1024**2, "m": 1 / 1024, "g": 1.0, "t": 1024.0}
_SIZE = re.compile(r"([0-9]+)\s*([kmgt]?)b?", re.IGNORECASE)


@dataclass(frozen=True)
class Workers:
    """A number of workers of one kind.

    Parameters
    ----------
    count : int
    cores, memory_gb, disk_gb : float
        Of each.
    """

    count: int
    cores: float
    memory_gb: float
    disk_gb: float


def workers_of(properties: Mapping[str, str]) -> tuple[Workers, Workers]:
    """Return the driver, and the executors that a job run begins with.

    Raises
    ------
    ApiError
        For a size that is none.
    """
    executors = properties.get("spark.executor.instances")
    executors = executors or properties.get("spark.dynamicAllocation.initialExecutors")
    count = int(executors or _DEFAULT_EXECUTORS)
    return _workers(properties, "driver", 1), _workers(properties, "executor", count)


def _workers(properties: Mapping[str, str], kind: str, count: int) -> Workers:
    def given(name: str, default: str) -> str:
        own = properties.get(f"spark.{kind}.{name}", default)
        return properties.get(f"spark.emr-serverless.{kind}.{name}", own)

    memory = _gigabytes(given("memory", _DEFAULT_MEMORY))
    overhead = given("memoryOverhead", "")
    beside = _gigabytes(overhead) if overhead else max(memory * _OVERHEAD, _LEAST_OVERHEAD_GB)
    return Workers(
        count,
        float(given("cores", _DEFAULT_CORES)),
        math.ceil(memory + beside),
        _gigabytes(given("disk", _DEFAULT_DISK)),
    )


def _gigabytes(text: str) -> float:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise refused(f"Invalid size: {text}")
    return float(found[1]) * _SIZES[found[2].lower()]


def excess(workers: tuple[Workers, Workers], maximum: Mapping[str, str]) -> str | None:
    """Return what of an application's maximum capacity the first workers exceed; None if nothing.

    A job run needs its driver and one executor to begin.
    """
    driver, executors = workers
    least = min(executors.count, 1)
    wanted = {
        "cpu": driver.cores + least * executors.cores,
        "memory": driver.memory_gb + least * executors.memory_gb,
        "disk": driver.disk_gb + least * executors.disk_gb,
    }
    over = [name for name, text in maximum.items() if wanted.get(name, 0.0) > amount(text)]
    return ", ".join(f"{name}: {maximum[name]}" for name in over) or None


def usage(workers: tuple[Workers, Workers], seconds: float) -> dict[str, Any]:
    """Return what a job run has used and what is billed for it, as GetJobRun tells."""
    whole = math.ceil(seconds)
    billed = max(whole, _LEAST_BILLED_SECONDS)
    return {
        "totalExecutionDurationSeconds": whole,
        "totalResourceUtilization": _hours(workers, whole, free_disk=0.0),
        "billedResourceUtilization": _hours(workers, billed, free_disk=_FREE_DISK_GB),
    }


def _hours(workers: tuple[Workers, Workers], seconds: int, free_disk: float) -> dict[str, float]:
    def hours(each: float) -> float:
        return round(each * seconds / 3600, 3)

    return {
        "vCPUHour": hours(sum(each.count * each.cores for each in workers)),
        "memoryGBHour": hours(sum(each.count * each.memory_gb for each in workers)),
        "storageGBHour": hours(
            sum(each.count * max(0.0, each.disk_gb - free_disk) for each in workers)
        ),
    }
