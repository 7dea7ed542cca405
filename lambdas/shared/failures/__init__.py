"""What can end a run, and what it is called."""
