"""Who may do what in the bucket: people and machines that upload, and people who read reports.

Each gets a managed policy, for a hospital's own roles and groups, and a role that has nothing else.
The bucket's own policy refuses these roles everything beyond, whatever is attached to them later.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

_UPLOADED = ("incoming/*", "predict/*", "actuals/*", "settings/*")
# Of predictions what holds no row's values; beside it lies the file of all rows.
_AGGREGATES = tuple(
    f"predictions/*/{name}" for name in ("report.html", "result.json", "metrics.json")
)
_REPORTS = ("reports/*", *_AGGREGATES)
_LISTED = ("reports/*", "predictions/*")
# A large upload goes in parts, and may be given up.
_UPLOADS = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
_READS = ["s3:GetObject", "s3:ListBucket"]


class Access(Construct):
    """Policies and roles for uploaders and for readers.

    Attributes
    ----------
    outputs
        Names of the policies and ARNs of the roles, by the names of the stack's outputs.
    """

    def __init__(self, scope: Construct, name: str, *, bucket: s3.Bucket, key: kms.IKey) -> None:
        super().__init__(scope, name)
        uploads = iam.ManagedPolicy(
            self,
            "Uploads",
            description="Upload CSV files and settings to Molino; read nothing",
            statements=[
                iam.PolicyStatement(actions=_UPLOADS, resources=_objects(bucket, _UPLOADED)),
                # Parts are decrypted when S3 puts them together: kms:Decrypt, through S3 alone.
                _uses_key_through_s3(key, "kms:Decrypt", "kms:GenerateDataKey"),
            ],
        )
        reports = iam.ManagedPolicy(
            self,
            "ReadsReports",
            description="List and read Molino's reports, and what predictions say as a whole",
            statements=[
                iam.PolicyStatement(actions=["s3:GetObject"], resources=_objects(bucket, _REPORTS)),
                iam.PolicyStatement(
                    actions=["s3:ListBucket"],
                    resources=[bucket.bucket_arn],
                    conditions={"StringLike": {"s3:prefix": list(_LISTED)}},
                ),
                _uses_key_through_s3(key, "kms:Decrypt"),
            ],
        )
        uploader = _role(self, "UploaderRole", "Uploads files to Molino", uploads)
        reader = _role(self, "ReaderRole", "Reads Molino's reports", reports)
        for statement in (*_only_uploads(bucket, uploader), *_only_reads(bucket, reader)):
            bucket.add_to_resource_policy(statement)
        self.outputs = {
            "UploaderPolicy": uploads.managed_policy_name,
            "UploaderRoleArn": uploader.role_arn,
            "ReaderPolicy": reports.managed_policy_name,
            "ReaderRoleArn": reader.role_arn,
        }


def _role(scope: Construct, name: str, description: str, policy: iam.IManagedPolicy) -> iam.Role:
    return iam.Role(
        scope,
        name,
        description=description,
        # Whom the account's own policies let take it on.
        assumed_by=iam.AccountRootPrincipal(),
        managed_policies=[policy],
    )


def _only_uploads(bucket: s3.IBucket, role: iam.IRole) -> list[iam.PolicyStatement]:
    open_to_them = _objects(bucket, _UPLOADED)
    return [
        _refuse("UploadersElsewhere", role, actions=["s3:*"], not_resources=open_to_them),
        _refuse("UploadersUploadOnly", role, not_actions=_UPLOADS, resources=open_to_them),
    ]


def _only_reads(bucket: s3.IBucket, role: iam.IRole) -> list[iam.PolicyStatement]:
    open_to_them = [bucket.bucket_arn, *_objects(bucket, _REPORTS)]
    return [
        _refuse("ReadersElsewhere", role, actions=["s3:*"], not_resources=open_to_them),
        _refuse("ReadersReadOnly", role, not_actions=_READS, resources=open_to_them),
        _refuse(
            "ReadersListReportsOnly",
            role,
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringNotLike": {"s3:prefix": list(_LISTED)}},
        ),
    ]


def _refuse(sid: str, role: iam.IRole, **given: object) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        effect=iam.Effect.DENY,
        principals=[iam.ArnPrincipal(role.role_arn)],
        **given,  # type: ignore[arg-type]  # the caller's own keywords
    )


def _objects(bucket: s3.IBucket, patterns: tuple[str, ...]) -> list[str]:
    return [bucket.arn_for_objects(pattern) for pattern in patterns]


def _uses_key_through_s3(key: kms.IKey, *actions: str) -> iam.PolicyStatement:
    here = cdk.Stack.of(key)
    service = f"s3.{here.region}.{here.url_suffix}"
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": service}},
    )
