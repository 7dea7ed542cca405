"""From test rows through the live endpoint to metrics."""
