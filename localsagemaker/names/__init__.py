"""What lies here is imported by containers, by the name that Python looks for at its start."""
