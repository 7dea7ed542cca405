"""Uploads that between them reach every state, by what they hold and what happens to them.

Those to train on, and those of rows to predict with a model of the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.kinds import CAPACITY, Plan
from tests.forests import FEW_TREES

_ROWS = "".join(f"{i % 7},{i % 3},{'yes' if i % 2 else 'no'}\n" for i in range(60))
_GOOD, _BAD = "a,b,target\n" + _ROWS, "a,b,target\n" + _ROWS.replace("yes", "no")
_LARGE = _GOOD.replace("target\n", "target,note\n", 1).replace("s\n", "s," + "x" * 20_000 + "\n")
_LARGE = _LARGE.replace("no\n", "no," + "x" * 20_000 + "\n")
_LEARNABLE = "a,b,target\n" + "".join(
    f"{i % 7},{i % 3},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(60)
)


@dataclass(frozen=True)
class Route:
    """One upload.

    Parameters
    ----------
    scarce
        Kinds of resources that there is no capacity for, at first.
    after
        How many of these have capacity before.
    waits
        Whether other executions are to be ahead of it.
    serves
        Whether the dataset's champion is to be one that serves.
    file
        The dataset's settings file, if there is to be one.
    """

    content: str
    settings: dict[str, str] = field(default_factory=dict)
    scarce: Sequence[str] = ()
    after: int = 0
    waits: bool = False
    serves: bool = False
    file: str = ""

    def plan(self, dataset: str, times: int = 1) -> Plan:
        """Return what the local cloud is told, so that capacity is lacking so many times."""
        return {
            "resources": [
                {"resource": kind, "name": f"molino-{dataset}-*", "outcome": "Failed"}
                | {"reason": CAPACITY}
                | {"nth": [self.after + number for number in range(1, times + 1)]}
                for kind in self.scarce
            ]
        }


ROUTES = {
    "trained": Route(_GOOD, FEW_TREES),
    "tuned": Route(_GOOD, FEW_TREES | {"tune": "2"}),
    "serving": Route(_LEARNABLE, FEW_TREES | {"serve": "kind=instance, maximum=2"}),
    "asked": Route(_LEARNABLE, FEW_TREES | {"gate_approval": "manual"}),
    "reasoned": Route(_GOOD, FEW_TREES, file="retrain_when: [drifted]"),
    "large": Route(_LARGE, FEW_TREES),
    "scarce": Route(_GOOD, FEW_TREES, scarce=("training-job", "endpoint")),
    "large and scarce": Route(_LARGE, FEW_TREES, scarce=("processing-job",)),
    "refused": Route(_BAD),
    "waiting": Route(_BAD, waits=True),
}

_ROWS_OF_LARGE = f"a,b,note\n1,2,{'x' * 600_000}\n3,1,{'x' * 600_000}\n"
ROWS_ROUTES = {
    "plain": Route("a,b\n1,2\n3,1\n"),
    "scarce": Route("a,b\n1,2\n3,1\n", scarce=("transform-job",)),
    "measured": Route(_GOOD),
    "large": Route(_ROWS_OF_LARGE),
    "large and scarce": Route(_ROWS_OF_LARGE, scarce=("processing-job",)),
    "large and scarce at its end": Route(_ROWS_OF_LARGE, scarce=("processing-job",), after=1),
    "served": Route("a,b\n1,2\n3,1\n", serves=True),
    "refused": Route("c\n1\n"),
    "waiting": Route("a,b\n1,2\n3,1\n", waits=True),
}
