"""How things are called at AWS, and where they are in the bucket."""
