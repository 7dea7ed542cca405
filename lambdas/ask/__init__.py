"""The champion's kept endpoint answers rows, where a transform job would take minutes."""
