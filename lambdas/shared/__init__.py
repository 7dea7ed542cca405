"""What several functions need: errors, messages, settings, names, entry point."""
