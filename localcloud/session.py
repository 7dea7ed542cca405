"""A local cloud with Molino deployed in it: one that `up` left running, or a temporary one."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.synth import sources_digest, synthesize
from localcloud import cloud as clouds
from localcloud.cloud import Cloud
from localcloud.deploy import deploy
from localcloud.paths import write_private

STACK = "Molino"
_OUTPUTS = "outputs.json"


@dataclass(frozen=True)
class Session:
    """A running cloud and the outputs of the stack deployed in it."""

    cloud: Cloud
    outputs: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """What a shell needs to use this cloud with any AWS client."""
        return self.cloud.environment | {
            "MOLINO_BUCKET": self.outputs["BucketName"],
            "MOLINO_STATE_MACHINE": self.outputs["StateMachineArn"],
            "MOLINO_PREDICT_MACHINE": self.outputs["PredictMachineArn"],
            "MOLINO_ACTUALS_MACHINE": self.outputs["ActualsMachineArn"],
            "MOLINO_TOPIC": self.outputs["TopicArn"],
        }


def bring_up() -> Session:
    """Return the session that stays, starting or updating it when it is not there or is stale."""
    assembly = synthesize()
    cloud = clouds.find() or clouds.revive() or clouds.start(keeps_state=True)
    record = cloud.folder / _OUTPUTS
    digest = sources_digest()
    if record.exists():
        known = json.loads(record.read_text())
        if known["digest"] == digest:
            return Session(cloud, known["outputs"])
    outputs = deploy(cloud, assembly, STACK)
    write_private(record, json.dumps({"digest": digest, "outputs": outputs}))
    return Session(cloud, outputs)


@contextmanager
def temporary_session(
    folder: Path, assembly: Path | None = None, *, options: dict[str, str] | None = None
) -> Iterator[Session]:
    """Deploy into a cloud that ends with the ``with`` block.

    Parameters
    ----------
    folder
        Of the cloud; emptied first.
    assembly
        What is deployed; the project as it is by default.
    options
        Environment variables for the server.
    """
    assembly = assembly or synthesize()
    with clouds.temporary(folder, options=options) as cloud:
        yield Session(cloud, deploy(cloud, assembly, STACK))


@contextmanager
def session(*, options: dict[str, str] | None = None) -> Iterator[Session]:
    """Use the cloud that stays if one runs, else a temporary one that ends with the block."""
    if clouds.find():
        yield bring_up()
        return
    with (
        tempfile.TemporaryDirectory(prefix="molino-") as folder,
        temporary_session(Path(folder) / "cloud", options=options) as found,
    ):
        yield found
