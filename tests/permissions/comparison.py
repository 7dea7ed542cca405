"""Grants against calls: what is needed, what AWS's documentation asks for, and what is neither."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from rich.table import Table

from tests.permissions.calls import Recording
from tests.permissions.grants import Grant, needed_by

DOCUMENTED = Path(__file__).with_name("documented.yaml")


@dataclass(frozen=True)
class Reason:
    """Why a role has an action that no local run needs."""

    why: str
    source: str


@dataclass
class Row:
    """A grant with the workflows that are refused something without it."""

    grant: Grant
    workflows: tuple[str, ...] = ()
    reason: Reason | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with it, if anything is."""
        if self.workflows and self.reason:
            return "listed in documented.yaml, but needed"
        if not self.workflows and not self.reason:
            return "granted, but neither needed nor documented"
        return None


@dataclass
class Comparison:
    """All grants, and the entries of the list of reasons that no grant has."""

    rows: list[Row] = field(default_factory=list)
    out_of_date: list[tuple[str, str]] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """A line for each grant and entry that should not be."""
        granted = [
            f"{row.grant.role}: {row.grant.action} on {row.grant.resource}: {row.problem}"
            for row in self.rows
            if row.problem
        ]
        return granted + [
            f"{role}: {action}: listed in documented.yaml, but not granted"
            for role, action in self.out_of_date
        ]


def documented(path: Path = DOCUMENTED) -> dict[tuple[str, str], Reason]:
    """Return the reasons by role and action.

    Raises
    ------
    AssertionError
        When two entries are about the same.
    """
    found: dict[tuple[str, str], Reason] = {}
    for entry in yaml.safe_load(path.read_text()):
        for role in entry["roles"]:
            for action in entry["actions"]:
                assert (role, action) not in found, (role, action)
                found[role, action] = Reason(entry["why"], entry["source"])
    return found


def compare(
    grants: dict[str, list[Grant]],
    recording: Recording,
    reasons: dict[tuple[str, str], Reason],
) -> Comparison:
    """Compare what each role has with what it asked for.

    Parameters
    ----------
    grants
        By the role's physical name, which calls are recorded under.
    """
    comparison = Comparison()
    for role, held in grants.items():
        calls = {call for call in recording.calls if call.role == role}
        for grant, needing in needed_by(held, calls).items():
            workflows = tuple(
                name for name, made in recording.by_workflow.items() if made & needing
            )
            reason = reasons.get((grant.role, grant.action))
            comparison.rows.append(Row(grant, workflows, reason))
    granted = {(row.grant.role, row.grant.action) for row in comparison.rows}
    comparison.out_of_date = sorted(reasons.keys() - granted)
    return comparison


def as_table(rows: Iterable[Row]) -> Table:
    """Return the comparison as people read it."""
    table = Table("role", "action", "resource", "needed by", title="Granted, and what for")
    for row in rows:
        resource = row.grant.resource.split(":", 5)[-1]
        use = ", ".join(row.workflows) or (row.reason and f"AWS: {row.reason.why}") or "NOTHING"
        table.add_row(row.grant.role, row.grant.action, resource, use)
    return table
