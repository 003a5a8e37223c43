"""A process that asks for what nothing declares."""

from swmodel import process


@process(phase="behaviour")
def lost(lo, hi, infectd):
    """Do nothing."""
