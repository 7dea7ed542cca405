"""Delete what no teardown could: after an abort, a time-out, or a teardown that failed."""
