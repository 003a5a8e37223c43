"""Scenario files: YAML with line numbers in, a frozen Scenario out, every problem told at once."""
