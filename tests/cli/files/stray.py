"""A process that writes what it did not declare."""

from swmodel import process


@process(phase="behaviour")
def stray(lo, hi, infected):
    """Cure everyone."""
    for i in range(lo, hi):
        infected[i] = False
