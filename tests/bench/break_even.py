"""From which size on a cluster pays: a simulation from what was measured on one machine.

Seconds of the processor are carried to other sizes and cores, as a busy machine hardly changes
them: ``start + each * size``. What Spark's event log shows as the only task of its stage is divided
among no cores, nor is the start. DuckDB's work is taken to be divided among all cores of its
instance, which is the best it can do. Nothing of this ran on AWS.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import linear_regression

from rich.table import Table

from infra.spark_settings import SparkSettings
from lambdas.preprocess.spark_request import CORES, usd_per_hour, workers_for
from lambdas.shared.prices import HOUR, prices

INSTANCE, INSTANCE_CORES = "ml.m5.xlarge", 4
SIZES = (1, 5, 10, 20, 50, 100, 200)
DEFAULT = SparkSettings().spark_max_vcpus
LIMITS = (DEFAULT, 4 * DEFAULT)  # of a stack
# Before the work: what logs of SageMaker's jobs show (the middle of docs/costs.md's ranges, of
# which the second is billed), and what is assumed of EMR Serverless.
_INSTANCE_WAIT, _INSTANCE_BILLED, _SPARK_WAIT = 100, 100, 60
_LEAST_BILLED = 60  # seconds of a worker
_MOST_SIZE = 2000
_GIGABYTE = 10**9


@dataclass(frozen=True)
class Line:
    """Seconds of the processor by gigabytes: ``start + each * size``."""

    start: float
    each: float

    @classmethod
    def through(cls, points: Mapping[float, float]) -> "Line":
        """Return the least-squares line."""
        found = linear_regression(list(points), list(points.values()))
        return cls(found.intercept, found.slope)

    def at(self, size: float) -> float:
        """Return the seconds of a size."""
        return self.start + self.each * size


def alone(events: Path) -> float:
    """Return the share of all tasks' seconds that tasks took of which their stage had no other."""
    stages: dict[tuple[int, int], list[int]] = defaultdict(list)
    for path in events.iterdir():
        with path.open() as lines:
            for event in map(json.loads, lines):
                if event["Event"] == "SparkListenerTaskEnd":
                    info = event["Task Info"]
                    taken = info["Finish Time"] - info["Launch Time"]
                    stages[event["Stage ID"], event["Stage Attempt ID"]].append(taken)
    single = sum(each[0] for each in stages.values() if len(each) == 1)
    return single / sum(map(sum, stages.values()))


@dataclass(frozen=True)
class Simulation:
    """What both engines take.

    Parameters
    ----------
    duckdb, spark : Line
    alone : float
        The share of Spark's work that is not divided.
    """

    duckdb: Line
    spark: Line
    alone: float

    def on_instance(self, size: float) -> float:
        """Return the seconds that DuckDB works."""
        return self.duckdb.at(size) / INSTANCE_CORES

    def on_spark(self, size: float, vcpus: int) -> float:
        """Return the seconds that Spark works with the workers that are asked for."""
        cores = CORES * _workers(size, vcpus)
        share = self.alone + (1 - self.alone) / cores
        return self.spark.start + self.spark.each * size * share

    def faster_from(self, vcpus: int) -> int | None:
        """Return the gigabytes from which on Spark is done sooner, if there are any."""
        found = None
        for size in range(_MOST_SIZE, 0, -1):
            instance = _INSTANCE_WAIT + _INSTANCE_BILLED + self.on_instance(size)
            if _SPARK_WAIT + self.on_spark(size, vcpus) >= instance:
                break
            found = size
        return found


def table(simulation: Simulation) -> Table:
    """Return minutes and USD by size, and from which size on Spark is faster."""
    table = Table(title="Simulated on AWS: minutes, and USD", title_justify="left")
    table.add_column("CSV in GB")
    table.add_column(f"DuckDB, {INSTANCE}", justify="right")
    for vcpus in LIMITS:
        table.add_column(f"Spark, at most {vcpus} vCPUs", justify="right")
    for size in SIZES:
        instance = simulation.on_instance(size)
        spark = [(simulation.on_spark(size, vcpus), _workers(size, vcpus)) for vcpus in LIMITS]
        table.add_row(
            str(size),
            _written(_INSTANCE_WAIT + _INSTANCE_BILLED + instance, _of_instance(instance)),
            *(_written(_SPARK_WAIT + work, _of_spark(work, workers)) for work, workers in spark),
        )
    found = [simulation.faster_from(vcpus) for vcpus in LIMITS]
    table.add_row("faster from", "", *("never" if each is None else f"{each} GB" for each in found))
    return table


def _workers(size: float, vcpus: int) -> int:
    return workers_for(round(size * _GIGABYTE), vcpus)


def _of_instance(seconds: float) -> Decimal:
    hour = Decimal(prices()["instance_hour"]["training"][INSTANCE])
    return hour * Decimal(_INSTANCE_BILLED + seconds) / HOUR


def _of_spark(seconds: float, workers: int) -> Decimal:
    return usd_per_hour(workers) * Decimal(max(seconds, _LEAST_BILLED)) / HOUR


def _written(seconds: float, usd: Decimal) -> str:
    return f"{seconds / 60:,.0f} min, {usd:,.2f}"
