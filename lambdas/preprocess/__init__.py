"""From an uploaded CSV to train, validation and test splits with a schema."""
