"""Whose turn it is: executions beyond a limit wait in the order in which they started."""
