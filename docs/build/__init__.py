"""What makes the pages that tables and code already tell."""
