"""What is written down of an upload: its splits, schema, profile and manifest."""
