"""AWS's scikit-learn image in every region, as a table that CloudFormation looks up.

``images.json`` has one entry a region, from the table of AWS's own SDK;
``python -m infra.packaging.images`` renews it (sagemaker-core is needed for that alone).
"""

import json
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

FRAMEWORK, VERSION = "sklearn", "1.9-0"
REPOSITORY = "sagemaker-scikit-learn"
TAG = f"{VERSION}-cpu-py3"
TABLE = Path(__file__).parent / "images.json"


class Images(Construct):
    """The image's account and address in the region that the stack is deployed to.

    Attributes
    ----------
    uri
        Of the image, for training and for serving.
    repository_arn
        Of the ECR repository that it is pulled from.
    """

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        region, partition = cdk.Aws.REGION, cdk.Aws.PARTITION
        accounts = cdk.CfnMapping(self, "Accounts", mapping=_mapping())
        account = accounts.find_in_map(region, "account")
        # cdk.Aws.URL_SUFFIX is amazonaws.com, or amazonaws.com.cn in China.
        self.uri = f"{account}.dkr.ecr.{region}.{cdk.Aws.URL_SUFFIX}/{REPOSITORY}:{TAG}"
        self.repository_arn = f"arn:{partition}:ecr:{region}:{account}:repository/{REPOSITORY}"


def accounts_by_region() -> dict[str, str]:
    """Return the account that holds the image, by region."""
    table: dict[str, str] = json.loads(TABLE.read_text())
    return table


def _mapping() -> dict[str, dict[str, str]]:
    return {region: {"account": account} for region, account in accounts_by_region().items()}


def accounts_of_the_sdk() -> dict[str, str]:
    """Return the same from sagemaker-core, where training and serving must agree."""
    from sagemaker.core import image_uris

    data = image_uris.config_for_framework(FRAMEWORK)
    training, serving = (
        data[scope]["versions"][VERSION]["registries"] for scope in ("training", "inference")
    )
    if training != serving:
        raise ValueError(f"{FRAMEWORK} {VERSION}: training and serving images differ")
    # AWS's isolated partitions have no public endpoints to deploy to.
    return {region: account for region, account in training.items() if "iso" not in region}


if __name__ == "__main__":
    TABLE.write_text(json.dumps(accounts_of_the_sdk(), indent=2, sort_keys=True) + "\n")
