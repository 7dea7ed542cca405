"""Tests of measuring predictions."""
