"""From what happened to a page, a JSON document and a notification."""
