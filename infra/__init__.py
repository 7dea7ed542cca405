"""The CDK app: one module for each capability of the stack."""
