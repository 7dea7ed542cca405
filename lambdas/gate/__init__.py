"""Judge a candidate against the champion on the same rows, and register it with the verdict."""
