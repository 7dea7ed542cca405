"""What each step of the state machine is given and returns.

`tests/infra/workflow/test_contracts.py` checks every path of the definition against these models.
"""
