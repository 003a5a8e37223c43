"""Declares nothing."""

NUMBER = 3
