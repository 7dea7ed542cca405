"""Which rows are used, and on which side each of them is."""
