"""What really happened, beside what was predicted: joined by key, measured by month and version."""
