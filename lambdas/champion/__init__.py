"""Find the champion of a dataset, and whether it can be measured on the new test rows."""
