"""What the roles of a plain run have is what it needs; `make test-faults` looks at every role."""

from typing import Any

from localcloud.predicted import predict_file
from localcloud.run import Upload
from localcloud.session import Session
from tests.end_to_end import datasets
from tests.permissions.calls import LOG, Recording
from tests.permissions.comparison import compare, documented
from tests.permissions.grants import deployed_grants

# All that these may do, a plain run and its predictions need.
_OF_A_PLAIN_RUN = {"EvaluateRole", "JoinRole", "ReportRole"}


def test_a_plain_run_needs_what_its_roles_have(session: Session, run: Any) -> None:
    recording = Recording(session.cloud.folder / LOG)
    file = {"Bucket": session.outputs["BucketName"], "Key": "settings/permissions.yaml"}
    rows = Upload(datasets.BREAST_CANCER, "permissions", is_predicted=True)
    with recording.of("plain"):
        assert run(datasets.BREAST_CANCER, "permissions")["status"] == "SUCCEEDED"
        for _ in ("without a file of settings", "with one"):
            predicted = predict_file(session.cloud, session.outputs, rows)
            assert predicted["status"] == "SUCCEEDED", predicted["message"]
            session.cloud.client("s3").put_object(**file, Body=b"target: diagnosis\n")
    assert [call for call in recording.calls if not call.allowed] == []
    found = compare(deployed_grants(session), recording, documented())
    assert {row.grant.role for row in found.rows} >= _OF_A_PLAIN_RUN
    extra = [
        (row.grant, row.problem)
        for row in found.rows
        if row.problem and (row.workflows or row.grant.role in _OF_A_PLAIN_RUN)
    ]
    assert extra == []
