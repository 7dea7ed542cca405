"""What `make deploy` needs of an account, looked up first: ``python -m operate.preflight deploy``.

One line for each check, with what to do about it. Ends with 1 where a deployment would fail, or no
run of it would get far; what merely could not be looked up holds nobody up.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from infra.app import PROJECT
from infra.packaging.images import accounts_by_region
from infra.settings import Settings
from lambdas.shared.prices import HOUR, MONTH, instance_second

_QUALIFIER = "hnb659fds"  # in the names of what `cdk bootstrap` makes
_LEAST_BOOTSTRAP = 6  # the version that the template asks for
_QUOTAS = "https://console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas"


@dataclass(frozen=True)
class Check:
    """What was found; ``is_fine`` is None where it could not be looked up or is only a warning."""

    is_fine: bool | None
    text: str

    def __str__(self) -> str:
        """As a line."""
        return f"{'✓' if self.is_fine else '?' if self.is_fine is None else '✗'}  {self.text}"


def checks(session: Any, settings: Settings, stage: str) -> Iterator[Check]:
    """Yield each check; what comes later needs what came before.

    Parameters
    ----------
    session
        Boto3's, of the profile and region that are meant.
    stage
        ``bootstrap`` or ``deploy``.
    """
    region = session.region_name
    if not region:
        yield Check(False, "region: none; set AWS_REGION, or `region` in the profile")
        return
    if region not in accounts_by_region():
        others = ", ".join(sorted(accounts_by_region()))
        yield Check(False, f"region: AWS has no scikit-learn image in {region}; choose of {others}")
        return
    yield Check(True, f"region: {region}")
    account = _account(session)
    yield account
    if account.is_fine and stage == "deploy":
        yield from _bootstrap(session, settings)
        yield from _quotas(session, settings)


def _account(session: Any) -> Check:
    try:
        found = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        why = _code(error)
        return Check(
            False, f"credentials: {why}; set AWS_PROFILE, or sign in with `aws login` or `aws sso`"
        )
    return Check(True, f"credentials: {found['Arn']}")


def _bootstrap(session: Any, settings: Settings) -> Iterator[Check]:
    name = f"/cdk-bootstrap/{_QUALIFIER}/version"
    try:
        found = session.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    except (BotoCoreError, ClientError) as error:
        if _code(error) != "ParameterNotFound":
            yield Check(None, f"bootstrap: {_code(error)}; if it was never done: `make bootstrap`")
            return
        found = "0"
    if int(found) < _LEAST_BOOTSTRAP:
        yield Check(False, "bootstrap: not done here, or long ago; run `make bootstrap`")
        return
    yield Check(True, f"bootstrap: version {found}")
    yield from _assets_key(session, settings)


def _assets_key(session: Any, settings: Settings) -> Iterator[Check]:
    """Check the key of the CDK's bucket, with which jobs have to decrypt their code."""
    try:
        account = session.client("sts").get_caller_identity()["Account"]
        bucket = f"cdk-{_QUALIFIER}-assets-{account}-{session.region_name}"
        found = session.client("s3").get_bucket_encryption(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        yield Check(None, f"key of the CDK's bucket: {_code(error)}")
        return
    (rule, *_) = found["ServerSideEncryptionConfiguration"]["Rules"]
    key = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", "")
    if not key or key.endswith("alias/aws/s3") or settings.assets_key_arn:
        yield Check(True, "key of the CDK's bucket: jobs can decrypt their code")
    else:
        yield Check(
            False,
            f"key of the CDK's bucket: {key}, your own; set `assets_key_arn` in cdk.json to its "
            "ARN, so that jobs can decrypt their code",
        )


def _quotas(session: Any, settings: Settings) -> Iterator[Check]:
    # The first of each list; the others are for times without capacity.
    transform = f"{settings.transform_instance_types[0]} for transform job usage"
    wanted = {
        f"{settings.training_instance_types[0]} for training job usage": 1,
        transform: settings.transform_instances,
    }
    if settings.endpoint_kind == "instance":
        wanted[f"{settings.endpoint_instance_types[0]} for endpoint usage"] = 1
    try:
        pages = session.client("service-quotas").get_paginator("list_service_quotas")
        found = {
            quota["QuotaName"]: quota["Value"]
            for page in pages.paginate(ServiceCode="sagemaker")
            for quota in page["Quotas"]
        }
    except (BotoCoreError, ClientError) as error:
        yield Check(None, f"quotas: {_code(error)}; there must be one of {', '.join(wanted)}")
        return
    for name, least in wanted.items():
        if name not in found:
            yield Check(None, f"quota “{name}”: unknown; see {_QUOTAS}")
        elif found[name] < least:
            text = f"quota “{name}”: {found[name]:g}, at least {least} needed; ask at {_QUOTAS}"
            yield Check(None, text)
        else:
            yield Check(True, f"quota “{name}”: {found[name]:g}")
    yield from _of_serving(settings, found)


def _of_serving(settings: Settings, quotas: Mapping[str, float]) -> Iterator[Check]:
    """Yield what a champion on instances would need and cost; nothing where nobody may have any."""
    instance_type = settings.serve_instance_types[0]
    name = f"{instance_type} for endpoint usage"
    if not quotas.get(name):
        return
    price = instance_second("hosting", instance_type)
    hour, month = (
        "unknown" if price is None else f"{float(price * seconds):.{digits}f}"
        for seconds, digits in ((HOUR, 3), (MONTH, 2))
    )
    yield Check(
        True,
        f"quota “{name}”: {quotas[name]:g}, for `serve: instance`, which costs {hour} USD an hour "
        f"and {month} USD a month",
    )


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Code", "an error"))
    return type(error).__name__


def main(arguments: list[str], session: Callable[..., Any] = boto3.Session) -> int:
    """Print each check and return the exit status."""
    parser = argparse.ArgumentParser(prog="operate.preflight", allow_abbrev=False)
    parser.add_argument("stage", choices=("bootstrap", "deploy"))
    parser.add_argument("--profile")
    options, _ = parser.parse_known_args(arguments)  # the others are the CDK's own
    settings = Settings.from_context(json.loads((PROJECT / "cdk.json").read_text())["context"])
    try:  # boto3 itself does not know AWS_REGION, the CDK does
        meant = session(profile_name=options.profile, region_name=os.environ.get("AWS_REGION"))
    except ProfileNotFound as error:
        print(Check(False, f"credentials: {error}"))
        return 1
    found = []
    for check in checks(meant, settings, options.stage):
        print(check, flush=True)
        found.append(check)
    return 1 if any(check.is_fine is False for check in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
