"""From the bytes of an upload to a table of texts and numbers."""
