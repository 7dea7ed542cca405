"""The CDK app: one module for each capability of the stack."""

from infra.node import use_bundled_node

use_bundled_node()  # jsii chooses its Node when aws_cdk is imported, by whichever module is first
