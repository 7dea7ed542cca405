"""Synthesize Molino's CloudFormation template: ``CDK_OUTDIR=cdk.out python app.py``."""

from infra.node import use_bundled_node

use_bundled_node()  # jsii chooses its Node when aws_cdk is imported

from infra.app import synthesize  # noqa: E402

if __name__ == "__main__":
    synthesize()
