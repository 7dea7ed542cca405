"""What a model consists of: its steps, its files, and the code that travels with it."""
