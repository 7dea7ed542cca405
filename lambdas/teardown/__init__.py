"""Delete everything an execution left running, and check that it is gone."""
