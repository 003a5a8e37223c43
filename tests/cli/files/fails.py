"""A file that cannot be imported."""

import nothing_of_this_name  # noqa: F401
