"""What the roles of a plain run have is what it needs; `make test-faults` looks at every role."""

from typing import Any

from localcloud.session import Session
from tests.end_to_end import datasets
from tests.permissions.calls import LOG, Recording
from tests.permissions.comparison import compare, documented
from tests.permissions.grants import deployed_grants

# All that these may do, a plain run needs.
_OF_A_PLAIN_RUN = {"EvaluateRole", "ReportRole"}


def test_a_plain_run_needs_what_its_roles_have(session: Session, run: Any) -> None:
    recording = Recording(session.cloud.folder / LOG)
    with recording.of("plain"):
        assert run(datasets.BREAST_CANCER, "permissions")["status"] == "SUCCEEDED"
    assert [call for call in recording.calls if not call.allowed] == []
    found = compare(deployed_grants(session), recording, documented())
    assert {row.grant.role for row in found.rows} >= _OF_A_PLAIN_RUN
    extra = [
        (row.grant, row.problem)
        for row in found.rows
        if row.problem and (row.workflows or row.grant.role in _OF_A_PLAIN_RUN)
    ]
    assert extra == []
