"""The last word on an execution that failed."""
