"""From an upload's event to a running execution."""
