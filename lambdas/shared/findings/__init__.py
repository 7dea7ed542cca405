"""What is noticed in an upload, and the sentences that say it."""
