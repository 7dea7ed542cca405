"""The states that faults are met in, found in the definition as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.settings import Settings
from infra.workflow.state_machine import definition
from infra.workflow.stories import TRAINING, Story


@dataclass(frozen=True)
class State:
    """A Task or Wait state, by the integration it uses.

    Parameters
    ----------
    parent
        The state of the definition that it is part of: itself, or the Map around it.
    resource
        A task's ``Resource``; empty for a Wait.
    story
        The state machine that it is of.
    """

    name: str
    parent: str
    resource: str = ""
    story: Story = TRAINING

    @property
    def is_task(self) -> bool:
        """Whether it does something."""
        return bool(self.resource)

    @property
    def service(self) -> str:
        """A task's ``lambda``, ``sagemaker`` and so on."""
        return self.resource.split(":")[-2] if self.resource else ""

    @property
    def verb(self) -> str:
        """A task's action, such as ``createEndpoint``."""
        return self.resource.split(":")[-1].split(".")[0]

    @property
    def waits_for_job(self) -> bool:
        """Whether it waits for a job's end."""
        return self.resource.endswith(".sync")


def states(story: Story = TRAINING) -> list[State]:
    """Return every Task and Wait state, those inside Map states included."""
    return list(_within(definition(Settings(), story)["States"], "", story))


def _within(found: dict[str, Any], parent: str, story: Story) -> Iterator[State]:
    for name, state in found.items():
        if state["Type"] in ("Task", "Wait"):
            yield State(name, parent or name, state.get("Resource", ""), story)
        if state["Type"] == "Map":
            yield from _within(state["ItemProcessor"]["States"], parent or name, story)
        assert state["Type"] != "Parallel", "let these branches be walked, too"
