"""How things are called at AWS, and where they lie in the bucket."""
