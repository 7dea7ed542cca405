"""A stack inside a VPC works as any other; its jobs are in the network, serverless is refused."""

from pathlib import Path

import pytest

from infra.app import synthesize
from localcloud.run import Upload, run_file
from localcloud.session import temporary_session
from tests.docs.blocks import PROJECT
from tests.forests import FEW_TREES

NETWORK = {"subnet_ids": "subnet-0123456789abcdef0", "security_group_ids": "sg-0123456789abcdef0"}


@pytest.mark.faults  # for its time: a cloud and a synth of its own
def test_a_run_in_a_vpc(tmp_path: Path) -> None:
    assembly = synthesize(NETWORK, str(tmp_path / "cdk.out"))
    file = PROJECT / "examples" / "breast_cancer.csv"
    with temporary_session(tmp_path / "cloud", assembly) as session:
        cloud, outputs = session.cloud, session.outputs
        result = run_file(
            cloud, outputs, Upload(file, "inside", FEW_TREES | {"target": "diagnosis"})
        )
        assert (result["status"], result["left_running"]) == ("SUCCEEDED", [])
        client = cloud.client("sagemaker")
        (job,) = client.list_training_jobs()["TrainingJobSummaries"]
        described = client.describe_training_job(TrainingJobName=job["TrainingJobName"])
        assert described["VpcConfig"] == {
            "Subnets": [NETWORK["subnet_ids"]],
            "SecurityGroupIds": [NETWORK["security_group_ids"]],
        }
        kept = run_file(cloud, outputs, Upload(file, "kept", {"serve": "serverless"}))
        assert (kept["status"], kept["error"]) == ("FAILED", "SettingsInvalid")
        assert "“serve” asks for a serverless endpoint" in kept["message"]
        assert len(client.list_training_jobs()["TrainingJobSummaries"]) == 1
