"""An extension that fails while it is imported."""


def choose():
    """Fails."""
    return {}["missing"]


choose()
