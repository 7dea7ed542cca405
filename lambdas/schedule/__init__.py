"""Keep a dataset's schedule in step with its settings file."""
