"""Checks of what the repository holds and rests on, beside the tests of what it does."""
