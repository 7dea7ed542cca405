"""Everything that steps keep in the bucket: where it is, its form and version, and its absence."""
