"""The state machine: its definition, the construct that fills it in, and its role."""
