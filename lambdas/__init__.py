"""The Lambda functions of the workflow, in the order data takes, and what they share.

Each function's folder has a thin ``handler.py``; logic that needs no AWS stands beside it.
"""
