"""An extension whose declaration is wrong."""

from swmodel.declare import process


@process(phase="behavior")
def spelling(lo, hi):
    """Nothing."""
