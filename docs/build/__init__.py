"""Generate the parts of the pages that come from tables and code."""
