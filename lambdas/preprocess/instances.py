"""How many instances a training job gets, and which share of the rows these can hold.

Figures: peak memory of a training job for each cell, measured on 60,000 rows of 20 columns, numbers
only and half of them categories of 20 values, and rounded up: 65 and 500 bytes, `auto` 240 and 960.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil, floor

from lambdas.shared.findings.finding import Finding
from lambdas.shared.findings.message import Message
from lambdas.shared.settings.dataset import DatasetSettings
from lambdas.shared.settings.jobs import MOST_INSTANCES
from training.algorithms import ALGORITHMS

_GIB = 2**30
_USABLE = 0.75  # of an instance's memory; the rest is for the system, libraries and peaks
# Of numbers, and of all others: these may become a column for each of up to 40 categories.
_BYTES_PER_NUMBER, _BYTES_PER_OTHER = {"auto": 250, "additive": 250}, {"auto": 1000}
_PLAIN_NUMBER, _PLAIN_OTHER = 80, 600
# Memory of each processor in GiB, by the family's first letter, and processors by size.
_GIB_PER_PROCESSOR = {"c": 2, "r": 8}
_OF_MOST = 4
_PROCESSORS = {"medium": 1, "large": 2, "xlarge": 4}


@dataclass(frozen=True)
class Table:
    """Rows that training takes where it takes all, and their features of numbers and others."""

    rows: int = 0
    numbers: int = 0
    others: int = 0

    @property
    def columns(self) -> int:
        """All of them."""
        return self.numbers + self.others


@dataclass(frozen=True)
class Instances:
    """The instances of a training job.

    Parameters
    ----------
    count : int
    row_share : float
        Share of the rows that they hold, and that training takes.
    smallest : str
        Type whose memory decides, of those that may be tried.
    """

    count: int
    row_share: float
    smallest: str


def memory_gib(instance_type: str) -> float:
    """Return an instance's memory, by its name: a processor's of the family, times processors."""
    _, family, size = instance_type.split(".")
    times = re.fullmatch(r"(\d+)xlarge", size)
    processors = 4 * int(times[1]) if times else _PROCESSORS.get(size, 2)
    return processors * _GIB_PER_PROCESSOR.get(family[0], _OF_MOST)


def instances_for(settings: DatasetSettings, table: Table) -> Instances:
    """Return how many instances train, and on which share of the rows.

    With ``auto`` these are the fewest that hold all rows, if the algorithm can use several.
    """
    smallest = min(settings.training_instance_types, key=memory_gib)
    held = memory_gib(smallest) * _GIB * _USABLE / max(1, _bytes_per_row(settings, table))
    count = settings.training_instance_count
    if not count:
        needed = ceil(table.rows / held) if ALGORITHMS[settings.algorithm].over_hosts else 1
        count = min(MOST_INSTANCES, max(1, needed))
    share = count * held / table.rows if table.rows else 1.0
    return Instances(count, min(1.0, share), smallest)


def _bytes_per_row(settings: DatasetSettings, table: Table) -> int:
    number = _BYTES_PER_NUMBER.get(settings.algorithm, _PLAIN_NUMBER)
    other = _BYTES_PER_OTHER.get(settings.algorithm, _PLAIN_OTHER)
    return number * table.numbers + other * table.others


def rows_drawn(table: Table, instances: Instances) -> list[Finding]:
    """Return what is to be known of rows that training leaves out."""
    if instances.row_share == 1:
        return []
    text = Message(
        "training takes {rows} rows of {total}, drawn evenly: more do not fit, with {columns} "
        "features, into the memory of its machines ({instances} of {type})",
        rows=floor(table.rows * instances.row_share),
        total=table.rows,
        columns=table.columns,
        instances=instances.count,
        type=instances.smallest,
    )
    return [Finding("RowsDrawn", text)]
