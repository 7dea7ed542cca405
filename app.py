"""Synthesize Molino's CloudFormation template: ``CDK_OUTDIR=cdk.out python app.py``."""

from infra.app import synthesize

if __name__ == "__main__":
    synthesize()
