"""The metrics, each defined once, by task, with its 95 % interval."""
