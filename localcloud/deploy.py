"""Deploy a CDK cloud assembly as `cdk deploy` does: upload its assets, create or update the stack.

Nothing of the template is changed; what the bootstrap stack gives on AWS (the assets bucket and
the version parameter) is made here first.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from localcloud.cloud import ACCOUNT, REGION, Cloud

# CDK's default bootstrap qualifier and the version that current templates ask for.
_BOOTSTRAP_VERSION = ("/cdk-bootstrap/hnb659fds/version", "30")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


class DeployError(RuntimeError):
    """The stack did not reach a COMPLETE state; the message lists the failed resources."""


def deploy(cloud: Cloud, assembly: Path, stack: str) -> dict[str, str]:
    """Create or update ``stack`` and return its outputs.

    Raises
    ------
    DeployError
        With every failed resource and its reason.
    """
    name, value = _BOOTSTRAP_VERSION
    cloud.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    template = _publish_assets(cloud, assembly, stack)
    formation = cloud.client("cloudformation")
    arguments = {
        "StackName": stack,
        "TemplateURL": template,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    }
    try:
        if _exists(formation, stack):
            formation.update_stack(**arguments)
            waiter = formation.get_waiter("stack_update_complete")
        else:
            formation.create_stack(**arguments)
            waiter = formation.get_waiter("stack_create_complete")
        waiter.wait(StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 3000})
    except WaiterError:
        raise DeployError("\n".join(_failures(formation, stack))) from None
    described = formation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def _exists(formation: Any, stack: str) -> bool:
    try:
        stacks = formation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return False
    return any(found["StackStatus"] != "DELETE_COMPLETE" for found in stacks)


def _failures(formation: Any, stack: str) -> Iterator[str]:
    for event in formation.describe_stack_events(StackName=stack)["StackEvents"]:
        if event["ResourceStatus"].endswith("FAILED"):
            reason = event.get("ResourceStatusReason", "")
            yield f"{event['LogicalResourceId']}: {event['ResourceStatus']}: {reason}"


def _publish_assets(cloud: Cloud, assembly: Path, stack: str) -> str:
    """Upload the assembly's files as cdk-assets would; return the template's URL."""
    s3 = cloud.client("s3")
    manifest = json.loads((assembly / f"{stack}.assets.json").read_text())
    template = ""
    for identifier, asset in manifest["files"].items():
        source = assembly / asset["source"]["path"]
        for destination in asset["destinations"].values():
            bucket, key = _here(destination["bucketName"]), _here(destination["objectKey"])
            _ensure_bucket(s3, bucket)
            if asset["source"]["packaging"] == "zip":
                source = _zipped(source, identifier)
            with source.open("rb") as body:
                s3.put_object(Bucket=bucket, Key=key, Body=body)
            if asset["source"]["path"] == f"{stack}.template.json":
                template = f"{cloud.environment['AWS_ENDPOINT_URL']}/{bucket}/{key}"
    return template


def _here(text: str) -> str:
    return (
        text.replace("${AWS::AccountId}", ACCOUNT)
        .replace("${AWS::Region}", REGION)
        .replace("${AWS::Partition}", "aws")
    )


def _ensure_bucket(s3: Any, bucket: str) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        s3.create_bucket(Bucket=bucket)


def _zipped(folder: Path, identifier: str) -> Path:
    """Zip an asset folder next to it, once per asset hash, with fixed times and order."""
    target = folder.parent / f"{identifier.split('-', maxsplit=1)[0]}.zip"
    if target.exists():
        return target
    # Several clouds may deploy the same assembly at the same time: each writes a file of its own.
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as partial:
        pass
    with zipfile.ZipFile(partial.name, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), _ZIP_TIME)
                entry.external_attr = (path.stat().st_mode & 0xFFFF) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(entry, "w") as sink:
                    shutil.copyfileobj(source, sink)
    Path(partial.name).replace(target)
    return target
