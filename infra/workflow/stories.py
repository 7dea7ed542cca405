"""The state machines there are, each told by the fragments of a folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from infra.settings import Settings

_COMMON = Path(__file__).parent / "common.yaml"


@dataclass(frozen=True)
class Story:
    """What one state machine does.

    Parameters
    ----------
    folder
        Of its fragments, which are one text, as anchors are used across them.
    suffix
        What follows the stack's name in the machine's.
    """

    folder: Path
    suffix: str = ""

    @cached_property
    def fragments(self) -> list[Path]:
        """The files, in their order."""
        return sorted(self.folder.glob("*.yaml"))

    @cached_property
    def text(self) -> str:
        """The whole definition, with ``${Names}`` in it and what is common before it."""
        return "".join(path.read_text() for path in (_COMMON, *self.fragments))

    @property
    def is_admitted(self) -> bool:
        """Whether its executions wait for their turn, as they make things at SageMaker."""
        return "${AdmissionArn}" in self.text

    def machine_name(self, settings: Settings) -> str:
        """Return the machine's name."""
        return f"{settings.stack_name}{self.suffix}"


TRAINING = Story(Path(__file__).parent / "states")
PREDICTION = Story(Path(__file__).parent / "predict", "-predict")
ACTUALS = Story(Path(__file__).parent / "actuals", "-actuals")
STORIES = (TRAINING, PREDICTION, ACTUALS)
