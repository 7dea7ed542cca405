"""The user's own columns and the model's answers as one file."""
